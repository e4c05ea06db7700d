"""Writes many thousands of orders a second as the reference does: presentation and XML in one step.

The bytes are those that :func:`xml.serialise` makes of :func:`presentation.present`; a test compares
both. Lines and customers occur in many orders, and orders in many exports. So the text written for an
object is kept, by the identity of that object. The objects are immutable, and a changed order is a
new object, so that a kept text is never out of date.

An untouched virtual order is written from what was drawn for it, without the order's amounts and dates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary, WeakSet

from mockstore.endpoint import presentation, xml
from mockstore.endpoint.message import Fields
from mockstore.orders.model import Discount, Item, Order
from mockstore.orders.virtual import Drawn, VirtualOrders
from mockstore.shop.shop import Shop
from mockstore.shop.versions import VERSIONS
from mockstore.store.store import OrderSequence, Store

MAX_KEPT_BYTES = 8_000_000
"""Most bytes of written virtual orders that are kept, and of other orders. Lines and customers have a quarter each."""
MAX_REQUESTED = 1 << 14
"""Most virtual orders that are known to have been requested once."""
MAX_SHARED_CHARS = 200
"""Longest text that is remembered: longer ones seldom occur twice."""
ANY_SHOP = Shop(VERSIONS[-1])
"""The shop whose orders are written. No step of the reference's presentation reads it; a test compares other shops."""

_ONE = Decimal(1)
_TWO = tuple(f"{number:02}" for number in range(100))
_MINUTES = tuple(f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60))

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

    def known(self, part: object) -> bytes | None:
        """Return the text for ``part`` if it was written before."""
        known = self._known.get(id(part))
        return None if known is None else known[1]

    def of(self, part: object, whole: T) -> bytes:
        """Return the text for ``part``. If the text is not known yet, it is written from ``whole``."""
        known = self._known.get(id(part))
        return self._written(part, whole) if known is None else known[1]

    def all(self, parts: Sequence[T]) -> list[bytes]:
        """Return the text for each of these parts."""
        known = self._known
        try:
            return [known[id(part)][1] for part in parts]
        except KeyError:
            return [self.of(part, part) for part in parts]

    def _written(self, part: object, whole: T) -> bytes:
        written = self._write(whole)
        self._left -= len(written)
        if self._left < 0:
            self._known = {}
            self._left = self._room - len(written)
        if self._left >= 0:
            self._known[id(part)] = part, written
        return written


class WrittenOrders:
    """The texts written for virtual orders that were requested twice, by index: an index always means the same order.

    When they take more than ``room`` bytes, all are dropped. The text of an order that is requested once is not kept:
    to fill new memory with it would take a fifth of the time to write it.
    """

    def __init__(self, virtual: VirtualOrders, write: Callable[[Drawn], bytes], room: int) -> None:
        self.virtual, self._write, self._room, self._left = virtual, write, room, room
        self._known: dict[int, bytes] = {}
        self._requested: set[int] = set()

    def of(self, index: int) -> bytes:
        """Return the text for the order of that index; an empty one if it is not exported."""
        known = self._known.get(index)
        if known is not None:
            return known
        drawn = self.virtual.drawn(index)
        written = b"" if drawn.customer.shipping is None else self._write(drawn)
        if index in self._requested:
            self._keep(index, written)
        elif len(self._requested) < MAX_REQUESTED:
            self._requested.add(index)
        else:
            self._requested = {index}
        return written

    def _keep(self, index: int, written: bytes) -> None:
        self._left -= len(written)
        if self._left < 0:
            self._known = {}
            self._left = self._room - len(written)
        if self._left >= 0:
            self._known[index] = written


def _text(text: str, limit: int) -> str:
    return xml.cdata(presentation.cut(text, limit))


_remembered_text = lru_cache(1 << 10)(_text)


def _shared_text(text: str, limit: int) -> str:
    """Return a text that many orders share, as it is written in the document."""
    return _remembered_text(text, limit) if len(text) <= MAX_SHARED_CHARS else _text(text, limit)


def _note(text: str) -> str:
    return _text(text, 1000) if text else ""


@lru_cache(1 << 12)
def _methods(shipping: str, payment: str, currency: str) -> str:
    return (
        f"<ShippingMethod>{_text(shipping, 100)}</ShippingMethod><PaymentMethod>{_text(payment, 50)}</PaymentMethod>"
        f"<CurrencyCode>{xml.cdata(currency)}</CurrencyCode>"
    )


@lru_cache(1 << 10)
def _day(days: int) -> str:
    """Return the date of so many days since 1970, up to the time."""
    return presentation.moment(datetime.fromtimestamp(days * 86_400, UTC)).removesuffix("00:00")


def _moment(second: int) -> str:
    """Return a moment in seconds since 1970, as it is written in the document."""
    days, rest = divmod(second, 86_400)
    return _day(days) + _MINUTES[rest // 60]


def _element(name: str, fields: Fields) -> bytes:
    out: list[str] = []
    xml.element(name, fields, out)
    return "".join(out).encode()


class OrderWriter:
    """Writes single orders, and keeps the texts of their parts.

    The stores of a process share one, because the reference presents an order alike in every shop, and most of their
    lines and customers are the same objects.
    """

    def __init__(self) -> None:
        self.orders = WrittenParts(self.order, MAX_KEPT_BYTES)
        self.customers = WrittenParts(self._customer, MAX_KEPT_BYTES // 4)
        self.lines = WrittenParts(self._line, MAX_KEPT_BYTES // 4)

        @lru_cache(256)
        def adjustment(name: str, coupon: str, place: int) -> tuple[bytes, bytes]:
            """Return the line of a discount before its amount and after it."""
            fields = presentation.adjustment(Discount(name, _ONE, coupon), place, ANY_SHOP)
            before, _, after = _element("Item", fields).rpartition(presentation.money(-_ONE).encode())
            return before, after

        self._adjustment = adjustment

    def drawn(self, drawn: Drawn) -> bytes:
        """Return the Order element of a virtual order and the line break after it."""
        customer = self.customers.known(drawn.customer)
        if customer is None:  # the first order of this customer
            return self.order(drawn.order())
        message = ""
        if drawn.gift and drawn.gift_message:
            message = f"<GiftMessage>{_note(drawn.gift_message)}</GiftMessage>"
        total, tax, shipping, number = drawn.total, drawn.tax, drawn.shipping, drawn.number
        head = (
            f"<Order><OrderID>{number}</OrderID><OrderNumber>{number}</OrderNumber>"
            f"<OrderDate>{_moment(drawn.placed)}</OrderDate>"
            f"<OrderStatus>{_remembered_text(drawn.status, 50)}</OrderStatus>"
            f"<LastModified>{_moment(drawn.modified)}</LastModified>"
            f"{_methods(drawn.method, drawn.payment, drawn.currency)}"
            f"<OrderTotal>{total // 100}.{_TWO[total % 100]}</OrderTotal>"
            f"<TaxAmount>{tax // 100}.{_TWO[tax % 100]}</TaxAmount>"
            f"<ShippingAmount>{shipping // 100}.{_TWO[shipping % 100]}</ShippingAmount>"
            f"<CustomerNotes>{_note(drawn.customer_notes) if drawn.customer_notes else ''}</CustomerNotes>"
            f"<InternalNotes>{_note(drawn.internal_notes) if drawn.internal_notes else ''}</InternalNotes>"
            f"<Gift>{'true' if drawn.gift else 'false'}</Gift>{message}"
        )
        parts = [head.encode(), customer, b"<Items>", *self.lines.all(drawn.items)]
        for place, discount in enumerate(drawn.discounts, start=1):
            before, after = self._adjustment(discount.name, discount.coupon, place)
            parts += before, presentation.money(-discount.amount).encode(), after
        parts.append(b"</Items></Order>\n")
        return b"".join(parts)

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
        customer = order.customer
        known = customer.code or customer.email  # without both, the customer code is made of the order's id
        parts = [
            head.encode(),
            self.customers.of(customer, order) if known else self._customer(order),
            b"<Items>",
            *self.lines.all(order.items),
        ]
        if order.discounts:
            parts += [_element("Item", fields) for fields in presentation.adjustments(order, ANY_SHOP)]
        parts.append(b"</Items></Order>\n")
        return b"".join(parts)

    def _customer(self, order: Order) -> bytes:
        return _element("Customer", presentation.customer(order, ANY_SHOP))

    def _line(self, line: Item) -> bytes:
        return _element("Item", presentation.item(line, ANY_SHOP))


_order_writers: WeakSet[OrderWriter] = WeakSet()


def _order_writer() -> OrderWriter:
    """Return the writer that the stores of a process share. It lives as long as one of them."""
    found = next(iter(_order_writers), None)
    if found is None:
        found = OrderWriter()
        _order_writers.add(found)
    return found


class Writer:
    """Writes the pages of one store."""

    def __init__(self) -> None:
        self.single = _order_writer()
        self._virtual: WrittenOrders | None = None

    def document(self, orders: Sequence[Order], pages: str | None) -> bytes:
        """Return an export of the orders that have a shipping address."""
        attribute = "" if pages is None else f' pages="{pages}"'
        written = self.single.orders.of
        if isinstance(orders, OrderSequence):
            virtual = self._virtual_orders(orders.virtual).of
            texts = [
                virtual(part)
                if isinstance(part, int)
                else b""
                if part.customer.shipping is None
                else written(part, part)
                for part in orders.parts
            ]
        else:
            texts = [written(order, order) for order in orders if order.customer.shipping is not None]
        head = f'<?xml version="1.0" encoding="utf-8"?>\n<Orders{attribute}>'.encode()
        return b"".join([head, *texts, b"</Orders>\n"])

    def _virtual_orders(self, virtual: VirtualOrders) -> WrittenOrders:
        if self._virtual is None or self._virtual.virtual is not virtual:
            self._virtual = WrittenOrders(virtual, self.single.drawn, MAX_KEPT_BYTES)
        return self._virtual


_writers: WeakKeyDictionary[Store, Writer] = WeakKeyDictionary()


def writer_of(store: Store) -> Writer:
    """Return the writer for a store. It lives as long as the store."""
    found = _writers.get(store)
    if found is None:
        found = _writers.setdefault(store, Writer())
    return found
