"""The shipment notification of the real add-on.

Where nothing is known, these choices were made: a line can be shipped until more of it is recorded
than was ordered. A notification that names only lines which can't be shipped is answered 404 with
:data:`ALL_SHIPPED`.
"""

from __future__ import annotations

import re

import msgspec
from lxml import etree

from mockstore.endpoint.message import Notice, NoticeItem, Parcel, Refusal, Request
from mockstore.endpoint.shipment import read_date, unshipped
from mockstore.orders.model import Order, Shipment, ShippedItem
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,5}")
_LEADING_DIGITS = re.compile(r"[0-9]{1,18}")
ALL_SHIPPED = "All shipped"


def _body(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return etree.Element("nothing")


def _item(line: etree._Element) -> NoticeItem:
    quantity = (line.findtext("Quantity") or "").strip()
    number = int(quantity) if _WHOLE_NUMBER.fullmatch(quantity) else 0
    return NoticeItem((line.findtext("SKU") or "").strip(), number)


def read_notice(request: Request) -> Notice:
    """Return the notification: order, tracking number and carrier from the query, the rest from the body.

    Raises:
        Refusal: 404, the query has no order or no tracking number.
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
    """Return the order with that id, which is its number as well. Of 1000abc, PHP reads 1000.

    Raises:
        Refusal: 404, there is no such order.
    """
    digits = _LEADING_DIGITS.match(notice.order_number)
    order = store.find_by_id(str(int(digits[0]))) if digits else None
    if order is None:
        raise Refusal(404, "")
    return order


def pack(order: Order, notice: Notice) -> Parcel:
    """Return the lines that are shipped; of two lines with one SKU, the first.

    Raises:
        Refusal: 404, more of every line was recorded than ordered.
    """
    left = unshipped(order)
    first: dict[str, str] = {}
    for line in order.items:
        first.setdefault(line.sku, line.line_id)
    packed: dict[str, int] = {}
    for wanted in notice.items:
        if wanted.quantity != 0 and wanted.sku in first:
            # a negative quantity is recorded as 0
            packed[first[wanted.sku]] = packed.get(first[wanted.sku], 0) + max(0, wanted.quantity)
    if packed and all(left[line_id] < 0 for line_id in packed):
        raise Refusal(404, ALL_SHIPPED)
    items = tuple(
        ShippedItem(line.sku, packed[line.line_id], line.line_id) for line in order.items if line.line_id in packed
    )
    complete = all(left[line.line_id] <= packed.get(line.line_id, 0) for line in order.items)
    return Parcel(items, bool(items) and complete)


def status_after(order: Order, parcel: Parcel, shop: Shop) -> str | None:
    """Return the shop's status for shipped orders once every line is shipped."""
    return shop.shipped_status if parcel.completes else None


def repetition_key(notice: Notice) -> str | None:
    """Return None: a repetition is not recognised."""
    return None


def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
    """Store a shipment that has lines. If it does not complete the order, the modification time stays.

    The carrier is stored by its code if the shop's list of carriers is keyed by codes and has it.
    """
    if not shipment.items:
        return
    known = store.version
    code = shipment.carrier.lower()
    carrier = code if known.carrier_keys == "code" and code in known.carriers else ""
    shipment = msgspec.structs.replace(shipment, carrier=carrier)
    store.book(order.order_number, shipment, status=status, key=key, modifies=status is not None)
