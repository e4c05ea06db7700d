"""PAG: paging.

The first half of the module makes requests and returns evidence. The second half judges the evidence.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator

import msgspec

from conformance.checks.findings import about
from conformance.checks.matching import pair_orders
from conformance.checks.missing_orders import must_be_exported
from conformance.checks.window_model import Belongs, belongs
from conformance.client.parsing.document import ExportPage, parse_export, stated_pages
from conformance.client.parsing.order import ExportedOrder
from conformance.client.parsing.values import parse_integer
from conformance.client.shipstation import MINUTE, Window, export_parameters
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.items import CopiedOrder, copied_orders
from conformance.probes.time_window import (
    ask_for_long_windows_over_clock_changes,
    require_last_change,
    usual_shift,
    window_to_split,
)
from conformance.survey.pages import NO_ORDERS, export_problem, require_document
from conformance.survey.stability import RepeatedPage
from conformance.survey.survey import Survey
from conformance.survey.windows import ANY_ZONE_MARGIN, floor_to_minute, window_around
from mockstore.orders.model import Order

MAX_STATED_PAGES = 32767
"""The highest number that ``pages`` may state."""
MAX_SEARCHED_ALONE = 3
"""At most this many missing orders are searched for in the minute of their last change."""
MAX_TRIES = 3
"""A reply is compared with page 1 at most this often. They may differ because somebody has changed an order."""
INVALID_PAGES = {
    **{f"page={value}": value for value in ("0", "-1", "abc", "1.5", "²")},
    "an empty page": "",
    "no page": None,
}
"""Name of an invalid page number in scenarios → the value that is sent; None leaves the parameter out."""
MAX_PAGES_OF_SECOND = 10
"""At most this many pages are read of the window with orders of one second. Pages of equal sizes are three."""
SAME_SECOND = ("tie-1", "tie-2", "tie-3")
"""The specimens that were modified in the same second."""


# ---------------------------------------------------------------------- evidence


class AllPages(msgspec.Struct, frozen=True):
    """Every page of the survey's windows, and an empty window.

    ``is_changed_by_export``: pages of one window state different numbers, as exporting changes orders (WIN-8).
    """

    pages: tuple[tuple[Window, ExportPage], ...]
    empty: ExportPage
    is_changed_by_export: bool


class UnderstatedPages(msgspec.Struct, frozen=True):
    """A page 1 that states too few pages, and the first page beyond. ``overlap``: pages share orders (PAG-2)."""

    first: ExportPage
    beyond: ExportPage
    overlap: bool


class SeveralPages(msgspec.Struct, frozen=True):
    """The pages of a window that has several.

    ``stored_orders`` is the number of orders that the store holds in the window; None if unknown. ``is_complete``:
    every page of the survey's windows was read.
    """

    pages: tuple[ExportPage, ...]
    stored_orders: int | None
    is_complete: bool


class FullPage(msgspec.Struct, frozen=True):
    """The first page of a window with exactly as many orders as fit on a page.

    ``lost`` are those of its orders that are on none of the pages that page 1 states, and that come alone.
    """

    first: ExportPage
    orders: int
    lost: tuple[Order, ...] = ()


class RepeatedOrder(msgspec.Struct, frozen=True):
    """An order that is exported more than once over the pages of one window."""

    number: str
    times: int
    last: ExportPage


class OrdersOnPages(msgspec.Struct, frozen=True):
    """The wrong orders over all pages: repeated orders, orders on no page, and copies under another number."""

    repeated: tuple[RepeatedOrder, ...]
    lost: tuple[Order, ...]
    copies: tuple[CopiedOrder, ...]


class OrdersOfOneSecond(msgspec.Struct, frozen=True):
    """Orders of one second, where a page ends between them, and how often each is exported.

    The window has one order more than two pages: the last page has a single order.
    """

    window: Window
    last: ExportPage
    times: tuple[tuple[Order, int], ...]
    others: tuple[tuple[Order, int], ...] = ()
    """The other orders of the window, and how often each is exported."""


class PagesAskedTwice(msgspec.Struct, frozen=True):
    """Pages, each with the reply to the same request later in the run."""

    pages: tuple[RepeatedPage, ...]


class PagesPastLast(msgspec.Struct, frozen=True):
    """The numbers and replies of pages past the last one."""

    pages: tuple[tuple[int, ExportPage], ...]


class InvalidPage(msgspec.Struct, frozen=True):
    """The reply to an invalid page number, and page 1."""

    kind: str
    page: ExportPage
    first: ExportPage


# ---------------------------------------------------------------------- requests


def _several_pages(survey: Survey) -> tuple[Window, tuple[ExportPage, ...]]:
    window, _ = survey.largest_window
    pages = survey.exported.pages_of(window)
    if len(pages) < 2:
        raise NotExercised("no window has more orders than fit on one page")
    return window, pages


def repeated_orders(survey: Survey) -> tuple[RepeatedOrder, ...]:
    """Return the orders that come more than once over the pages of one window."""
    found = []
    for window in survey.windows:
        pages = survey.exported.pages_of(window)
        times = Counter((order.number, order.id) for page in pages for order in page.orders)
        found += [RepeatedOrder(number, count, pages[-1]) for (number, _), count in times.items() if count > 1]
    return tuple(found)


def _repeated_over_clock_changes(survey: Survey) -> tuple[RepeatedOrder, ...]:
    """Return the orders that come more than once on page 1 of a window over a change of the clocks."""
    if usual_shift(survey):
        return ()
    found = []
    for page in {id(each.page): each.page for each in ask_for_long_windows_over_clock_changes(survey)}.values():
        times = Counter((order.number, order.id) for order in page.orders)
        found += [RepeatedOrder(number, count, page) for (number, _), count in times.items() if count > 1]
    return tuple(found)


def ask_for_all_pages(survey: Survey) -> AllPages:
    """Ask for every page of the survey's windows."""
    pages = tuple((each.window, each.page) for each in survey.exported.pages)
    evidence = AllPages(pages, survey.empty_export, is_changed_by_export=False)
    if any(_states_another_number(page, first) for page, first in _beside_first_stating(evidence)):
        return AllPages(pages, survey.empty_export, bool(survey.stability.export_changes))
    return evidence


def ask_for_first_of_several_pages(survey: Survey) -> SeveralPages | UnderstatedPages:
    """Ask for all pages of a window that has several.

    Raises:
        NotExercised: if no window has several pages, or if exporting changes the orders.
    """
    if survey.exported.understated_pages is not None:
        return UnderstatedPages(*survey.exported.understated_pages, overlap=bool(repeated_orders(survey)))
    survey.stability.require_unchanged_by_export()
    window, pages = _several_pages(survey)
    stored = len(survey.modified_in(window)) if survey.has_truth else None
    return SeveralPages(pages, stored, survey.exported.complete)


def _window_of_one_full_page(survey: Survey, *, with_unexported: bool = False) -> tuple[Window, int]:
    """Return a window with exactly as many exported orders as fit on a page, and their number.

    If possible, an order was deleted in it. ``with_unexported``: it has other orders, too, that the store leaves out.
    """
    _, pages = _several_pages(survey)
    if repeated_orders(survey):
        raise NotExercised("pages overlap, so the number of orders that fit on a page is unknown: fix PAG-2 first")
    size = max(len(page.orders) for page in pages[:-1])
    run: list[Order] = []
    others = 0
    found: Window | None = None
    for order in sorted(survey.known_orders, key=lambda order: (order.modified_at, order.order_number)):
        is_left_out = order.order_number not in survey.arrived and not must_be_exported(order)
        if not (with_unexported and is_left_out) and (
            order.order_number not in survey.arrived or not order.customer.shipping
        ):
            run, others = [], 0
            continue
        run.append(order)
        others += is_left_out
        while run and (len(run) - others > size + 1 or run[0].order_number not in survey.arrived):
            others -= run.pop(0).order_number not in survey.arrived
        minutes = [floor_to_minute(each.modified_at) for each in run]
        # one order before and one after, in minutes of their own, so that both bounds are certain
        if (
            len(run) - others == size + 1
            and minutes[0] + MINUTE < minutes[1]
            and minutes[-1] - minutes[1] < 2 * ANY_ZONE_MARGIN
            and bool(others) == with_unexported
            # orders that are left out lie between others: at either end of the window they would take no place
            and {run[1].order_number, run[-1].order_number} <= survey.arrived
        ):
            window = Window(minutes[1] - MINUTE, minutes[-1] + MINUTE)
            has_deleted = any(belongs(order.modified_at, window) is Belongs.MUST for order in survey.deleted_orders)
            if (found is None or has_deleted) and len(survey.modified_in(window)) == size + others:
                found = window
                if has_deleted:
                    break
    if found is not None:
        return found, size
    raise NotExercised("the suite found no window with exactly as many orders as fit on a page")


def ask_for_exactly_one_full_page(survey: Survey) -> FullPage:
    """Ask for a window with exactly as many orders as fit on a page.

    Raises:
        NotExercised: if there is no such window, or if the store exports other orders for it.
    """
    return _full_page(survey, with_unexported=False)


def ask_for_full_page_and_orders_left_out(survey: Survey) -> FullPage:
    """Ask for a window with exactly as many exported orders as fit on a page, and with others that are left out.

    Raises:
        NotExercised: if there is no such window, or if the store exports other orders for it.
    """
    return _full_page(survey, with_unexported=True)


def _full_page(survey: Survey, *, with_unexported: bool) -> FullPage:
    def ask() -> FullPage:
        survey.stability.require_unchanged_by_export()
        if usual_shift(survey):
            raise NotExercised("the store doesn't read window bounds as UTC: fix WIN-4 first")
        window, size = _window_of_one_full_page(survey, with_unexported=with_unexported)
        first = survey.first_page(window)
        require_document(first, "the window")
        # further pages show whether the window holds others, too, and orders that page 1 has no room for
        further = _orders_of_further_pages(survey, window, stated_pages(first) or 1)
        inside = (order for order in survey.known_orders if window.holds(order.modified_at))
        expected = [order for order in inside if order.order_number in survey.arrived]
        pairs, others = pair_orders((*first.orders, *further), expected, survey.facts)
        if others:
            raise NotExercised(f"the window of {size} orders holds others, too: fix WIN-2, WIN-5 or WIN-12 first")
        came = {pair.truth.order_number for pair in pairs}
        # if page 1 is full, the missing orders are on a page that the store doesn't state
        missing = [order for order in expected if order.order_number not in came] if len(pairs) < size else []
        if missing:
            require_last_change(survey)
            unstated = survey.page(window, max(stated_pages(first) or 1, 1) + 1).orders
            if unstated:
                raise NotExercised("the window has more pages than the store states: fix PAG-1 first")
        lost = tuple(
            order for order in missing[:MAX_SEARCHED_ALONE] if survey.is_exported_in(window_around(order), order)
        )
        if len(pairs) != size and not lost:
            raise NotExercised(f"the window of {size} orders has {len(pairs)} on its pages: fix WIN-5 first")
        if len(first.orders) < size and not lost:
            raise NotExercised("pages have different numbers of orders, so that nobody knows which number fills one")
        return FullPage(first, size, lost)

    return survey.cached_or_refused(("one full page", with_unexported), ask)


def _orders_of_further_pages(survey: Survey, window: Window, stated: int) -> list[ExportedOrder]:
    """Return the orders of the stated pages after the first, up to a page without orders."""
    found: list[ExportedOrder] = []
    for number in range(2, min(stated, survey.limits.max_pages) + 1):
        orders = survey.page(window, number).orders
        if not orders:
            break
        found += orders
    return found


def look_for_every_order(survey: Survey) -> OrdersOnPages:
    """Ask for all pages, and for the minutes of the orders that are on no page.

    Raises:
        NotExercised: if no order was exported, or if orders were changed during the run.
    """
    survey.exported.require_orders()
    survey.stability.require_unchanged_by_export()
    survey.stability.require_unchanged_by_others()
    repeated = repeated_orders(survey) or _repeated_over_clock_changes(survey)
    return OrdersOnPages(repeated, survey.completeness.lost_between_pages, copied_orders(survey))


def ask_for_page_end_within_a_second(survey: Survey) -> OrdersOfOneSecond:
    """Ask for a window in which a page ends between orders of one second.

    The window is chosen for exports that begin with the oldest orders, and for those that begin with the newest. After
    its first page, another window is requested, and then the last page first: what a page holds depends on neither.

    Raises:
        NotExercised: if there is no such window, or it can't be read.
    """
    survey.stability.require_unchanged_by_export()
    if not survey.knows_modification_times:
        raise NotExercised(f"{survey.truth_name} doesn't tell when orders were modified")
    _, pages = _several_pages(survey)
    if repeated_orders(survey) or survey.completeness.lost_between_pages:
        raise NotExercised("pages overlap or lose orders: fix PAG-2 first")
    if usual_shift(survey):
        raise NotExercised("the store doesn't read window bounds as UTC: fix WIN-4 first")
    alike = [survey.specimens[name].stored for name in SAME_SECOND if name in survey.specimens]
    if len(alike) < len(SAME_SECOND) or any(order.order_number not in survey.arrived for order in alike):
        raise NotExercised("the store has no three orders of one second")
    second = alike[0].modified_at
    around = Window(floor_to_minute(second - ANY_ZONE_MARGIN), floor_to_minute(second + ANY_ZONE_MARGIN))
    stored = sorted(survey.modified_in(around), key=lambda each: each.modified_at)
    first = next(place for place, each in enumerate(stored) if each.modified_at == second)
    beside = max(len(page.orders) for page in pages[:-1]) - 1
    start, end = first - beside, first + len(alike) - 1 + beside
    if not 0 <= start <= end < len(stored):
        raise NotExercised("the store has too few orders around those of one second to fill a page")
    window = Window(floor_to_minute(stored[start].modified_at), floor_to_minute(stored[end].modified_at) + MINUTE)
    stated = stated_pages(survey.first_page(window)) or 1
    if stated == 1:
        raise NotExercised("page 1 doesn't state that there are more pages: fix PAG-1 first")
    with contextlib.suppress(NotExercised):
        survey.first_page(window_to_split(survey)[0])
    if stated > MAX_PAGES_OF_SECOND:
        raise NotExercised(f"the orders of the window fill two pages elsewhere, and here page 1 states {stated}")
    replies = [survey.page(window, number) for number in range(stated, 0, -1)][::-1]
    for page in replies:
        require_document(page, "a page of the window")
    inside = {each.order_number for each in stored[start : end + 1]} - {each.order_number for each in alike}
    others = [pair.truth for pair in survey.pairs if pair.truth.order_number in inside]
    if survey.exported.understated_pages is not None:  # that is PAG-1
        others = []
    exported = [order for page in replies for order in page.orders]
    times = Counter(pair.truth.order_number for pair in pair_orders(exported, alike, survey.facts)[0])
    more = Counter(pair.truth.order_number for pair in pair_orders(exported, others, survey.facts)[0])
    others = [each for each in others if more[each.order_number] or _is_lost_by_pages(survey, each, window)]
    # if all of them are missing, the store reads the window's bounds wrongly (WIN-5)
    return OrdersOfOneSecond(
        window,
        replies[-1],
        tuple((order, times[order.order_number]) for order in alike if times),
        tuple((order, more[order.order_number]) for order in others if times),
    )


def _is_lost_by_pages(survey: Survey, order: Order, window: Window) -> bool:
    """True if an order that is on no page of a window comes alone: then it was lost between the pages.

    An order that was placed before the window may be missing for that reason (WIN-3), unless it comes in the minute of
    its last change.
    """
    minute = floor_to_minute(order.modified_at)
    placed = min(minute, floor_to_minute(order.placed_at)) if window.holds(order.placed_at) else minute
    own = survey.first_page(Window(placed, minute + MINUTE))
    return bool(pair_orders(own.orders, [order], survey.facts)[0])


def loses_orders_of_one_second(survey: Survey) -> bool:
    """True if orders of one second get lost between pages. False if that can't be tested."""

    def find() -> bool:
        try:
            orders = ask_for_page_end_within_a_second(survey)
            return any(orders_of_one_second_come_once(orders)) or any(orders_beside_come_once(orders))
        except NotExercised:
            return False

    return survey.cached("loses orders of one second", find)


def loses_orders_on_pages(survey: Survey) -> bool:
    """True if pages are known to lose orders (PAG-2), so that a missing order may be lost for that reason."""
    return bool(survey.completeness.lost_between_pages) or loses_orders_of_one_second(survey)


def ask_for_each_page_twice(survey: Survey) -> PagesAskedTwice:
    """Return the survey's pages, each requested a second time.

    Raises:
        NotExercised: if orders were changed between the two requests.
    """
    if survey.stability.export_changes:
        raise NotExercised("exporting changes the orders: fix WIN-8 first")
    survey.stability.require_repeated_pages()
    survey.stability.require_unchanged_by_others()
    if not survey.stability.repeated_pages:
        raise NotExercised("no page was requested twice")
    return PagesAskedTwice(survey.stability.repeated_pages)


def ask_for_pages_past_the_last(survey: Survey) -> PagesPastLast:
    """Ask for pages past the last one of the window with the most pages."""
    return PagesPastLast(survey.pages_past_end)


def ask_for_page(survey: Survey, kind: str) -> InvalidPage:
    """Ask for an invalid page number.

    Raises:
        NotExercised: if the same request gets another reply each time, or page 1 can't be read.
    """
    survey.stability.require_repeatable_pages()
    window, first = survey.largest_window
    if export_problem(first) is not None:
        raise NotExercised(f"page 1 can't be read: {export_problem(first)}")
    for _ in range(MAX_TRIES):
        page = parse_export(survey.shipstation.get(export_parameters(window, INVALID_PAGES[kind])))
        if not page.is_orders or page.has_same_orders(first):
            break
        first = survey.shipstation.export(window)  # an order may have been changed or made since then (WIN-2)
        if page.has_same_orders(first):
            break
    return InvalidPage(kind, page, first)


# ---------------------------------------------------------------------- judging


def page_1_states_the_pages(several: SeveralPages | UnderstatedPages) -> Iterator[Finding]:
    """PAG-1: if there are several pages, page 1 states how many.

    Raises:
        NotExercised: if ``pages`` isn't a number (PAG-6), or if pages overlap (PAG-2).
    """
    if isinstance(several, UnderstatedPages):
        yield _understated(several)
        return
    pages = several.pages
    number = parse_integer(pages[0].pages_attribute or "")
    if number is not None and not 0 <= number <= MAX_STATED_PAGES:
        raise NotExercised(f"pages isn't a number of pages, fix PAG-6 first: {number}")
    size = max(len(page.orders) for page in pages)
    stored, came = several.stored_orders, sum(len(page.orders) for page in pages)
    filled = max((place for place, page in enumerate(pages, start=1) if page.orders), default=0)
    most = max(filled, -(-stored // size) if stored else filled + 1)
    if number is not None and number > most and came and (several.is_complete or filled < len(pages)):
        expected = f"{most} ({stored or came} orders, {size} a page)"
        yield _pages_finding(pages[0], "Page 1 states more pages than there are.", expected)


def _understated(pages: UnderstatedPages) -> Finding:
    first, beyond = pages.first, pages.beyond
    said = "(no pages)" if first.pages_attribute is None else repr(first.pages_attribute)
    if not (first.pages_attribute or "").strip():
        message = "Page 1 doesn't say that there are more pages."
    elif parse_integer(first.pages_attribute or "") is None:
        raise NotExercised(f"pages isn't a number, fix PAG-6 first: {said}")
    elif pages.overlap:
        raise NotExercised("pages overlap, so their number is unknown: fix PAG-2 first")
    else:
        message = "Page 1 states fewer pages than there are: a later page has orders that were on no page before."
    orders = ", ".join(beyond.order_numbers[:3])
    return Finding(
        message=message,
        order=beyond.order_numbers[0],
        xpath="/Orders/@pages",
        expected=f"the number of pages, {orders} included",
        actual=said,
        exchange=first.exchange.number,
    )


def one_full_page_is_one_page(full: FullPage) -> Iterator[Finding]:
    """PAG-1: if the orders just fill one page, the store doesn't state several pages.

    Raises:
        NotExercised: if some of them are lost (PAG-2).
    """
    if full.lost:
        raise NotExercised("orders of a full page are lost: fix PAG-2 first")
    number = parse_integer(full.first.pages_attribute or "1")
    if number is not None and number > 1:
        message = f"{full.orders} orders are exactly one page, but the store states several."
        yield _pages_finding(full.first, message, "1, or no pages")


def every_order_comes_once(orders: OrdersOnPages) -> Iterator[Finding]:
    """PAG-2: every order of the window is exactly once on all pages together, and not again under another number."""
    for repeated in orders.repeated:
        yield Finding(
            message=f"The order comes {repeated.times} times over the pages of one window.",
            order=repeated.number,
            xpath="/Orders/Order",
            expected="once",
            actual=f"{repeated.times} times",
            exchange=repeated.last.exchange.number,
        )
    for order in orders.lost:
        yield Finding(
            message="The order is on no page, but a request for its minute exports it.",
            order=order.order_number,
            xpath="/Orders/Order",
            expected="on one of the pages",
            actual="on none",
        )
    for each in orders.copies:
        copy, original = each.copy.label, each.original.label
        yield about(each.copy, f"The order is a copy of order {original}.", "once", f"as {original} and as {copy}")


def orders_of_one_second_come_once(orders: OrdersOfOneSecond) -> Iterator[Finding]:
    """PAG-2: orders of one second are exported exactly once, even if a page ends between them."""
    for order, times in orders.times:
        if times != 1:
            yield Finding(
                message="An order is lost or comes twice where a page ends between orders of one second.",
                order=order.order_number,
                xpath="/Orders/Order",
                expected=f"once over the pages of {orders.window}",
                actual=f"{times} times",
                exchange=orders.last.exchange.number,
            )


def orders_beside_come_once(orders: OrdersOfOneSecond) -> Iterator[Finding]:
    """PAG-2: every order of a window whose last page has a single order is exported exactly once."""
    for order, times in orders.others:
        if times != 1:
            yield Finding(
                message="An order is lost or comes twice in a window with one order more than fills its pages.",
                order=order.order_number,
                xpath="/Orders/Order",
                expected=f"once over the pages of {orders.window}",
                actual=f"{times} times",
                exchange=orders.last.exchange.number,
            )


def no_order_of_a_full_page_is_lost(full: FullPage) -> Iterator[Finding]:
    """PAG-2: an order that was deleted, or that is left out, takes no other order's place on a page."""
    for order in full.lost:
        yield Finding(
            message="An order is lost in a window whose orders just fill a page. Orders that were deleted from this "
            "window, or that the store leaves out, may take places on its pages.",
            order=order.order_number,
            xpath="/Orders/Order",
            expected=f"the order on one of the pages, {full.orders} orders in all",
            actual=f"{len(full.first.orders)} orders on page 1, not this one",
            exchange=full.first.exchange.number,
        )


def each_page_holds_the_same_orders_again(twice: PagesAskedTwice) -> Iterator[Finding]:
    """PAG-3: the same page, requested again, has the same orders.

    Raises:
        NotExercised: if no page has an order.
    """
    if not any(page.orders for each in twice.pages for page in (each.first, each.second)):
        raise NotExercised(NO_ORDERS)
    for each in twice.pages:
        before, after = each.first, each.second
        if not before.has_same_orders(after):
            gone = sorted(set(before.order_numbers) - set(after.order_numbers))
            yield Finding(
                message="The same page, requested again, has other orders.",
                order=gone[0] if gone else None,
                xpath="/Orders",
                expected=f"{len(before.orders)} orders as in exchange {before.exchange.number}",
                actual=export_problem(after) or f"without {', '.join(gone[:5]) or 'none'}, {len(after.orders)} orders",
                exchange=after.exchange.number,
            )


def each_reply_is_empty_or_4xx(past: PagesPastLast) -> Iterator[Finding]:
    """PAG-4: a page past the last has no orders, or is refused with 4xx."""
    for number, page in past.pages:
        if page.exchange.refused or (page.is_orders and not page.orders):
            continue
        what = "isn't empty" if page.is_orders else "fails"
        yield Finding(
            message=f"Page {number}, past the last, {what}.",
            xpath="/Orders",
            expected="an empty Orders document, or status 4xx",
            actual=export_problem(page) or f"{len(page.orders)} orders",
            exchange=page.exchange.number,
        )


def is_page_1_or_refused(invalid: InvalidPage) -> Iterator[Finding]:
    """PAG-5: an invalid or missing page number counts as 1, or is refused with 4xx."""
    page, first = invalid.page, invalid.first
    if page.exchange.refused or (page.is_orders and page.has_same_orders(first)):
        return
    yield Finding(
        message=f"A request with {invalid.kind} is neither treated as one for page 1 nor refused.",
        xpath="/Orders",
        expected=f"the {len(first.orders)} orders of page 1, or status 4xx",
        actual=export_problem(page) or f"{len(page.orders)} orders, not those of page 1",
        exchange=page.exchange.number,
    )


def pages_is_a_valid_number(every: AllPages) -> Iterator[Finding]:
    """PAG-6: ``pages`` is a whole number from 0 to 32767, and the same on every page that states it."""
    for page in (every.empty, *(page for _, page in every.pages)):
        if page.is_orders and page.pages_attribute is not None and not _is_number_of_pages(page):
            yield _pages_finding(
                page, f"pages isn't a whole number from 0 to {MAX_STATED_PAGES}.", f"0 to {MAX_STATED_PAGES}"
            )
    if not every.empty.orders and every.empty.is_orders and _is_number_of_pages(every.empty, at_least=2):
        yield _pages_finding(every.empty, "An empty document states several pages.", "0, 1, or no pages")
    for page, first in _beside_first_stating(every) if not every.is_changed_by_export else ():
        if _is_number_of_pages(page) and _states_another_number(page, first):
            yield _pages_finding(page, "pages isn't the same number on every page.", first.pages_attribute or "")


def _is_number_of_pages(page: ExportPage, at_least: int = 0) -> bool:
    number = parse_integer(page.pages_attribute or "")
    return number is not None and at_least <= number <= MAX_STATED_PAGES


def _beside_first_stating(every: AllPages) -> Iterator[tuple[ExportPage, ExportPage]]:
    """Yield each page that states ``pages``, beside the first page of the same window with a valid number."""
    firsts: dict[Window, ExportPage] = {}
    for window, page in every.pages:
        if page.is_orders and _is_number_of_pages(page):
            yield page, firsts.setdefault(window, page)


def _states_another_number(page: ExportPage, first: ExportPage) -> bool:
    return parse_integer(first.pages_attribute or "") != parse_integer(page.pages_attribute or "")


def _pages_finding(page: ExportPage, message: str, expected: str) -> Finding:
    return Finding(
        message=message,
        xpath="/Orders/@pages",
        expected=expected,
        actual=page.pages_attribute,
        exchange=page.exchange.number,
    )


# ---------------------------------------------------------------------- observing


def sizes_of_pages(every: AllPages) -> Iterator[str]:
    """PAG-7: the most orders and bytes of a page, and the longest time.

    Raises:
        NotExercised: if the store exported no order.
    """
    pages = [page for _, page in every.pages if page.is_orders and page.orders]
    if not pages:
        raise NotExercised("the store exported no order")
    most = max(pages, key=lambda page: len(page.orders))
    slowest = max(page.exchange.duration_ms for page in pages)
    yield (
        f"up to {len(most.orders)} orders and {len(most.exchange.reply_body):,} bytes a page, "
        f"the slowest took {slowest:.0f} ms"
    )
