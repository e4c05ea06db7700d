"""Which three actions on one order can have an effect together that no two of them show.

An action writes parts of what a correct store keeps of an order, and the next notification reads some of them. Three
actions are *joint* if the last one reads what the first wrote and what the second wrote, and the second did not write
over it. Each joint triple occurs in a sequence (:func:`shown`), or has a reason (:func:`why_not`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum, auto
from itertools import product

from conformance.checks.action_sequences import (
    CANCELLED,
    COMPLETING,
    PARTS,
    REPETITIONS,
    STAFF,
    STOPS,
    Action,
)

Triple = tuple[Action, Action, Action]


class Kept(Enum):
    """A part of what a store keeps of an order."""

    UNITS = auto()
    """How many units of each line are in parcels."""
    NUMBERS = auto()
    """The tracking numbers of the parcels."""
    STATUS = auto()
    NOTE = auto()
    """What the staff wrote."""


WRITES: dict[Action, frozenset[Kept]] = {
    Action.PART: frozenset({Kept.UNITS, Kept.NUMBERS}),
    Action.REST: frozenset({Kept.UNITS, Kept.NUMBERS, Kept.STATUS}),
    Action.LATE: frozenset({Kept.NUMBERS}),
    Action.NOTE: frozenset({Kept.NOTE}),
    **dict.fromkeys((Action.STATUS, *STOPS), frozenset({Kept.STATUS})),
}
"""Kind of action → what it writes. A repetition writes nothing."""
READS: dict[Action, frozenset[Kept]] = {
    Action.PART: frozenset({Kept.UNITS, Kept.STATUS, Kept.NOTE}),
    Action.REST: frozenset({Kept.UNITS, Kept.STATUS, Kept.NOTE}),
    Action.LATE: frozenset(Kept),
    Action.AGAIN: frozenset({Kept.NUMBERS, Kept.STATUS, Kept.NOTE}),
    Action.EARLIER: frozenset({Kept.NUMBERS, Kept.STATUS, Kept.NOTE}),
}
"""Kind of notification → what its effect depends on, or what it must leave as it is."""

COMMUTES = "both write different things, so that the order is as if they had come the other way round"
ANY_PARCEL = "a part and the rest read the same: one of them shows it"
ANY_NUMBER = "a repetition reads no units: a part and the rest have a number, and one of them shows it"
ANY_OLD_PARCEL = "the order is complete, and another number is recorded: any repetition shows it"
NOTE_STAYS = "a note depends on no parcels: it is tried after a part"
MAY_BE_REFUSED = "a store may refuse the parcel; what comes after a further change by staff is judged"
IS_SHIPPED = "the order has the shipped status already"


def kind_of(action: Action) -> Action:
    """Return the plain action that writes and reads the same."""
    return Action.PART if action in PARTS else Action.REST if action in COMPLETING else action


def joint_triples() -> frozenset[Triple]:
    """Return the triples whose last action depends on both others, and that can follow each other."""
    return frozenset(
        (first, second, third)
        for first, second, third in product(WRITES, WRITES, READS)
        if READS[third] & WRITES[second] and READS[third] & (WRITES[first] - _written_over(first, second))
        if _is_possible(first, second, third)
    )


def _written_over(first: Action, second: Action) -> frozenset[Kept]:
    """Return what the second action writes over: parcels add up, a status and a note are replaced."""
    return WRITES[first] & WRITES[second] & {Kept.STATUS, Kept.NOTE}


def _is_possible(*triple: Action) -> bool:
    """True if nothing is shipped after the rest, nothing comes late before it, and two parcels come before EARLIER.

    Staff change nothing twice in a row: the store is not called in between.
    """
    completed = triple.index(Action.REST) if Action.REST in triple else len(triple)
    return (
        not {*triple[:2]} <= {*STAFF}
        and Action.LATE not in triple[:completed]
        and not {Action.PART, Action.REST} & {*triple[completed + 1 :]}
        and (triple[-1] is not Action.EARLIER or not {*STAFF} & {*triple})
    )


def why_not(first: Action, second: Action, third: Action, shown_triples: Iterable[Triple]) -> str:
    """Return why no sequence needs a joint triple; empty if one has it."""
    found = frozenset(shown_triples)
    parcels = (Action.PART, Action.REST)
    if Action.CANCEL in (first, second) and third not in REPETITIONS:
        return CANCELLED
    if first in STOPS or (second is Action.HOLD and third is Action.LATE):
        return MAY_BE_REFUSED
    if (first, second) == (Action.REST, Action.SHIPPED):
        return IS_SHIPPED
    if (first, second) == (Action.REST, Action.LATE):
        return ANY_OLD_PARCEL
    if (first, second) == (Action.REST, Action.NOTE):
        return NOTE_STAYS
    if second in STAFF and third is Action.AGAIN and any((each, second, third) in found for each in parcels):
        return ANY_NUMBER
    if third in parcels and any((first, second, each) in found for each in parcels):
        return ANY_PARCEL
    if first in (Action.NOTE, Action.STATUS) and not WRITES[first] & WRITES[second]:
        others = parcels if third in parcels else (third,)
        afters = parcels if first is Action.NOTE else (second,)
        if any((after, first, each) in found for after in afters for each in others):
            return COMMUTES
    return NOTE_STAYS if (first, third) == (Action.NOTE, Action.LATE) else ""


def shown(sequences: Iterable[Sequence[Action]]) -> frozenset[Triple]:
    """Return the triples of kinds that sequences show. A repetition between two actions changes nothing.

    As for pairs, nothing counts that begins with a notification after staff have stopped the order.
    """
    found: set[Triple] = set()
    for sequence in sequences:
        kinds = [kind_of(action) for action in sequence]
        stop = next((place for place, action in enumerate(kinds) if action in STOPS), len(kinds))
        for place, third in enumerate(kinds):
            before = [each for each in range(place) if kinds[each] is not Action.AGAIN]
            if len(before) > 1 and (before[-2] < stop or kinds[before[-2]] in STAFF):
                found.add((kinds[before[-2]], kinds[before[-1]], third))
    return frozenset(found)
