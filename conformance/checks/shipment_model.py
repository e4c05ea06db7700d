"""A model of one order and its parcels: what each notification may do to them. It knows nothing of HTTP.

The model holds sets: :func:`outcomes` returns every outcome that the rulings allow (docs/rulings.md, Shipments), and
:func:`compare` names the first aspect of an observation that no allowed outcome has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import lru_cache
from itertools import product

Units = tuple[tuple[str, int], ...]
"""How many units of each line, sorted by line."""


class Reply(Enum):
    """What a reply says about the notification."""

    ACCEPTED = "status 2xx"
    REFUSED = "status 4xx"
    FAILED = "no success, and no refusal"


class StatusAfter(Enum):
    """What a notification does to the order's status."""

    SAME = auto()
    SHIPPED = auto()
    NOT_SHIPPED = auto()
    """The same, or one for partly shipped orders."""
    ANY = auto()


class Aspect(Enum):
    """What can differ after a notification, in the sequence in which it is compared."""

    REPLY = "reply"
    PARCELS = "parcels"
    ITEMS = "items"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the order. ``key`` identifies it in the store's record; other lines may have the same SKU.

    A store may record units of a line that isn't shippable, like a download, but it must not need them.
    """

    key: str
    sku: str
    quantity: int
    is_shippable: bool = True


@dataclass(frozen=True, slots=True)
class NamedItem:
    """An item of a notification. ``key`` is that of the line; it is empty if only the SKU names the item."""

    sku: str
    quantity: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification, as far as it decides what is booked.

    ``items`` is None if the notification has none. ``number`` is the tracking number. If ``may_need_keys``, the store
    exports LineItemIDs and so may be unable to book an item that only its SKU names.
    """

    number: str
    items: tuple[NamedItem, ...] | None
    may_need_keys: bool = True


@dataclass(frozen=True, slots=True)
class Booked:
    """A parcel that the store has recorded."""

    number: str
    units: Units


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order: its lines, the recorded parcels, its status, and what it means.

    ``is_by_hand``: staff set the shipped status, although units are in no parcel. Then ``is_shipped`` is False.
    ``is_reopened``: staff gave it another status after it was shipped. ``ignored`` are the tracking numbers of parcels
    that the store accepted and did not record.
    """

    lines: tuple[Line, ...]
    booked: tuple[Booked, ...] = ()
    status: str = ""
    is_shipped: bool = False
    is_cancelled: bool = False
    is_held: bool = False
    is_by_hand: bool = False
    is_reopened: bool = False
    ignored: frozenset[str] = frozenset()

    @property
    def left(self) -> dict[str, int]:
        """How many units of each line are in no parcel. If the order is shipped, none of a line that can be shipped."""
        gone = total(each.units for each in self.booked)
        return {
            line.key: 0 if self.is_shipped and line.is_shippable else max(0, line.quantity - gone[line.key])
            for line in self.lines
        }

    @property
    def goods(self) -> frozenset[str]:
        """The lines that can be shipped."""
        return frozenset(line.key for line in self.lines if line.is_shippable)

    @property
    def is_complete(self) -> bool:
        """True if nothing that can be shipped is left."""
        return not any(self.left[key] for key in self.goods)

    def has_parcel(self, number: str) -> bool:
        """True if a parcel with this tracking number is recorded."""
        return bool(number) and any(each.number == number for each in self.booked)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that a store may do. ``units`` are those of the added parcel; None if no parcel is added."""

    reply: Reply
    units: Units | None
    status: StatusAfter


@dataclass(frozen=True, slots=True)
class Observation:
    """What the store did on a notification with this tracking number.

    ``added`` is the number of parcels that the record has now and did not have before. ``units`` are theirs, by line
    or, if the record doesn't tell the line, by SKU; None if it doesn't tell the items of parcels.
    """

    reply: Reply
    number: str
    added: int
    units: Units | None
    status_before: str
    status: str
    is_shipped: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """The first aspect that no allowed outcome has, and what is allowed, given the aspects before it."""

    aspect: Aspect
    allowed: frozenset[Outcome] = field(default_factory=frozenset)


def total(parcels: Iterable[Units]) -> Counter[str]:
    """Return how many units of each line are in all of these parcels."""
    found: Counter[str] = Counter()
    for units in parcels:
        for key, quantity in units:
            found[key] += quantity
    return found


def units_of(quantities: Mapping[str, int]) -> Units:
    """Return how many units of each line, without lines that have none."""
    return tuple(sorted((key, quantity) for key, quantity in quantities.items() if quantity))


def is_judged(state: OrderState, sent: Notification) -> bool:
    """True if the contract tells what the notification leads to: not if it brings a parcel for a cancelled order."""
    return not state.is_cancelled or state.has_parcel(sent.number)


@lru_cache(maxsize=1024)
def outcomes(state: OrderState, sent: Notification) -> frozenset[Outcome]:
    """Return everything that a store may do on this notification."""
    if state.has_parcel(sent.number):
        return frozenset(_of_repetition(state))
    found = {*_of_parcel(state, sent)} if sent.items is not None else {*_of_mark(state)}
    if not sent.number:
        # a store may set the status and record no parcel
        found |= {replace(each, units=None) for each in found}
    if state.is_held:
        # the staff have stopped the order: whether it can be shipped is not judged
        found |= {replace(each, status=StatusAfter.SAME) for each in found} | {_refused()}
    if state.is_by_hand:
        # a store may refuse parcels for it, or take none of its units for left: but it must not lose the number
        found |= {_refused(), Outcome(Reply.ACCEPTED, (), StatusAfter.SAME)}
        found |= {replace(each, status=StatusAfter.SAME) for each in found}
    if state.is_reopened:
        # a store may see that everything was shipped before, whatever it has recorded of it, and set any status then
        found |= {*_of_nothing_left()}
        found |= {replace(each, status=StatusAfter.ANY) for each in found if each.reply is Reply.ACCEPTED}
    if sent.number in state.ignored:
        # ShipStation takes the parcel for recorded, and a store may have remembered its number
        found.add(Outcome(Reply.ACCEPTED, None, StatusAfter.SAME))
    if state.is_cancelled:
        found |= {replace(each, status=StatusAfter.ANY) for each in found} | {_refused()}
        found |= {replace(each, units=None) for each in found} | {Outcome(Reply.ACCEPTED, (), StatusAfter.ANY)}
    return frozenset(found)


def _refused() -> Outcome:
    return Outcome(Reply.REFUSED, None, StatusAfter.SAME)


def _of_repetition(state: OrderState) -> Iterator[Outcome]:
    """A repetition is accepted and changes nothing. A store may refuse everything for a cancelled order."""
    yield Outcome(Reply.ACCEPTED, None, StatusAfter.SAME)
    if state.is_cancelled:
        yield _refused()


def _of_mark(state: OrderState) -> Iterator[Outcome]:
    """A notification without items ships what is left, whether its items are recorded or not."""
    left = {key: count for key, count in state.left.items() if count}
    goods = {key: count for key, count in left.items() if key in state.goods}
    for units in {units_of(left), units_of(goods), ()}:
        yield Outcome(Reply.ACCEPTED, units, StatusAfter.SHIPPED)
    if state.is_complete:
        yield from _of_nothing_left()


def _of_nothing_left() -> Iterator[Outcome]:
    """If nothing is left to ship, a store may refuse a parcel, keep its number, or ignore it."""
    yield _refused()
    yield Outcome(Reply.ACCEPTED, (), StatusAfter.SAME)
    yield Outcome(Reply.ACCEPTED, None, StatusAfter.SAME)


def _of_parcel(state: OrderState, sent: Notification) -> Iterator[Outcome]:
    items, left = sent.items or (), state.left
    skus = {line.sku for line in state.lines}
    unknown = [item for item in items if item.sku not in skus]
    known = [item for item in items if item.sku in skus]
    wanted, possible = _wanted(state, known)
    too_much = any(wanted[sku] > possible[sku] for sku in wanted) or any(
        count > left[key] for key, count in _by_key(known).items()
    )
    if state.is_complete:
        yield from _of_nothing_left()
        # a shipped order may have units that are in no parcel's record, because a store recorded none of a parcel
        for units in allocations(replace(state, is_shipped=False), known, exact=False):
            yield Outcome(Reply.ACCEPTED, units, StatusAfter.SAME)
        return
    if too_much or unknown or (sent.may_need_keys and any(not item.key for item in known)):
        yield _refused()
    if too_much:
        # what more than was ordered leads to is not judged, as long as not more is booked
        yield Outcome(Reply.FAILED, None, StatusAfter.SAME)
        yield Outcome(Reply.ACCEPTED, None, StatusAfter.ANY)
    for units in allocations(state, known, exact=not too_much):
        yield Outcome(Reply.ACCEPTED, units, _status_after(state, units, is_sure=not unknown and not too_much))
    unnamed = [item for item in known if not item.key]
    if sent.may_need_keys and unnamed:
        # as an item that the order doesn't have
        for units in allocations(state, [item for item in known if item.key], exact=not too_much):
            yield Outcome(Reply.ACCEPTED, units, StatusAfter.ANY)


def _status_after(state: OrderState, units: Units, *, is_sure: bool) -> StatusAfter:
    packed, left = dict(units), state.left
    if all(packed.get(key, 0) >= left[key] for key in state.goods):
        return StatusAfter.SHIPPED if is_sure else StatusAfter.ANY
    return StatusAfter.NOT_SHIPPED if is_sure or packed else StatusAfter.ANY


def _by_key(items: Iterable[NamedItem]) -> Counter[str]:
    found: Counter[str] = Counter()
    for item in items:
        if item.key:
            found[item.key] += item.quantity
    return found


def _wanted(state: OrderState, items: Iterable[NamedItem]) -> tuple[Counter[str], Counter[str]]:
    """Return how many units of each SKU a parcel names, and how many are left."""
    wanted: Counter[str] = Counter()
    for item in items:
        wanted[item.sku] += item.quantity
    possible: Counter[str] = Counter()
    for line in state.lines:
        possible[line.sku] += state.left[line.key]
    return wanted, possible


def allocations(state: OrderState, items: Iterable[NamedItem], *, exact: bool) -> Iterator[Units]:
    """Yield each way to book items on lines, never more than is left of a line.

    An item that its SKU names may be booked on any line with that SKU. If not ``exact``, fewer units may be booked. A
    line that isn't shippable may be left out.
    """
    listed, left = list(items), state.left
    named = _by_key(listed)
    by_sku: Counter[str] = Counter()
    for item in listed:
        if not item.key:
            by_sku[item.sku] += item.quantity
    ranges: list[Sequence[int]] = []
    for line in state.lines:
        own = named[line.key]
        most = min(left[line.key], own + by_sku[line.sku])
        least = min(own, most) if exact else 0
        ranges.append(range(least, most + 1) if line.is_shippable else sorted({0, most}))
    for counts in product(*ranges):
        if exact and any(
            sum(count - named[line.key] for line, count in zip(state.lines, counts, strict=True) if line.sku == sku)
            != by_sku[sku]
            for sku in {line.sku for line in state.lines if line.is_shippable}
        ):
            continue
        yield units_of({line.key: count for line, count in zip(state.lines, counts, strict=True)})


# ---------------------------------------------------------------------- comparing


def compare(state: OrderState, allowed: frozenset[Outcome], seen: Observation) -> OrderState | Difference:
    """Return the order after a notification, or the first aspect in which no allowed outcome is as it was seen."""
    left = allowed
    tests: tuple[tuple[Aspect, Callable[[Outcome], bool]], ...] = (
        (Aspect.REPLY, lambda each: each.reply is seen.reply),
        (Aspect.PARCELS, lambda each: seen.added == (0 if each.units is None else 1)),
        (Aspect.ITEMS, lambda each: each.units is None or _is_same(state, each.units, seen.units)),
        (Aspect.STATUS, lambda each: _is_status(each.status, seen)),
    )
    for aspect, holds in tests:
        fitting = frozenset(filter(holds, left))
        if not fitting:
            return Difference(aspect, left)
        left = fitting
    # of several ways to book items that their SKU names, any one does: further items are named in the same way
    units = min((each.units for each in left if each.units is not None), default=None)
    is_ignored = bool(seen.number) and seen.reply is Reply.ACCEPTED and units is None
    is_by_hand = state.is_by_hand and units is None and seen.status == state.status
    return replace(
        state,
        booked=state.booked if units is None else (*state.booked, Booked(seen.number, units)),
        status=seen.status,
        is_shipped=seen.is_shipped and not is_by_hand,
        is_by_hand=is_by_hand,
        is_reopened=state.is_reopened and not seen.is_shipped,
        ignored=state.ignored | {seen.number} if is_ignored and not state.has_parcel(seen.number) else state.ignored,
        is_held=state.is_held and seen.status == state.status,
        is_cancelled=state.is_cancelled and seen.status == state.status,
    )


def _is_same(state: OrderState, allowed: Units, seen: Units | None) -> bool:
    """True if a record shows these units. A record without the ids of lines is compared by SKU."""
    if seen is None or allowed == seen:
        return True
    skus = {line.key: line.sku for line in state.lines}
    if all(key in skus for key, _ in seen):
        return False
    return _by_sku(allowed, skus) == _by_sku(seen, skus)


def _by_sku(units: Units, skus: Mapping[str, str]) -> Counter[str]:
    return total((((skus.get(key, key), quantity),) for key, quantity in units))


def _is_status(wanted: StatusAfter, seen: Observation) -> bool:
    match wanted:
        case StatusAfter.SAME:
            return seen.status == seen.status_before
        case StatusAfter.SHIPPED:
            return seen.is_shipped
        case StatusAfter.NOT_SHIPPED:
            return not seen.is_shipped
        case StatusAfter.ANY:
            return True
