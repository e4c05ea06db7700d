"""A finding: one place where an answer isn't what the contract asks for."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.reading.order import ExportedOrder, Value

SHOWN_LIMIT = 600
"""Characters of a value that a finding shows."""


@dataclass(frozen=True, slots=True)
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


def at(value: Value, order: ExportedOrder, message: str, expected: str) -> Finding:
    """A finding about one value of an exported order."""
    return Finding(message, order.label, value.xpath, shorten(expected), shorten(value.shown), order.exchange)


def about(order: ExportedOrder, message: str, expected: str, actual: str, xpath: str | None = None) -> Finding:
    """A finding about an exported order as a whole, or a part of it."""
    return Finding(message, order.label, xpath or order.xpath, shorten(expected), shorten(actual), order.exchange)
