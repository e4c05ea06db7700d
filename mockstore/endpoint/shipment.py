"""The way from a ShipNotice to a booked shipment: read, find, match the lines, book."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from mockstore.endpoint.message import Notice, NoticeItem, Parcel, Refusal, Request
from mockstore.orders.model import Item, Order, Shipment, ShippedItem
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

_QUANTITY = re.compile(r"\d{1,5}", re.ASCII)


def parse_body(body: bytes) -> etree._Element:
    """The notification's XML (SEC-1, SEC-2, SEC-3: no DTD, no entities, no network, no depth).

    Raises:
        Refusal: 400 for what is no ShipNotice (SHP-12).
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    if b"<!DOCTYPE" in body:
        raise Refusal(400, "A notification has no document type declaration.")
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refusal(400, "The body isn't well-formed XML: a ShipNotice is expected.") from None
    if root.getroottree().docinfo.doctype or root.tag != "ShipNotice":
        raise Refusal(400, "The body isn't a ShipNotice.")
    return root


def read_date(text: str) -> date | None:
    """A ShipDate, the day as sent (SHP-22); None where it is none."""
    for form in ("%m/%d/%Y", "%m/%d/%Y %H:%M"):
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    return None


def read_cost(text: str) -> Decimal | None:
    """A ShippingCost; None where it is no amount."""
    try:
        cost = Decimal(text.strip())
    except InvalidOperation:
        return None
    return cost if cost.is_finite() else None


def read_items(root: etree._Element) -> Iterator[NoticeItem]:
    """The parcel's content.

    Raises:
        Refusal: 400 for a quantity that is none.
    """
    for line in root.iterfind("Items/Item"):
        quantity = (line.findtext("Quantity") or "").strip()
        if not _QUANTITY.fullmatch(quantity) or int(quantity) == 0:
            raise Refusal(400, "Quantity in Items/Item is a whole number from 1 to 99999.")
        yield NoticeItem(
            (line.findtext("SKU") or "").strip(), int(quantity), (line.findtext("LineItemID") or "").strip()
        )


def read_notice(request: Request) -> Notice:
    """Query and body as one notice; what the body leaves out, the query may say.

    Raises:
        Refusal: 400 where no notice can be made of them.
    """
    root = parse_body(request.body)

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
        items=tuple(read_items(root)),
    )


def find_order(store: Store, notice: Notice) -> Order:
    """The order by the number that people see (SHP-14), by its id only where no number is said.

    Raises:
        Refusal: 404 if there is none (SHP-11).
    """
    if notice.order_number:
        order = store.find(notice.order_number)
    else:
        order = store.find_by_id(notice.order_id) if notice.order_id else None
    if order is None:
        raise Refusal(404, "There is no order of that number.")
    return order


def unshipped(order: Order) -> dict[str, int]:
    """Line → how many of it are in no parcel yet."""
    left = {line.line_id: line.quantity for line in order.items}
    for shipment in order.shipments:
        for shipped in shipment.items:
            if shipped.line_id in left:
                left[shipped.line_id] -= shipped.quantity
    return left


def lines_of(order: Order, wanted: NoticeItem) -> Iterator[Item]:
    """The lines that an item of a notice can mean: the named one, or those of its SKU (SHP-18)."""
    named = [line for line in order.items if wanted.line_item_id and line.line_id == wanted.line_item_id]
    sku = wanted.sku[:50].rstrip()
    yield from named or [line for line in order.items if sku and line.sku.strip()[:50].rstrip() == sku]


def pack(order: Order, notice: Notice) -> Parcel:
    """Which lines the parcel holds, never more than is left of one (SHP-7, SHP-17, SHP-19)."""
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
    """Whether nothing that can be shipped is left (SHP-8, SHP-16)."""
    return all(left[line.line_id] <= 0 for line in order.items if line.shippable)


def record(notice: Notice, parcel: Parcel) -> Shipment:
    """What is kept of a notice (SHP-2 to SHP-7, SHP-22)."""
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
    """The status that the parcel brings about, None for the one there is (SHP-1, SHP-8)."""
    return shop.shipped_status if parcel.completes else None


def repetition_key(notice: Notice) -> str | None:
    """What a repeated notice has in common with the first; None where that can't be told (SHP-9, SHP-10)."""
    return notice.tracking_number or None


def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
    """Put the shipment to the order's, once for each key (SHP-9, SHP-15, SHP-21).

    Raises:
        OrderChanged: where another process was quicker, so that it has to be decided anew.
    """
    if key is None and not shipment.items and order.shipments:
        return  # marked as shipped again: nothing is left that it could be about
    store.book(order.order_number, shipment, status=status, key=key, found=order)
