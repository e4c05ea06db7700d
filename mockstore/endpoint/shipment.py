"""The steps of a shipment notification: read it, find the order, match the lines, record the shipment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from lxml import etree

from mockstore.endpoint.message import Notice, NoticeItem, Parcel, Refusal, Request
from mockstore.inputs.child_texts import ChildTexts
from mockstore.inputs.numbers import read_amount
from mockstore.orders.model import Item, Order, Shipment, ShippedItem
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

_QUANTITY = re.compile(r"\d{1,5}", re.ASCII)


def parse_body(body: bytes) -> etree._Element:
    """Return the notification's XML (SEC-1, SEC-2, SEC-3: no DTD, no entities, no network, limited depth).

    Raises:
        Refusal: 400, the body is not a ShipNotice (SHP-12).
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    if b"<!DOCTYPE" in body:
        raise Refusal(400, "A notification must not have a document type declaration.")
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refusal(400, "The body is not well-formed XML. A ShipNotice is expected.") from None
    if root.getroottree().docinfo.doctype or root.tag != "ShipNotice":
        raise Refusal(400, "The body is not a ShipNotice.")
    return root


def read_date(text: str) -> date | None:
    """Return the day of a ShipDate, as it was sent (SHP-22); None if it is not a date."""
    written = text.strip()
    if not written:
        return None
    for form in ("%m/%d/%Y", "%m/%d/%Y %H:%M"):
        try:
            return datetime.strptime(written, form).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    return None


def read_cost(text: str) -> Decimal | None:
    """Return the amount of a ShippingCost; None if it is not an amount."""
    return read_amount(text)


def read_items(root: etree._Element) -> Iterator[NoticeItem]:
    """Yield the items of the parcel.

    Raises:
        Refusal: 400, a quantity is not a whole number from 1 to 99999.
    """
    for line in root.iterfind("Items/Item"):
        quantity = (line.findtext("Quantity") or "").strip()
        if not _QUANTITY.fullmatch(quantity) or int(quantity) == 0:
            raise Refusal(400, "Quantity in Items/Item must be a whole number from 1 to 99999.")
        yield NoticeItem(
            (line.findtext("SKU") or "").strip(), int(quantity), (line.findtext("LineItemID") or "").strip()
        )


def read_notice(request: Request) -> Notice:
    """Return the notification of query and body.

    The order number is read from the query first; tracking number, carrier and service from the body first.

    Raises:
        Refusal: 400, query and body are not a notification.
    """
    root = ChildTexts(parse_body(request.body))

    def said(element: str, parameter: str) -> str:
        return (root.findtext(element) or "").strip() or request.query.get(parameter, "").strip()

    return Notice(
        order_number=request.query.get("order_number", "").strip() or (root.findtext("OrderNumber") or "").strip(),
        order_id=(root.findtext("OrderID") or "").strip(),
        tracking_number=said("TrackingNumber", "tracking_number"),
        carrier=said("Carrier", "carrier"),
        service=said("Service", "service"),
        cost=read_cost(root.findtext("ShippingCost") or ""),
        notes=(root.findtext("NotesToCustomer") or "").strip(),
        ship_date=read_date(root.findtext("ShipDate") or "") or read_date(root.findtext("LabelCreateDate") or ""),
        items=tuple(read_items(root.element)),
    )


def find_order(store: Store, notice: Notice) -> Order:
    """Return the order with the number that people see (SHP-14); by its id only if no number is given.

    Raises:
        Refusal: 404, there is no such order (SHP-11).
    """
    if notice.order_number:
        order = store.find(notice.order_number)
    else:
        order = store.find_by_id(notice.order_id) if notice.order_id else None
    if order is None:
        raise Refusal(404, "There is no order with that number.")
    return order


def unshipped(order: Order) -> dict[str, int]:
    """Return for each line how many units are in no parcel yet."""
    left = {line.line_id: line.quantity for line in order.items}
    for shipment in order.shipments:
        for shipped in shipment.items:
            if shipped.line_id in left:
                left[shipped.line_id] -= shipped.quantity
    return left


def lines_of(order: Order, wanted: NoticeItem) -> Iterator[Item]:
    """Yield the lines that an item of a notification can mean: the line it names, or those with its SKU (SHP-18)."""
    named = [line for line in order.items if wanted.line_item_id and line.line_id == wanted.line_item_id]
    sku = wanted.sku[:50].rstrip()
    yield from named or [line for line in order.items if sku and line.sku.strip()[:50].rstrip() == sku]


def pack(order: Order, notice: Notice) -> Parcel:
    """Return the lines that the parcel holds, never more than is left of a line (SHP-7, SHP-17, SHP-19)."""
    left = unshipped(order)
    packed: dict[str, int] = {}
    if notice.items:
        for wanted in notice.items:
            rest = wanted.quantity
            for line in lines_of(order, wanted):
                taken = min(rest, left[line.line_id])
                if taken > 0:
                    packed[line.line_id] = packed.get(line.line_id, 0) + taken
                    left[line.line_id] -= taken
                    rest -= taken
    else:
        packed = {line.line_id: left[line.line_id] for line in order.items if left[line.line_id] > 0}
        left = dict.fromkeys(left, 0)
    items = tuple(
        ShippedItem(line.sku, packed[line.line_id], line.line_id) for line in order.items if line.line_id in packed
    )
    return Parcel(items, completes(order, left) and bool(items or not notice.items))


def completes(order: Order, left: dict[str, int]) -> bool:
    """True if every line that can be shipped is shipped completely (SHP-8, SHP-16)."""
    return all(left[line.line_id] <= 0 for line in order.items if line.shippable)


def record(notice: Notice, parcel: Parcel) -> Shipment:
    """Return the shipment that is recorded for a notification (SHP-2 to SHP-7, SHP-22)."""
    return Shipment(
        notice.tracking_number,
        notice.carrier,
        notice.service,
        notice.cost,
        notice.notes,
        notice.ship_date,
        parcel.items,
    )


def status_after(order: Order, parcel: Parcel, shop: Shop) -> str | None:
    """Return the order's new status; None if it does not change (SHP-1, SHP-8)."""
    return shop.shipped_status if parcel.completes else None


def repetition_key(notice: Notice) -> str | None:
    """Return a key that all repetitions of a notification share; None if it has none (SHP-9, SHP-10)."""
    return notice.tracking_number or None


def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
    """Add the shipment to the order, once for each key (SHP-9, SHP-15, SHP-21).

    Raises:
        OrderChanged: another process changed the order meanwhile; the notification must be decided again.
    """
    if key is None and not shipment.items and order.shipments:
        return  # the order is marked as shipped again, and nothing is left to ship
    store.book(order.order_number, shipment, status=status, key=key, found=order)
