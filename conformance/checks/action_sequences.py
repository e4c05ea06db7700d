"""Sequences of actions on one order, in which each action follows each other one, as far as that is worth a request.

``python -m tests.support.action_sequences`` computes :data:`SEQUENCES`. A test proves that they cover :func:`pairs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import cache
from pathlib import Path


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
    Action.PART: tuple(Action),
    Action.TWINS: (Action.REST, Action.AGAIN),
    Action.TWICE: (Action.REST, Action.AGAIN),
    Action.UNKNOWN: (Action.REST, Action.AGAIN),
    Action.REST: (Action.AGAIN, Action.EARLIER, Action.NOTE, Action.HOLD),
    Action.MORE: (Action.AGAIN,),
    Action.MARK: (Action.AGAIN, Action.EARLIER),
    Action.UNTRACKED: (Action.EARLIER,),
    Action.AGAIN: (Action.PART, Action.TWINS, Action.REST, Action.MARK, Action.NOTE),
    Action.EARLIER: (Action.REST,),
    Action.NOTE: (Action.PART, Action.REST, Action.AGAIN),
    Action.STATUS: (Action.REST, Action.AGAIN),
    Action.HOLD: (Action.PART, Action.AGAIN),
    Action.CANCEL: (Action.AGAIN, Action.EARLIER),
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


TABLE = Path(__file__).with_suffix(".txt")
"""The file with the sequences, one in a line."""


@cache
def sequences() -> tuple[tuple[Action, ...], ...]:
    """Return the sequences of the table."""
    lines = TABLE.read_text("ascii").splitlines()
    return tuple(tuple(Action[name] for name in line.split()) for line in lines)
