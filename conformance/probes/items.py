"""ITM-1, ITM-6, ITM-7, ITM-9, ITM-10, PAG-2: whether each line comes, and comes once, over all that was exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.checks import items, missing_lines
from conformance.checks.findings import about
from conformance.client.parsing.order import ExportedOrder
from conformance.core.finding import Finding
from conformance.survey.survey import Survey


def lost(requirement: str) -> Callable[[Survey], Iterator[Finding]]:
    """The lines that don't arrive, as far as that is this requirement's matter."""
    return lambda survey: missing_lines.findings(requirement, survey.pairs)


def each_once(survey: Survey) -> Iterator[Finding]:
    """ITM-1: every line of an order arrives, once; also not once more in another order."""
    yield from missing_lines.findings("ITM-1", survey.pairs)
    for pair in survey.pairs:
        yield from items.no_surplus_line(pair)
    for copy, original in copies(survey):
        yield about(
            copy,
            f"The lines of order {original.label} come once more, in an order that the store's records don't have.",
            "each line once",
            f"{len(copy.lines)} lines again, as order {copy.label}",
            f"{copy.xpath}/Items",
        )


def order_once(survey: Survey) -> Iterator[Finding]:
    """PAG-2: no order comes a second time under another number."""
    for copy, original in copies(survey):
        yield about(
            copy, f"It is order {original.label} once more.", "once", f"as {original.label} and as {copy.label}"
        )


def copies(survey: Survey) -> list[tuple[ExportedOrder, ExportedOrder]]:
    """Exported orders that the store doesn't know, beside the known one that each repeats.

    A customer may well buy the same twice: only what the store's own records don't have is a copy.
    """

    def find() -> list[tuple[ExportedOrder, ExportedOrder]]:
        known = {_content(pair.exported): pair.exported for pair in survey.pairs if pair.exported.lines}
        return [
            (stranger, known[_content(stranger)])
            for stranger in survey.unmatched_exports
            if _content(stranger) in known and survey.truth.order(stranger.number) is None
        ]

    return survey.cached("copies of orders", find)


def _content(order: ExportedOrder) -> tuple[object, ...]:
    lines = sorted((line["SKU"].text, line["Quantity"].text, line["UnitPrice"].text) for line in order.lines)
    return order["Customer/BillTo/Email"].text.strip(), order["OrderDate"].text.strip(), tuple(lines)
