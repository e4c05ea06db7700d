"""Finds changes during a survey: by an export (WIN-8), by other people, or between two replies (PAG-3)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec

from conformance.checks.findings import at
from conformance.checks.matching import Pair
from conformance.client.exchange import Exchange
from conformance.client.parsing.document import ExportPage
from conformance.client.shipstation import COMPRESSION, NO_COMPRESSION, Window
from conformance.core.errors import NotExercised, NotRecorded
from conformance.core.finding import Finding
from conformance.survey.pages import WindowPage
from conformance.survey.record import StoreRecord
from conformance.truth.source import TruthUnavailable, look_up
from mockstore.orders.model import Order

MAX_CHANGED_PERCENT = 10
"""If more of a window's orders change during a run, the suite assumes that the export changed them."""
REREAD_ORDERS = 3
"""The orders that are looked up again, at most, to see whether exporting changed them."""


@dataclass(frozen=True, slots=True)
class RepeatedPage:
    """A page of a window, and the reply to the same request later in the run."""

    window: Window
    number: int
    first: ExportPage
    second: ExportPage


class Stability:
    """Compares a survey's first replies with later replies to the same requests, which accept no compression (CON-7).

    ``request_page`` gets what the request accepts as its last argument. ``pages`` are the survey's pages that must be
    the same at any time. ``known_orders`` are the store's first records of the orders in ``windows``. ``specimens`` are
    the numbers of the orders that only the suite changes.
    """

    def __init__(
        self,
        record: StoreRecord,
        request_page: Callable[[Window, int, str], ExportPage],
        *,
        pages: Sequence[WindowPage],
        windows: Sequence[Window],
        known_orders: Sequence[Order],
        specimens: frozenset[str],
    ) -> None:
        self._record, self._request_page = record, request_page
        self._pages, self._windows, self._specimens = pages, windows, specimens
        self._known_orders = {order.order_number: order for order in known_orders}
        self.notices: list[str] = []
        self._uncompressed: list[Exchange] = []

    @property
    def uncompressed_replies(self) -> tuple[Exchange, ...]:
        """The replies to requests for :attr:`repeated_pages` that accept no compression.

        The first of them follows a request for the same page that accepts it: a cache may hold only one document.
        """
        _ = self.repeated_pages
        return tuple(self._uncompressed)

    @cached_property
    def repeated_pages(self) -> tuple[RepeatedPage, ...]:
        """The survey's pages, each requested a second time: the last page first, because a page needs no other."""
        found: list[RepeatedPage] = []
        for each in reversed(self._pages):
            try:
                if not self._uncompressed:
                    with contextlib.suppress(NotRecorded):
                        self._request_page(each.window, each.number, COMPRESSION)
                second = self._request_page(each.window, each.number, NO_COMPRESSION)
                self._uncompressed.append(second.exchange)
                if second.exchange.succeeded and not second.is_orders:  # CON-7 reports it
                    second = self._request_page(each.window, each.number, COMPRESSION)
            except NotRecorded:
                continue  # recorded traffic contains only some requests twice
            if second.is_orders and not second.exchange.has_failed:  # otherwise CON-7 or CON-12 reports it
                found.append(RepeatedPage(each.window, each.number, each.page, second))
        return tuple(reversed(found))

    @cached_property
    def export_changes(self) -> tuple[Finding, ...]:
        """The changes that a second export of the same windows shows (WIN-8)."""
        return tuple(find_changes(self.repeated_pages, with_counts=not self.changed_meanwhile))

    @cached_property
    def changed_meanwhile(self) -> frozenset[str]:
        """The numbers of the store's own orders that other people changed during the run.

        If more than a few orders of a window have changed, the export has changed them (WIN-8): none is included.
        """
        found: set[str] = set()
        for window in self._windows:
            if self._record.knows_modification_times:
                changed, of = self._changed_by_record(window)
            else:
                changed, of = self._changed_by_exports(window)
            if changed and of > 1 and len(changed) <= max(1, of * MAX_CHANGED_PERCENT // 100):
                found |= changed
        if found:
            self.notices.append(
                f"changed by other people during the run, and so not judged: {', '.join(sorted(found)[:10])}"
            )
        return frozenset(found)

    def _changed_by_record(self, window: Window) -> tuple[set[str], int]:
        """Return the orders whose records have changed since the survey began, and the number of orders compared."""
        before = {ref.order_number: ref.modified_at for ref in self._record.modified_in(window)}
        others = before.keys() - self._specimens
        if not others:
            return set(), 0
        now = {ref.order_number: ref.modified_at for ref in self._record.modified_in_now(window)}
        return {number for number in others if now.get(number) != before[number]}, len(others)

    def _changed_by_exports(self, window: Window) -> tuple[set[str], int]:
        """Return the orders that have left a window, as changed orders do, and the number of orders compared.

        If an order comes back in a third export, no order was changed: the pages differ each time (PAG-3).
        """
        repeated = [each for each in self.repeated_pages if window.encloses(each.window)]
        first = {number for each in repeated for number in each.first.order_numbers}
        second = {number for each in repeated for number in each.second.order_numbers}
        if first <= second or not second:
            return set(), len(first)
        third = {
            number
            for each in repeated
            for number in self._request_page(each.window, each.number, NO_COMPRESSION).order_numbers
        }
        return (set() if (first - second) & third else first - second), len(first)

    def has_changed(self, number: str) -> bool:
        """True if other people changed one of the store's own orders since it was looked up.

        False if exporting changes orders (WIN-8): nobody can tell who made the change then.

        Raises:
            TruthUnavailable: if the order can't be read again.
        """
        before = self._known_orders.get(number)
        if before is None or number in self._specimens or self.export_changes:
            return False
        now = self._record.truth.order(number)
        if now is None or self._record.knows_modification_times:
            return now is None or now.modified_at != before.modified_at
        return msgspec.structs.replace(now, modified_at=before.modified_at) != before

    def require_repeated_pages(self) -> None:
        """Go on only if at least one page was requested twice.

        Raises:
            NotExercised: if no page was requested twice.
        """
        if self._pages and not self.repeated_pages:
            raise NotExercised("no page was requested twice")

    def require_unchanged_by_others(self) -> None:
        """Go on only if other people changed no order. Such a change moves orders from page to page.

        Raises:
            NotExercised: if other people changed an order.
        """
        if self.changed_meanwhile:
            raise changed_by_others(self.changed_meanwhile)

    def require_unchanged_by_export(self) -> None:
        """Go on only if exporting changes no order. Otherwise windows can't be judged.

        Raises:
            NotExercised: if exporting changes orders (WIN-8).
        """
        if self.export_changes:
            raise NotExercised("exporting changes orders (WIN-8), so windows can't be judged")

    def require_modification_times_kept(self, pairs: Sequence[Pair]) -> None:
        """Go on only if exporting doesn't change the times in the store's record: LastModified is compared with them.

        Raises:
            NotExercised: if exporting changes these times (WIN-8).
        """
        for pair in pairs[:REREAD_ORDERS] if self.export_changes else ():
            now = look_up(self._record.truth, pair.truth.order_number)
            if isinstance(now, TruthUnavailable):
                continue
            if now is None or now.modified_at != pair.truth.modified_at:
                raise NotExercised("exporting changes orders (WIN-8), so their times can't be judged")

    def require_repeatable_pages(self) -> None:
        """Go on only if the same request gets the same orders. Otherwise replies can't be compared.

        Raises:
            NotExercised: if exporting changes orders (WIN-8), or if pages differ each time (PAG-3).
        """
        self.require_unchanged_by_export()
        if not all(each.first.has_same_orders(each.second) for each in self.repeated_pages):
            raise NotExercised("the same request gets other orders each time (PAG-3), so replies can't be compared")


def changed_by_others(numbers: Iterable[str]) -> NotExercised:
    """Return the exception for orders that are not judged, because other people changed them during the run."""
    return NotExercised(
        f"other people changed orders during the run ({', '.join(sorted(numbers)[:5])}): run again when nobody works "
        "in the shop"
    )


def find_changes(repeated: Sequence[RepeatedPage], *, with_counts: bool) -> Iterator[Finding]:
    """Find orders that the second export has changed. ``with_counts`` also finds windows with more or fewer orders.

    PAG-3 reports orders that only moved from page to page.
    """
    for each in repeated:
        yield from changed_fields(each.first, each.second)
    by_window: dict[Window, list[RepeatedPage]] = {}
    for each in repeated if with_counts else ():
        by_window.setdefault(each.window, []).append(each)
    for window, pages in by_window.items():
        before = sum(len(each.first.orders) for each in pages)
        after = sum(len(each.second.orders) for each in pages)
        restated = pages[0].first.pages_attribute != pages[0].second.pages_attribute
        if before != after and (len(pages) == 1 or restated or not after):
            yield Finding(
                message="The same window, requested again, gives other orders.",
                xpath="/Orders",
                expected=f"{before} orders from {window}, as before",
                actual=f"{after} orders",
                exchange=pages[0].second.exchange.number,
            )


def changed_fields(first: ExportPage, second: ExportPage) -> Iterator[Finding]:
    """Find orders that are on both pages with another LastModified or OrderStatus."""
    for name in ("LastModified", "OrderStatus"):
        before: Mapping[str, str] = {order.number: order[name].text.strip() for order in first.orders}
        for order in second.orders:
            value = order[name]
            if order.number in before and before[order.number] != value.text.strip():
                yield at(value, order, f"Exporting changed {name}.", before[order.number])
