"""Compares messages with their forms, strictly: every member, with its path. Pure.

A run reads the same messages leniently (:mod:`conformance.truth.control_messages`). What a run accepts although the
protocol doesn't say so is a note here. What a run can't use, or would read as something else, is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from conformance.contract.weight_units import WEIGHT_UNITS, known_unit
from conformance.core.times import is_searchable
from conformance.truth.control_forms import CreatedOrder, ListedOrder, Member, joined, members_of, unknown_members
from conformance.truth.control_messages import MAX_NUMBER_CHARS, shown
from mockstore.orders.model import Address, Discount, Item, Order, Weight
from mockstore.shop.facts import StoreFacts
from mockstore.shop.shop import STATUS_MEANINGS, Status
from mockstore.shop.suggestions import did_you_mean

MAX_SHOWN_NAMES = 12
MAX_COMPARED = 100
"""A name is compared with others by so many characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A member that doesn't fit the form of its message. ``is_fault`` is false if a run copes with it."""

    path: str
    expected: str
    found: str
    advice: str
    is_fault: bool = True


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What is wrong with a value."""

    expected: str
    advice: str
    is_fault: bool = True


def misfits(value: object, form: type, path: str = "") -> Iterator[Misfit]:
    """Yield everything in a message that doesn't fit its form."""
    if not isinstance(value, dict):
        advice = "In PHP, write an empty object as (object)[]." if value == [] else "Send an object, with {…}."
        yield Misfit(path=path, expected="an object", found=_shown(value), advice=advice)
        return
    members, meant = members_of(form), unknown_members(value, form)
    for name, right in meant.items():
        yield _unknown(joined(path, name), right)
    for name, member in members.items():
        if value.get(name) is not None:
            yield from _of_member(value[name], member, form, name, joined(path, name))
        elif member.is_needed and name not in meant.values():
            yield Misfit(
                path=joined(path, name),
                expected=f"{name} in every {_NAMES.get(form, form.__name__.lower())}",
                found="null" if name in value else "no such member",
                advice=_ADVICE.get((form, name), f"Send {name}."),
            )


_NAMES: Mapping[type, str] = {StoreFacts: "reply to GET /store", ListedOrder: "entry", CreatedOrder: "reply"}
_ADVICE: Mapping[tuple[type, str], str] = {
    (StoreFacts, "timezone"): "Send the shop's own time zone, like Europe/Berlin.",
    (StoreFacts, "statuses"): "Send all statuses that an order can have, with what each means.",
    (StoreFacts, "capabilities"): 'Send ["read"], and "create", "update", "delete", "batch" if these calls work.',
    (Order, "order_id"): "Send the shop's internal id; if it has none, the order number again.",
}


def _unknown(path: str, right: str) -> Misfit:
    return Misfit(
        path=path,
        expected=right or "only members that the protocol has",
        found=f"{shown(path.rpartition('.')[2])}, which the protocol doesn't have",
        advice=f"Rename it to {right}." if right else "Leave it out: the suite ignores it.",
        is_fault=bool(right),
    )


def _of_member(value: object, member: Member, form: type, name: str, path: str) -> Iterator[Misfit]:
    if not member.is_list:
        yield from _of_value(value, member, form, name, path)
        return
    if not isinstance(value, list):
        advice = "In PHP, array_values() makes it a list." if isinstance(value, dict) else "Send a list, with […]."
        yield Misfit(path=path, expected="a list", found=_shown(value), advice=advice)
        return
    for place, each in enumerate(value):
        yield from _of_value(each, member, form, name, f"{path}[{place}]")


def _of_value(value: object, member: Member, form: type, name: str, path: str) -> Iterator[Misfit]:
    if member.form is not None:
        yield from misfits(value, member.form, path)
        return
    wrong = _KINDS[member.kind](value)
    if wrong is None and (rule := _RULES.get((form, name))) is not None:
        wrong = rule(value)
    if wrong is not None:
        yield Misfit(
            path=path, expected=wrong.expected, found=_shown(value), advice=wrong.advice, is_fault=wrong.is_fault
        )


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else shown(value)


# ---------------------------------------------------------------------- kinds of values


def _text(value: object) -> _Wrong | None:
    if isinstance(value, str):
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return _Wrong("a text", f'Put it between quotes: "{value}".' if is_number else "Send a text.")


def _flag(value: object) -> _Wrong | None:
    if isinstance(value, bool):
        return None
    reads = value in (0, 1, "0", "1") or (isinstance(value, str) and value.lower() in ("true", "false"))
    return _Wrong("true or false", "Send true or false, without quotes.", is_fault=not reads)


def _count(value: object) -> _Wrong | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return None
    reads = (isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value) is not None) or (
        isinstance(value, float) and value.is_integer()
    )
    return _Wrong("a whole number", "Send a number without quotes and without a decimal point.", is_fault=not reads)


_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,100})?", re.ASCII)


def _amount(value: object) -> _Wrong | None:
    expected = 'a decimal as a text, like "19.90"'
    if isinstance(value, str):
        if _DECIMAL.fullmatch(value):
            return None
        advice = "Use a decimal point, and neither a currency nor separators of thousands."
        return _Wrong(expected, advice, is_fault=not _is_decimal(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _Wrong(expected, "Put it between quotes, so that no program rounds it.", is_fault=False)
    return _Wrong(expected, "Send the number as a text.")


def _is_decimal(text: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return number.is_finite() and abs(number.adjusted()) < 30


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?(?P<zone>[Zz]|[+-]\d\d:\d\d)?", re.ASCII)
MOMENT_LIKE = "a time with its zone, like 2026-11-01T09:30:00Z"


def moment_of(value: object) -> datetime | None:
    """Return a time of the protocol; None if it is none, or has no zone."""
    if not isinstance(value, str) or not (found := _MOMENT.fullmatch(value)) or not found["zone"]:
        return None
    try:
        moment = datetime.fromisoformat(value.upper().replace(" ", "T"))
    except ValueError:
        return None
    return moment if is_searchable(moment) else None


def _moment(value: object) -> _Wrong | None:
    if moment_of(value) is not None:
        return None
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found and not found["zone"]:
        return _Wrong(MOMENT_LIKE, "Convert it to UTC and add Z: without a zone it counts as UTC.")
    return _Wrong(MOMENT_LIKE, "Send it in this form, in UTC.")


def _day(value: object) -> _Wrong | None:
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            date.fromisoformat(value)
            return None
    except ValueError:
        pass
    return _Wrong("a day, like 2026-11-03", "Send it in this form, without a time of day.")


_KINDS: Mapping[str, Callable[[object], _Wrong | None]] = MappingProxyType(
    {"text": _text, "flag": _flag, "count": _count, "amount": _amount, "moment": _moment, "day": _day}
)


# ---------------------------------------------------------------------- rules of single members


def _zone(value: Any) -> _Wrong | None:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        expected = "a name of the IANA time zone database, like Europe/Berlin"
        return _Wrong(expected, "Send the region and city of the shop's zone: neither an offset nor an abbreviation.")
    return None


def _currency(value: Any) -> _Wrong | None:
    fits = re.fullmatch("[A-Z]{3}", value) is not None
    return None if fits else _Wrong("three capital letters, like USD", "Send the ISO 4217 code.")


def _country(value: Any) -> _Wrong | None:
    fits = re.fullmatch("([A-Z]{2})?", value) is not None
    return None if fits else _Wrong("two capital letters, like US", "Send the ISO 3166-1 code.")


def _unit(value: Any) -> _Wrong | None:
    names = [unit.name for unit in WEIGHT_UNITS]
    if value in names:
        return None
    known = known_unit(value)
    expected = f"one of {', '.join(names)}"
    if known is None:
        return _Wrong(expected, "Convert the weight to one of these units.")
    return _Wrong(expected, f"Write {known.name}.", is_fault=False)


def _meaning(value: Any) -> _Wrong | None:
    if value in STATUS_MEANINGS:
        return None
    hint = did_you_mean(value[:MAX_COMPARED], STATUS_MEANINGS)
    return _Wrong(f"one of {', '.join(STATUS_MEANINGS)}, or null", f"Send null if none of them fits.{hint}")


def _image(value: Any) -> _Wrong | None:
    if not value or value.lower().startswith(("http://", "https://")):
        return None
    return _Wrong("a URL with http:// or https://", "Send the whole URL, as a browser needs it.")


def _number(value: Any) -> _Wrong | None:
    if 0 < len(value) <= MAX_NUMBER_CHARS:
        return None
    return _Wrong(f"1 to {MAX_NUMBER_CHARS} characters", "Send the number that people see.")


def _filled(value: Any) -> _Wrong | None:
    return None if value.strip() else _Wrong("a name", "Send the name that orders have as their status.")


def _from_one(value: Any) -> _Wrong | None:
    return None if value >= 1 else _Wrong("1 or more", "Send the true number.")


def _positive(value: Any) -> _Wrong | None:
    if not value.startswith("-"):
        return None
    return _Wrong("a positive amount", "Leave out the minus: the suite subtracts discounts.")


_RULES: Mapping[tuple[type, str], Callable[[Any], _Wrong | None]] = MappingProxyType(
    {
        (StoreFacts, "timezone"): _zone,
        (StoreFacts, "currency"): _currency,
        (StoreFacts, "weight_unit"): _unit,
        (StoreFacts, "orders_per_page"): _from_one,
        (Status, "name"): _filled,
        (Status, "maps_to"): _meaning,
        (ListedOrder, "order_number"): _number,
        (CreatedOrder, "order_number"): _number,
        (Order, "order_number"): _number,
        (Order, "currency"): _currency,
        (Address, "country"): _country,
        (Weight, "unit"): _unit,
        (Item, "quantity"): _from_one,
        (Item, "image_url"): _image,
        (Item, "discount"): _positive,
        (Discount, "amount"): _positive,
    }
)
"""Form and member → a rule for its value, which has the right type."""


# ---------------------------------------------------------------------- rules of whole messages


def fact_misfits(content: Mapping[str, Any], capabilities: tuple[str, ...]) -> Iterator[Misfit]:
    """Yield what is wrong in a reply to ``GET /store`` whose members have the right types, besides their values."""
    yield from _status_misfits([each for each in _list_of(content, "statuses") if isinstance(each, dict)])
    if content.get("statuses") == []:
        advice = _ADVICE[StoreFacts, "statuses"]
        yield Misfit(path="statuses", expected="at least one status", found="[]", advice=advice)
    if content.get("orders_per_page") is None:
        yield Misfit(
            path="orders_per_page",
            expected="the number of orders on a page of the export",
            found="no such number",
            advice="Send it: else the suite can't make enough orders to fill a page.",
            is_fault=False,
        )
    yield from _capability_misfits(_texts_of(content, "capabilities"), capabilities)
    yield from _lack_misfits(_texts_of(content, "lacks"))


def _list_of(content: Mapping[str, Any], name: str) -> list[Any]:
    found = content.get(name)
    return found if isinstance(found, list) else []


def _texts_of(content: Mapping[str, Any], name: str) -> list[str]:
    return [each for each in _list_of(content, name) if isinstance(each, str)]


def _status_misfits(statuses: Sequence[Mapping[str, Any]]) -> Iterator[Misfit]:
    names = [status.get("name") for status in statuses]
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Misfit(
                path=f"statuses[{place}].name",
                expected="a name that no other status has",
                found=_shown(name),
                advice="Name each status once.",
            )
    if names and "paid" not in [status.get("maps_to") for status in statuses]:
        yield Misfit(
            path="statuses",
            expected="a status with maps_to: paid",
            found=", ".join(map(_shown, names[:MAX_SHOWN_NAMES])),
            advice="Mark the status of paid orders: the suite gives it to most of its orders.",
            is_fault=False,
        )
    if names and not any(status.get("shipped") for status in statuses):
        yield Misfit(
            path="statuses",
            expected="a status with shipped: true",
            found="none",
            advice="Mark the status that shipped orders get: else the suite can't judge it.",
            is_fault=False,
        )


def _capability_misfits(declared: Sequence[str], known: tuple[str, ...]) -> Iterator[Misfit]:
    if declared and "read" not in declared:
        yield Misfit(
            path="capabilities",
            expected="read among them",
            found=", ".join(declared),
            advice="Add read: without it the suite asks for nothing.",
        )
    for place, name in enumerate(declared):
        hint = "" if name in known else did_you_mean(name[:MAX_COMPARED], set(known) - set(declared))
        if hint:
            yield Misfit(
                path=f"capabilities[{place}]",
                expected=f"one of {', '.join(known)}",
                found=_shown(name),
                advice=f"Correct the name, unless it is one of your own.{hint}",
                is_fault=False,
            )
    if "create" in declared and "delete" not in declared:
        yield Misfit(
            path="capabilities",
            expected="delete beside create",
            found=", ".join(declared),
            advice="Offer DELETE /orders/{order_number}: else every run leaves its orders in the shop.",
            is_fault=False,
        )


def order_fields() -> frozenset[str]:
    """Return the path of each member of an order, like ``items.weight``, and its last part."""

    def paths(form: type, path: str = "") -> Iterator[str]:
        for name, member in members_of(form).items():
            yield joined(path, name)
            if member.form is not None:
                yield from paths(member.form, joined(path, name))

    return frozenset(name for path in paths(Order) for name in (path, path.rpartition(".")[2]))


def _lack_misfits(lacks: Sequence[str]) -> Iterator[Misfit]:
    known = order_fields()
    for place, name in enumerate(lacks):
        if name not in known:
            yield Misfit(
                path=f"lacks[{place}]",
                expected="a member of an order, like gift or items.location",
                found=_shown(name),
                advice=f"Correct the name: as it is, nothing is left out.{did_you_mean(name[:MAX_COMPARED], known)}",
            )
