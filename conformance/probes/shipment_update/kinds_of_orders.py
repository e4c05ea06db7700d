"""Orders of many kinds for notifications: each property meets a parcel with the whole order, and one with a part.

What a store does with a notification may depend on the order, such as on its currency. So the orders of some cases have
the properties of a kind here, besides what the case itself is about. A store that can't hold such an order gets a plain
one. The cases that decide whether others are carried out have plain orders.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal

import msgspec

from conformance.core.errors import NotExercised
from conformance.probes.shipment_update.notify import shipped_statuses
from conformance.probes.side_by_side import Case, NewOrder
from conformance.survey.specimens import Build
from conformance.survey.survey import Survey
from conformance.truth.source import TruthUnavailable
from mockstore.orders.draft import Draft
from mockstore.orders.factors import FACTORS, WHOLE_CURRENCIES
from mockstore.orders.model import Item, Order
from mockstore.orders.specimens import SpecimenMaker
from mockstore.orders.totals import with_total_and_weight

WHOLE_CURRENCY = WHOLE_CURRENCIES[0]
"""The best known currency without decimals."""
KINDS: tuple[dict[str, str], ...] = (
    {
        "currency": "without decimals",
        "weight unit": "lbs",
        "placed": "leap day, at noon",
        "discounts": "one",
    },
    {
        "currency": "with three decimals",
        "weight unit": "no weight",
        "placed": "second hour of a clock change",
        "discounts": "coupon",
        "shipping cost": "0",
        "image and location": "not on the first",
    },
    {
        "currency": "another",
        "weight unit": "oz",
        "placed": "last second of a year",
        "discounts": "on a line",
        "tax": "over 1,000",
    },
    {
        "country": "CA",
        "addresses": "other country",
        "names": "none in shipping",
        "phone": "none",
        "gift": "with message",
        "customer": "account",
        "notes": "both",
    },
)
"""Names of factors and levels of the covering array (``mockstore/orders/factors.py``), for each kind of order."""
WHOLE_KINDS = {"tracking1 carrier1": 0, "tracking2 carrier2": 1, "tracking3 carrier3": 2, "shared": 3}
PART_KINDS = {"again": 0, "sample": 1, "twins": 2, "twinsred": 3}
"""Name of a case → its kind of order, for parcels with a whole order and for parcels with a part."""
QUANTITIES = {"tracking1 carrier1": 40_000, "tracking2 carrier2": 99_999}
"""Name of a case → how many units each line of its whole order has: more than 15 or 16 bits can hold."""
SHIPPED_BY_STAFF = "tracking4 longnotes"
"""The case of a parcel with a whole order to which staff have given a shipped status before."""
LACKING = {"gift": {"gift", "gift_message"}, "notes": {"customer_notes", "internal_notes"}, "discounts": {"discounts"}}
"""Factor → what a store may declare that it lacks. Its orders do not have the factor then."""


def draft_of_kind(make: SpecimenMaker, draft: Draft, kind: int, lacks: Collection[str] = ()) -> Draft:
    """Return the draft with the levels of a kind, as far as the store lacks none of them."""
    for factor in FACTORS:
        level = KINDS[kind].get(factor.name)
        if level is not None and not LACKING.get(factor.name, set()) & {*lacks}:
            draft = factor.levels[level](make, draft)
    if draft.currency in WHOLE_CURRENCIES:
        draft = msgspec.structs.replace(draft, currency=WHOLE_CURRENCY)
    return with_total_and_weight(draft)


def _with_units(draft: Draft, units: int) -> Draft:
    """Return an order with this many units of each line, so cheap that its total stays usual."""
    items = (msgspec.structs.replace(item, quantity=units, unit_price=Decimal(1)) for item in draft.items)
    return msgspec.structs.replace(draft, items=tuple(items))


def order_for(survey: Survey, case: str, build: Build) -> Case[Order]:
    """Wish for a new order of the kind that the case has; for the order as built if the store can't hold it.

    Cases without a kind get the order as built, too.
    """
    kind = {**WHOLE_KINDS, **PART_KINDS}.get(case)

    def special(make: SpecimenMaker) -> Draft:
        if kind is not None:
            draft = build(make)
            if case in QUANTITIES:
                draft = _with_units(draft, QUANTITIES[case])
            return draft_of_kind(make, draft, kind, survey.facts.lacks)
        if case == SHIPPED_BY_STAFF:
            return msgspec.structs.replace(build(make), status=min(shipped_statuses(survey.facts)))
        return build(make)

    order: Order
    try:
        order = yield NewOrder(special)
    except (NotExercised, TruthUnavailable):
        order = yield NewOrder(build)
    return order


def draft_with(name: str, lines: Callable[[SpecimenMaker], tuple[Item, ...]]) -> Build:
    """Return a function that makes the draft of a plain order with these lines."""
    return lambda make: make.draft(name, *lines(make))
