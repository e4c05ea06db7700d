"""A finding: one place where a reply differs from what the contract requires."""

from __future__ import annotations

from dataclasses import dataclass

MAX_SHOWN_VALUE = 600
"""A finding shows at most this many characters of a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference: the problem, its place, the expected and the actual value.

    ``exchange`` is the number of the exchange with the reply.
    """

    message: str
    order: str | None = None
    xpath: str | None = None
    expected: str | None = None
    actual: str | None = None
    exchange: int | None = None


def shorten(text: str) -> str:
    """Return a value, cut if it is too long for a finding."""
    return text if len(text) <= MAX_SHOWN_VALUE else f"{text[:MAX_SHOWN_VALUE]}… ({len(text)} characters)"
