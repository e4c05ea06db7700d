"""All pages of a window, and of a window that can't be read the smallest part that spoils it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from conformance.client.parsing.document import Reading
from conformance.client.parsing.order import ExportedOrder
from conformance.client.parsing.values import decimal
from conformance.client.shipstation import Window
from conformance.core.errors import NotRecorded
from conformance.survey.windows import MINUTE, split
from conformance.truth.source import OrderRef

QUIET = datetime(2001, 1, 1, tzinfo=UTC)
NOTHING_HAPPENED = Window(QUIET, QUIET + 5 * MINUTE)


@dataclass(frozen=True)
class Bounds:
    """What a survey may ask for. ``pages`` and ``orders`` are of existing orders, not specimens."""

    pages: int = 40
    again: int = 10
    orders: int = 40
    bisections: int = 400
    windows: tuple[Window, ...] = ()
    """Those to look at in place of what is recent."""
    quiet: Window = NOTHING_HAPPENED
    """In which nothing ever happened."""


@dataclass(frozen=True)
class UnreadableWindow:
    """A window that couldn't be read: the smallest that fails, and the orders in it."""

    span: Window
    reading: Reading
    numbers: tuple[str, ...]
    why: str


@dataclass
class Collection:
    """What came of a window, over all of its pages."""

    spans: tuple[Window, ...]
    readings: list[tuple[Window, int, Reading]] = field(default_factory=list)
    faults: list[UnreadableWindow] = field(default_factory=list)
    bad: list[Reading] = field(default_factory=list)
    """Replies to windows that couldn't be read and were made smaller."""
    unfinished: list[Window] = field(default_factory=list)
    """The windows that have more pages than the suite may read."""
    unstated: tuple[Reading, Reading] | None = None
    """A first page that doesn't say that there are as many pages, and the page that shows it."""

    @cached_property
    def orders(self) -> tuple[ExportedOrder, ...]:
        """Every order, as often as it came."""
        return tuple(order for _, _, reading in self.readings for order in reading.orders)

    @cached_property
    def distinct(self) -> tuple[ExportedOrder, ...]:
        """Every order once."""
        seen = {(order.number, order.id): order for order in reversed(self.orders)}
        return tuple(reversed(seen.values()))

    @property
    def complete(self) -> bool:
        """Whether every page of every window was read."""
        return not self.unfinished

    @property
    def good(self) -> tuple[Reading, ...]:
        """The replies that are Orders documents."""
        return tuple(reading for _, _, reading in self.readings if reading.is_orders)


class Collector:
    """Reads windows whole, through ``page``, within bounds.

    ``dated``: the source of truth says how many orders a window holds, so that a page too few is known.
    """

    def __init__(self, page: Callable[[Window, int], Reading], bounds: Bounds, *, dated: bool) -> None:
        self._page, self._bounds, self._dated = page, bounds, dated
        self._left = bounds.bisections

    def collect(self, span: Window, mentions: tuple[OrderRef, ...], into: Collection) -> None:
        """Read a window, which holds the orders mentioned, into a collection."""
        first = failed = self._page(span, 1)
        trouble = problem_of(first)
        pages: list[tuple[Window, int, Reading]] = [(span, 1, first)]
        if trouble is None:
            stated = pages_said(first) or 1
            for number in range(2, min(stated, self._bounds.pages) + 1):
                try:
                    reading = self._page(span, number)
                except NotRecorded:
                    into.unfinished.append(span)
                    break
                trouble = problem_of(reading)
                if trouble is not None:
                    failed = reading
                    break
                pages.append((span, number, reading))
            if stated > self._bounds.pages:
                into.unfinished.append(span)
            elif trouble is None and first.orders and self._may_be_more(pages, mentions):
                self._walk_on(span, pages)
                if len(pages) > stated:
                    into.unstated = first, pages[stated][2]
        if trouble is None:
            into.readings += pages
            return
        halves = split(span, mentions)
        if not halves or self._left <= 0:
            into.readings += [page for page in pages if page[2].is_orders]
            into.faults.append(
                UnreadableWindow(span, failed, tuple(mention.order_number for mention in mentions), trouble)
            )
            return
        self._left -= len(halves)
        into.bad.append(failed)
        for half in halves:
            inside = tuple(mention for mention in mentions if half.start <= mention.modified_at < half.end + MINUTE)
            self.collect(half, inside, into)

    def _may_be_more(self, pages: list[tuple[Window, int, Reading]], mentions: tuple[OrderRef, ...]) -> bool:
        return not self._dated or len(mentions) > sum(len(reading.orders) for _, _, reading in pages)

    def _walk_on(self, span: Window, pages: list[tuple[Window, int, Reading]]) -> None:
        """Go on behind the pages that were stated, until one brings nothing new."""
        seen = {number for _, _, reading in pages for number in reading.numbers}
        for number in range(len(pages) + 1, self._bounds.pages + 1):
            try:
                reading = self._page(span, number)
            except NotRecorded:
                break
            if not reading.is_orders or not set(reading.numbers) - seen:
                break
            seen |= set(reading.numbers)
            pages.append((span, number, reading))


def problem_of(reading: Reading) -> str | None:
    """Why a reply to a good request is no Orders document, None if it is one."""
    if reading.is_orders:
        return None
    if not reading.exchange.succeeded:
        return reading.exchange.outcome
    return (
        reading.problem
        or f"the document's element is {reading.root.tag if reading.root is not None else '?'!s}, not Orders"
    )


def pages_said(reading: Reading) -> int | None:
    """How many pages a document states, also where it isn't written as it should be (PAG-6); None if it doesn't."""
    said = decimal(reading.pages or "")
    return int(said) if said is not None and 0 < said < 10**9 else None
