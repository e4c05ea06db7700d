"""The control protocol's messages: JSON in, typed values out, and back.

An order's JSON is :class:`mockstore.orders.model.Order`; here are the drafts that a
client sends, which may leave out more, and what a store says of itself.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from mockstore.orders.model import ZERO, Customer, Discount, Item, Order, Shipment, Status, Weight
from mockstore.shop import GRAMS_PER_UNIT, Shop

Message = TypeVar("Message")

CAPABILITIES = ("read", "create", "update", "delete", "journal", "faults", "reset", "clock")


class StoreFacts(msgspec.Struct, frozen=True):
    """What ``GET /store`` says. ``lacks`` names fields that the store can't keep."""

    name: str = ""
    platform: str = ""
    version: str = ""
    timezone: str = "UTC"
    currency: str = ""
    weight_unit: str = ""
    statuses: tuple[Status, ...] = ()
    orders_per_page: int | None = None
    capabilities: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


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


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a PATCH may change."""

    status: str | msgspec.UnsetType = msgspec.UNSET
    modified_at: datetime | msgspec.UnsetType = msgspec.UNSET
    customer_notes: str | msgspec.UnsetType = msgspec.UNSET
    internal_notes: str | msgspec.UnsetType = msgspec.UNSET


_NAMED = re.compile(r"(?:missing required|contains unknown) field `([^`]+)`")


class Wrong(Exception):
    """A message that can't be taken: the path of the field, and why."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path, self.why = path, why


def facts(shop: Shop, lacks: tuple[str, ...] = ()) -> StoreFacts:
    """What this shop says of itself."""
    return StoreFacts(
        shop.name,
        "CS-Cart",
        shop.version,
        shop.timezone,
        shop.currency,
        shop.weight_unit,
        shop.statuses,
        shop.orders_per_page,
        CAPABILITIES,
        lacks,
    )


def read(body: bytes, form: type[Message]) -> Message:
    """A message of that form.

    Raises:
        Wrong: naming the field that doesn't fit.
    """
    try:
        return msgspec.json.decode(body, type=form, strict=False)
    except msgspec.ValidationError as error:
        why, _, path = str(error).partition(" - at `")
        named = _NAMED.search(why)  # what is missing or unknown has no place of its own
        where = ".".join(filter(None, (path.rstrip("`").removeprefix("$").lstrip("."), named and named[1])))
        raise Wrong(where or "body", why) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Wrong("body", f"is not JSON: {error}") from None


def order_of(draft: Draft, shop: Shop, now: datetime) -> Order:
    """The order that a draft asks for, with what it left to the store.

    Raises:
        Wrong: naming the field that the store can't take.
    """
    known = {status.name for status in shop.statuses}
    if draft.status and draft.status not in known:
        raise Wrong("status", f"is none of this store's: {', '.join(sorted(known))}")
    for number, item in enumerate(draft.items):
        if item.quantity < 1:
            raise Wrong(f"items[{number}].quantity", "is a whole number from 1 on")
    for path, weight in _weights(draft):
        if weight.unit not in GRAMS_PER_UNIT:
            raise Wrong(path, f"is one of {', '.join(GRAMS_PER_UNIT)}")
    for path, moment in (("placed_at", draft.placed_at), ("modified_at", draft.modified_at)):
        if moment is not None and moment.tzinfo is None:
            raise Wrong(path, "needs a zone, like 2026-11-01T09:30:00Z")
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
