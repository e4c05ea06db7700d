"""The behaviour of one ShipStation under load, and the checks of each reply. Nothing here sends anything.

Other users change the store at the same time, so only rules that hold in spite of such changes are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from conformance.client.parsing.document import ExportPage, has_xml_content_type
from conformance.client.shipstation import ShipNotice, ShippedLine, Window

MAY_MOVE = timedelta(minutes=15)
"""Time before the end of a window in which an order may be modified again while the window is read. Such an order may
come again on a later page, which is no fault. The time allows for a wrong clock of the store."""


class Windows:
    """Windows of one length, one after the other. At the present, each window begins where the last one ended."""

    def __init__(self, start: datetime, length: timedelta, now: Callable[[], datetime]) -> None:
        self._start, self._length, self._now = _minute(start), length, now

    def next_window(self) -> Window:
        """Return the next window. Its first minute is the last one of the window before, as ShipStation does it."""
        window = Window(self._start, max(self._start, min(self._start + self._length, _minute(self._now()))))
        self._start = window.end
        return window


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


class WindowReader:
    """Reads one window page by page, and checks each page."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.pages = 1
        """The number of pages that the first page states."""
        self._seen: dict[str, str] = {}
        """Number of an order → its LastModified."""

    def faults(self, page: ExportPage, number: int) -> Iterator[str]:
        """Yield what is wrong with a page. The same fault has the same words, because Locust counts messages."""
        exchange = page.exchange
        if exchange.status is None:
            yield f"no reply: {exchange.error}"
            return
        if not exchange.succeeded:
            yield f"status {exchange.status}"
            return
        if not has_xml_content_type(exchange):
            yield f"content type {exchange.header('Content-Type')!r} is not XML"
        if page.problem is not None or not page.is_orders:
            yield "no Orders document"
            return
        if number == 1:
            stated = (page.pages_attribute or "1").strip()
            if stated.isascii() and stated.isdigit() and int(stated) > 0:
                self.pages = int(stated)
            else:
                yield "the number of pages is not a number"
        outside = repeated = 0
        for order in page.orders:
            moment, modified = order["LastModified"].moment, order["LastModified"].text
            if not order.number:
                yield "an order without OrderNumber"
            if moment is None or not self.window.holds(moment):
                outside += 1
            elif self._seen.get(order.number) == modified and moment < self.window.end - MAY_MOVE:
                repeated += 1
            self._seen[order.number] = modified
        if outside:
            yield "orders that were not modified in the window"
        if repeated:
            yield "orders that are twice in one window"


def notices(page: ExportPage, new_tracking_number: Callable[[], str], today: datetime) -> Iterator[ShipNotice]:
    """Yield a notification for each order of a page: it ships all line items. An order without line items gets none."""
    for order in page.orders:
        lines = tuple(
            ShippedLine(line["SKU"].text, int(line["Quantity"].text), line["LineItemID"].text)
            for line in order.lines
            if line["Quantity"].text.strip().isdigit() and int(line["Quantity"].text) > 0
        )
        if order.number and lines:
            yield ShipNotice(
                order.number,
                order.id,
                tracking_number=new_tracking_number(),
                carrier="UPS",
                service="Ground",
                cost="7.65",
                ship_date=today.date(),
                label_created=today,
                items=lines,
            )
