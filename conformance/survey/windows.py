"""Computes with windows, and chooses the windows that a survey reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from conformance.client.parsing.document import ExportPage
from conformance.client.shipstation import MINUTE, Window
from conformance.survey.record import StoreRecord
from conformance.truth.source import OrderRef, TruthUnavailable
from mockstore.orders.model import Order

ANY_ZONE_MARGIN = timedelta(hours=15)
"""More than any local time differs from UTC (14 h). A window with this margin holds an order in every time zone."""


def floor_to_minute(moment: datetime) -> datetime:
    """Return the beginning of a moment's minute, in UTC."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def window_around(order: Order, shift: timedelta = timedelta(0)) -> Window:
    """Return the window from a minute before the order's last change to a minute after it."""
    minute = floor_to_minute(order.modified_at) + shift
    return Window(minute - MINUTE, minute + MINUTE)


def possible_shifts(timezone: str, moment: datetime) -> Iterator[timedelta]:
    """Yield the differences to UTC with which a store may read bounds: none, its own zone's, ShipStation's."""
    zero, hour = timedelta(0), timedelta(hours=1)
    found = [zero]
    for name in (timezone, "America/Los_Angeles"):
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
        seasons = [moment.replace(month=month, day=15) for month in (1, 7)]
        for when in (moment, *seasons):
            off = zone.utcoffset(when.replace(tzinfo=None)) or zero
            found += [off, -off, off * 2]
            if beyond := off % hour:  # an offset that is cut to whole hours
                found += [beyond, -beyond, hour - beyond, beyond - hour]
    # summer time that is forgotten or applied twice
    yield from dict.fromkeys([*found, hour, -hour])


def is_modified_in(order: Order, window: Window) -> bool:
    """True if an order was last modified in a window. The whole minute of the end counts."""
    return window.start <= order.modified_at <= window.end + timedelta(seconds=59)


def is_certainly_in(order: Order, window: Window) -> bool:
    """True if every conforming store exports the order in this window: some leave out the first and last minute."""
    return window.start + MINUTE <= order.modified_at < window.end


def split_window(window: Window, orders: Iterable[OrderRef]) -> tuple[Window, ...]:
    """Return smaller windows that together hold the same orders; none if the window can't be made smaller.

    A store may leave out the first and last minute of a window. So every minute lies inside one of the parts, and the
    parts overlap where no order is. Only between orders of adjoining minutes they can't.
    """
    minutes = sorted({floor_to_minute(order.modified_at) for order in orders})
    if len(minutes) > 1:
        before, after = _widest_seam(minutes)
        gap = (after - before) // MINUTE
        end, start = (after - MINUTE, max(before + MINUTE, after - 2 * MINUTE)) if gap > 1 else (before, after)
        return (
            (Window(window.start, end), Window(start, window.end)) if window.start < end and start < window.end else ()
        )
    if minutes:
        narrow = Window(minutes[0] - MINUTE, minutes[0] + MINUTE)
        return (narrow,) if window.end - window.start > 2 * MINUTE else ()
    length = (window.end - window.start) // 2
    if length < timedelta(hours=1):
        return ()
    middle = floor_to_minute(window.start + length)
    return Window(window.start, middle + MINUTE), Window(middle, window.end)


def _widest_seam(minutes: Sequence[datetime]) -> tuple[datetime, datetime]:
    """Return two minutes between which a window is split: far enough from each other if possible, near the middle."""

    def preference(place: int) -> tuple[int, int]:
        gap = (minutes[place] - minutes[place - 1]) // MINUTE
        return -min(gap, WIDE_SEAM), abs(place - len(minutes) // 2)

    place = min(range(1, len(minutes)), key=preference)
    return minutes[place - 1], minutes[place]


WIDE_SEAM = 3
"""If orders are this many minutes from each other, parts of a window can overlap between them."""


def window_of_specimens(modified_at: Collection[datetime], begin: datetime) -> Window:
    """Return the window that holds the specimens in any time zone; ``begin`` is when the first was modified.

    It leaves out the specimens whose times are far from the others, unless there are no others.
    """
    together = [moment for moment in modified_at if abs(moment - begin) < timedelta(days=2)] or modified_at
    return Window(
        floor_to_minute(min(together) - ANY_ZONE_MARGIN),
        floor_to_minute(max(together) + ANY_ZONE_MARGIN),
    )


def recent_window(
    record: StoreRecord,
    now: datetime,
    *,
    max_orders: int,
    specimens: Collection[str],
    first_page: Callable[[Window], ExportPage],
) -> Window | None:
    """Return a window that ends just before now and has some of the orders from before the run; None if there are none.

    Without modification times, or if the record can't be read, only the export shows where orders are. Then the window
    is a month long or, if the export of the month has no order, a year.
    """
    end = floor_to_minute(now) - 2 * MINUTE
    if not record.knows_modification_times:
        return _exported_window(end, first_page)
    existing: list[OrderRef] = []
    for days in (3, 30, 365):
        try:
            modified = record.modified_in(Window(end - timedelta(days=days), end))
        except TruthUnavailable:
            return _exported_window(end, first_page)
        existing = [order for order in modified if order.order_number not in specimens]
        if len(existing) >= max_orders:
            break
    return Window(floor_to_minute(existing[-max_orders:][0].modified_at) - MINUTE, end) if existing else None


def _exported_window(end: datetime, first_page: Callable[[Window], ExportPage]) -> Window:
    for days in (30, 365):
        window = Window(end - timedelta(days=days), end)
        if (page := first_page(window)).orders or not page.is_orders:
            return window
    return Window(end - timedelta(days=30), end)
