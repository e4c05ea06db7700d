"""The draft of an order, and the order that a store makes of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from mockstore.errors import MockStoreError
from mockstore.inputs import moments, numbers
from mockstore.orders.model import Order, OrderFields, Weight
from mockstore.shop.shop import GRAMS_PER_UNIT, Shop

MAX_QUANTITY = 10**9
"""Most units of a line."""


class InvalidField(MockStoreError):
    """A message has a field that cannot be accepted: ``path`` is where it is, ``why`` the reason."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path, self.why = path, why


class Draft(OrderFields, frozen=True, gc=False, kw_only=True):
    """An order to create. Number, status, times and currency may be left to the store, which also chooses the id."""


def make_order(draft: Draft, shop: Shop, now: datetime) -> Order:
    """Return the order that a draft describes, with defaults for the fields that it leaves to the store.

    Raises:
        InvalidField: the store cannot accept a field.
    """
    known = {status.name for status in shop.statuses}
    if draft.status and draft.status not in known:
        raise InvalidField("status", f"is not a status of this store: {', '.join(sorted(known))}")
    if "\0" in draft.order_number:
        raise InvalidField("order_number", "must not contain the character NUL, which no database keeps in a number")
    check_values(draft)
    placed = (draft.placed_at or now).replace(microsecond=0)
    items = tuple(
        item if item.line_id else msgspec.structs.replace(item, line_id=str(number))
        for number, item in enumerate(draft.items, start=1)
    )
    completed = {
        "order_id": "",
        "status": draft.status or shop.statuses[0].name,
        "placed_at": placed,
        "modified_at": (draft.modified_at or placed).replace(microsecond=0),
        "currency": draft.currency or shop.currency,
        "items": items,
    }
    return Order(**{name: getattr(draft, name) for name in Draft.__struct_fields__} | completed)


def check_values(order: OrderFields) -> None:
    """Check that the store can compute with the values of an order that has the right types.

    Raises:
        InvalidField: a quantity, weight, amount or time is out of range.
    """
    for number, item in enumerate(order.items):
        if not 1 <= item.quantity <= MAX_QUANTITY:
            raise InvalidField(f"items[{number}].quantity", f"must be a whole number from 1 to {MAX_QUANTITY:,}")
    for path, weight in _weights(order):
        if weight.unit not in GRAMS_PER_UNIT:
            raise InvalidField(f"{path}.unit", f"must be one of {', '.join(GRAMS_PER_UNIT)}")
        check_amount(weight.value, f"{path}.value")
    for name in ("total", "tax", "shipping_amount"):
        check_amount(getattr(order, name), name)
    for number, discount in enumerate(order.discounts):
        check_amount(discount.amount, f"discounts[{number}].amount")
    for number, item in enumerate(order.items):
        check_amount(item.unit_price, f"items[{number}].unit_price")
        check_amount(item.discount, f"items[{number}].discount")
    for number, shipment in enumerate(order.shipments):
        if shipment.cost is not None:
            check_amount(shipment.cost, f"shipments[{number}].cost")
        if any(abs(item.quantity) > MAX_QUANTITY for item in shipment.items):
            raise InvalidField(f"shipments[{number}].items", f"must have quantities up to {MAX_QUANTITY:,}")
    for name, moment in (("placed_at", order.placed_at), ("modified_at", order.modified_at)):
        if moment is not None:
            check_moment(moment, name)


def check_moment(moment: datetime, path: str) -> None:
    """Check that the store can keep a moment.

    Raises:
        InvalidField: it has no zone, or is at the limits of the calendar.
    """
    if moment.tzinfo is None:
        raise InvalidField(path, "needs a zone, like 2026-11-01T09:30:00Z")
    if not moments.is_kept(moment):
        raise InvalidField(path, moments.RANGE)


def check_amount(amount: Decimal, path: str) -> None:
    """Check that the store can compute with an amount or a weight.

    Raises:
        InvalidField: it is not a number, or too large, or has too many places.
    """
    if not numbers.is_amount(amount):
        raise InvalidField(path, f"must be a number smaller than {numbers.MAX_AMOUNT:.0e}, with at most 100 places")


def _weights(order: OrderFields) -> list[tuple[str, Weight]]:
    """Return every weight of an order, with its path."""
    found = [("weight", order.weight)]
    for number, item in enumerate(order.items):
        found.append((f"items[{number}].weight", item.weight))
        found += [
            (f"items[{number}].options[{place}].weight", option.weight) for place, option in enumerate(item.options)
        ]
    return [(path, weight) for path, weight in found if weight is not None]
