"""Reads the messages of the store control protocol. Pure.

Messages are read leniently: null counts as a missing member, and a decimal may be a number in place of a string. What
is wrong in a message becomes a remark, and costs as little as possible: one fact, one listed order, one field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from conformance.contract.weight_units import known_unit
from conformance.core.json_errors import NOT_JSON
from conformance.core.times import is_searchable
from conformance.truth.control_forms import (
    CreatedOrder,
    OrderList,
    joined,
    members_of,
    objects_in,
    unknown_members,
    without_positions,
)
from conformance.truth.source import OrderRef
from mockstore.orders.model import Order, Weight
from mockstore.shop.facts import StoreFacts
from mockstore.shop.shop import STATUS_MEANINGS, Status

Found = TypeVar("Found")
_NEEDED_IN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "": ("status", "currency", "total", "tax", "shipping_amount", "items"),
        "customer": ("billing",),
        "items": ("unit_price", "quantity"),
    }
)
"""Kind of object in an order → its members that the suite doesn't judge by their default if they are missing."""
_NONE: frozenset[str] = frozenset()
MAX_DIGITS = 30
"""An amount or weight has at most this many digits before the decimal point."""
MAX_SHOWN = 80
"""A remark shows at most this many characters of a value."""


@dataclass(frozen=True, slots=True)
class OrderMessage:
    """An order, and what distinguishes the members of its message from those of the protocol.

    ``unknown`` maps each member that the protocol doesn't have to the missing one that it may be, or to "". ``untold``
    maps each field that the message doesn't tell, like ``items.unit_price``, to the misspelt member that may hold it,
    or to "". ``absent`` maps each kind of object, like ``customer.billing``, to the members that no such object has.
    """

    order: Order
    unknown: Mapping[str, str]
    untold: Mapping[str, str]
    absent: Mapping[str, frozenset[str]]


def shown(value: object) -> str:
    """Return a value for a remark, cut if it is long."""
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}… ({len(text)} characters)"


def in_utc(moment: datetime) -> datetime:
    """Return a time in UTC; one without a zone counts as UTC.

    Raises:
        ValueError: if the time is at the limits of the calendar.
    """
    if not is_searchable(moment):
        raise ValueError(f"{moment.isoformat()} is not the time of a shop's order")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def content_of(body: bytes) -> object:
    """Return the JSON of a message, without members that are null.

    Raises:
        ValueError: if it isn't JSON (and the other exceptions in :data:`NOT_JSON`).
    """
    return without_nulls(msgspec.json.decode(body))


def without_nulls(value: object) -> object:
    """Return the same JSON without members that are null."""
    if isinstance(value, dict):
        return {
            name: without_nulls(member) if isinstance(member, (dict, list)) else member
            for name, member in value.items()
            if member is not None
        }
    if isinstance(value, list):
        return [without_nulls(member) for member in value]
    return value


# ---------------------------------------------------------------------- the store


def facts_of(content: object) -> tuple[StoreFacts, tuple[str, ...]]:
    """Return the facts in a reply to ``GET /store``, and remarks on what is wrong in it. A wrong fact is left out.

    Raises:
        ValueError: if the reply isn't an object.
    """
    if not isinstance(content, dict):
        raise ValueError(f"expected an object, not {shown(content)}")
    known = get_type_hints(StoreFacts)
    facts: dict[str, Any] = {}
    remarks = unknown_remarks(content, StoreFacts)
    for name, value in content.items():
        if name not in known:
            continue
        if name == "statuses" and isinstance(value, list):
            facts["statuses"] = tuple(_statuses(value, remarks))
        else:
            try:
                facts[name] = msgspec.convert(value, known[name], strict=False)
            except NOT_JSON as error:
                remarks.append(f"its {name} can't be used: {error}")
    zone = facts.get("timezone", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        remarks.append(f"its timezone {shown(zone)} isn't a time zone: write it like Europe/Berlin")
        del facts["timezone"]
    if not facts.get("statuses"):
        remarks.append("it names no statuses, so the meaning of the orders' statuses isn't known")
    missing = [name for name, member in members_of(StoreFacts).items() if member.is_needed and name not in content]
    remarks += [f"it has no {name}" for name in missing if name != "statuses"]
    return StoreFacts(**facts), tuple(remarks)


def unknown_remarks(content: object, form: type) -> list[str]:
    """Return a remark on each member of a message that the protocol doesn't have, once for each kind of object."""
    found: dict[str, str] = {}
    for path, each, kind in objects_in(content, form):
        for name, meant in unknown_members(each, kind).items():
            remark = f"it has {shown(joined(path, name))}, which the protocol doesn't have{_probably(meant)}"
            found.setdefault(joined(without_positions(path), name), remark)
    return list(found.values())


def _probably(meant: str) -> str:
    return f" (probably {meant})" if meant else ""


def _with_unknown(unknown: Mapping[str, str]) -> str:
    """Return the end of a sentence on a message that can't be read: its unknown members, at most three."""
    return "".join(
        f"; it has {name}, which the protocol doesn't have{_probably(meant)}" for name, meant in [*unknown.items()][:3]
    )


def _statuses(rows: Sequence[object], remarks: list[str]) -> Iterator[Status]:
    """Yield the statuses that can be read, and add a remark on each other one."""
    for row in rows:
        try:
            status = msgspec.convert(row, Status, strict=False)
        except NOT_JSON as error:
            remarks.append(f"a status can't be used: {error}: {shown(row)}")
            continue
        if status.maps_to is not None and status.maps_to not in STATUS_MEANINGS:
            known = ", ".join(STATUS_MEANINGS)
            remarks.append(f"the status {shown(status.name)} maps to {shown(status.maps_to)}, which is none of {known}")
            status = msgspec.structs.replace(status, maps_to=None)
        yield status


# ---------------------------------------------------------------------- lists of orders


class _ListedOrder(msgspec.Struct):
    order_number: str | int
    modified_at: datetime


class _Created(msgspec.Struct):
    order_number: str | int


def listed_orders(content: object) -> tuple[list[OrderRef], tuple[str, ...]]:
    """Return the orders in a reply to ``GET /orders``, and a remark on each entry that can't be read.

    Raises:
        ValueError: if the reply has no list of orders.
    """
    rows = content.get("orders") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise ValueError("expected an object with a list `orders`")
    found, remarks = [], unknown_remarks(content, OrderList)
    for row in rows:
        try:
            listed = msgspec.convert(row, _ListedOrder, strict=False)
            found.append(OrderRef(_order_number(listed.order_number), in_utc(listed.modified_at)))
        except NOT_JSON as error:
            remarks.append(f"{error}: {shown(row)}")
    return found, tuple(remarks)


def created_number(content: object) -> str:
    """Return the order number in the reply to ``POST /orders``.

    Raises:
        ValueError: if it isn't there (and the other exceptions in :data:`NOT_JSON`).
    """
    try:
        return _order_number(msgspec.convert(content, _Created, strict=False).order_number)
    except msgspec.ValidationError as error:
        unknown = unknown_members(content, CreatedOrder) if isinstance(content, dict) else {}
        raise ValueError(f"{error}{_with_unknown(unknown)}") from None


class _Results(msgspec.Struct):
    results: list[dict[str, object] | bool | None]


class _Orders(msgspec.Struct):
    orders: list[msgspec.Raw]


def batch_results(body: bytes, count: int) -> list[dict[str, object] | bool | None]:
    """Return the results in a reply to a call for ``count`` orders.

    Raises:
        ValueError: if there is another number of them (and the other exceptions in :data:`NOT_JSON`).
    """
    return _as_many(msgspec.json.decode(body, type=_Results).results, count, "results")


def batch_orders(body: bytes, count: int) -> list[bytes]:
    """Return the message of each order in a reply to ``POST /orders/lookup``; that of an unknown order is ``null``.

    Raises:
        ValueError: if there is another number of them (and the other exceptions in :data:`NOT_JSON`).
    """
    return [bytes(each) for each in _as_many(msgspec.json.decode(body, type=_Orders).orders, count, "orders")]


def _as_many(found: list[Found], count: int, name: str) -> list[Found]:
    if len(found) != count:
        raise ValueError(f"it has {len(found)} {name} for {count} orders")
    return found


def _order_number(value: str | int) -> str:
    """Return an order number as text.

    Raises:
        ValueError: if it is empty or too long.
    """
    number = str(value)
    if not 0 < len(number) <= MAX_NUMBER_CHARS:
        raise ValueError(f"order_number has {len(number)} characters")
    return number


MAX_NUMBER_CHARS = 500
"""A longer order number is an error of the store: the suite puts it into URLs."""


# ---------------------------------------------------------------------- an order


@lru_cache(maxsize=1024)
def order_message(body: bytes) -> OrderMessage:
    """Return the order in a message, with times in UTC. ``order_id``, ``currency`` and ``status`` may be missing.

    Raises:
        ValueError: if the message isn't an order (and the other exceptions in :data:`NOT_JSON`).
    """
    whole = msgspec.json.decode(body)
    content = without_nulls(whole)
    if not isinstance(content, dict):
        raise ValueError(f"expected an object, not {shown(content)}")
    unknown, untold, absent = _compared(whole)
    for name in ("order_id", "currency", "status"):
        content.setdefault(name, "")
    try:
        order = msgspec.convert(with_units(content), Order, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{error}{_with_unknown(unknown)}") from None
    for amount in _amounts(order):
        if not amount.is_finite() or amount.adjusted() >= MAX_DIGITS or amount.adjusted() <= -MAX_DIGITS:
            raise ValueError(f"{shown(str(amount))} is no amount")
    order = msgspec.structs.replace(order, placed_at=in_utc(order.placed_at), modified_at=in_utc(order.modified_at))
    return OrderMessage(order, unknown, untold, absent)


def _amounts(order: Order) -> Iterator[Decimal]:
    """Yield every amount and weight of an order."""
    yield from (order.total, order.tax, order.shipping_amount)
    yield from (discount.amount for discount in order.discounts)
    yield from (shipment.cost for shipment in order.shipments if shipment.cost is not None)
    weights: list[Weight | None] = [order.weight]
    for item in order.items:
        yield from (item.unit_price, item.discount)
        weights += [item.weight, *(option.weight for option in item.options)]
    yield from (weight.value for weight in weights if weight is not None)


def _compared(content: object) -> tuple[dict[str, str], dict[str, str], dict[str, frozenset[str]]]:
    """Return what distinguishes the members of an order's message from those of the protocol; null is like missing.

    These are the paths of unknown members, each with the missing one that it may be; the fields that are misspelt, or
    needed and missing, each with the misspelt member; and for each kind of object, the members that none has.
    """
    unknown: dict[str, str] = {}
    untold: dict[str, str] = {}
    absent: dict[str, frozenset[str]] = {}
    for path, each, form in objects_in(content, Order):
        place = without_positions(path)
        for name in _NEEDED_IN.get(place, ()):
            if each.get(name) is None:
                untold.setdefault(joined(place, name), "")
        members = members_of(form)
        if each.keys() == members.keys():
            absent[place] = _NONE
            continue
        for name, meant in unknown_members(each, form).items():
            unknown.setdefault(joined(place, name), meant and joined(place, meant))
            if meant:
                untold[joined(place, meant)] = untold.get(joined(place, meant)) or joined(place, name)
        missing = frozenset(members.keys() - each.keys())
        absent[place] = absent.get(place, missing) & missing
    return unknown, untold, absent


def with_units(value: object) -> object:
    """Return the same JSON with each unit of weight in the spelling of the model; unknown units stay as they are."""
    if isinstance(value, dict):
        changed = {
            name: with_units(member) if isinstance(member, (dict, list)) else member for name, member in value.items()
        }
        if isinstance(unit := changed.get("unit"), str):
            known = known_unit(unit)
            changed["unit"] = unit if known is None else known.name
        return changed
    if isinstance(value, list):
        return [with_units(member) for member in value]
    return value
