"""Finds out what failing orders have in common: the simplest property that they all have and no passing order has.

The search is deterministic:

1. It tries single properties and numbers of the fields that the requirement and its findings are about, then all
   single properties and numbers, then pairs in which one property is about these fields.
2. Among many properties, one fits by chance if few orders were judged. For failing orders chosen at random, the
   probability that some property of this step fits is at most the number of different groups of that size that the
   properties form, divided by the number of all groups of that size. If it is too high, the step finds nothing.
3. If no property fits, the findings are divided by their element, then by their message, and each part is searched.
4. If that finds nothing, the orders may fail for several reasons: the search takes properties that only failing orders
   have, the one with the most orders first. They are reported if they explain at least half of the failing orders.
   Only properties of the fields that the requirement and its findings are about are taken, because orders are no random
   sample: where most orders fail, many properties occur only in failing orders.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from itertools import combinations
from typing import NamedTuple

from conformance.checks.order_properties import ALL_MEASURES, Trait, measures_of, traits_among
from conformance.contract.fields import ALL, element_at, row_of
from conformance.core.finding import Finding, SharedProperty
from mockstore.orders.model import Order
from mockstore.shop.facts import StoreFacts

MIN_FAILING = 2
"""Fewer failing orders share everything."""
MIN_OTHERS = 5
"""With fewer other orders, too many properties fit."""
MIN_FAILING_FOR_PAIR = 3
"""So many pairs of properties exist that two failing orders nearly always share some."""
MAX_COINCIDENCE = 0.05
"""A property is reported if the probability that some property fits by chance is lower than this."""
ROUND_STEPS = tuple(map(Decimal, ("1000", "500", "100", "50", "10", "5", "1", "0.1", "0.01")))
"""A number between two groups of orders is the multiple of the first of these that lies there."""

RELATED, ANY = 1, 2
"""The distance of a property from what the findings are about, at most: 0 for the same field."""
DATES = frozenset(("placed_at", "modified_at"))
FURTHER_FIELDS = {
    "ORD-9": frozenset(
        ("total", "tax", "shipping_amount", "discounts", "items.discount", "items.unit_price", "items.quantity")
    )
}
"""Requirement → fields of the store's record that it is about, beside those of the table of fields."""


@dataclass(frozen=True, kw_only=True)
class JudgedOrder:
    """An order that a scenario judged.

    ``labels`` are the names by which findings may call it. ``places`` are its properties in the export, like its place
    on its page.
    """

    labels: tuple[str, ...]
    order: Order
    places: tuple[str, ...] = ()


class _Candidate(NamedTuple):
    """A property, and the orders that have it: a bit for each."""

    orders: int
    distance: int
    """0 for a property of the findings' elements, 1 for one of the requirement's fields, 2 for others."""
    is_opposite: bool
    is_broad: bool
    """True if the property is about several fields."""
    is_date: bool
    """True if the property is about dates, or about the place in the export."""
    rank: tuple[int, int]
    name: str

    @property
    def preference(self) -> tuple[int, bool, bool, tuple[int, int]]:
        """The lower, the better."""
        return self.distance, self.is_opposite, self.is_broad, self.rank


def explain(
    requirement: str, findings: Sequence[Finding], judged: Iterable[JudgedOrder], facts: StoreFacts
) -> tuple[list[Finding], tuple[SharedProperty, ...]]:
    """Return the findings, each with the property that its order shares, and these properties."""
    orders = tuple({each.order.order_number: each for each in judged}.values())
    if len({finding.order for finding in findings}) < MIN_FAILING or len(orders) < MIN_FAILING:
        return list(findings), ()
    search = _Search(requirement, orders, facts)
    shared = dict(search.explained(list(range(len(findings))), findings))
    if len({each for each in shared.values() if not each.name}) > 1:  # every order fails in several ways
        shared = {place: each if each.name else replace(each, place="") for place, each in shared.items()}
    found = [
        replace(finding, shared=shared[place].name) if place in shared else finding
        for place, finding in enumerate(findings)
    ]
    return found, tuple(dict.fromkeys(shared[place] for place in sorted(shared)))


class _Search:
    """The search among the orders that one scenario judged."""

    def __init__(self, requirement: str, orders: Sequence[JudgedOrder], facts: StoreFacts) -> None:
        self._orders = orders
        self._places = {label: place for place, each in enumerate(orders) for label in each.labels if label}
        self._fields = frozenset(row.record for row in ALL if row.record and requirement in row.requirements)
        self._fields |= FURTHER_FIELDS.get(requirement, frozenset())
        self._traits = _trait_masks(orders, facts)
        self._numbers = [measures_of(each.order) for each in orders]
        self._known: dict[tuple[int, tuple[str, ...]], str | None] = {}

    def explained(
        self, places: Sequence[int], findings: Sequence[Finding], divided: int = 0, element: str = ""
    ) -> Iterator[tuple[int, SharedProperty]]:
        """Yield the places of explained findings with the property that their orders share.

        ``divided`` is how many divisions led to these findings; ``element`` is theirs if the others have another one.
        """
        part = [findings[place] for place in places]
        failing = self._mask(part)
        elements = dict.fromkeys(element_at(finding.xpath or "") for finding in part)
        if failing is not None and (name := self._cached_property_of(failing, tuple(elements))) is not None:
            shared = self._shared(name, failing, element)
            yield from ((place, shared) for place in places)
            return
        found: list[tuple[int, SharedProperty]] = []
        if divided < len(_DIVISIONS):
            parts = _divided(places, findings, divided)
            for name, division in parts.items():
                at = name if divided == 0 and len(parts) > 1 else element
                found += self.explained(division, findings, divided + 1, at)
            if divided > 0 and len(parts) > 1 and failing is not None:
                found = [(place, _among(shared, failing.bit_count())) for place, shared in found]
        if not found and failing is not None and failing == self._all:
            shared = self._shared("", failing, element)
            found = [(place, shared) for place in places]
        elif not found and failing is not None:
            found = list(self._explained_in_part(places, findings, failing, element, elements))
        yield from found

    def _explained_in_part(
        self,
        places: Sequence[int],
        findings: Sequence[Finding],
        failing: int,
        element: str,
        elements: Iterable[str],
    ) -> Iterator[tuple[int, SharedProperty]]:
        """Yield the places of findings whose orders have one of several properties, of which each explains a part."""
        parts = self._covering(failing, elements)
        for place in places:
            order = 1 << self._places[findings[place].order or ""]
            for name, orders in parts:
                if orders & order:
                    shared = self._shared(name, orders, element)
                    others = len(self._orders) - failing.bit_count()
                    yield place, replace(shared, others=others, among=failing.bit_count())
                    break

    @property
    def _all(self) -> int:
        return (1 << len(self._orders)) - 1

    def _mask(self, findings: Iterable[Finding]) -> int | None:
        """Return the orders of the findings; None if a finding names no judged order."""
        mask = 0
        for finding in findings:
            place = self._places.get(finding.order or "")
            if place is None:
                return None
            mask |= 1 << place
        return mask

    def _shared(self, name: str, failing: int, place: str) -> SharedProperty:
        number = failing.bit_count()
        return SharedProperty(name=name, failing=number, others=len(self._orders) - number, place=place)

    def _cached_property_of(self, failing: int, elements: tuple[str, ...]) -> str | None:
        """Do the same as :meth:`_property_of`. A division into one part asks again for the same orders."""
        if (failing, elements) not in self._known:
            self._known[failing, elements] = self._property_of(failing, elements)
        return self._known[failing, elements]

    def _property_of(self, failing: int, elements: Iterable[str]) -> str | None:
        """Return the name of the simplest property that these orders have and the others don't."""
        number = failing.bit_count()
        if number < MIN_FAILING or len(self._orders) - number < MIN_OTHERS:
            return None
        singles = self._candidates(self._records_at(elements), failing)
        for nearest in (RELATED, ANY):
            if name := self._single(singles, failing, nearest):
                return name
        return self._pair(singles, failing) if number >= MIN_FAILING_FOR_PAIR else None

    def _single(self, candidates: Iterable[_Candidate], failing: int, nearest: int) -> str | None:
        """Return the best property that exactly these orders have; None if there is none, or any could by chance."""
        near = [each for each in candidates if each.distance <= nearest]
        fitting = [each for each in near if each.orders == failing]
        if not fitting or self._is_coincidence({each.orders for each in near}, failing):
            return None
        return min(fitting, key=lambda each: each.preference).name

    def _pair(self, candidates: Iterable[_Candidate], failing: int) -> str | None:
        """Return the best two properties that exactly these orders have together; None as in :meth:`_single`.

        One of the two is about the requirement's fields. The other is not a date: orders of one kind often have dates
        of their own.
        """
        number = failing.bit_count()
        able = [
            each
            for each in candidates
            if each.orders.bit_count() >= number and (each.distance <= RELATED or not each.is_date)
        ]
        holders = [each for each in able if each.orders & failing == failing]
        fitting = [
            (_preference_of_pair(one, two), f"{one.name} and {two.name}")
            for one, two in combinations(holders, 2)
            if one.orders & two.orders == failing and min(one.distance, two.distance) <= RELATED
        ]
        if not fitting:
            return None
        groups = {
            one.orders & two.orders
            for one, two in combinations(able, 2)
            if min(one.distance, two.distance) <= RELATED and (one.orders & two.orders).bit_count() == number
        }
        return None if self._is_coincidence(groups, failing) else min(fitting)[1]

    def _is_coincidence(self, groups: Iterable[int], failing: int) -> bool:
        """True if orders chosen at random, as many as fail, would be one of these groups too often."""
        number = failing.bit_count()
        fitting = sum(each.bit_count() == number for each in groups)
        return fitting > MAX_COINCIDENCE * math.comb(len(self._orders), number)

    def _covering(self, failing: int, elements: Iterable[str]) -> list[tuple[str, int]]:
        """Return properties that only failing orders have, each with its orders, if they explain at least half of them.

        The property with the most orders comes first; each further one has orders that those before it don't have.
        """
        total, number = len(self._orders), failing.bit_count()
        if number < 2 * MIN_FAILING or total - number < MIN_OTHERS:
            return []
        candidates = [
            each
            for each in self._candidates(self._records_at(elements) | self._fields, failing)
            if each.distance == 0 and not each.is_opposite
        ]
        sizes = Counter(each.orders.bit_count() for each in candidates)
        inside = [
            each
            for each in candidates
            if not each.orders & ~failing
            and (size := each.orders.bit_count()) >= MIN_FAILING
            and sizes[size] * math.comb(total - size, number - size) < MAX_COINCIDENCE * math.comb(total, number)
        ]
        found: list[tuple[str, int]] = []
        covered = 0
        while inside:
            best = min(inside, key=lambda each: (-(each.orders & ~covered).bit_count(), each.preference))
            if (best.orders & ~covered).bit_count() < MIN_FAILING:
                break
            found.append((best.name, best.orders))
            covered |= best.orders
        return found if covered.bit_count() * 2 >= number else []

    def _records_at(self, elements: Iterable[str]) -> frozenset[str]:
        """Return the fields of the store's record that these elements carry."""
        return frozenset(row.record for element in elements if (row := row_of(element)) is not None and row.record)

    def _candidates(self, at: frozenset[str], failing: int) -> list[_Candidate]:
        """Return the properties of these orders, for each group of orders the nearest one."""
        found = [
            _Candidate(
                orders,
                self._distance(trait.fields, at),
                trait.is_opposite,
                len(trait.fields) > 1,
                trait.rank[0] == _PLACES_RANK or (bool(trait.fields) and set(trait.fields) <= DATES),
                trait.rank,
                trait.name,
            )
            for trait, orders in self._traits.items()
        ]
        for rank, measure in enumerate(ALL_MEASURES):
            distance = self._distance(measure.fields, at)
            found += [
                _Candidate(
                    orders,
                    distance,
                    is_low,
                    len(measure.fields) > 1,
                    set(measure.fields) <= DATES,
                    (_MEASURES_RANK + rank, 0),
                    name,
                )
                for orders, name, is_low in self._thresholds(rank, failing.bit_count())
            ]
        nearest: dict[int, _Candidate] = {}
        for each in sorted(found, key=lambda each: each.preference):
            nearest.setdefault(each.orders, each)
        return list(nearest.values())

    def _distance(self, fields: Sequence[str], at: frozenset[str]) -> int:
        """Return 0 for a property of the findings' elements, 1 for one of the requirement's fields, 2 for others."""
        if not at.isdisjoint(fields):
            return 0
        related = at | self._fields
        return 1 if any(_is_inside(one, two) for one in fields for two in related) else 2

    def _thresholds(self, rank: int, number: int) -> Iterator[tuple[int, str, bool]]:
        """Yield the ``number`` orders with the highest numbers, and those with the lowest, if a number divides them.

        The last value is true for the lowest.
        """
        measure = ALL_MEASURES[rank]
        measured = [(value, place) for place, each in enumerate(self._numbers) if (value := each[rank]) is not None]
        if len(measured) <= number:
            return
        measured.sort()
        for is_above in (True, False) if measure.has_low else (True,):
            inside, outside = (
                (measured[-number:], measured[:-number]) if is_above else (measured[:number], measured[number:])
            )
            if is_above and inside[0][0] > outside[-1][0]:
                limit = _round_number(Decimal(outside[-1][0]), Decimal(inside[0][0]), measure.limits)
                name = measure.form.format(f"more than {limit:,f}")
            elif not is_above and len(measured) == len(self._orders) and inside[-1][0] < outside[0][0]:
                name = measure.form.format(f"less than {Decimal(outside[0][0]):,f}")
            else:
                continue
            yield sum(1 << place for _, place in inside), name, not is_above


def _among(shared: SharedProperty, failing: int) -> SharedProperty:
    """Return a property with the number of all orders that fail, if that is more than those that have it."""
    return shared if shared.among or failing <= shared.failing else replace(shared, among=failing)


def _preference_of_pair(one: _Candidate, two: _Candidate) -> tuple[object, ...]:
    return (
        one.distance + two.distance,
        one.is_opposite + two.is_opposite,
        one.is_broad + two.is_broad,
        min(one.rank, two.rank),
        max(one.rank, two.rank),
    )


_MEASURES_RANK = 4000
_DIVISIONS: tuple[Callable[[Finding], str], ...] = (
    lambda finding: element_at(finding.xpath or ""),
    lambda finding: finding.message,
)
"""How findings are divided if their orders share nothing."""


def _divided(places: Iterable[int], findings: Sequence[Finding], divided: int) -> Mapping[str, Sequence[int]]:
    parts: dict[str, list[int]] = {}
    for place in places:
        parts.setdefault(_DIVISIONS[divided](findings[place]), []).append(place)
    return parts


def _trait_masks(orders: Sequence[JudgedOrder], facts: StoreFacts) -> Mapping[Trait, int]:
    """Return property → the orders that have it."""
    masks: dict[Trait, int] = {}
    for place, traits in enumerate(traits_among([each.order for each in orders], facts)):
        for trait in traits:
            masks[trait] = masks.get(trait, 0) | 1 << place
    for place, each in enumerate(orders):
        for name in each.places:
            trait = Trait(name, (), (_PLACES_RANK, 0))
            masks[trait] = masks.get(trait, 0) | 1 << place
    return masks


_PLACES_RANK = 5000


def _is_inside(one: str, two: str) -> bool:
    """True if a field of the record is another one, or a part of it."""
    return one == two or one.startswith(f"{two}.") or two.startswith(f"{one}.")


def _round_number(low: Decimal, high: Decimal, limits: Sequence[int]) -> Decimal:
    """Return a round number that is at least ``low`` and less than ``high``."""
    for limit in limits:
        if low <= limit < high:
            return Decimal(limit)
    for step in ROUND_STEPS:
        number = (low / step).to_integral_value(ROUND_CEILING) * step
        if low <= number < high:
            return number
    return low
