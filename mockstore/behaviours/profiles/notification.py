"""How the real add-on takes a shipment notification.

Decided where nothing is known: a line can be shipped until more of it was booked than ordered,
and a notice of only such lines is answered 404 with the text that the add-on has for it.
"""

from __future__ import annotations

import msgspec
from lxml import etree

from mockstore.endpoint.message import Notice, NoticeItem, Parcel, Refusal, Request
from mockstore.endpoint.shipment import read_date, unshipped
from mockstore.orders.model import Order, Shipment, ShippedItem
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

ALL_SHIPPED = "All shipped"


def _body(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return etree.Element("nothing")


def _item(line: etree._Element) -> NoticeItem:
    quantity = (line.findtext("Quantity") or "").strip()
    number = int(quantity) if quantity.isascii() and quantity.isdigit() and len(quantity) < 6 else 0
    return NoticeItem((line.findtext("SKU") or "").strip(), number)


def read_notice(request: Request) -> Notice:
    """Order, tracking number and carrier of the query; date, notes and items of the body, if it can be read.

    Raises:
        Refusal: 404 where the query has no order or no tracking number.
    """
    query = request.query
    if not query.get("order_number") or not query.get("tracking_number"):
        raise Refusal(404, "")
    root = _body(request.body)
    return Notice(
        order_number=query["order_number"].strip(),
        tracking_number=query["tracking_number"].strip(),
        carrier=query.get("carrier", "").strip(),
        notes=(root.findtext("NotesToCustomer") or "").strip(),
        ship_date=read_date(root.findtext("ShipDate") or ""),
        items=tuple(_item(line) for line in root.iterfind("Items/Item")),
    )


def find_order(store: Store, notice: Notice) -> Order:
    """The order of that id, which is the number as well.

    Raises:
        Refusal: 404 if there is none.
    """
    order = store.find_by_id(notice.order_number)
    if order is None:
        raise Refusal(404, "")
    return order


def pack(order: Order, notice: Notice) -> Parcel:
    """The lines that are credited: of two with one SKU, the first.

    Raises:
        Refusal: 404 where more of all of them was booked than ordered.
    """
    left = unshipped(order)
    first: dict[str, str] = {}
    for line in order.items:
        first.setdefault(line.sku, line.line_id)
    packed: dict[str, int] = {}
    for wanted in notice.items:
        if wanted.quantity > 0 and wanted.sku in first:
            packed[first[wanted.sku]] = packed.get(first[wanted.sku], 0) + wanted.quantity
    if packed and all(left[line_id] < 0 for line_id in packed):
        raise Refusal(404, ALL_SHIPPED)
    items = tuple(
        ShippedItem(line.sku, packed[line.line_id], line.line_id) for line in order.items if line.line_id in packed
    )
    complete = all(left[line.line_id] <= packed.get(line.line_id, 0) for line in order.items)
    return Parcel(items, bool(items) and complete)


def status_after(order: Order, parcel: Parcel, shop: Shop) -> str | None:
    """The shop's status for what is shipped, once every line is."""
    return shop.shipped_status if parcel.completes else None


def repetition_key(notice: Notice) -> str | None:
    """A repetition is not told from a first notice."""
    return None


def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
    """Keep a shipment that has lines; one that leaves some over modifies nothing.

    The carrier is kept by its code if the shop's list of carriers is keyed by codes and has it.
    """
    if not shipment.items:
        return
    known = store.version
    code = shipment.carrier.lower()
    carrier = code if known.carrier_keys == "code" and code in known.carriers else ""
    shipment = msgspec.structs.replace(shipment, carrier=carrier)
    store.book(order.order_number, shipment, status=status, key=key, modifies=status is not None)
