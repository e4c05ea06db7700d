"""WIN: time windows. Every window is small, and asked where the survey knows an order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from conformance.checks import missing_orders
from conformance.checks.matching import pair_orders
from conformance.client.parsing.document import ExportPage
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import MINUTE, Window, format_bound
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.survey.pages import export_problem, stated_pages
from conformance.survey.survey import Survey
from conformance.survey.windows import ANY_ZONE_MARGIN, floor_to_minute
from mockstore.orders.model import Order
from mockstore.orders.specimens import SEASONS

FAR = timedelta(hours=26)
"""Further than any misread zone or day can carry."""
CHANGED_LATER = 6
"""Orders that were changed days after they were placed, to be looked for in the window of the change."""
PROBED = 2
"""Orders that a read-only run probes windows with."""


def has(reading: ExportPage, order: Order, survey: Survey) -> bool:
    """Whether an export holds this order."""
    return bool(pair_orders(reading.orders, (order,), survey.facts)[0])


def ask(survey: Survey, window: Window) -> ExportPage:
    """The first page of a window, asked once."""
    return survey.first_page(window)


def narrow(order: Order, shift: timedelta = timedelta(0)) -> Window:
    """From a minute before the order's last change to a minute after."""
    minute = floor_to_minute(order.modified_at) + shift
    return Window(minute - MINUTE, minute + MINUTE)


def is_exported(survey: Survey, order: Order) -> bool:
    """Whether the order comes at all, in a window wide enough for any clock, as far as that can be told."""
    if any(pair.truth.order_number == order.order_number for pair in survey.pairs):
        return True
    around = Window(
        floor_to_minute(order.modified_at - ANY_ZONE_MARGIN), floor_to_minute(order.modified_at + ANY_ZONE_MARGIN)
    )
    return any(survey.is_exported_in(window, order) is not False for window in (narrow(order), around))


def shift_of(survey: Survey, order: Order) -> timedelta | None:
    """How far off UTC the store reads bounds, seen by this order; None if no window of minutes holds it."""

    def find() -> timedelta | None:
        return next(
            (
                shift
                for shift in shifts(survey, order.modified_at)
                if survey.is_exported_in(narrow(order, shift), order) is not False
            ),
            None,
        )

    return survey.cached(("shift", order.order_number), find)


def shifts(survey: Survey, moment: datetime) -> Iterator[timedelta]:
    """What bounds may be off by: nothing, the shop's zone with and without summer time, ShipStation's."""
    zero, hour = timedelta(0), timedelta(hours=1)
    found = [zero]
    for name in (survey.facts.timezone, "America/Los_Angeles"):
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
        seasons = [moment.replace(month=month, day=15) for month in (1, 7)]
        for when in (moment, *seasons):
            off = zone.utcoffset(when.replace(tzinfo=None)) or zero
            found += [off, -off, off * 2]
            if beyond := off % hour:  # an offset cut to hours
                found += [beyond, -beyond, hour - beyond, beyond - hour]
    # summer time, forgotten or taken twice
    yield from dict.fromkeys([*found, hour, -hour])


def probed(survey: Survey) -> tuple[Order, ...]:
    """Orders to probe windows with: specimens at the edges of a minute, or some that the store had."""
    survey.stability.require_unchanged_by_export()
    names = ("edge-first-second", "edge-half-minute", "edge-last-second")
    made = [survey.specimens[name].stored for name in names if name in survey.specimens]
    came = [pair.truth for pair in survey.pairs if pair.truth.items]
    if not survey.knows_modification_times:  # of the others, nobody knows when they were last changed
        made, came = [made.stored for made in survey.specimens.values()][:PROBED], []
    arrived = {pair.truth.order_number for pair in survey.pairs}
    found = [order for order in made if order.order_number in arrived] or came[:: max(1, len(came) // PROBED)][:PROBED]
    if not found:
        raise NotExercised("no exported order is known to the truth")
    return tuple(found)


def usual_shift(survey: Survey) -> timedelta:
    """How far off UTC the store reads bounds at most (WIN-4), so that other requirements aren't judged on that.

    In a zone with summer time that may be nothing for half of the year.
    """
    try:
        found = [shift_of(survey, order) for order in (*probed(survey), *of_the_seasons(survey))]
    except NotExercised:
        return timedelta(0)
    return max((shift for shift in found if shift is not None), key=abs, default=timedelta(0))


def require_last_change(survey: Survey) -> None:
    """What is about windows of changes can only be judged where windows are on the last change.

    Raises:
        NotExercised: where they are on something else.
    """
    survey.stability.require_unchanged_by_export()
    try:
        late = list(changed_later(survey))
    except NotExercised:
        return
    if late:
        raise NotExercised("windows aren't on the last change (WIN-3), so that no change can be seen in them")


def in_utc(survey: Survey) -> Iterator[Finding]:
    """WIN-4: window bounds are UTC, whatever the store's time zone, in winter and in summer."""
    survey.stability.require_unchanged_by_export()
    for order in (*of_the_seasons(survey), *probed(survey)[:1]):
        shift = shift_of(survey, order)
        if shift:
            hours = shift.total_seconds() / 3600
            yield Finding(
                message=f"Bounds are read {abs(hours):g} h {'ahead of' if hours > 0 else 'behind'} UTC.",
                order=order.order_number,
                xpath="/Orders/Order",
                expected=f"the order in {narrow(order)} UTC",
                actual=f"the order in {narrow(order, shift)}",
                exchange=ask(survey, narrow(order)).exchange.number,
            )


def of_the_seasons(survey: Survey) -> tuple[Order, ...]:
    """The specimens of winter and summer, as far as they are exported in windows of days."""
    named = [f"season-{name}" for name in SEASONS]
    made = [survey.specimens[name].stored for name in named if name in survey.specimens]
    return tuple(order for order in made if is_exported(survey, order))


def to_the_minute(survey: Survey) -> Iterator[Finding]:
    """WIN-5: bounds hold to the minute, not to the day or hour."""
    for order in (*probed(survey), *of_the_seasons(survey)):
        shift = shift_of(survey, order)
        if shift is None:
            reading = ask(survey, narrow(order))
            yield Finding(
                message="The order is missing in a window of two minutes around its last change.",
                order=order.order_number,
                xpath="/Orders/Order",
                expected=f"the order in {narrow(order)} (modified {order.modified_at:%H:%M:%S})",
                actual=export_problem(reading) or f"{len(reading.orders)} orders, not this one",
                exchange=reading.exchange.number,
            )
            continue
        minute = floor_to_minute(order.modified_at) + shift
        for window in (Window(minute + MINUTE, minute + 4 * MINUTE), Window(minute - 4 * MINUTE, minute - MINUTE)):
            reading = ask(survey, window)
            if survey.is_exported_in(window, order):
                away = FAR if window.start > minute else -FAR
                if survey.is_exported_in(Window(window.start + away, window.end + away), order):
                    continue  # that bound is none at all: WIN-2's matter
                side = "begins after" if window.start > minute else "ends before"
                yield Finding(
                    message=f"The order comes in a window that {side} its last change.",
                    order=order.order_number,
                    xpath="/Orders/Order",
                    expected=f"not the order (modified {order.modified_at:%m/%d/%Y %H:%M:%S}) in {window}",
                    actual="the order",
                    exchange=reading.exchange.number,
                )


def adjoin(survey: Survey) -> Iterator[Finding]:
    """WIN-6: of two windows that meet in the minute of an order, one holds it."""
    for order in probed(survey):
        shift = shift_of(survey, order)
        if shift is None:
            continue
        minute = floor_to_minute(order.modified_at) + shift
        halves = (Window(minute - 3 * MINUTE, minute), Window(minute, minute + 3 * MINUTE))
        if all(survey.is_exported_in(half, order) is False for half in halves):
            yield Finding(
                message="The order falls between two windows that adjoin.",
                order=order.order_number,
                xpath="/Orders/Order",
                expected=f"the order (modified {order.modified_at:%H:%M:%S}) in {halves[0]} or in {halves[1]}",
                actual="in neither",
                exchange=ask(survey, halves[1]).exchange.number,
            )


def changed_later(survey: Survey) -> Iterator[Finding]:
    """WIN-3: the window is on the last modification, not on the order date."""
    survey.stability.require_unchanged_by_export()
    survey.exported.require_readable()
    candidates = [
        order
        for order in (*survey.known_orders, *survey.specimens_outside)
        if order.modified_at - order.placed_at > timedelta(days=2) and order.customer.shipping and order.items
    ]
    if not candidates:
        raise NotExercised("no order is known that was changed days after it was placed")
    named = {
        made.stored.order_number for name, made in survey.specimens.items() if name in ("old-changed", "changed-later")
    }
    candidates.sort(key=lambda order: order.order_number not in named)
    chosen = candidates[:CHANGED_LATER]
    gone = [order for order in chosen if not is_exported(survey, order)]
    for order in gone:
        then = Window(
            floor_to_minute(order.placed_at - ANY_ZONE_MARGIN), floor_to_minute(order.placed_at + ANY_ZONE_MARGIN)
        )
        reading = ask(survey, then)
        placed = survey.is_exported_in(then, order)
        if placed or (len(gone) == len(chosen) and order.order_number in named):
            yield Finding(
                message="An order that was changed later isn't in the window of its change.",
                order=order.order_number,
                xpath="/Orders/Order",
                expected=f"the order around {format_bound(order.modified_at)}, when it was modified",
                actual=f"it comes around {format_bound(order.placed_at)}, when it was placed"
                if placed
                else "not exported",
                exchange=reading.exchange.number,
            )


def strays(survey: Survey) -> Iterator[tuple[Window, ExportedOrder, datetime, datetime]]:
    """Exported orders whose last change lies far outside the window, with when they were placed and changed."""
    truths = {pair.truth.order_number: pair.truth for pair in survey.pairs}
    windows = [(each.window, each.page) for each in survey.exported.pages]
    windows.append((survey.limits.empty_window, survey.empty_export))
    windows += [(window, ask(survey, window)) for window in beside(survey)]
    for window, reading in windows:
        for order in reading.orders:
            truth = truths.get(order.number)
            placed = truth.placed_at if truth else order["OrderDate"].moment
            modified = truth.modified_at if truth else order["LastModified"].moment
            if placed and modified and not window.start - FAR <= modified <= window.end + FAR:
                yield window, order, placed, modified


def beside(survey: Survey) -> tuple[Window, ...]:
    """Windows in which nothing was modified, next to windows in which something was."""
    if survey.specimens:
        return (Window(survey.specimens_begin - timedelta(days=4), survey.specimens_begin - timedelta(days=3)),)
    if not survey.windows:
        return ()
    window = survey.windows[0]
    third = (window.end - window.start) / 3
    return (Window(floor_to_minute(window.start), floor_to_minute(window.start + third)),) if third > FAR else ()


def nothing_from_elsewhere(survey: Survey) -> Iterator[Finding]:
    """WIN-2: an order neither placed nor modified inside the window is not exported."""
    for window, order, placed, modified in strays(survey):
        if not window.start - FAR <= placed <= window.end + FAR:
            yield _stray(window, order, placed, modified)


def nothing_only_placed(survey: Survey) -> Iterator[Finding]:
    """WIN-12: an order placed inside the window but last modified outside it is not exported."""
    if any(nothing_from_elsewhere(survey)):
        raise NotExercised("orders from anywhere come (WIN-2), so that these can't be told from them")
    found = False
    for window, order, placed, modified in strays(survey):
        if window.start - FAR <= placed <= window.end + FAR:
            found = True
            yield _stray(window, order, placed, modified)
    if not found and not any(could_stray(survey)):
        raise NotExercised("no order is known that was placed in a window and changed days after it")


def could_stray(survey: Survey) -> Iterator[str]:
    """Orders that were placed in a window that was asked for, and last changed long after it."""
    times = [
        (order.order_number, order.placed_at, order.modified_at)
        for order in (*survey.known_orders, *survey.specimens_outside)
    ]
    for exported in survey.exported.distinct_orders:
        placed, modified = exported["OrderDate"].moment, exported["LastModified"].moment
        times += [(exported.number, placed, modified)] if placed and modified else []
    for window in (*survey.windows, *beside(survey)):
        yield from (
            number for number, placed, modified in times if window.holds(placed) and modified > window.end + FAR
        )


def _stray(window: Window, order: ExportedOrder, placed: datetime, modified: datetime) -> Finding:
    return Finding(
        message="The order isn't of this window.",
        order=order.label,
        xpath=order.xpath,
        expected=f"orders modified from {window}",
        actual=f"placed {format_bound(placed)}, modified {format_bound(modified)}",
        exchange=order.exchange,
    )


def arrive(survey: Survey, requirement: str) -> Iterator[Finding]:
    """WIN-1, WIN-7 and all who are about orders that must not get lost: those missing for this reason."""
    survey.stability.require_unchanged_by_export()
    survey.exported.require_readable()
    absent = survey.completeness.never_exported
    if absent and (shift := usual_shift(survey)):
        # what a misread zone moves out of the window is WIN-4's matter
        reach = abs(shift) + timedelta(hours=1)
        absent = tuple(
            order
            for order in absent
            if any(window.start + reach < order.modified_at < window.end - reach for window in survey.windows)
        )

    def late(order: Order) -> bool:
        return any(
            order.placed_at < window.start <= order.modified_at <= window.end + MINUTE for window in survey.windows
        )

    # a success that is no document is CON-7's matter, unless one kind of order brings it about
    excused = frozenset(
        number
        for fault in survey.exported.unreadable_windows
        if fault.page.exchange.succeeded
        for number in fault.order_numbers
    )
    yield from missing_orders.findings(
        requirement, absent, survey.known_orders, survey.facts, survey.exported.failures_by_order, late, excused
    )


def over_the_calendar(survey: Survey) -> Iterator[Finding]:
    """WIN-1: windows over midnight, the month's end and the turn of the year hold the orders in them."""
    survey.stability.require_unchanged_by_export()
    if usual_shift(survey):
        raise NotExercised("bounds aren't taken as UTC (WIN-4)")
    named = [f"season-{name}" for name in SEASONS] + ["early-in-month"]
    made = [survey.specimens[name].stored for name in named if name in survey.specimens]
    orders = made or [pair.truth for pair in survey.pairs[:PROBED]]
    if not orders:
        raise NotExercised("no exported order is known to the truth")
    lost = {
        order.order_number for order in (*survey.completeness.never_exported, *survey.completeness.missing_on_pages)
    }
    for order in orders:
        if order.order_number in lost:
            continue
        for window in calendar_windows(order.modified_at, survey.now):
            first = ask(survey, window)
            if first.exchange.succeeded and not first.is_orders:
                continue  # a success that is no document is CON-7's matter
            if survey.is_exported_in(window, order) is False:
                yield Finding(
                    message="The order isn't in a window around its last change.",
                    order=order.order_number,
                    xpath="/Orders/Order",
                    expected=f"the order (modified {format_bound(order.modified_at)}) in {window}",
                    actual=export_problem(first) or f"{stated_pages(first) or 1} pages without it",
                    exchange=first.exchange.number,
                )
                break


def calendar_windows(moment: datetime, now: datetime) -> Iterator[Window]:
    """Windows that hold the moment for certain: of a day, and over the end of its month or year where that is near."""
    end = min(floor_to_minute(moment + ANY_ZONE_MARGIN), floor_to_minute(now) - 2 * MINUTE)
    month = floor_to_minute(moment).replace(day=1, hour=0, minute=0)
    starts = [floor_to_minute(moment - ANY_ZONE_MARGIN)]
    starts += [month - timedelta(days=2, minutes=-5)] if moment - month < timedelta(days=16) else []
    yield from (Window(start, end) for start in starts if end > moment)


def asked_twice(survey: Survey) -> Iterator[Finding]:
    """WIN-8: the same window asked twice gives the same orders with the same LastModified."""
    survey.stability.require_repeated_pages()
    if survey.specimens and not survey.stable_windows:
        raise NotExercised("the store exported no order but the suite's own, which were being made: no window lasted")
    yield from survey.stability.export_changes


def backwards(survey: Survey) -> Iterator[Finding]:
    """WIN-9: a window whose start lies after its end gives no orders or 4xx."""
    window = survey.largest_window[0]
    reading = ask(survey, Window(window.end, window.start))
    if reading.exchange.refused or (reading.is_orders and not reading.orders):
        return
    if (
        reading.exchange.succeeded
        and (trouble := export_problem(reading))
        and export_problem(survey.empty_export) is not None
    ):
        raise NotExercised(f"an empty document can't be read at all (CON-1): {trouble}")
    yield Finding(
        message="A window whose start lies after its end isn't answered with nothing.",
        order=None,
        xpath="/Orders",
        expected="no orders, or status 4xx",
        actual=export_problem(reading) or f"{len(reading.orders)} orders",
        exchange=reading.exchange.number,
    )


SPLIT = 8
"""Orders in the window that is split."""


def split_in_two(survey: Survey) -> Iterator[Finding]:
    """WIN-6 from replies alone: a window split in the minute of an order gives what it gave whole."""
    survey.stability.require_repeatable_pages()
    _, first = survey.largest_window
    minutes = sorted({floor_to_minute(moment) for order in first.orders if (moment := order["LastModified"].moment)})[
        :SPLIT
    ]
    if len(minutes) < 2:
        raise NotExercised("the window has too few orders to be split")
    window, middle = Window(minutes[0] - MINUTE, minutes[-1] + MINUTE), minutes[len(minutes) // 2]
    whole = ask(survey, window)
    if len(whole.orders) < 2 or (whole.pages_attribute or "1").strip() not in ("", "0", "1"):
        raise NotExercised("no window with a few orders on one page could be drawn from their LastModified")
    halves = [ask(survey, Window(window.start, middle)), ask(survey, Window(middle, window.end))]
    came = {number for half in halves for number in half.order_numbers}
    lost = sorted(set(whole.order_numbers) - came)
    if lost and not survey.has_truth:
        lost = sorted(
            set(survey.shipstation.export(window).order_numbers) - came
        )  # what others changed since is no longer there
    if lost:
        yield Finding(
            message="A window split in two leaves orders out.",
            order=lost[0],
            xpath="/Orders/Order",
            expected=f"{len(set(whole.order_numbers))} orders, as in {window}",
            actual=f"{len(came)}: {', '.join(lost[:5])} are in neither half",
            exchange=halves[0].exchange.number,
        )
