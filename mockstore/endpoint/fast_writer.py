"""Writes many thousands of orders a second as the reference does: presentation and XML in one step.

The bytes are those that :func:`xml.serialise` makes of :func:`presentation.present`; a test compares
both. Lines and customers occur in many orders, and orders in many exports. So the text written for an
object is kept, by the identity of that object. The objects are immutable, and a changed order is a
new object, so that a kept text is never out of date.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from mockstore.endpoint import presentation, xml
from mockstore.endpoint.message import Fields
from mockstore.orders.model import Item, Order
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

MAX_KEPT_BYTES = 8_000_000
"""Most bytes of written orders that are kept. Lines and customers have a quarter of this each."""
MAX_SHARED_CHARS = 200
"""Longest text that is remembered: longer ones seldom occur twice."""

T = TypeVar("T")


class WrittenParts(Generic[T]):
    """The texts written for immutable objects. When they take more than ``room`` bytes, all are dropped.

    Not ``functools.lru_cache``: it would hash whole orders, where the identity is enough, and count
    entries, not bytes.
    """

    def __init__(self, write: Callable[[T], bytes], room: int) -> None:
        self._write, self._room, self._left = write, room, room
        self._known: dict[int, tuple[object, bytes]] = {}
        """Text by ``id`` of the object. The object is kept as well, so that no other object gets its id."""

    def of(self, part: object, whole: T) -> bytes:
        """Return the text for ``part``. If the text is not known yet, it is written from ``whole``."""
        known = self._known.get(id(part))
        if known is not None:
            return known[1]
        written = self._write(whole)
        self._left -= len(written)
        if self._left < 0:
            self._known = {}
            self._left = self._room - len(written)
        if self._left >= 0:
            self._known[id(part)] = part, written
        return written


def _text(text: str, limit: int) -> str:
    return xml.cdata(presentation.cut(text, limit))


_remembered_text = lru_cache(1 << 10)(_text)


def _shared_text(text: str, limit: int) -> str:
    """Return a text that many orders share, as it is written in the document."""
    return _remembered_text(text, limit) if len(text) <= MAX_SHARED_CHARS else _text(text, limit)


def _note(text: str) -> str:
    return _text(text, 1000) if text else ""


def _element(name: str, fields: Fields) -> bytes:
    out: list[str] = []
    xml.element(name, fields, out)
    return "".join(out).encode()


class Writer:
    """Writes the orders of one shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._orders = WrittenParts(self.order, MAX_KEPT_BYTES)
        self._customers = WrittenParts(self._customer, MAX_KEPT_BYTES // 4)
        self._lines = WrittenParts(self._line, MAX_KEPT_BYTES // 4)

    def document(self, orders: Sequence[Order], pages: str | None) -> bytes:
        """Return an export of the orders that have a shipping address."""
        attribute = "" if pages is None else f' pages="{pages}"'
        written = self._orders.of
        return b"".join(
            [
                f'<?xml version="1.0" encoding="utf-8"?>\n<Orders{attribute}>'.encode(),
                *[written(order, order) for order in orders if order.customer.shipping is not None],
                b"</Orders>\n",
            ]
        )

    def order(self, order: Order) -> bytes:
        """Return the Order element and the line break after it."""
        money, moment = presentation.money, presentation.moment
        message = ""
        if order.gift and order.gift_message:
            message = f"<GiftMessage>{_note(order.gift_message)}</GiftMessage>"
        head = (
            f"<Order><OrderID>{xml.cdata(order.order_id)}</OrderID>"
            f"<OrderNumber>{xml.cdata(order.order_number)}</OrderNumber>"
            f"<OrderDate>{moment(order.placed_at)}</OrderDate>"
            f"<OrderStatus>{_shared_text(order.status, 50)}</OrderStatus>"
            f"<LastModified>{moment(order.modified_at)}</LastModified>"
            f"<ShippingMethod>{_shared_text(order.shipping_method, 100)}</ShippingMethod>"
            f"<PaymentMethod>{_shared_text(order.payment_method, 50)}</PaymentMethod>"
            f"<CurrencyCode>{xml.cdata(order.currency)}</CurrencyCode>"
            f"<OrderTotal>{money(order.total)}</OrderTotal>"
            f"<TaxAmount>{money(order.tax)}</TaxAmount>"
            f"<ShippingAmount>{money(order.shipping_amount)}</ShippingAmount>"
            f"<CustomerNotes>{_note(order.customer_notes)}</CustomerNotes>"
            f"<InternalNotes>{_note(order.internal_notes)}</InternalNotes>"
            f"<Gift>{'true' if order.gift else 'false'}</Gift>{message}"
        )
        customer, line = order.customer, self._lines.of
        known = customer.code or customer.email  # without both, the customer code is made of the order's id
        parts = [
            head.encode(),
            self._customers.of(customer, order) if known else self._customer(order),
            b"<Items>",
            *[line(item, item) for item in order.items],
        ]
        if order.discounts:
            parts += [_element("Item", fields) for fields in presentation.adjustments(order, self._shop)]
        parts.append(b"</Items></Order>\n")
        return b"".join(parts)

    def _customer(self, order: Order) -> bytes:
        return _element("Customer", presentation.customer(order, self._shop))

    def _line(self, line: Item) -> bytes:
        return _element("Item", presentation.item(line, self._shop))


_writers: WeakKeyDictionary[Store, Writer] = WeakKeyDictionary()


def writer_of(store: Store) -> Writer:
    """Return the writer for a store. It lives as long as the store."""
    found = _writers.get(store)
    if found is None:
        found = _writers.setdefault(store, Writer(store.shop))
    return found
