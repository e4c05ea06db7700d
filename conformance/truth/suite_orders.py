"""Recognises the orders that runs of the suite made in a store. Pure.

Each of these orders has an e-mail address with a mark of its run: ``ct``, the milliseconds from 1970 until the run
began in eleven hex digits, and the domain ``specimen.example``. The order about a missing e-mail address has it in the
second line of its addresses. No customer has such an address, because domains that
end in ``.example`` belong to nobody (RFC 2606).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mockstore.orders.model import Customer
from mockstore.orders.specimens import is_of_specimen

EPOCH, MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
FIRST_RUN = datetime(2025, 1, 1, tzinfo=UTC)
"""No run of the suite began earlier. A mark with an earlier time is none."""
_RUN = r"ct(?P<began>[0-9a-f]{11})(?:x[0-9]{1,6})?"
_ADDRESS = re.compile(
    rf"(?:{_RUN}-[^@\s]{{1,64}}|returning-{_RUN.replace('began', 'began_too')})@[^@\s]+",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteOrder:
    """An order that a run of the suite made. ``run_began`` is from the mark in its e-mail address."""

    number: str
    email: str
    name: str
    modified_at: datetime
    run_began: datetime


def mark_of(customer: Customer) -> str:
    """Return the text in which an order of the suite has the mark of its run."""
    return customer.email.strip() or customer.billing.address2.strip()


def run_id_of(began: datetime) -> str:
    """Return the mark of a run that began at this time."""
    return f"ct{(began - EPOCH) // MILLISECOND:011x}"


def run_began(email: str, now: datetime) -> datetime | None:
    """Return when the run began that made an order with this e-mail address; None if no run of the suite made it."""
    found = _ADDRESS.fullmatch(email.strip())
    if found is None or not is_of_specimen(email.strip()):
        return None
    began = EPOCH + int(found["began"] or found["began_too"], 16) * MILLISECOND
    return began if FIRST_RUN <= began <= now + timedelta(days=1) else None
