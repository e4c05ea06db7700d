"""The draft of an order, and the order that a store makes of it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from mockstore.errors import MockStoreError
from mockstore.orders.model import Order, OrderFields, Weight
from mockstore.shop.shop import GRAMS_PER_UNIT, Shop


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
    for number, item in enumerate(draft.items):
        if item.quantity < 1:
            raise InvalidField(f"items[{number}].quantity", "must be a whole number from 1 on")
    for path, weight in _weights(draft):
        if weight.unit not in GRAMS_PER_UNIT:
            raise InvalidField(path, f"must be one of {', '.join(GRAMS_PER_UNIT)}")
    for path, moment in (("placed_at", draft.placed_at), ("modified_at", draft.modified_at)):
        if moment is not None and moment.tzinfo is None:
            raise InvalidField(path, "needs a zone, like 2026-11-01T09:30:00Z")
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


def _weights(draft: Draft) -> list[tuple[str, Weight]]:
    """Return every weight of a draft, with the path of its unit."""
    found = [("weight.unit", draft.weight)]
    for number, item in enumerate(draft.items):
        found.append((f"items[{number}].weight.unit", item.weight))
        found += [
            (f"items[{number}].options[{place}].weight.unit", option.weight)
            for place, option in enumerate(item.options)
        ]
    return [(path, weight) for path, weight in found if weight is not None]
