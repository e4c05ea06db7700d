"""WIN: time windows. Every window is small, and near an order that the survey knows.

The first half of the module makes requests and returns evidence. The second half judges the evidence.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import cycle

import msgspec
from msgspec.structs import replace

from conformance.checks.matching import pair_orders
from conformance.checks.missing_orders import must_be_exported
from conformance.checks.window_model import (
    EQUAL_BOUNDS,
    LONG_AGO,
    ONE_MINUTE,
    THREE_MINUTES,
    Belongs,
    WindowShape,
    belongs,
    clock_change_windows,
    compare_window,
    distance,
    long_window,
    long_window_from,
    midnight_windows,
    orders_around,
    window_into,
    windows_alike,
)
from conformance.client.parsing.document import ExportPage, stated_pages
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import MINUTE, Window, format_bound
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.core.times import is_searchable
from conformance.probes.prepared_orders import (
    clock_change_of_windows,
    midnight_of_windows,
    prepared_orders,
    times_of_windows,
    zone_changes,
)
from conformance.survey.pages import NO_ORDERS, export_problem, require_document
from conformance.survey.specimens import CreatedOrder
from conformance.survey.stability import RepeatedPage
from conformance.survey.survey import Survey
from conformance.survey.windows import ANY_ZONE_MARGIN, floor_to_minute, possible_shifts, window_around
from conformance.truth.source import TruthUnavailable
from mockstore.orders.model import Order
from mockstore.orders.specimens import SEASONS

OUTSIDE_MARGIN = timedelta(hours=26)
"""If a store misreads a time zone or a day, an order moves by less than this."""
MAX_CHANGED_ORDERS = 6
"""Of the orders that were changed days after they were placed, at most this many are searched for."""
MAX_PROBED_ORDERS = 2
"""A read-only run requests windows of minutes around this many orders, at most."""
PLAIN = "plain-1"
"""A specimen without anything special."""
MAX_SPLIT_ORDERS = 8
"""The window that is split in two has this many orders, at most."""


# ---------------------------------------------------------------------- evidence


class OrderInWindow(msgspec.Struct, frozen=True):
    """The result of the search for one order in a window.

    ``found`` is None if the window has more pages than the suite may read.
    """

    order: Order
    window: Window
    page: ExportPage
    found: bool | None


class CalendarWindows(msgspec.Struct, frozen=True):
    """Orders in windows over midnight, the end of a month or the turn of the year."""

    replies: tuple[OrderInWindow, ...]


class MinutesAroundOrder(msgspec.Struct, frozen=True):
    """The windows of minutes around an order's last change.

    ``shift`` is the difference to UTC with which the store reads bounds; None if no window of minutes holds the order.
    ``page`` is the reply to the window around the last change in UTC. ``neighbours`` are windows before and after it
    that wrongly hold the order. ``far`` are windows that hold it although they are more than a day away: the store
    ignores a bound of such windows.
    """

    order: Order
    shift: timedelta | None
    page: ExportPage
    neighbours: tuple[OrderInWindow, ...] = ()
    far: tuple[OrderInWindow, ...] = ()


class ShapedWindow(msgspec.Struct, frozen=True):
    """A window of a special shape: the orders that must come and don't, and those that come and must not."""

    shape: WindowShape
    page: ExportPage
    lost: tuple[Order, ...] = ()
    strays: tuple[Order, ...] = ()

    @property
    def has_far_orders(self) -> bool:
        """True if an order comes that was modified more than a day outside of the window."""
        return any(distance(order.modified_at, self.shape.window) > OUTSIDE_MARGIN for order in self.strays)


class WindowsAtOnce(msgspec.Struct, frozen=True):
    """Windows that were requested at the same moment: what is wrong in a reply, and right if the window is requested
    alone."""

    replies: tuple[ShapedWindow, ...]


class MinutesInSeasons(msgspec.Struct, frozen=True):
    """The windows of minutes around orders of winter and summer."""

    orders: tuple[MinutesAroundOrder, ...]


class MinutesBeforeAndAfter(msgspec.Struct, frozen=True):
    """The windows of minutes around, before and after some orders, and windows of special shapes."""

    orders: tuple[MinutesAroundOrder, ...]
    shaped: tuple[ShapedWindow, ...] = ()


class AdjoiningWindows(msgspec.Struct, frozen=True):
    """Two windows that meet in the minute of an order's last change, for some orders.

    The second window is None if the first holds the order.
    """

    pairs: tuple[tuple[OrderInWindow, OrderInWindow | None], ...]


class LateChange(msgspec.Struct, frozen=True):
    """An order that was changed days after it was placed.

    ``exported`` is True if the window of the change holds the order. Otherwise ``at_placement`` is the search in the
    window in which the order was placed. ``is_specimen``: the suite made the order for this test.
    """

    order: Order
    exported: bool
    is_specimen: bool
    at_placement: OrderInWindow | None = None


class LateChanges(msgspec.Struct, frozen=True):
    """Orders that were changed days after they were placed."""

    orders: tuple[LateChange, ...]


class StrayOrder(msgspec.Struct, frozen=True):
    """An exported order whose last change is far outside of the requested window."""

    window: Window
    order: ExportedOrder
    placed_at: datetime
    modified_at: datetime

    @property
    def is_placed_in_window(self) -> bool:
        """True if the order was placed in the window."""
        return self.window.start - OUTSIDE_MARGIN <= self.placed_at <= self.window.end + OUTSIDE_MARGIN


class WindowsWithNeighbours(msgspec.Struct, frozen=True):
    """Windows with other orders around them: the exported orders that belong elsewhere.

    ``has_candidates``: the suite knows an order that was placed in a window and changed days later.
    """

    strays: tuple[StrayOrder, ...]
    has_candidates: bool


class SplitWindow(msgspec.Struct, frozen=True):
    """A window and its two halves."""

    window: Window
    whole: ExportPage
    halves: tuple[ExportPage, ExportPage]
    lost: tuple[str, ...]
    """The numbers of orders that are in the whole window, even if it is requested again, but in neither half."""


class WindowsAskedTwice(msgspec.Struct, frozen=True):
    """Pages that were requested twice, and the changes that the second export shows."""

    pages: tuple[RepeatedPage, ...]
    changes: tuple[Finding, ...]

    def require_orders(self) -> None:
        """Go on only if the pages have orders.

        Raises:
            NotExercised: if they are empty.
        """
        if not any(page.first.orders for page in self.pages):
            raise NotExercised(NO_ORDERS)


class BackwardsWindow(msgspec.Struct, frozen=True):
    """The replies to a window whose start lies after its end, and to an empty window."""

    page: ExportPage
    empty: ExportPage


class ExportAround(msgspec.Struct, frozen=True):
    """The export of the minutes around an order's last change: page 1, and the order if it was exported."""

    page: ExportPage
    exported: ExportedOrder | None


# ---------------------------------------------------------------------- requests


def _wide_window(moment: datetime) -> Window:
    """Return a window that holds the moment in any time zone."""
    return Window(floor_to_minute(moment - ANY_ZONE_MARGIN), floor_to_minute(moment + ANY_ZONE_MARGIN))


def _order_in(survey: Survey, window: Window, order: Order) -> OrderInWindow:
    found = survey.is_exported_in(window, order)
    return OrderInWindow(order, window, survey.first_page(window), found)


def is_exported(survey: Survey, order: Order) -> bool:
    """True if a window that is wide enough for any time zone holds the order, or if that can't be found out."""
    if order.order_number in survey.arrived:
        return True
    windows = (window_around(order), _wide_window(order.modified_at))
    return any(survey.is_exported_in(window, order) is not False for window in windows)


def shift_of(survey: Survey, order: Order) -> timedelta | None:
    """Return the difference to UTC with which the store reads bounds; None if no window of minutes holds the order."""

    def find() -> timedelta | None:
        return next(
            (
                shift
                for shift in possible_shifts(survey.facts.timezone, order.modified_at)
                if survey.is_exported_in(window_around(order, shift), order) is not False
            ),
            None,
        )

    return survey.cached(("shift", order.order_number), find)


def probed_orders(survey: Survey) -> tuple[Order, ...]:
    """Return the orders around which windows of minutes are requested: specimens at the edges of a minute, or others.

    Raises:
        NotExercised: if no exported order is known, or if exporting changes the orders.
    """
    survey.stability.require_unchanged_by_export()
    names = ("edge-first-second", "edge-half-minute", "edge-last-second")
    made = [survey.specimens[name].stored for name in names if name in survey.specimens]
    came = [pair.truth for pair in survey.pairs if pair.truth.items]
    if not survey.knows_modification_times:  # the times of the store's own orders are unknown
        made, came = [made.stored for made in survey.specimens.values()][:MAX_PROBED_ORDERS], []
    found = [order for order in made if order.order_number in survey.arrived]
    found = found or came[:: max(1, len(came) // MAX_PROBED_ORDERS)][:MAX_PROBED_ORDERS]
    if not found:
        raise NotExercised("the store's records have none of the exported orders")
    return tuple(found)


def orders_of_the_seasons(survey: Survey) -> tuple[Order, ...]:
    """Return the specimens of winter and summer that are exported in windows of days."""
    named = [f"season-{name}" for name in SEASONS]
    made = [survey.specimens[name].stored for name in named if name in survey.specimens]
    return tuple(order for order in made if is_exported(survey, order))


def usual_shift(survey: Survey) -> timedelta:
    """Return the largest difference to UTC with which the store reads bounds. Only WIN-4 reports it.

    In a zone with summer time, the difference may be zero for half of the year.
    """
    try:
        found = [shift_of(survey, order) for order in (*probed_orders(survey), *orders_of_the_seasons(survey))]
    except NotExercised:
        return timedelta(0)
    return max((shift for shift in found if shift is not None), key=abs, default=timedelta(0))


def require_last_change(survey: Survey) -> None:
    """Go on only if the store selects orders by their last change.

    Raises:
        NotExercised: if it selects them by another time (WIN-3), or if exporting changes the orders (WIN-8).
    """
    survey.stability.require_unchanged_by_export()
    try:
        late = list(comes_in_window_of_last_change(ask_for_windows_of_late_changes(survey)))
    except NotExercised:
        return
    if late:
        raise NotExercised("the store doesn't select orders by their last change: fix WIN-3 first")


def ask_for_windows_over_the_calendar(survey: Survey) -> CalendarWindows:
    """Ask for windows over midnight and the end of a month or year, for each order up to the first that lacks it.

    Raises:
        NotExercised: if bounds aren't read as UTC, or if no exported order is known.
    """
    survey.stability.require_unchanged_by_export()
    if usual_shift(survey):
        raise NotExercised("the store doesn't read window bounds as UTC: fix WIN-4 first")
    named = [f"season-{name}" for name in SEASONS] + ["early-in-month"]
    made = [survey.specimens[name].stored for name in named if name in survey.specimens]
    orders = made or [pair.truth for pair in survey.pairs[:MAX_PROBED_ORDERS]]
    if not orders:
        raise NotExercised("the store's records have none of the exported orders")
    lost = {
        order.order_number for order in (*survey.completeness.never_exported, *survey.completeness.missing_on_pages)
    }
    replies = []
    for order in orders:
        for window in calendar_windows(order.modified_at, survey.now) if order.order_number not in lost else ():
            page = survey.first_page(window)
            if page.exchange.succeeded and not page.is_orders:
                continue  # CON-7 reports a success that isn't a document
            replies.append(_order_in(survey, window, order))
            if replies[-1].found is False:
                break
    return CalendarWindows((*replies, *_long_window(survey), *ask_for_long_windows_over_clock_changes(survey)))


def _prepared_plain_orders(survey: Survey, names: Iterable[str]) -> list[Order]:
    """Return prepared orders; none if the store doesn't export a plain order of another time."""
    plain = survey.specimens.get(PLAIN)
    if plain is None or not survey.knows_modification_times or not is_exported(survey, plain.stored):
        return []
    made = prepared_orders(survey)
    return [each.stored for name in names if isinstance(each := made[name], CreatedOrder)]


def ask_for_long_windows_over_clock_changes(survey: Survey) -> tuple[OrderInWindow, ...]:
    """Ask for a window of more than a day over each change of the clocks of the store's zone."""
    replies: list[OrderInWindow] = []
    for word, change in zone_changes(survey).items() if survey.specimens else ():
        window = long_window_from(change)
        orders = _prepared_plain_orders(survey, orders_around(change, word))
        inside = [order for order in orders if belongs(order.modified_at, window) is Belongs.MUST]
        replies += [_order_in(survey, window, order) for order in inside]
    return tuple(replies)


def _long_window(survey: Survey) -> tuple[OrderInWindow, ...]:
    """Ask for a window of more than a year, with an order at either end: so old that the window holds no others."""
    old = _prepared_plain_orders(survey, LONG_AGO)
    window = long_window(order.modified_at for order in old)
    return () if window is None else tuple(_order_in(survey, window, order) for order in old)


def calendar_windows(moment: datetime, now: datetime) -> Iterator[Window]:
    """Yield a window that certainly holds the moment: from the end of the month before, or else of about a day."""
    end = min(floor_to_minute(moment + ANY_ZONE_MARGIN), floor_to_minute(now) - 2 * MINUTE)
    month = floor_to_minute(moment).replace(day=1, hour=0, minute=0)
    is_near = moment - month < timedelta(days=16)
    start = month - timedelta(days=2, minutes=-5) if is_near else floor_to_minute(moment - ANY_ZONE_MARGIN)
    if end > moment:
        yield Window(start, end)


def _minutes_around(survey: Survey, order: Order) -> MinutesAroundOrder:
    shift = shift_of(survey, order)
    return MinutesAroundOrder(order, shift, survey.first_page(window_around(order)))


def ask_for_minutes_in_seasons(survey: Survey) -> MinutesInSeasons:
    """Ask for the minutes around an order of winter, one of summer, and one more."""
    survey.stability.require_unchanged_by_export()
    orders = (*orders_of_the_seasons(survey), *probed_orders(survey)[:1])
    return MinutesInSeasons(tuple(_minutes_around(survey, order) for order in orders))


def ask_for_minutes_before_and_after(survey: Survey) -> MinutesBeforeAndAfter:
    """Ask for the minutes around some orders, for windows before and after them, and for windows of special shapes."""

    def ask() -> MinutesBeforeAndAfter:
        around = _shapes_around(survey)
        with contextlib.suppress(NotExercised, TruthUnavailable):
            ask_for_windows_at_once(survey)  # then each of these windows is requested only once
        orders = tuple(_with_neighbours(survey, order, shapes) for order, shapes in around)
        known = _known_times(survey)
        shapes = _shaped_windows(survey)
        if shapes:  # one right after the other, and not at the same moment as others
            shapes += windows_alike(midnight_of_windows(survey))
        shaped = [_compared(shape, survey.first_page(shape.window), known, survey) for shape in shapes]
        return MinutesBeforeAndAfter(orders, tuple(_as_exported(survey, each) for each in shaped))

    return survey.cached_or_refused("minutes before and after", ask)


def ask_for_windows_at_once(survey: Survey) -> WindowsAtOnce:
    """Ask for several small windows at the same moment, and for those with a wrong reply again, alone.

    Raises:
        NotExercised: if the suite may not change this shop, or the store doesn't answer such requests.
    """

    def ask() -> WindowsAtOnce:
        if not survey.may_write:
            raise NotExercised(
                "requests are sent at the same moment only to a shop that may be changed: --allow-writes"
            )
        if usual_shift(survey):
            raise NotExercised("the store doesn't read window bounds as UTC: fix WIN-4 first")
        shapes = [shape for _, shapes in _shapes_around(survey) for shape in shapes] + list(_shaped_windows(survey))
        known, replies = _known_times(survey), []
        pages = survey.first_pages_together(shape.window for shape in shapes)
        for shape in shapes:
            if (page := pages.get(shape.window)) is None:
                continue
            together = _compared(shape, page, known, survey)
            if together.lost or together.strays:
                page = survey.shipstation.export(shape.window)
                alone = _compared(shape, page, known, survey)
                lost = tuple(order for order in together.lost if order not in alone.lost)
                strays = tuple(order for order in together.strays if order not in alone.strays)
                together = replace(together, lost=lost, strays=strays)
            survey.keep_first_page(shape.window, page)
            replies.append(together)
        if len(replies) < 2:
            raise NotExercised("the store doesn't answer several requests for orders at the same moment")
        return WindowsAtOnce(tuple(replies))

    return survey.cached_or_refused("windows at once", ask)


def _shapes_around(survey: Survey) -> list[tuple[Order, tuple[WindowShape, ...]]]:
    """Return orders, each with windows before and after its minute, as the store reads bounds."""
    kinds = ((EQUAL_BOUNDS, 2), (ONE_MINUTE, 1), (THREE_MINUTES, 1))
    chosen = [
        (order, around, count) for order, (around, count) in zip(probed_orders(survey), cycle(kinds), strict=False)
    ]
    chosen += [(order, THREE_MINUTES, 1) for order in orders_of_the_seasons(survey)[:1]]
    found = []
    for order, around, count in chosen:
        minute = floor_to_minute(order.modified_at) + (shift_of(survey, order) or timedelta(0))
        shapes = around(minute)
        found.append((order, shapes[:count] if order.modified_at.second else shapes[-count:]))
    return found


def _shaped_windows(survey: Survey) -> tuple[WindowShape, ...]:
    """Return windows of special shapes, around orders that the suite makes for them; none if it can't make orders."""
    if not (survey.may_write and survey.knows_modification_times) or usual_shift(survey):
        return ()
    try:
        prepared_orders(survey)
    except (NotExercised, TruthUnavailable):
        return ()
    midnight, change = midnight_of_windows(survey), clock_change_of_windows(survey)
    skipped = [window_into(each, word) for word, each in zone_changes(survey).items() if word == "skipped"]
    return (*midnight_windows(midnight), *clock_change_windows(change), *skipped)


def _known_times(survey: Survey) -> dict[str, Order]:
    """Return the orders that nobody changes during the run, by number: specimens and the orders of windows."""
    found = [made.stored for made in survey.specimens.values()] if survey.knows_modification_times else []
    if _shaped_windows(survey):
        made = prepared_orders(survey)
        found += [each.stored for name in times_of_windows(survey) if isinstance(each := made[name], CreatedOrder)]
    return {order.order_number: order for order in found}


def _compared(shape: WindowShape, page: ExportPage, known: Mapping[str, Order], survey: Survey) -> ShapedWindow:
    """Compare the first page of a window with the model. Only a page that is the only one can lack orders."""
    came = [pair.truth.order_number for pair in pair_orders(page.orders, tuple(known.values()), survey.facts)[0]]
    times = {number: order.modified_at for number, order in known.items()}
    lost, strays = compare_window(times, came, shape.window)
    is_whole = page.is_orders and (stated_pages(page) or 1) == 1
    missing = tuple(known[number] for number in lost if must_be_exported(known[number])) if is_whole else ()
    return ShapedWindow(shape, page, missing, tuple(known[number] for number in strays))


def _as_exported(survey: Survey, window: ShapedWindow) -> ShapedWindow:
    """Leave out the orders that no window exports: other requirements report them."""
    return replace(window, lost=tuple(order for order in window.lost if is_exported(survey, order)))


def _with_neighbours(survey: Survey, order: Order, shapes: Sequence[WindowShape]) -> MinutesAroundOrder:
    around = _minutes_around(survey, order)
    if around.shift is None:
        return around
    minute = floor_to_minute(order.modified_at) + around.shift
    wrong: list[OrderInWindow] = []
    ignoring: list[OrderInWindow] = []
    for shape in shapes:
        reply = _order_in(survey, shape.window, order)
        if not reply.found:
            continue
        away = OUTSIDE_MARGIN if shape.window.start > minute else -OUTSIDE_MARGIN
        # if even a window far away holds the order, the store ignores the bound, which WIN-2 reports
        far = _order_in(survey, Window(shape.window.start + away, shape.window.end + away), order)
        (ignoring if far.found else wrong).append(far if far.found else reply)
    return replace(around, neighbours=tuple(wrong), far=tuple(ignoring))


def ask_for_adjoining_windows(survey: Survey) -> AdjoiningWindows:
    """Ask for two windows that meet in the minute of an order's last change, for some orders.

    The second window is requested only if the first lacks the order.
    """
    found: list[tuple[OrderInWindow, OrderInWindow | None]] = []
    begins: dict[datetime, datetime] = {}
    with contextlib.suppress(NotExercised):
        split, middle = window_to_split(survey)
        begins[middle] = split.start  # this window is requested in any case
    for order in probed_orders(survey)[::2]:  # the first and the last second of a minute, if they are specimens
        shift = shift_of(survey, order)
        if shift is None:
            continue
        minute = floor_to_minute(order.modified_at) + shift
        first = _order_in(survey, Window(begins.get(minute, minute - 3 * MINUTE), minute), order)
        second = _order_in(survey, Window(minute, minute + 3 * MINUTE), order) if first.found is False else None
        found.append((first, second))
    return AdjoiningWindows(tuple(found))


def ask_for_windows_of_late_changes(survey: Survey) -> LateChanges:
    """Ask for the windows in which orders were changed days after they were placed.

    Raises:
        NotExercised: if there are no such orders, if no export can be read, or if exporting changes the orders.
    """
    survey.stability.require_unchanged_by_export()
    survey.exported.require_readable()
    candidates = [
        order
        for order in (*survey.known_orders, *survey.specimens_outside)
        if order.modified_at - order.placed_at > timedelta(days=2) and order.customer.shipping and order.items
    ]
    if not candidates:
        raise NotExercised("the store holds no order that was changed days after it was placed")
    named = {
        made.stored.order_number for name, made in survey.specimens.items() if name in ("old-changed", "changed-later")
    }
    made = {specimen.stored.order_number for specimen in survey.specimens.values()}
    candidates.sort(key=lambda order: (order.order_number not in named, order.order_number in made))
    chosen = candidates[:MAX_CHANGED_ORDERS]
    exported = [is_exported(survey, order) for order in chosen]
    found = []
    for order, came in zip(chosen, exported, strict=True):
        then = None if came else _order_in(survey, _wide_window(order.placed_at), order)
        found.append(LateChange(order, came, order.order_number in named, then))
    return LateChanges(tuple(found))


def ask_for_windows_with_neighbours(survey: Survey) -> WindowsWithNeighbours:
    """Ask for windows with other orders around them, and keep the orders that belong elsewhere.

    Raises:
        NotExercised: if no order was exported.
    """
    truths = {pair.truth.order_number: pair.truth for pair in survey.pairs} | _known_times(survey)
    pages = [(each.window, each.page) for each in survey.exported.pages]
    pages.append((survey.limits.empty_window, survey.empty_export))
    pages += [(window, survey.first_page(window)) for window in windows_beside(survey)]
    with contextlib.suppress(NotExercised, TruthUnavailable):
        minutes = ask_for_minutes_before_and_after(survey)
        pages += [(far.window, far.page) for around in minutes.orders for far in around.far]
        pages += [(each.shape.window, each.page) for each in minutes.shaped]
    with contextlib.suppress(NotExercised, TruthUnavailable):
        pages += [(each.window, each.page) for each in ask_for_windows_over_the_calendar(survey).replies]
    found = []
    for window, page in {page.exchange.number: (window, page) for window, page in pages}.values():
        for order in page.orders:
            truth = truths.get(order.number)
            placed = truth.placed_at if truth else order["OrderDate"].moment
            modified = truth.modified_at if truth else order["LastModified"].moment
            outside = modified and not window.start - OUTSIDE_MARGIN <= modified <= window.end + OUTSIDE_MARGIN
            if placed and modified and outside:
                found.append(StrayOrder(window, order, placed, modified))
    if not found:
        survey.exported.require_orders()
    return WindowsWithNeighbours(tuple(found), any(_possible_strays(survey)))


def windows_beside(survey: Survey) -> tuple[Window, ...]:
    """Return a window before that of the specimens or, without specimens, the first third of a window of the survey."""
    if survey.specimens:
        return (Window(survey.specimens_begin - timedelta(days=4), survey.specimens_begin - timedelta(days=3)),)
    if not survey.windows:
        return ()
    window = survey.windows[0]
    third = (window.end - window.start) / 3
    if third <= OUTSIDE_MARGIN:
        return ()
    return (Window(floor_to_minute(window.start), floor_to_minute(window.start + third)),)


def _possible_strays(survey: Survey) -> Iterator[str]:
    """Yield the orders that were placed in a requested window, and last changed long after it."""
    times = [
        (order.order_number, order.placed_at, order.modified_at)
        for order in (*survey.known_orders, *survey.specimens_outside)
    ]
    for exported in survey.exported.distinct_orders:
        placed, modified = exported["OrderDate"].moment, exported["LastModified"].moment
        times += [(exported.number, placed, modified)] if placed and modified else []
    for window in (*survey.windows, *windows_beside(survey)):
        yield from (
            number
            for number, placed, modified in times
            if window.holds(placed) and modified > window.end + OUTSIDE_MARGIN
        )


def ask_for_same_windows_twice(survey: Survey) -> WindowsAskedTwice:
    """Ask for the survey's pages once more.

    Raises:
        NotExercised: if no page was requested twice.
    """
    survey.stability.require_repeated_pages()
    if survey.specimens and not survey.stable_windows:
        raise NotExercised(
            "the store exported only the suite's own orders while they were created: no window stayed the same"
        )
    if not survey.stability.repeated_pages:
        raise NotExercised("no page of the export can be read")
    return WindowsAskedTwice(survey.stability.repeated_pages, survey.stability.export_changes)


def ask_for_backwards_window(survey: Survey) -> BackwardsWindow:
    """Ask for a window whose start lies after its end."""
    window, _ = survey.largest_window
    return BackwardsWindow(survey.first_page(Window(window.end, window.start)), survey.empty_export)


def window_to_split(survey: Survey) -> tuple[Window, datetime]:
    """Return a window of a few exported orders, and the minute of one of them, where the window can be split.

    Raises:
        NotExercised: if there is no such window.
    """
    _, first = survey.largest_window
    moments = (order["LastModified"].moment for order in first.orders)
    minutes = sorted({floor_to_minute(moment) for moment in moments if moment and is_searchable(moment)})
    minutes = minutes[:MAX_SPLIT_ORDERS]
    if len(minutes) < 2:
        raise NotExercised("the window has too few orders to split it")
    return Window(minutes[0] - MINUTE, minutes[-1] + MINUTE), minutes[len(minutes) // 2]


def ask_for_window_and_its_halves(survey: Survey) -> SplitWindow:
    """Ask for a window of a few orders, and for its two halves.

    Raises:
        NotExercised: if there is no such window, if it can't be read, or if the same request gets another reply each
            time.
    """
    survey.stability.require_repeatable_pages()
    window, middle = window_to_split(survey)
    whole = survey.first_page(window)
    if len(whole.orders) < 2 or (whole.pages_attribute or "1").strip() not in ("", "0", "1"):
        raise NotExercised("the suite found no window with a few orders on one page")
    halves = (survey.first_page(Window(window.start, middle)), survey.first_page(Window(middle, window.end)))
    for half in halves:
        require_document(half, "a half of the window")
    came = {number for half in halves for number in half.order_numbers}
    lost = sorted(set(whole.order_numbers) - came)
    if lost and not survey.has_truth:  # orders that staff changed meanwhile have left the window
        lost = sorted(set(survey.shipstation.export(window).order_numbers) - came)
    return SplitWindow(window, whole, halves, tuple(lost))


# ---------------------------------------------------------------------- judging


def comes_in_each_window(windows: CalendarWindows) -> Iterator[Finding]:
    """WIN-1: windows over midnight and the end of a month or year hold their orders."""
    for reply in windows.replies:
        if reply.found is False:
            yield Finding(
                message="The order is missing in a window around its last change.",
                order=reply.order.order_number,
                xpath="/Orders/Order",
                expected=f"the order (modified {format_bound(reply.order.modified_at)}) in {reply.window}",
                actual=export_problem(reply.page) or f"{stated_pages(reply.page) or 1} pages without it",
                exchange=reply.page.exchange.number,
            )


def no_order_from_elsewhere(windows: WindowsWithNeighbours) -> Iterator[Finding]:
    """WIN-2: an order neither placed nor modified inside the window is not exported."""
    for stray in windows.strays:
        if not stray.is_placed_in_window:
            yield _stray(stray)


def no_order_only_placed_in_window(windows: WindowsWithNeighbours) -> Iterator[Finding]:
    """WIN-12: an order placed inside the window but last modified outside it is not exported.

    Raises:
        NotExercised: if the store exports orders from outside of windows (WIN-2), or if it has no such order.
    """
    if any(no_order_from_elsewhere(windows)):
        raise NotExercised("the store exports orders from outside the window: fix WIN-2 first")
    if not windows.strays and not windows.has_candidates:
        raise NotExercised("the store holds no order that was placed in a window and changed days after it")
    yield from map(_stray, windows.strays)


def _stray(stray: StrayOrder) -> Finding:
    return Finding(
        message="The order doesn't belong in this window.",
        order=stray.order.label,
        xpath=stray.order.xpath,
        expected=f"orders modified from {stray.window}",
        actual=f"placed {format_bound(stray.placed_at)}, modified {format_bound(stray.modified_at)}",
        exchange=stray.order.exchange,
    )


def comes_in_window_of_last_change(changes: LateChanges) -> Iterator[Finding]:
    """WIN-3: the store selects orders by the last change, not by the order date."""
    none_came = not any(change.exported for change in changes.orders)
    for change in changes.orders:
        then = change.at_placement
        if then is None or not (then.found or (none_came and change.is_specimen)):
            continue
        order = change.order
        placed = f"it comes around {format_bound(order.placed_at)}, when it was placed"
        yield Finding(
            message="An order that was changed later is missing in the window of its change.",
            order=order.order_number,
            xpath="/Orders/Order",
            expected=f"the order around {format_bound(order.modified_at)}, when it was modified",
            actual=placed if then.found else "not exported",
            exchange=then.page.exchange.number,
        )


def bounds_are_utc(minutes: MinutesInSeasons) -> Iterator[Finding]:
    """WIN-4: window bounds are UTC in every time zone of the store, in winter and in summer."""
    for around in minutes.orders:
        if around.shift:
            hours = around.shift.total_seconds() / 3600
            yield Finding(
                message=f"Bounds are read {abs(hours):g} h {'ahead of' if hours > 0 else 'behind'} UTC.",
                order=around.order.order_number,
                xpath="/Orders/Order",
                expected=f"the order in {window_around(around.order)} UTC",
                actual=f"the order in {window_around(around.order, around.shift)}",
                exchange=around.page.exchange.number,
            )


def bounds_are_exact_to_the_minute(minutes: MinutesBeforeAndAfter) -> Iterator[Finding]:
    """WIN-5: bounds are exact to the minute, not only to the day or hour."""
    for around in minutes.orders:
        order = around.order
        if around.shift is None:
            yield Finding(
                message="The order is missing in a window of two minutes around its last change.",
                order=order.order_number,
                xpath="/Orders/Order",
                expected=f"the order in {window_around(order)} (modified {order.modified_at:%H:%M:%S})",
                actual=export_problem(around.page) or f"{len(around.page.orders)} orders, not this one",
                exchange=around.page.exchange.number,
            )
        for reply in around.neighbours:
            is_after = reply.window.start > floor_to_minute(order.modified_at) + (around.shift or timedelta(0))
            yield Finding(
                message=f"The order comes in a window that {'begins after' if is_after else 'ends before'} "
                "its last change.",
                order=order.order_number,
                xpath="/Orders/Order",
                expected=f"not the order (modified {order.modified_at:%m/%d/%Y %H:%M:%S}) in {reply.window}",
                actual="the order",
                exchange=reply.page.exchange.number,
            )
    for window in minutes.shaped:
        for order in window.lost:
            yield _shaped_finding(window, order, f"The order is missing in a window that {window.shape.sentence}.")
        # WIN-2 reports a window that has orders from far away
        if any(around.far for around in minutes.orders) or window.has_far_orders:
            continue
        for order in window.strays:
            yield _shaped_finding(window, order, f"The order comes in a window that {window.shape.sentence}.")


def _shaped_finding(window: ShapedWindow, order: Order, message: str) -> Finding:
    is_missing = order in window.lost
    return Finding(
        message=message,
        order=order.order_number,
        xpath="/Orders/Order",
        expected=f"{'' if is_missing else 'not '}the order (modified {order.modified_at:%m/%d/%Y %H:%M:%S}) in "
        f"{window.shape.window}",
        actual=export_problem(window.page) or (f"{len(window.page.orders)} orders" if is_missing else "the order"),
        exchange=window.page.exchange.number,
    )


def no_orders_of_another_window(windows: WindowsAtOnce) -> Iterator[Finding]:
    """WIN-2: a reply to one of several requests at the same moment has no orders of another window."""
    for reply in windows.replies:
        for order in reply.strays[:1]:
            yield _shaped_finding(
                reply,
                order,
                "The order comes in a window to which it doesn't belong, if other windows are requested at the same "
                "moment.",
            )


def orders_of_its_own_window(windows: WindowsAtOnce) -> Iterator[Finding]:
    """WIN-1: a reply to one of several requests at the same moment has the orders of its window.

    Raises:
        NotExercised: if replies have the orders of other windows (WIN-2).
    """
    if any(no_orders_of_another_window(windows)):
        raise NotExercised("replies have the orders of other windows: fix WIN-2 first")
    for reply in windows.replies:
        for order in reply.lost[:1]:
            yield _shaped_finding(
                reply, order, "The order is missing in its window, if other windows are requested at the same moment."
            )


def one_of_two_adjoining_windows_holds_the_order(windows: AdjoiningWindows) -> Iterator[Finding]:
    """WIN-6: if two windows meet in the minute of an order's last change, one of them holds the order."""
    for first, second in windows.pairs:
        if second is not None and second.found is False:
            order = first.order
            yield Finding(
                message="The order falls between two adjoining windows.",
                order=order.order_number,
                xpath="/Orders/Order",
                expected=f"the order (modified {order.modified_at:%H:%M:%S}) in {first.window} or in {second.window}",
                actual="in neither",
                exchange=second.page.exchange.number,
            )


def halves_hold_what_the_window_holds(split: SplitWindow) -> Iterator[Finding]:
    """WIN-6, judged from replies alone: the two halves of a window hold the orders of the whole window."""
    if split.lost:
        came = {number for half in split.halves for number in half.order_numbers}
        yield Finding(
            message="The two halves of a window leave orders out.",
            order=split.lost[0],
            xpath="/Orders/Order",
            expected=f"{len(set(split.whole.order_numbers))} orders, as in {split.window}",
            actual=f"{len(came)}: {', '.join(split.lost[:5])} are in neither half",
            exchange=split.halves[0].exchange.number,
        )


def exporting_changes_nothing(windows: WindowsAskedTwice) -> Iterator[Finding]:
    """WIN-8: the same window, requested twice, has the same orders with the same LastModified.

    Raises:
        NotExercised: if no order was exported.
    """
    if not windows.changes:
        windows.require_orders()
    yield from windows.changes


def backwards_window_is_empty_or_refused(backwards: BackwardsWindow) -> Iterator[Finding]:
    """WIN-9: a window whose start lies after its end gives no orders or 4xx.

    Raises:
        NotExercised: if no empty document of this store can be read (CON-1).
    """
    page = backwards.page
    if page.exchange.refused or (page.is_orders and not page.orders):
        return
    if page.exchange.succeeded and (trouble := export_problem(page)) and export_problem(backwards.empty) is not None:
        raise NotExercised(f"the store's empty document can't be read, fix CON-1 first: {trouble}")
    yield Finding(
        message="A window whose start lies after its end is neither empty nor refused.",
        xpath="/Orders",
        expected="no orders, or status 4xx",
        actual=export_problem(page) or f"{len(page.orders)} orders",
        exchange=page.exchange.number,
    )
