"""ITM: finds the lines of exported orders that are missing, or arrive more than once."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from conformance.checks import items
from conformance.checks.findings import about
from conformance.checks.matching import Pair
from conformance.checks.missing_lines import LINE_PROPERTIES, MissingLine, explain
from conformance.client.parsing.order import ExportedOrder
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.survey.survey import Survey

PROPERTIES = tuple(each.name for each in LINE_PROPERTIES)
"""The properties of lines that may follow "that are" in a sentence."""


class CopiedOrder(msgspec.Struct, frozen=True):
    """An exported order that the store's records don't have, and the known order that it repeats."""

    copy: ExportedOrder
    original: ExportedOrder


class OrderLines(msgspec.Struct, frozen=True):
    """The lines of exported orders beside the store's records, with the missing lines.

    ``property`` is the property by which the lines were chosen; empty for all lines. ``orders`` have such lines.
    """

    property: str
    orders: tuple[Pair, ...]
    missing: tuple[MissingLine, ...]
    copies: tuple[CopiedOrder, ...] = ()


def exported_lines(survey: Survey) -> OrderLines:
    """Return all lines of the exported orders, and the orders that repeat the lines of another order.

    Raises:
        NotExercised: if no exported order is known, or none has lines.
    """
    pairs = _known_exports(survey)
    if not any(items.has_lines(pair) for pair in pairs):
        raise NotExercised("no exported order has lines")
    return OrderLines("", pairs, tuple(explain(pairs)), copied_orders(survey))


def exported_lines_that_are(survey: Survey, name: str) -> OrderLines:
    """Return the lines of the exported orders that have a property.

    Raises:
        NotExercised: if no exported order is known, or none has such lines.
    """
    pairs = _known_exports(survey)
    holds = next(each.holds for each in LINE_PROPERTIES if each.name == name)
    chosen = tuple(pair for pair in pairs if any(holds(item, pair.truth) for item in pair.truth.items))
    if not chosen:
        raise NotExercised(f"no exported order has a line that is {name}")
    return OrderLines(name, chosen, tuple(each for each in explain(pairs) if holds(each.item, each.pair.truth)))


def _known_exports(survey: Survey) -> tuple[Pair, ...]:
    if not survey.pairs:
        raise NotExercised("the store's records have none of the exported orders")
    return survey.pairs


def copied_orders(survey: Survey) -> tuple[CopiedOrder, ...]:
    """Return the exported orders that the store's records don't have and that repeat a known order.

    A customer may buy the same things twice. So an order counts as a copy only if the store's records don't have it.
    """

    def find() -> tuple[CopiedOrder, ...]:
        strangers = survey.unmatched_exports
        if not strangers:
            return ()
        known = {_content(pair.exported): pair.exported for pair in survey.pairs if pair.exported.lines}
        return tuple(
            CopiedOrder(stranger, known[_content(stranger)])
            for stranger in strangers
            if _content(stranger) in known and survey.truth.order(stranger.number) is None
        )

    return survey.cached("copies of orders", find)


def _content(order: ExportedOrder) -> tuple[object, ...]:
    lines = sorted((line["SKU"].text, line["Quantity"].text, line["UnitPrice"].text) for line in order.lines)
    return order["Customer/BillTo/Email"].text.strip(), order["OrderDate"].text.strip(), tuple(lines)


# ---------------------------------------------------------------------- judging


def none_missing_because_of_property(lines: OrderLines) -> Iterator[Finding]:
    """ITM-6, ITM-7, ITM-9, ITM-10: no line is missing because of the property by which the lines were chosen."""
    for missing in lines.missing:
        if missing.cause is not None and missing.cause.name == lines.property:
            yield missing.finding()


def every_line_arrives_once(lines: OrderLines) -> Iterator[Finding]:
    """ITM-1: every line of an order arrives exactly once, and not again in another order.

    If a property explains a missing line, the scenario about that property reports the line. ITM-1 reports it, too, if
    only a SHOULD is about that property.
    """
    for missing in lines.missing:
        if missing.cause is None or not missing.cause.is_must:
            yield missing.finding()
    for pair in lines.orders:
        yield from items.no_surplus_line(pair)
    for each in lines.copies:
        copy, original = each.copy, each.original
        yield about(
            copy,
            f"The lines of order {original.label} come again, in an order that the store's records don't have.",
            "each line once",
            f"{len(copy.lines)} lines again, as order {copy.label}",
            f"{copy.xpath}/Items",
        )
