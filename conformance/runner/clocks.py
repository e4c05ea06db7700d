"""Clocks that differ: measured by the Date header of replies that came one right after the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from conformance.client.exchange import Exchange

TOLERATED = timedelta(seconds=30)
"""Less than half a minute can't move anything to another minute's neighbour."""
NOW = ("WIN-11", "SHP-15")
"""Requirements about changes made now, which are looked for in minutes that the truth names."""


def date_of(exchange: Exchange) -> datetime | None:
    """The time that a reply says it is; None where it says none."""
    try:
        moment = parsedate_to_datetime(exchange.header("Date"))
    except (TypeError, ValueError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def ahead(first: Exchange, second: Exchange) -> timedelta | None:
    """How far the clock behind the second of two replies is ahead of the first's; None where one has no Date."""
    one, other = date_of(first), date_of(second)
    if one is None or other is None:
        return None
    return other - one - timedelta(milliseconds=second.duration_ms)


def in_words(difference: timedelta) -> str:
    """``5 min ahead of``."""
    seconds = round(abs(difference).total_seconds())
    if seconds < 120:
        length = f"{seconds} s"
    else:
        length = f"{round(seconds / 60)} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
    return f"{length} {'ahead of' if difference > timedelta(0) else 'behind'}"
