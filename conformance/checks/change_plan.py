"""Which changes of orders come between two exports: a plan in which each kind of change follows each kind.

A change can be another status, or an edited note of the customer or the staff; the control protocol can make no other.
``PLAN`` has a walk for each order. Together the walks have every pair of consecutive kinds once, and every kind comes
first in one of them. Two more kinds leave the content as it was: only the time of the last change is another one
afterwards. One more order, which is changed after those of the plan, goes through these.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from mockstore.orders.specimens import SEVERAL_LINES, SPECIAL_CHARACTERS
from mockstore.shop.facts import StoreFacts


class Kind(Enum):
    """A kind of change, in words for findings."""

    STATUS = "another status"
    CUSTOMER = "an edited note of the customer"
    STAFF = "an edited note of the staff"
    TIME = "another time of the last change, and nothing else"
    BACK = "another status, and then the old one again"


FIELD = {Kind.STATUS: "status", Kind.CUSTOMER: "customer_notes", Kind.STAFF: "internal_notes"}
"""Kind → the field of the order that it changes."""
ELEMENT = {Kind.STATUS: "OrderStatus", Kind.CUSTOMER: "CustomerNotes", Kind.STAFF: "InternalNotes"}
"""Kind → the element of the export that shows it."""
CONTENT_KINDS = tuple(FIELD)
"""The kinds that change what is exported."""


@dataclass(frozen=True, slots=True)
class Walk:
    """The changes of one order, one after the other.

    ``meanings`` are what its statuses mean to ShipStation: the first is that of the new order, the others those that
    changes of status give it. ``notes`` are keys of :data:`NOTES`: first the notes of customer and staff in the new
    order, and then the note that each change writes, if it writes one.
    """

    name: str
    changes: tuple[Kind, ...]
    meanings: tuple[str, ...]
    notes: tuple[str, ...]


NOTES = {
    "none": "",
    "plain": "{author} note {place}.",
    "special": f"{{author}} note {{place}}: {SPECIAL_CHARACTERS}",
    "lines": f"{{author}} note {{place}}: {SEVERAL_LINES} 🎁 end",
}
"""Name of a form of notes → the text, with the author and the place of the change: 0 for the new order."""
S, C, I = Kind.STATUS, Kind.CUSTOMER, Kind.STAFF  # noqa: E741 -- the three letters of the table below
PLAN = (
    Walk("to be paid", (S, S, C, C), ("unpaid", "paid", "unpaid"), ("special", "lines", "", "", "none", "special")),
    Walk("paid", (C, S, I, I), ("paid", "cancelled"), ("lines", "none", "special", "", "plain", "lines")),
    Walk("on hold", (I, C, I, S), ("on_hold", "paid"), ("none", "plain", "special", "plain", "none", "")),
)
LATE = Walk("changed later", (Kind.TIME, Kind.TIME, Kind.BACK), ("paid", "on_hold"), ("none", "none"))
"""The changes of the order that is changed last of all, after those of the plan."""
ROUNDS = 4
"""The number of changes of each order."""
READ_ROUNDS = (0, ROUNDS - 1)
"""The rounds after which the store's records are read: a store may keep special characters in another form.

Only changes of these rounds give an order a special note.
"""


def note_of(author: str, form: str, place: int) -> str:
    """Return a note of this form, which differs from the author's other notes of the order at its beginning."""
    return NOTES[form].format(author=author, place=place)


def status_for(facts: StoreFacts, meaning: str, *, now: str = "", among: Collection[str] = ()) -> str | None:
    """Return a status with this meaning that the order doesn't have; if there is none, any other that may be used.

    Of several, it is the first for a new order, and the last for a change of status: so more of them are tried.
    ``among`` are the statuses that the export is known to show; none means all. Statuses of shipped orders are left
    out: a shipment gives them. None if no status is left.
    """
    usable = [
        status
        for status in facts.statuses
        if not status.shipped
        and status.maps_to != "shipped"
        and status.name != now
        and (not among or status.name in among)
    ]
    meant = [status.name for status in usable if status.maps_to == meaning] or [status.name for status in usable[:1]]
    return meant[-1 if now else 0] if meant else None
