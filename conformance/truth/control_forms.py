"""The members of each message of the control protocol. Pure.

``schemas/control.openapi.yaml`` describes the same messages for people and other programs; a test compares the two.
The forms are the types of the mock store's model, and those of this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from mockstore.orders.model import Customer, Item, Order
from mockstore.shop.facts import StoreFacts

Kind = Literal["text", "flag", "count", "amount", "moment", "day", "object"]


class ListedOrder(msgspec.Struct, frozen=True):
    """An entry of the list that ``GET /orders`` returns."""

    order_number: str
    modified_at: datetime


class OrderList(msgspec.Struct, frozen=True):
    """The reply to ``GET /orders``."""

    orders: tuple[ListedOrder, ...]


class CreatedOrder(msgspec.Struct, frozen=True):
    """The reply to ``POST /orders``, and a result of ``POST /orders/batch``."""

    order_number: str
    order_id: str


class Refusal(msgspec.Struct, frozen=True):
    """The reply to a call that is refused, and a result of ``POST /orders/batch``."""

    error: str
    path: str = ""


class FoundOrders(msgspec.Struct, frozen=True):
    """The reply to ``POST /orders/lookup``."""

    orders: tuple[Order | None, ...]


class RemovedOrders(msgspec.Struct, frozen=True):
    """The reply to ``POST /orders/remove``."""

    results: tuple[bool, ...]


ALSO_NEEDED: Mapping[type, frozenset[str]] = MappingProxyType(
    {
        StoreFacts: frozenset({"timezone", "currency", "weight_unit", "statuses", "capabilities"}),
        Order: frozenset({"total", "tax", "shipping_amount", "items"}),
        Customer: frozenset({"billing"}),
        Item: frozenset({"quantity", "unit_price"}),
    }
)
"""Members that a reply needs although the type has a default for them: a store that makes an order may choose it."""

OTHER_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "address1": ("street", "line1", "address", "addressline1"),
        "address2": ("street2", "line2", "addressline2"),
        "country": ("countrycode",),
        "coupon": ("code", "couponcode", "voucher"),
        "currency": ("currencycode",),
        "customer_notes": ("notes", "note", "comment", "comments", "buyernotes"),
        "image_url": ("image", "picture", "thumbnail"),
        "internal_notes": ("staffnotes", "adminnotes", "details"),
        "items": ("lines", "lineitems", "products", "positions"),
        "location": ("shelf", "bin", "warehouselocation"),
        "maps_to": ("meaning", "type", "mapping"),
        "modified_at": ("updatedat", "updated", "lastmodified", "changedat"),
        "order_number": ("number", "orderno", "reference", "incrementid"),
        "order_id": ("id",),
        "placed_at": ("createdat", "created", "date", "orderdate", "timestamp"),
        "postal_code": ("zip", "zipcode", "postcode"),
        "quantity": ("qty", "amount", "count", "ordered"),
        "shipping_amount": ("shippingcost", "shippingtotal", "freight"),
        "sku": ("productcode", "itemcode", "articlenumber"),
        "state": ("region", "province"),
        "tax": ("vat", "taxamount"),
        "timezone": ("zone", "tz"),
        "tracking_number": ("tracking", "trackingcode"),
        "unit_price": ("price", "priceeach"),
    }
)
"""Member → what other interfaces call it, as by :func:`_plain`."""

MIN_SIMILARITY = 0.75
"""From this similarity on, an unknown member is a misspelt one; 1 means equal."""
_POSITION = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a message. ``form`` is that of the object, or of each object in the list."""

    kind: Kind
    is_list: bool
    is_needed: bool
    form: type[msgspec.Struct] | None


@cache
def members_of(form: type) -> Mapping[str, Member]:
    """Return the members of a message."""
    also_needed = ALSO_NEEDED.get(form, frozenset())
    hints = get_type_hints(form)
    return MappingProxyType(
        {
            each.name: _member(hints[each.name], is_needed=each.required or each.name in also_needed)
            for each in msgspec.structs.fields(form)
        }
    )


def _member(hint: Any, *, is_needed: bool, is_list: bool = False) -> Member:
    """Return the member with this type."""
    if get_origin(hint) is tuple:
        return _member(get_args(hint)[0], is_needed=is_needed, is_list=True)
    if get_origin(hint) in (Union, UnionType):
        return _member(get_args(hint)[0], is_needed=is_needed, is_list=is_list)
    is_object = issubclass(hint, msgspec.Struct)
    kind: Kind = "object" if is_object else _KINDS[hint]
    return Member(kind=kind, is_list=is_list, is_needed=is_needed, form=hint if is_object else None)


_KINDS: Mapping[type, Kind] = {
    str: "text",
    bool: "flag",
    int: "count",
    Decimal: "amount",
    datetime: "moment",
    date: "day",
}


def objects_in(value: object, form: type, path: str = "") -> Iterator[tuple[str, dict[str, object], type]]:
    """Yield each object of a message with its path and its form: the message itself, and the objects in it."""
    if not isinstance(value, dict):
        return
    yield path, value, form
    for name, kind, is_list in _objects_of(form):
        if not (inner := value.get(name)):
            continue
        below = joined(path, name)
        if is_list and isinstance(inner, list):
            for place, each in enumerate(inner):
                yield from objects_in(each, kind, f"{below}[{place}]")
        else:
            yield from objects_in(inner, kind, below)


@cache
def _objects_of(form: type) -> tuple[tuple[str, type[msgspec.Struct], bool], ...]:
    """Return the members of a message that hold objects: name, form, and True for a list of objects."""
    return tuple((name, member.form, member.is_list) for name, member in members_of(form).items() if member.form)


def without_positions(path: str) -> str:
    """Return a path without positions in lists, like ``items.unit_price`` for ``items[0].unit_price``."""
    return _POSITION.sub("", path) if "[" in path else path


def joined(path: str, name: str) -> str:
    """Return the path of a member of the object at ``path``."""
    return f"{path}.{name}" if path else name


def unknown_members(content: Mapping[str, object], form: type) -> dict[str, str]:
    """Return each member of an object that the protocol doesn't have → the missing one that it may be; "" if none."""
    members = members_of(form)
    missing = members.keys() - {name for name, value in content.items() if value is not None}
    return {name: meant_member(name, missing) for name in content if name not in members}


def with_right_names(content: Mapping[str, Any], form: type) -> dict[str, Any]:
    """Return a message with its misspelt members, also those of the objects in it, renamed to what they may mean."""
    meant = unknown_members(content, form)
    members = members_of(form)
    found: dict[str, Any] = {}
    for name, value in content.items():
        right = meant.get(name) or name
        inner = members[right].form if right in members else None
        if inner is not None and isinstance(value, dict):
            found[right] = with_right_names(value, inner)
        elif inner is not None and isinstance(value, list):
            found[right] = [with_right_names(each, inner) if isinstance(each, dict) else each for each in value]
        else:
            found[right] = value
    return found


def meant_member(name: str, missing: Iterable[str]) -> str:
    """Return the missing member that an unknown member is a misspelling of; "" if there is none."""
    wanted = _plain(name[:100])
    candidates = sorted(missing)
    for each in candidates:
        if wanted in OTHER_NAMES.get(each, ()):
            return each
    similar = {each: SequenceMatcher(None, _plain(each), wanted).ratio() for each in candidates}
    best = max(similar, key=lambda each: similar[each], default="")
    return best if best and similar[best] >= MIN_SIMILARITY else ""


@cache
def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()
