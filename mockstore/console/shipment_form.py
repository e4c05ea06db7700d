"""The form of a shipment: its inputs from an order, and the notification that the inputs describe.

A shipment is recorded as the reference records the notification of one, whatever defects are on. So the status changes,
and a tracking number counts once, as with ShipStation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mockstore.console.forms import Form
from mockstore.endpoint.behaviour import REFERENCE
from mockstore.endpoint.message import Notice, NoticeItem, Request
from mockstore.endpoint.shipment import unshipped
from mockstore.orders.model import Item, Order
from mockstore.store.store import Store

LABELS = {
    "tracking_number": "Tracking number",
    "carrier": "Carrier",
    "service": "Service",
    "cost": "Shipping cost",
    "shipped_on": "Shipped on",
    "notes": "Notes to the customer",
}
MAX_TEXT_CHARS = 200
MAX_NOTES_CHARS = 2_000
_NOT_READ = Request("POST", {}, {})


def label_of(name: str) -> str:
    """Return the label of an input; that of a quantity names the line."""
    return LABELS.get(name) or f"Quantity of line {int(name.removeprefix('quantity-')) + 1}"


def lines_left(order: Order) -> Iterator[tuple[str, Item, int]]:
    """Yield each line that is not shipped completely: the name of its input, the line, and how many units are left."""
    left = unshipped(order)
    for place, item in enumerate(order.items):
        if left[item.line_id] > 0:
            yield f"quantity-{place}", item, left[item.line_id]


def inputs_of(order: Order) -> dict[str, str]:
    """Return the values of the inputs for what is left to ship of an order."""
    return {name: str(left if item.shippable else 0) for name, item, left in lines_left(order)}


def read_notice(form: Form, order: Order) -> Notice:
    """Return the notification that a form describes. ``form.errors`` says what is wrong with it."""
    tracking_number = form.text("tracking_number", longest=MAX_TEXT_CHARS)
    if tracking_number and any(each.tracking_number == tracking_number for each in order.shipments):
        form.refuse("tracking_number", "The order has a shipment with this tracking number already.")
    carrier, service = (form.text(name, longest=MAX_TEXT_CHARS) for name in ("carrier", "service"))
    cost = form.amount("cost") if form.text("cost") else None
    shipped_on = form.day("shipped_on")
    notes = form.text("notes", longest=MAX_NOTES_CHARS)
    form.refuse_control_characters("tracking_number", "carrier", "service", "notes")
    items, lines = [], list(lines_left(order))
    for name, item, left in lines:
        if quantity := form.whole(name, least=0, most=left, default=0):
            items.append(NoticeItem(item.sku, quantity, item.line_id))
    if not items and not form.errors:
        if (shippable := next((name for name, item, _ in lines if item.shippable), "")) or lines:
            form.refuse(shippable or lines[0][0], "Enter a quantity here or at another line: the parcel is empty.")
        elif not tracking_number:
            form.refuse("tracking_number", "Enter a tracking number: nothing is left to ship.")
    return Notice(
        order_number=order.order_number,
        order_id=order.order_id,
        tracking_number=tracking_number,
        carrier=carrier,
        service=service,
        cost=cost,
        notes=notes,
        ship_date=shipped_on,
        items=tuple(items),
    )


def record_shipment(store: Store, notice: Notice) -> None:
    """Record the shipment of a notification.

    Raises:
        Refusal: the order was deleted meanwhile.
        LedgerError: the shipment could not be stored.
    """
    replace(REFERENCE, read_notice=lambda _: notice).shipnotify(_NOT_READ, store)
