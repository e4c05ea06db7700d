"""An order as somebody asks for it to be made, and the order that comes of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from mockstore.errors import MockStoreError
from mockstore.orders.model import ZERO, Customer, Discount, Item, Order, Shipment, Weight
from mockstore.shop.shop import GRAMS_PER_UNIT, Shop


class InvalidField(MockStoreError):
    """A message that can't be taken: the path of the field, and why."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path, self.why = path, why


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An order to make. Number, id, status and times may be left to the store."""

    order_number: str = ""
    status: str = ""
    placed_at: datetime | None = None
    modified_at: datetime | None = None
    currency: str = ""
    customer: Customer
    shipping_method: str = ""
    payment_method: str = ""
    total: Decimal = ZERO
    tax: Decimal = ZERO
    shipping_amount: Decimal = ZERO
    discounts: tuple[Discount, ...] = ()
    gift: bool = False
    gift_message: str = ""
    customer_notes: str = ""
    internal_notes: str = ""
    weight: Weight | None = None
    items: tuple[Item, ...] = ()
    shipments: tuple[Shipment, ...] = ()


def make_order(draft: Draft, shop: Shop, now: datetime) -> Order:
    """The order that a draft asks for, with what it left to the store.

    Raises:
        Wrong: naming the field that the store can't take.
    """
    known = {status.name for status in shop.statuses}
    if draft.status and draft.status not in known:
        raise InvalidField("status", f"is none of this store's: {', '.join(sorted(known))}")
    for number, item in enumerate(draft.items):
        if item.quantity < 1:
            raise InvalidField(f"items[{number}].quantity", "is a whole number from 1 on")
    for path, weight in _weights(draft):
        if weight.unit not in GRAMS_PER_UNIT:
            raise InvalidField(path, f"is one of {', '.join(GRAMS_PER_UNIT)}")
    for path, moment in (("placed_at", draft.placed_at), ("modified_at", draft.modified_at)):
        if moment is not None and moment.tzinfo is None:
            raise InvalidField(path, "needs a zone, like 2026-11-01T09:30:00Z")
    placed = (draft.placed_at or now).replace(microsecond=0)
    items = tuple(
        item if item.line_id else msgspec.structs.replace(item, line_id=str(number))
        for number, item in enumerate(draft.items, start=1)
    )
    return Order(
        order_number=draft.order_number,
        order_id="",
        status=draft.status or shop.statuses[0].name,
        placed_at=placed,
        modified_at=(draft.modified_at or placed).replace(microsecond=0),
        currency=draft.currency or shop.currency,
        items=items,
        **{
            name: getattr(draft, name)
            for name in (
                "customer shipping_method payment_method total tax shipping_amount discounts gift "
                "gift_message customer_notes internal_notes weight shipments"
            ).split()
        },
    )


def _weights(draft: Draft) -> list[tuple[str, Weight]]:
    found = [("weight.unit", draft.weight)]
    for number, item in enumerate(draft.items):
        found.append((f"items[{number}].weight.unit", item.weight))
        found += [
            (f"items[{number}].options[{place}].weight.unit", option.weight)
            for place, option in enumerate(item.options)
        ]
    return [(path, weight) for path, weight in found if weight is not None]
