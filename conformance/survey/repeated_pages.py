"""The same pages asked for twice: what is otherwise the second time, though nobody changed anything (WIN-8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.checks.findings import at
from conformance.client.parsing.document import ExportPage
from conformance.client.shipstation import Window
from conformance.core.finding import Finding


@dataclass(frozen=True, slots=True)
class RepeatedPage:
    """A page of a window as it came, and as it came once more."""

    window: Window
    page: int
    before: ExportPage
    after: ExportPage


def differences(looks: Sequence[RepeatedPage], *, counting: bool) -> Iterator[Finding]:
    """Orders that came back changed and, where orders are counted, windows that came back with others.

    Orders that only moved between pages are a matter of paging (PAG-3).
    """
    for look in looks:
        yield from changed(look.before, look.after)
    for window in dict.fromkeys(look.window for look in looks) if counting else ():
        pages = [look for look in looks if look.window == window]
        before = sum(len(look.before.orders) for look in pages)
        after = sum(len(look.after.orders) for look in pages)
        restated = pages[0].before.pages_attribute != pages[0].after.pages_attribute
        if before != after and (len(pages) == 1 or restated or not after):
            yield Finding(
                message="The same window asked again gives other orders.",
                order=None,
                xpath="/Orders",
                expected=f"{before} orders from {window}, as before",
                actual=f"{after} orders",
                exchange=pages[0].after.exchange.number,
            )


def changed(before: ExportPage, after: ExportPage) -> Iterator[Finding]:
    """Orders that stand in both replies with another LastModified or OrderStatus."""
    for name in ("LastModified", "OrderStatus"):
        said = {order.number: order[name].text.strip() for order in before.orders}
        for order in after.orders:
            value = order[name]
            if order.number in said and said[order.number] != value.text.strip():
                yield at(value, order, f"Exporting changed {name}.", said[order.number])
