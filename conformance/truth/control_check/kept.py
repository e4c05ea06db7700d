"""Compares an order that a check made with the draft that it sent. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

import msgspec

from conformance.contract.weight_units import known_unit
from conformance.truth.control_check.messages import moment_of
from conformance.truth.control_forms import Member, joined, members_of, without_positions
from conformance.truth.control_messages import shown
from mockstore.orders.draft import Draft
from mockstore.orders.model import Weight

CHOSEN_BY_SHOPS = frozenset(
    "order_number total tax shipping_amount shipping_method payment_method weight customer.code customer.phone "
    "customer.billing.state customer.billing.phone customer.shipping.state customer.shipping.phone discounts.name "
    "items.line_id items.image_url items.discount".split()
)
"""Members that a shop may compute, choose or spell itself."""
MAX_WEIGHT_DIFFERENCE_G = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A member that the shop did not keep as the draft had it."""

    path: str
    sent: object
    stored: object

    @property
    def was_dropped(self) -> bool:
        """True if nothing is left of the value."""
        return self.stored in (None, "", False) or self.stored == []

    @property
    def is_choice(self) -> bool:
        """True if the shop may have chosen the value."""
        return without_positions(self.path) in CHOSEN_BY_SHOPS and not self.was_dropped


def is_made_from(draft: Draft, stored: Mapping[str, Any]) -> bool:
    """True if an order may be the one that was made from a draft. One that agrees in nothing is somebody else's."""
    customer = stored.get("customer")
    billing = customer.get("billing") if isinstance(customer, dict) else None
    email = customer.get("email") if isinstance(customer, dict) else None
    name = billing.get("name") if isinstance(billing, dict) else None
    items = stored.get("items")
    skus = {str(each.get("sku")) for each in items if isinstance(each, dict)} if isinstance(items, list) else set()
    return (
        str(email).casefold() == draft.customer.email.casefold()
        or str(name).strip() == draft.customer.billing.name.strip()
        or skus == {item.sku for item in draft.items}
    )


def differences(draft: Draft, stored: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield each member of a draft that isn't empty, and that the stored order tells otherwise."""
    yield from _of_object(msgspec.to_builtins(draft), stored, Draft, "")


def _of_object(sent: Mapping[str, Any], stored: object, form: type, path: str) -> Iterator[Difference]:
    if not isinstance(stored, dict):
        yield Difference(path=path, sent=sent, stored=stored)
        return
    for name, member in members_of(form).items():
        given, kept, below = sent[name], stored.get(name), joined(path, name)
        if member.form is Weight:
            if given is not None and not _is_same_weight(given, kept):
                yield Difference(
                    path=below, sent=_words(given), stored=_words(kept) if isinstance(kept, dict) else kept
                )
        elif member.form is None:
            if not _is_kept(given, _defaults(form).get(name) if kept is None else kept, member):
                yield Difference(path=below, sent=given, stored=kept)
        elif member.is_list:
            yield from _of_list(given, kept, member.form, below)
        elif given is not None:
            yield from _of_object(given, kept, member.form, below)


def _of_list(sent: list[Any], stored: object, form: type, path: str) -> Iterator[Difference]:
    """Compare lists. Lines with a SKU are compared with those of the same SKU, others with those at the same place."""
    rows = [each for each in stored if isinstance(each, dict)] if isinstance(stored, list) else []
    if len(rows) != len(sent):
        yield Difference(path=path, sent=f"{len(sent)} entries", stored=f"{len(rows)} entries" if rows else None)
        return
    for place, given in enumerate(sent):
        same = next((each for each in rows if "sku" in given and each.get("sku") == given["sku"]), rows[place])
        yield from _of_object(given, same, form, f"{path}[{place}]")


@cache
def _defaults(form: type) -> Mapping[str, object]:
    """Return the default of each flag."""
    return {each.name: each.default for each in msgspec.structs.fields(form) if isinstance(each.default, bool)}


def _is_kept(given: object, kept: object, member: Member) -> bool:
    """True if a value was kept, or there was none to keep."""
    if member.kind == "flag":
        return bool(given) == bool(kept)
    if given in (None, ""):
        return True
    match member.kind:
        case "amount":
            number = _decimal(kept)
            return not _decimal(given) if number is None else number == _decimal(given)
        case "moment":
            one, other = moment_of(given), moment_of(kept)
            return one is not None and other is not None and one.replace(microsecond=0) == other.replace(microsecond=0)
        case "text":
            return isinstance(kept, str) and kept.strip() == str(given).strip()
        case _:
            return kept == given


def _decimal(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _is_same_weight(given: Mapping[str, Any], kept: object) -> bool:
    one, other = _grams(given), _grams(kept)
    return one is not None and other is not None and abs(one - other) <= MAX_WEIGHT_DIFFERENCE_G


def _grams(weight: object) -> Decimal | None:
    if not isinstance(weight, dict):
        return None
    value, unit = _decimal(weight.get("value")), known_unit(str(weight.get("unit")))
    return None if value is None or unit is None else value * unit.grams


def _words(weight: object) -> object:
    return f"{weight.get('value')} {weight.get('unit')}" if isinstance(weight, dict) else weight


def shown_value(value: object) -> str:
    """Return a value for a message: nothing, or the value itself."""
    return "nothing" if value is None or value == "" or value == [] else shown(value)
