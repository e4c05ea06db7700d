"""Parses single values as ShipStation would. Each parser returns None if the text has another form.

No library does this: dateutil and Decimal accept forms that ShipStation refuses.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_MOMENT = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?\s?(AM|PM|am|pm)?",
    re.ASCII,
)


def parse_decimal(text: str) -> Decimal | None:
    """Parse a plain decimal (``xs:decimal``): no thousands separator, decimal comma or currency sign."""
    text = text.strip()
    return _decimal(text) if len(text) <= MAX_DECIMAL_CHARS else None


@lru_cache(maxsize=4096)
def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


MAX_DECIMAL_CHARS = 100
"""A longer text is not read as a decimal: a program need not read more than 18 digits of an ``xs:decimal``."""


def decimal_places(text: str) -> int:
    """Return how many decimals a plain decimal has."""
    return len(text.strip().partition(".")[2])


def parse_integer(text: str) -> int | None:
    """Parse a whole number; ``2.0`` is not accepted."""
    text = text.strip()
    return int(text) if _INTEGER.fullmatch(text) and len(text) < 20 else None


def parse_boolean(text: str) -> bool | None:
    """Parse an ``xs:boolean``; an empty text is not accepted."""
    return {"true": True, "1": True, "false": False, "0": False}.get(text.strip())


def parse_moment(text: str) -> datetime | None:
    """Parse a date and time in UTC, with a 12-hour or a 24-hour clock.

    AM or PM after a 24-hour time is accepted if it can mean only one time (``21:56 PM``).
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    month, day, year, hour, minute = (int(part) for part in found.groups()[:5])
    if len(found[3]) == 2:
        year += 2000
    elif year < 1000:  # some platforms write such a year for an empty date
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
    """True if a time has seconds."""
    return text.count(":") > 1
