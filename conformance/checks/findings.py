"""Findings about exported orders and their values."""

from __future__ import annotations

from conformance.client.parsing.order import ExportedOrder, Value
from conformance.core.finding import Finding, shorten


def at(value: Value, order: ExportedOrder, message: str, expected: str) -> Finding:
    """Return a finding about one value of an exported order."""
    return Finding(
        message=message,
        order=order.label,
        xpath=value.xpath,
        expected=shorten(expected),
        actual=shorten(value.shown),
        exchange=order.exchange,
    )


def about(order: ExportedOrder, message: str, expected: str, actual: str, xpath: str | None = None) -> Finding:
    """Return a finding about an exported order as a whole, or about the part of it at ``xpath``."""
    return Finding(
        message=message,
        order=order.label,
        xpath=xpath or order.xpath,
        expected=shorten(expected),
        actual=shorten(actual),
        exchange=order.exchange,
    )
