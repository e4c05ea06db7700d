"""Windows as arithmetic: the minute that bounds are read to, what a window holds, and halves of one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from conformance.client.shipstation import MINUTE, Window
from conformance.truth.source import OrderRef
from mockstore.orders.model import Order

ANY_ZONE_MARGIN = timedelta(hours=15)
"""Wider than any two clocks on earth are apart: a window with this margin holds an order in any zone."""


def floor_to_minute(moment: datetime) -> datetime:
    """The minute of a moment, in UTC."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def is_modified_in(order: Order, window: Window) -> bool:
    """Whether an order was last changed in a window, the minute of its end included."""
    return window.start <= order.modified_at <= window.end + timedelta(seconds=59)


def is_certainly_in(order: Order, window: Window) -> bool:
    """Whether a window holds the order for certain: in its first and last minute that is the store's choice."""
    return window.start + MINUTE <= order.modified_at < window.end


def split_window(window: Window, mentions: Iterable[OrderRef]) -> tuple[Window, ...]:
    """Smaller windows that together hold the same orders; none where it can't get smaller."""
    minutes = sorted({floor_to_minute(mention.modified_at) for mention in mentions})
    if len(minutes) > 1:
        middle = minutes[len(minutes) // 2] - MINUTE
        return (Window(window.start, middle), Window(middle + MINUTE, window.end)) if middle > window.start else ()
    if minutes:
        narrow = Window(minutes[0] - MINUTE, minutes[0] + MINUTE)
        return (narrow,) if window.end - window.start > 2 * MINUTE else ()
    length = (window.end - window.start) // 2
    if length < timedelta(hours=1):
        return ()
    middle = floor_to_minute(window.start + length)
    return Window(window.start, middle), Window(middle + MINUTE, window.end)
