"""Sequences of actions on one order, in which each action follows each other one, as far as that can be judged.

``python -m tests.support.action_sequences`` computes the table. A test proves that the sequences cover :func:`goals`,
and that each other pair has a reason (:func:`why_not`).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import cache
from itertools import product

from conformance.checks.action_table import TABLE


class Action(Enum):
    """What ShipStation or the staff do to an order. The value describes the action in a finding."""

    PART = "a parcel with a part"
    TWINS = "a parcel with two lines of one SKU"
    TWICE = "a parcel that names a line twice"
    UNKNOWN = "a parcel with a part and an item that is not in the order"
    REST = "a parcel with the rest"
    MORE = "a parcel with more than is left"
    MARK = "mark as shipped, without items"
    UNTRACKED = "a parcel with the rest, without a tracking number"
    LATE = "a parcel when nothing is left"
    AGAIN = "the same notification again"
    EARLIER = "the first notification again, with another label time"
    NOTE = "staff write a note"
    STATUS = "staff change the status"
    HOLD = "staff put the order on hold"
    CANCEL = "staff cancel the order"
    SHIPPED = "staff set the shipped status"


PARTS = (Action.PART, Action.TWINS, Action.TWICE, Action.UNKNOWN)
"""Parcels after which something is left to ship."""
COMPLETING = (Action.REST, Action.MORE, Action.MARK, Action.UNTRACKED)
"""Notifications after which nothing is left to ship."""
REPETITIONS = (Action.AGAIN, Action.EARLIER)
STAFF = (Action.NOTE, Action.STATUS, Action.HOLD, Action.CANCEL, Action.SHIPPED)
PARCELS = (*PARTS, *COMPLETING, Action.LATE)
NOTIFICATIONS = (*PARCELS, *REPETITIONS)
STOPS = (Action.HOLD, Action.CANCEL, Action.SHIPPED)
"""Changes by staff after which a store may refuse parcels."""
SPECIAL = (Action.TWINS, Action.TWICE, Action.UNKNOWN)
"""Parcels with a part that differ from the plain one in how the notification names their items."""

MAX_ACTIONS = 5
MAX_PARTS = 3
"""The order of a sequence has enough units for this many parcels with a part."""
STAFF_AFTER: dict[Action, tuple[Action, ...]] = {
    Action.NOTE: (Action.PART,),
    Action.STATUS: (Action.PART, Action.REST),
    Action.HOLD: (Action.PART, Action.REST),
    Action.CANCEL: (Action.REST,),
    Action.SHIPPED: (Action.PART,),
}
"""Change by staff → the notifications after which it is made: a part, or the parcel that completes the order."""
STAFF_BEFORE: dict[Action, tuple[Action, ...]] = {
    Action.NOTE: (Action.AGAIN,),
    Action.STATUS: (Action.REST, Action.AGAIN),
    Action.HOLD: (Action.PART, Action.AGAIN),
    Action.CANCEL: (Action.PART, Action.AGAIN),
    Action.SHIPPED: (Action.REST, Action.AGAIN),
}
"""Change by staff → the notifications that come right after it: a part, the parcel that completes, a repetition."""
BEGINNINGS = tuple(
    (action, Action.REST if action in (Action.STATUS, Action.SHIPPED) else Action.PART)
    for action in (Action.STATUS, Action.HOLD, Action.CANCEL, Action.SHIPPED)
)
"""Change of the status by staff, and an order's first notification, right after it. Each pair begins a sequence."""
CHAINS: frozenset[tuple[Action, ...]] = frozenset(
    {
        # what staff change between two parcels must last, and must not stop the second one
        (Action.PART, Action.NOTE, Action.AGAIN, Action.PART),
        (Action.PART, Action.STATUS, Action.AGAIN, Action.REST),
        (Action.PART, Action.HOLD, Action.AGAIN, Action.REST),
        (Action.PART, Action.SHIPPED, Action.AGAIN, Action.REST),
        # a repetition must not count as a parcel when the order is completed, nor an old parcel as new after that
        (Action.PART, Action.AGAIN, Action.REST),
        (Action.PART, Action.REST, Action.EARLIER),
        (Action.PART, Action.MARK, Action.EARLIER),
        # a new parcel when nothing is left, and then an old one
        (Action.REST, Action.LATE, Action.AGAIN),
        # a repetition must not ship an order again that staff have stopped or opened again after it was complete
        (Action.REST, Action.HOLD, Action.AGAIN),
        (Action.REST, Action.CANCEL, Action.AGAIN),
        (Action.REST, Action.STATUS, Action.AGAIN, Action.LATE),
        # the first parcel of an order that staff gave the shipped status, and then the same one
        (Action.SHIPPED, Action.REST, Action.AGAIN),
        # a store may refuse a parcel at the wrong time, but must book it when staff have allowed it again
        (Action.HOLD, Action.PART, Action.STATUS, Action.AGAIN),
        (Action.CANCEL, Action.PART, Action.STATUS, Action.AGAIN),
    }
)
"""Three actions or more of which the last can depend on all before it.

``tests/support/action_triples.py`` tells for each three actions why they are in a chain, or need not be.
"""

TWO_CHANGES = "the plug-in is not called between two changes by staff: it only sees what both leave"
CANCELLED = "a shipment for a cancelled order is not judged"
UNTRACKABLE = "a repetition without a tracking number can't be recognised"
SOMETHING_LEFT = "something is left to ship, so that LATE can't come"
NOTHING_LEFT = "nothing is left to ship: LATE stands for every parcel with items"
SAME_WHEN_COMPLETE = "the order is complete, as after a parcel with the rest"
SAME_AS_PART = "the order is as after a plain parcel with a part"
BY_HAND = "staff set the shipped status of orders without parcels, or with one that has a part"
SAME_AS_STAFF = "a change by staff is tried after and before one notification of each kind"


def why_not(first: Action, second: Action) -> str:
    """Return why no sequence needs the second action right after the first; empty if one has it."""
    if first in STAFF and second in STAFF:
        return TWO_CHANGES
    if second is Action.SHIPPED and first is not Action.PART:
        return BY_HAND
    if second in STAFF:
        return "" if first in STAFF_AFTER[second] else SAME_AS_STAFF
    if first in STAFF:
        if first is Action.CANCEL and second not in (Action.PART, *REPETITIONS):
            return CANCELLED
        return "" if second in STAFF_BEFORE[first] else SAME_AS_STAFF
    return _why_no_notification(first, second)


def _why_no_notification(first: Action, second: Action) -> str:
    """Return why no sequence needs a notification right after another one; empty if one has it."""
    if first in (*COMPLETING, Action.LATE):
        return _why_not_when_complete(first, second)
    if second is Action.LATE:
        return "" if first is Action.AGAIN else SOMETHING_LEFT
    if first in SPECIAL:
        return "" if second in (Action.REST, Action.AGAIN) else SAME_AS_PART
    if first is Action.AGAIN:
        return SAME_AS_PART if second in (*SPECIAL, Action.UNTRACKED) else ""
    if first is Action.EARLIER:
        return "" if second in (Action.PART, Action.REST) else SAME_AS_PART
    return ""


def _why_not_when_complete(first: Action, second: Action) -> str:
    if first is Action.UNTRACKED and second is Action.AGAIN:
        return UNTRACKABLE
    if second in (*PARTS, Action.REST, Action.MORE, Action.UNTRACKED):
        return NOTHING_LEFT
    if second is Action.LATE:
        # a store may record no items of the last two, and so take the order for incomplete
        return "" if first in (Action.REST, Action.MARK, Action.UNTRACKED) else SAME_WHEN_COMPLETE
    if second is Action.AGAIN:
        return ""
    return "" if first is Action.REST or (first, second) == (Action.MARK, Action.EARLIER) else SAME_WHEN_COMPLETE


def pairs() -> frozenset[tuple[Action, Action]]:
    """Return the pairs of consecutive actions that the sequences cover."""
    return frozenset((first, second) for first, second in product(Action, Action) if not why_not(first, second))


def is_possible(sequence: Sequence[Action]) -> bool:
    """True if the actions can follow each other on one order."""
    sent: list[Action] = []
    for place, action in enumerate(sequence):
        complete = any(each in COMPLETING for each in sequence[:place])
        given = next((each for each in reversed(sequence[:place]) if each in (Action.STATUS, *STOPS)), Action.STATUS)
        if action is Action.SHIPPED and (complete or given is not Action.STATUS or Action.STATUS in sequence[:place]):
            return False
        if given is Action.SHIPPED and action not in (Action.REST, Action.AGAIN):
            return False
        if given is Action.CANCEL and action in PARCELS and action is not Action.PART:
            return False
        if action in (*PARTS, Action.REST, Action.MORE, Action.UNTRACKED) and complete:
            return False
        if action is Action.LATE and (not complete or given is not Action.STATUS):
            return False
        if action is Action.AGAIN and (not sent or sent[-1] is Action.UNTRACKED):
            return False
        if action is Action.EARLIER and (len(sent) < 2 or sent[0] is Action.UNTRACKED):
            return False
        if action in PARTS and sum(each in PARTS for each in sequence[:place]) >= MAX_PARTS:
            return False
        if action in PARCELS:
            sent.append(action)
    return True


def goals() -> frozenset[tuple[Action, ...]]:
    """Return the consecutive actions that the sequences cover: pairs and chains."""
    return pairs() | CHAINS


def covered(sequence: Sequence[Action]) -> frozenset[tuple[Action, ...]]:
    """Return the consecutive actions that a sequence shows: two or more.

    Once staff have stopped or shipped an order, a store may refuse parcels. So only what begins before that counts, or
    with a change by staff.
    """
    stop = next((place for place, action in enumerate(sequence) if action in STOPS), len(sequence))
    starts = [place for place, action in enumerate(sequence) if place < stop or action in STAFF]
    ends = range(2, len(sequence) + 1)
    return frozenset(tuple(sequence[start:end]) for start in starts for end in ends if end >= start + 2)


@cache
def sequences() -> tuple[tuple[Action, ...], ...]:
    """Return the sequences of the table."""
    return tuple(tuple(Action[name] for name in line.split()[1:]) for line in TABLE.splitlines())


@cache
def rows() -> tuple[str, ...]:
    """Return the row of each sequence in the array of forms that orders can have, a digit for each factor."""
    return tuple(line.split()[0] for line in TABLE.splitlines())
