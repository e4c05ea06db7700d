"""One field of an imported order beside the store's: right, wrong or not reported. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from msgspec import UnsetType

from conformance.checks.compare import is_same_amount, is_same_text, normalized
from conformance.client.shipstation import MINUTE
from conformance.contract.fields import BY_RECORD


class FieldCheck(msgspec.Struct, frozen=True):
    """A field, its expected and its actual value (None: not reported), and whether that is right."""

    field: str
    expected: str
    actual: str | None
    is_right: bool
    place: str = ""
    """The id or SKU of the line, for a field of a line."""

    @property
    def path(self) -> str:
        """Return the field with the line to which it belongs, like ``items[1001].sku``."""
        return self.field if not self.place else self.field.replace("items", f"items[{self.place}]", 1)

    @property
    def has_expected_value(self) -> bool:
        """True if there is something to report: an empty text, a 0 or a false may be left out."""
        return self.expected.strip() not in ("", "0", "0.0", "0.00", "false", "0 g")


def check_text(
    name: str, expected: str, actual: str | UnsetType, *, any_case: bool = False, place: str = ""
) -> FieldCheck:
    """Compare texts; the actual one may be cut at the length limits of the field."""
    if isinstance(actual, UnsetType):
        return FieldCheck(name, expected, None, is_right=False, place=place)
    right = is_same_text(expected, actual, *BY_RECORD[name].limits)
    if any_case and not right:
        right = normalized(expected).casefold() == normalized(actual).casefold()
    return FieldCheck(name, expected, actual, is_right=right, place=place)


def check_amount(name: str, expected: Decimal, actual: Decimal | UnsetType, place: str = "") -> FieldCheck:
    """Compare amounts of money."""
    if isinstance(actual, UnsetType):
        return FieldCheck(name, str(expected), None, is_right=False, place=place)
    return FieldCheck(name, str(expected), str(actual), is_right=is_same_amount(expected, actual), place=place)


def check_moment(name: str, expected: datetime, actual: datetime | UnsetType) -> FieldCheck:
    """Compare times to the minute, since the export need not have seconds."""
    shown = f"{expected:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(actual, UnsetType):
        return FieldCheck(name, shown, None, is_right=False)
    utc = actual.replace(tzinfo=UTC) if actual.tzinfo is None else actual.astimezone(UTC)
    minute = expected.replace(second=0, microsecond=0)
    right = minute <= utc <= minute + MINUTE
    return FieldCheck(name, shown, f"{utc:%Y-%m-%dT%H:%M:%SZ}", is_right=right)
