"""Likely causes that show in the values alone: what an integration does to a text or a number on its way. Pure.

They are for findings about an element that carries a field of the store's record. :mod:`.hints` has the causes that
only some requirements have, and comes first. No verdict depends on a hint.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from conformance.client.parsing.values import parse_decimal
from conformance.contract.fields import element_at, row_of
from conformance.core.finding import Finding

MIN_CUT_CHARS = 4
"""A shorter beginning of a value may be a value of its own."""
MISSING = "(no such element)"
"""The actual value of an element that does not exist."""
TEXTS = frozenset(("ORD-13",))
"""Requirements about every text of an order."""


@dataclass(frozen=True, slots=True)
class ValueHint:
    """A likely cause. ``fits`` takes the expected and the actual value."""

    fits: Callable[[str, str], bool]
    text: str
    """The advice; ``{name}`` is the element, ``{field}`` the field of the store's record, ``{length}`` a length."""


def _is_dropped(expected: str, actual: str) -> bool:
    return bool(expected.strip()) and not actual.strip()


def _has_no_tags(expected: str, actual: str) -> bool:
    return "<" in expected and re.sub(r"<[^<>]*>", "", expected) == actual


def _has_no_breaks(expected: str, actual: str) -> bool:
    return "\n" in expected.strip() and "\n" not in actual and "".join(expected.split()) == "".join(actual.split())


def _is_cut(expected: str, actual: str) -> bool:
    begin = actual.rstrip(".… ")
    return len(begin) >= MIN_CUT_CHARS and len(begin) < len(expected.rstrip()) and expected.startswith(begin)


def _is_ascii_only(expected: str, actual: str) -> bool:
    return not expected.isascii() and expected.encode("ascii", "ignore").decode().split() == actual.split()


def _has_other_case(expected: str, actual: str) -> bool:
    return expected != actual and expected.casefold() == actual.casefold()


def _is_digits_only(expected: str, actual: str) -> bool:
    return actual.isdecimal() and actual != expected and re.sub(r"\D", "", expected) == actual


def _is_times(factor: Decimal) -> Callable[[str, str], bool]:
    def fits(expected: str, actual: str) -> bool:
        wanted, said = parse_decimal(expected), parse_decimal(actual)
        return bool(wanted) and bool(said) and said == factor * (wanted or 0)

    return fits


VALUE_HINTS = (
    ValueHint(lambda _, actual: actual == MISSING, "{name} is not sent: fill it from {field}"),
    ValueHint(_is_dropped, "{name} is sent empty: fill it from {field}"),
    ValueHint(_has_no_tags, "what stands between < and > is removed as if it were HTML: send it, escaped for XML"),
    ValueHint(_has_no_breaks, "line breaks are removed: send them as they are"),
    ValueHint(_is_digits_only, "all but the digits are removed: send the text as it was typed"),
    ValueHint(_is_cut, "the text ends after {length} characters: look for a limit in a column or in the code"),
    ValueHint(_is_ascii_only, "letters beyond ASCII are removed: use UTF-8 (utf8mb4) throughout"),
    ValueHint(_has_other_case, "upper and lower case are changed: send the text as it was typed"),
    ValueHint(_is_times(Decimal(100)), "the number is a hundred times too large: is it in cents?"),
    ValueHint(_is_times(Decimal("0.01")), "the number is a hundred times too small: is it divided twice?"),
    ValueHint(_is_times(Decimal(-1)), "the sign of the number is wrong"),
)


def value_hint_for(requirement: str, finding: Finding) -> str | None:
    """Return the likely cause of a finding about one value; None if the values show none."""
    expected, actual = finding.expected, finding.actual
    row = row_of(element_at(finding.xpath or ""))
    if expected is None or actual is None or row is None or not row.record:
        return None
    if requirement not in row.requirements and requirement not in TEXTS:
        return None
    hint = next((each for each in VALUE_HINTS if each.fits(expected, actual)), None)
    return None if hint is None else hint.text.format(name=row.name, field=row.record, length=len(actual.rstrip(".… ")))
