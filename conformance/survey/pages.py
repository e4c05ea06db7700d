"""Reads all pages of a window. If a window can't be read, finds the smallest part of it that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from conformance.client.parsing.document import ExportPage, stated_pages
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import MINUTE, Window
from conformance.core.errors import NotExercised, NotRecorded
from conformance.survey.limits import SurveyLimits
from conformance.survey.windows import floor_to_minute, split_window
from conformance.truth.source import OrderRef

NO_ORDERS = "the store exported no order in the requested windows"


@dataclass(frozen=True)
class UnreadableWindow:
    """The smallest part of a window that can't be read, with the failed reply and the orders in that part."""

    window: Window
    page: ExportPage
    order_numbers: tuple[str, ...]
    reason: str
    page_number: int = 1


@dataclass(frozen=True)
class DividedWindow:
    """A window that can't be read, and was then requested in smaller parts: with the failed reply and the orders.

    ``page_number`` is the number of the page that failed, and ``orders_before`` the number of orders before that page.
    """

    window: Window
    page: ExportPage
    order_numbers: tuple[str, ...]
    parts: tuple[Window, ...]
    page_number: int = 1
    orders_before: int = 0


@dataclass(frozen=True)
class WindowPage:
    """A page of a window, with its number."""

    window: Window
    number: int
    page: ExportPage


@dataclass
class ExportedPages:
    """The pages that a store exported of some windows, and the replies that failed."""

    windows: tuple[Window, ...]
    pages: list[WindowPage] = field(default_factory=list)
    unreadable_windows: list[UnreadableWindow] = field(default_factory=list)
    divided_windows: list[DividedWindow] = field(default_factory=list)
    """The windows that were requested in smaller parts, because they can't be read."""
    on_edges: set[str] = field(default_factory=set)
    """The numbers of orders that lie in the first or last minute of such a part, and inside no other."""
    truncated_windows: list[Window] = field(default_factory=list)
    """Windows of which some pages were not read: there are more than the suite may read, or a recording lacks them."""
    understated_pages: tuple[ExportPage, ExportPage] | None = None
    """A first page that states too few pages, and the first page beyond that number."""

    @cached_property
    def orders(self) -> tuple[ExportedOrder, ...]:
        """Every exported order. An order that was exported twice is in it twice."""
        return tuple(order for each in self.pages for order in each.page.orders)

    @cached_property
    def distinct_orders(self) -> tuple[ExportedOrder, ...]:
        """Every exported order, without repetitions."""
        seen = {(order.number, order.id): order for order in reversed(self.orders)}
        return tuple(reversed(seen.values()))

    @property
    def complete(self) -> bool:
        """True if every page of every window was read."""
        return not self.truncated_windows

    @property
    def valid_pages(self) -> tuple[ExportPage, ...]:
        """The replies that are Orders documents."""
        return tuple(each.page for each in self.pages if each.page.is_orders)

    @property
    def failed_pages(self) -> tuple[ExportPage, ...]:
        """Every reply to a correct request that isn't an Orders document."""
        return (*(each.page for each in self.divided_windows), *(each.page for each in self.unreadable_windows))

    @property
    def failures_by_order(self) -> dict[str, str]:
        """Order number → why the window with this order can't be read."""
        return {number: failed.reason for failed in self.unreadable_windows for number in failed.order_numbers}

    def pages_of(self, window: Window) -> tuple[ExportPage, ...]:
        """Return the pages of one window."""
        return tuple(each.page for each in self.pages if each.window == window)

    def numbers_within(self, window: Window) -> frozenset[str]:
        """Return the numbers of the orders that came in a window or in parts of it."""
        return frozenset(
            number for each in self.pages if window.encloses(each.window) for number in each.page.order_numbers
        )

    def require_orders(self) -> None:
        """Go on only if orders were exported.

        Raises:
            NotExercised: if no order was exported.
        """
        if not self.distinct_orders:
            raise NotExercised(NO_ORDERS)

    def require_readable(self) -> None:
        """Go on only if an export can be read: otherwise nothing is known about missing orders.

        Raises:
            NotExercised: if no export of orders can be read.
        """
        if not self.distinct_orders and self.unreadable_windows:
            raise NotExercised(f"no export of orders can be read: {self.unreadable_windows[0].reason}")


class PageReader:
    """Reads whole windows through ``request_page``, within limits.

    ``knows_modification_times``: the source of truth tells how many orders a window holds. If that many were exported,
    no page is missing. Otherwise the reader requests pages beyond the stated number. ``shift`` returns the difference
    to UTC with which the store reads bounds. It is called if a window can't be read: its orders lie that much later.
    """

    def __init__(
        self,
        request_page: Callable[[Window, int], ExportPage],
        limits: SurveyLimits,
        *,
        knows_modification_times: bool,
        shift: Callable[[], timedelta] = timedelta,
    ) -> None:
        self._request_page, self._max_pages, self._shift = request_page, limits.max_pages, shift
        self._knows_modification_times = knows_modification_times
        self._bisections_left = limits.max_bisections

    def read(self, window: Window, orders: tuple[OrderRef, ...], into: ExportedPages, *, is_part: bool = False) -> None:
        """Read a window and add its pages. ``orders`` are the orders in the window, as the store's record says.

        The times of the orders of a part are as the store reads bounds.
        """
        pages, failed = self._read_stated_pages(window, into)
        if failed is None:
            if window not in into.truncated_windows and pages[0].page.orders and self._may_be_more(pages, orders):
                self._read_beyond_stated(window, pages, into)
            into.pages += pages
            return
        if not is_part and orders:
            shift = self._shift()
            orders = tuple(OrderRef(order.order_number, order.modified_at + shift) for order in orders)
        number = 1 if failed is pages[0].page else len(pages) + 1
        parts = split_window(window, orders)
        numbers = tuple(order.order_number for order in orders)
        if not parts or self._bisections_left <= 0:
            into.pages += [each for each in pages if each.page.is_orders]
            into.unreadable_windows.append(
                UnreadableWindow(window, failed, numbers, export_problem(failed) or "", number)
            )
            return
        self._bisections_left -= len(parts)
        place = len(into.divided_windows)
        into.on_edges |= {
            order.order_number
            for order in orders
            if not any(part.start < floor_to_minute(order.modified_at) < part.end for part in parts)
        }
        try:
            for part in parts:
                inside = tuple(order for order in orders if part.start <= order.modified_at < part.end + MINUTE)
                self.read(part, inside, into, is_part=True)
        except NotRecorded:  # recorded traffic may not have the parts
            into.unreadable_windows.append(UnreadableWindow(window, failed, numbers, export_problem(failed) or ""))
        else:
            before = sum(len(each.page.orders) for each in pages)
            into.divided_windows.insert(place, DividedWindow(window, failed, numbers, parts, number, before))

    def _read_stated_pages(self, window: Window, into: ExportedPages) -> tuple[list[WindowPage], ExportPage | None]:
        """Return the pages that page 1 states, up to the first that fails, and the failed page or None."""
        first = self._request_page(window, 1)
        pages = [WindowPage(window, 1, first)]
        if export_problem(first) is not None:
            return pages, first
        stated = stated_pages(first) or 1
        if stated > self._max_pages:
            into.truncated_windows.append(window)
        for number in range(2, min(stated, self._max_pages) + 1):
            try:
                page = self._request_page(window, number)
            except NotRecorded:
                into.truncated_windows.append(window)
                break
            if export_problem(page) is not None:
                return pages, page
            pages.append(WindowPage(window, number, page))
        return pages, None

    def _may_be_more(self, pages: list[WindowPage], orders: tuple[OrderRef, ...]) -> bool:
        return not self._knows_modification_times or len(orders) > sum(len(each.page.orders) for each in pages)

    def _read_beyond_stated(self, window: Window, pages: list[WindowPage], into: ExportedPages) -> None:
        """Request further pages until one has no new order."""
        first, stated = pages[0].page, len(pages)
        seen = {number for each in pages for number in each.page.order_numbers}
        for number in range(stated + 1, self._max_pages + 1):
            try:
                page = self._request_page(window, number)
            except NotRecorded:
                break
            if not page.is_orders or not set(page.order_numbers) - seen:
                break
            seen |= set(page.order_numbers)
            pages.append(WindowPage(window, number, page))
        else:
            into.truncated_windows.append(window)
        if len(pages) > stated:
            into.understated_pages = first, pages[stated].page


def require_document(page: ExportPage, what: str) -> None:
    """Go on only if the reply to a correct request is an Orders document.

    Raises:
        NotExercised: if it isn't, which CON-7 or CON-12 reports.
    """
    if not page.is_orders:
        first = "CON-12" if page.exchange.has_failed else "CON-7"
        raise NotExercised(f"{what} can't be read, fix {first} first: {export_problem(page)}")


def export_problem(page: ExportPage) -> str | None:
    """Return why the reply to a correct request isn't an Orders document; None if it is one."""
    if page.is_orders:
        return None
    if not page.exchange.succeeded:
        return page.exchange.outcome
    root = page.root.tag if page.root is not None else "?"
    return page.problem or f"the document's root element is {root!s}, not Orders"
