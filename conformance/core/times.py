"""Reads and writes times as text."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def rfc3339(moment: datetime) -> str:
    """Return a time in UTC to the second, like 2026-11-01T09:30:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def parse_http_date(text: str) -> datetime | None:
    """Return the time in a header like Date, in UTC; None if it isn't a time that Python can hold."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def is_searchable(moment: datetime) -> bool:
    """True if windows around a time can be computed; at the limits of the calendar they can't."""
    return 1000 <= moment.year <= 9000
