"""All pages of a window, and of a window that can't be read the smallest part that spoils it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from conformance.client.parsing.document import ExportPage
from conformance.client.parsing.order import ExportedOrder
from conformance.client.parsing.values import parse_decimal
from conformance.client.shipstation import MINUTE, Window
from conformance.core.errors import NotRecorded
from conformance.survey.windows import split_window
from conformance.truth.source import OrderRef

QUIET = datetime(2001, 1, 1, tzinfo=UTC)
NOTHING_HAPPENED = Window(QUIET, QUIET + 5 * MINUTE)


@dataclass(frozen=True)
class SurveyLimits:
    """What a survey may ask for. ``pages`` and ``orders`` are of existing orders, not specimens."""

    max_pages: int = 40
    max_repeated_pages: int = 10
    max_orders: int = 40
    max_bisections: int = 400
    windows: tuple[Window, ...] = ()
    """Those to look at in place of what is recent."""
    empty_window: Window = NOTHING_HAPPENED
    """In which nothing ever happened."""


@dataclass(frozen=True)
class UnreadableWindow:
    """A window that couldn't be read: the smallest that fails, and the orders in it."""

    window: Window
    reading: ExportPage
    order_numbers: tuple[str, ...]
    reason: str


@dataclass
class ExportedPages:
    """What came of a window, over all of its pages."""

    windows: tuple[Window, ...]
    pages: list[tuple[Window, int, ExportPage]] = field(default_factory=list)
    unreadable_windows: list[UnreadableWindow] = field(default_factory=list)
    failed_pages: list[ExportPage] = field(default_factory=list)
    """Replies to windows that couldn't be read and were made smaller."""
    truncated_windows: list[Window] = field(default_factory=list)
    """The windows that have more pages than the suite may read."""
    understated_pages: tuple[ExportPage, ExportPage] | None = None
    """A first page that doesn't say that there are as many pages, and the page that shows it."""

    @cached_property
    def orders(self) -> tuple[ExportedOrder, ...]:
        """Every order, as often as it came."""
        return tuple(order for _, _, reading in self.pages for order in reading.orders)

    @cached_property
    def distinct_orders(self) -> tuple[ExportedOrder, ...]:
        """Every order once."""
        seen = {(order.number, order.id): order for order in reversed(self.orders)}
        return tuple(reversed(seen.values()))

    @property
    def complete(self) -> bool:
        """Whether every page of every window was read."""
        return not self.truncated_windows

    @property
    def valid_pages(self) -> tuple[ExportPage, ...]:
        """The replies that are Orders documents."""
        return tuple(reading for _, _, reading in self.pages if reading.is_orders)


class PageReader:
    """Reads windows whole, through ``page``, within bounds.

    ``dated``: the source of truth says how many orders a window holds, so that a page too few is known.
    """

    def __init__(self, page: Callable[[Window, int], ExportPage], bounds: SurveyLimits, *, dated: bool) -> None:
        self._page, self._bounds, self._dated = page, bounds, dated
        self._left = bounds.max_bisections

    def collect(self, window: Window, mentions: tuple[OrderRef, ...], into: ExportedPages) -> None:
        """Read a window, which holds the orders mentioned, into a collection."""
        first = failed = self._page(window, 1)
        trouble = export_problem(first)
        pages: list[tuple[Window, int, ExportPage]] = [(window, 1, first)]
        if trouble is None:
            stated = stated_pages(first) or 1
            for number in range(2, min(stated, self._bounds.max_pages) + 1):
                try:
                    reading = self._page(window, number)
                except NotRecorded:
                    into.truncated_windows.append(window)
                    break
                trouble = export_problem(reading)
                if trouble is not None:
                    failed = reading
                    break
                pages.append((window, number, reading))
            if stated > self._bounds.max_pages:
                into.truncated_windows.append(window)
            elif trouble is None and first.orders and self._may_be_more(pages, mentions):
                self._walk_on(window, pages)
                if len(pages) > stated:
                    into.understated_pages = first, pages[stated][2]
        if trouble is None:
            into.pages += pages
            return
        halves = split_window(window, mentions)
        if not halves or self._left <= 0:
            into.pages += [page for page in pages if page[2].is_orders]
            into.unreadable_windows.append(
                UnreadableWindow(window, failed, tuple(mention.order_number for mention in mentions), trouble)
            )
            return
        self._left -= len(halves)
        into.failed_pages.append(failed)
        for half in halves:
            inside = tuple(mention for mention in mentions if half.start <= mention.modified_at < half.end + MINUTE)
            self.collect(half, inside, into)

    def _may_be_more(self, pages: list[tuple[Window, int, ExportPage]], mentions: tuple[OrderRef, ...]) -> bool:
        return not self._dated or len(mentions) > sum(len(reading.orders) for _, _, reading in pages)

    def _walk_on(self, window: Window, pages: list[tuple[Window, int, ExportPage]]) -> None:
        """Go on behind the pages that were stated, until one brings nothing new."""
        seen = {number for _, _, reading in pages for number in reading.order_numbers}
        for number in range(len(pages) + 1, self._bounds.max_pages + 1):
            try:
                reading = self._page(window, number)
            except NotRecorded:
                break
            if not reading.is_orders or not set(reading.order_numbers) - seen:
                break
            seen |= set(reading.order_numbers)
            pages.append((window, number, reading))


def export_problem(reading: ExportPage) -> str | None:
    """Why a reply to a good request is no Orders document, None if it is one."""
    if reading.is_orders:
        return None
    if not reading.exchange.succeeded:
        return reading.exchange.outcome
    return (
        reading.problem
        or f"the document's element is {reading.root.tag if reading.root is not None else '?'!s}, not Orders"
    )


def stated_pages(reading: ExportPage) -> int | None:
    """How many pages a document states, also where it isn't written as it should be (PAG-6); None if it doesn't."""
    said = parse_decimal(reading.pages_attribute or "")
    return int(said) if said is not None and 0 < said < 10**9 else None
