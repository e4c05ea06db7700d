"""A finding: one place where an answer isn't what the contract asks for."""

from __future__ import annotations

from dataclasses import dataclass

SHOWN_LIMIT = 600
"""Characters of a value that a finding shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong, where, and what should stand there."""

    message: str
    order: str | None = None
    xpath: str | None = None
    expected: str | None = None
    actual: str | None = None
    exchange: int | None = None


def shorten(text: str) -> str:
    """A value short enough to show."""
    return text if len(text) <= SHOWN_LIMIT else f"{text[:SHOWN_LIMIT]}… ({len(text)} characters)"
