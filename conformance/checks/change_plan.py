"""Which changes of orders come between two exports: a plan in which each kind of change follows each kind.

A change can be another status, or an edited note of the customer or the staff; the control protocol can make no other.
``PLAN`` has a walk for each order. Together the walks have every pair of consecutive kinds once, and every kind comes
first in one of them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from mockstore.shop.facts import StoreFacts


class Kind(Enum):
    """A kind of change, in words for findings."""

    STATUS = "another status"
    CUSTOMER = "an edited note of the customer"
    STAFF = "an edited note of the staff"


FIELD = {Kind.STATUS: "status", Kind.CUSTOMER: "customer_notes", Kind.STAFF: "internal_notes"}
"""Kind → the field of the order that it changes."""
ELEMENT = {Kind.STATUS: "OrderStatus", Kind.CUSTOMER: "CustomerNotes", Kind.STAFF: "InternalNotes"}
"""Kind → the element of the export that shows it."""


@dataclass(frozen=True, slots=True)
class Walk:
    """The changes of one order, one after the other.

    ``meanings`` are what its statuses mean to ShipStation: the first is that of the new order, the others those that
    changes of status give it.
    """

    name: str
    changes: tuple[Kind, ...]
    meanings: tuple[str, ...]


S, C, I = Kind.STATUS, Kind.CUSTOMER, Kind.STAFF  # noqa: E741 -- the three letters of the table below
PLAN = (
    Walk("to be paid", (S, S, C, C), ("unpaid", "paid", "unpaid")),
    Walk("paid", (C, S, I, I), ("paid", "cancelled")),
    Walk("on hold", (I, C, I, S), ("on_hold", "paid")),
)
ROUNDS = 4
"""The number of changes of each order."""


def status_for(facts: StoreFacts, meaning: str, *, now: str = "", among: Collection[str] = ()) -> str | None:
    """Return a status with this meaning that the order doesn't have; if there is none, any other that may be used.

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
    usable.sort(key=lambda status: status.maps_to != meaning)
    return usable[0].name if usable else None
