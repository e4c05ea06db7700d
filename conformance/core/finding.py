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


def shorten(text: str, limit: int = MAX_SHOWN_VALUE) -> str:
    """Return a text, cut if it is longer than ``limit``; its full length is stated then."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
