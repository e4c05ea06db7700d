"""How one ShipStation asks under load, and what must be true of each reply: no HTTP in it.

Others change the store at the same time. So only what stays true whatever they do is asked of a reply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from conformance.client.parsing.document import ExportPage, has_xml_content_type
from conformance.client.shipstation import ShipNotice, ShippedLine, Window

MOVING = timedelta(minutes=15)
"""Who was modified so shortly before the end of a window may be modified again while it is walked, in
the same minute, and so come again further on; it is as long as a store's clock may be wrong."""


class Windows:
    """Windows that follow each other up to the present, and then what is new since the last one."""

    def __init__(self, start: datetime, length: timedelta, now: Callable[[], datetime]) -> None:
        self._start, self._length, self._now = _minute(start), length, now

    def following(self) -> Window:
        """The next window; it shares its first minute with the one before, as ShipStation's do."""
        window = Window(self._start, max(self._start, min(self._start + self._length, _minute(self._now()))))
        self._start = window.end
        return window


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


class Walk:
    """One window, page by page: how many there are, and what has been on them."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.pages = 1
        self._seen: dict[str, str] = {}
        """When each order was last modified, by its number."""

    def faults(self, reading: ExportPage, page: int) -> Iterator[str]:
        """What is wrong with a page, in words that are the same for the same fault: Locust counts them."""
        exchange = reading.exchange
        if exchange.status is None:
            yield f"no reply: {exchange.error}"
            return
        if not exchange.succeeded:
            yield f"status {exchange.status}"
            return
        if not has_xml_content_type(exchange):
            yield f"content type {exchange.header('Content-Type')!r} is none of XML's"
        if reading.problem is not None or not reading.is_orders:
            yield "no Orders document"
            return
        if page == 1:
            stated = (reading.pages_attribute or "1").strip()
            if stated.isascii() and stated.isdigit() and int(stated) > 0:
                self.pages = int(stated)
            else:
                yield "pages is no number of pages"
        outside = again = 0
        for order in reading.orders:
            moment, modified = order["LastModified"].moment, order["LastModified"].text
            if not order.number:
                yield "an order without OrderNumber"
            if moment is None or not self.window.holds(moment):
                outside += 1
            elif self._seen.get(order.number) == modified and moment < self.window.end - MOVING:
                again += 1
            self._seen[order.number] = modified
        if outside:
            yield "orders that were not modified in the window"
        if again:
            yield "orders twice in one window"


def notices(reading: ExportPage, tracking: Callable[[], str], today: datetime) -> Iterator[ShipNotice]:
    """A notification of everything in each order of a page that has lines to ship."""
    for order in reading.orders:
        lines = tuple(
            ShippedLine(line["SKU"].text, int(line["Quantity"].text), line["LineItemID"].text)
            for line in order.lines
            if line["Quantity"].text.strip().isdigit() and int(line["Quantity"].text) > 0
        )
        if order.number and lines:
            yield ShipNotice(
                order.number,
                order.id,
                tracking_number=tracking(),
                carrier="UPS",
                service="Ground",
                cost="7.65",
                ship_date=today.date(),
                label_created=today,
                items=lines,
            )
