"""Reading single values as ShipStation would; None where a text is no such value."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_MOMENT = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?\s?(AM|PM|am|pm)?",
    re.ASCII,
)


def parse_decimal(text: str) -> Decimal | None:
    """A plain decimal (``xs:decimal``): no thousands mark, no decimal comma, no currency sign."""
    text = text.strip()
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def decimal_places(text: str) -> int:
    """How many decimals a plain decimal has."""
    return len(text.strip().partition(".")[2])


def parse_integer(text: str) -> int | None:
    """A whole number; ``2.0`` is none."""
    text = text.strip()
    return int(text) if _INTEGER.fullmatch(text) and len(text) < 20 else None


def parse_boolean(text: str) -> bool | None:
    """An ``xs:boolean``; an empty text is none."""
    return {"true": True, "1": True, "false": False, "0": False}.get(text.strip())


def parse_moment(text: str) -> datetime | None:
    """A date and time in UTC, 12- or 24-hour.

    A marker glued to a 24-hour clock is read where it can mean but one time (``21:56 PM``).
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    month, day, year, hour, minute = (int(part) for part in found.groups()[:5])
    if len(found[3]) == 2:
        year += 2000
    elif year < 1000:  # a clock's zero, not a time
        return None
    second = int(found[6] or 0)
    marker = (found[7] or "").upper()
    if marker and hour <= 12:
        hour = hour % 12 + (12 if marker == "PM" else 0) if hour else (0 if marker == "AM" else 24)
    elif marker == "AM":
        return None
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def has_seconds(text: str) -> bool:
    """Whether a time says seconds."""
    return text.count(":") > 1
