"""Findings about exported orders and their values."""

from __future__ import annotations

from conformance.client.parsing.order import ExportedOrder, Value
from conformance.core.finding import Finding, shorten


def at(value: Value, order: ExportedOrder, message: str, expected: str) -> Finding:
    """A finding about one value of an exported order."""
    return Finding(
        message=message,
        order=order.label,
        xpath=value.xpath,
        expected=shorten(expected),
        actual=shorten(value.shown),
        exchange=order.exchange,
    )


def about(order: ExportedOrder, message: str, expected: str, actual: str, xpath: str | None = None) -> Finding:
    """A finding about an exported order as a whole, or a part of it."""
    return Finding(
        message=message,
        order=order.label,
        xpath=xpath or order.xpath,
        expected=shorten(expected),
        actual=shorten(actual),
        exchange=order.exchange,
    )
