"""Sequences of actions on one order, in which each action follows each other one, as far as that is worth a request.

``python -m tests.support.action_sequences`` computes the table. A test proves that the sequences cover :func:`pairs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import cache
from itertools import pairwise

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
    AGAIN = "the same notification again"
    EARLIER = "the first notification again, with another label time"
    NOTE = "staff write a note"
    STATUS = "staff change the status"
    HOLD = "staff put the order on hold"
    CANCEL = "staff cancel the order"


PARTS = (Action.PART, Action.TWINS, Action.TWICE, Action.UNKNOWN)
"""Parcels after which something is left to ship."""
COMPLETING = (Action.REST, Action.MORE, Action.MARK, Action.UNTRACKED)
"""Notifications after which nothing is left to ship."""
REPETITIONS = (Action.AGAIN, Action.EARLIER)
STAFF = (Action.NOTE, Action.STATUS, Action.HOLD, Action.CANCEL)
NOTIFICATIONS = (*PARTS, *COMPLETING, *REPETITIONS)

MAX_ACTIONS = 5
MAX_PARTS = 3
"""The order of a sequence has enough units for this many parcels with a part."""


FOLLOWERS: dict[Action, tuple[Action, ...]] = {
    Action.PART: tuple(action for action in Action if action is not Action.TWICE),
    Action.TWINS: (Action.AGAIN,),
    Action.TWICE: (Action.REST,),
    Action.UNKNOWN: (Action.AGAIN,),
    Action.REST: (Action.AGAIN, Action.EARLIER, Action.NOTE, Action.HOLD),
    Action.MORE: (Action.AGAIN,),
    Action.MARK: (Action.AGAIN,),
    Action.UNTRACKED: (Action.NOTE,),
    Action.AGAIN: (Action.PART, Action.REST),
    Action.EARLIER: (Action.REST,),
    Action.NOTE: (Action.PART, Action.AGAIN),
    Action.STATUS: (Action.REST, Action.AGAIN),
    Action.HOLD: (Action.PART, Action.AGAIN),
    Action.CANCEL: (Action.AGAIN,),
}
"""Action → the actions that come right after it in some sequence.

Not all are here, because a run may send few requests. Those are left out that show little: two changes by staff without
a notification between them, a parcel of which nothing is left to ship, a shipment for a cancelled order, which is not
judged, a repetition without a tracking number, which can't be recognised, and two unusual parcels after each other.
"""


def pairs() -> frozenset[tuple[Action, Action]]:
    """Return the pairs of consecutive actions that the sequences cover."""
    return frozenset((first, second) for first, others in FOLLOWERS.items() for second in others)


def is_possible(sequence: Sequence[Action]) -> bool:
    """True if the actions can follow each other on one order."""
    sent: list[Action] = []
    for place, action in enumerate(sequence):
        complete = any(each in COMPLETING for each in sequence[:place])
        cancelled = Action.CANCEL in sequence[:place]
        if action in (*PARTS, *COMPLETING) and (complete or cancelled):
            return False
        if action is Action.AGAIN and (not sent or sent[-1] is Action.UNTRACKED):
            return False
        if action is Action.EARLIER and (len(sent) < 2 or sent[0] is Action.UNTRACKED):
            return False
        if action in PARTS and sum(each in PARTS for each in sequence[:place]) >= MAX_PARTS:
            return False
        if action in (*PARTS, *COMPLETING):
            sent.append(action)
    return True


def covered(sequence: Sequence[Action]) -> frozenset[tuple[Action, Action]]:
    """Return the pairs of consecutive actions that a sequence shows.

    Once an order is on hold or cancelled, a store may refuse parcels. So only what comes right after that counts.
    """
    stopped = [place for place, action in enumerate(sequence) if action in (Action.HOLD, Action.CANCEL)]
    until = stopped[0] + 2 if stopped else len(sequence)
    return frozenset(pairwise(sequence[:until]))


@cache
def sequences() -> tuple[tuple[Action, ...], ...]:
    """Return the sequences of the table."""
    return tuple(tuple(Action[name] for name in line.split()) for line in TABLE.splitlines())
