"""Changes an order as staff would, and exports it before and after the change (WIN-11, STA-4, ORD-2 and others)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from conformance.checks.matching import pair_orders
from conformance.client.parsing.document import ExportPage, stated_pages
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import MINUTE, Window
from conformance.core.errors import NotExercised
from conformance.core.times import parse_http_date
from conformance.probes.paging import loses_orders_of_one_second
from conformance.probes.time_window import (
    ChangedOrder,
    ExportAround,
    possible_shifts,
    require_last_change,
    usual_shift,
    window_around,
)
from conformance.survey.pages import require_document
from conformance.survey.survey import Survey
from conformance.survey.windows import floor_to_minute
from conformance.truth.source import OrderRefused
from mockstore.orders.model import Order

NOTE_BEFORE = "As it was before."
"""The staff's notes before the change."""
NOTE_AFTER = "Changed after it was exported."
ONE_DAY = timedelta(days=1)
"""If the clocks of suite and endpoint differ by more, its Date headers tell only how much time has passed."""
UNKNOWN_TIME_OF_A_RUN = timedelta(hours=1)
"""If the endpoint sends no Date headers, changes are searched for up to this time after the beginning of the run."""
MAX_READ_PAGES = 100
"""At most this many pages of a window of minutes are read."""


def export_around(survey: Survey, order: Order, *, afresh: bool = True) -> ExportAround:
    """Ask for all pages of the minutes around an order's last change, in the time zone in which the store reads bounds.

    ``afresh`` requests a window that was never requested before, so that no cache has the reply (CON-8).
    """
    shifts = possible_shifts(survey, order.modified_at) if usual_shift(survey) else [timedelta(0)]
    for shift in shifts:
        window = window_around(order, shift)
        if afresh:
            window = Window(window.start - survey.next_margin(), window.end)
        first = survey.shipstation.export(window)
        stated, seen = stated_pages(first) or 1, set[str]()
        for number in range(1, MAX_READ_PAGES + 1):
            page = first if number == 1 else survey.shipstation.export(window, number)
            pairs, _ = pair_orders(page.orders, (order,), survey.facts)
            if pairs:
                return ExportAround(first, pairs[0].exported)
            if not page.is_orders and number <= stated:
                return ExportAround(page, None)
            # PAG-1 reports that there are more pages than were stated
            if number >= stated and not set(page.order_numbers) - seen:
                break
            seen |= set(page.order_numbers)
    return ExportAround(first, None)


@dataclass(frozen=True)
class ExportOfOrders:
    """The export of a window in which some orders are: page 1, and those of the orders that it has, by number."""

    page: ExportPage
    exported: Mapping[str, ExportedOrder]


def window_of_changes(survey: Survey) -> Window:
    """Return the window from the beginning of the run to this minute, by the suite's own clock.

    What the store says about the time of a change is not asked: it is judged. The time since the beginning is that
    between the Date headers of the first reply and of the last one, so that a replay finds the same window.
    """
    dates = (parse_http_date(each.header("Date")) for each in reversed(survey.shipstation.session.exchanges))
    first = parse_http_date(survey.empty_export.exchange.header("Date"))
    last = next((date for date in dates if date is not None), None)
    elapsed = max(last - first, timedelta(0)) if first is not None and last is not None else UNKNOWN_TIME_OF_A_RUN
    clocks = [survey.now, *([first] if first is not None and abs(first - survey.now) < ONE_DAY else [])]
    begin, end = floor_to_minute(min(clocks)), floor_to_minute(max(clocks) + elapsed)
    return Window(begin - survey.next_margin(), end + MINUTE)


def export_of_changes(survey: Survey, orders: Sequence[Order]) -> ExportOfOrders:
    """Ask for the minutes in which orders were changed.

    The window was never requested before, so that no cache has the reply (CON-8).
    """
    window, shift = window_of_changes(survey), usual_shift(survey)
    found = export_of(survey, window, orders)
    if shift and not found.exported:
        found = export_of(survey, Window(window.start + shift, window.end + shift), orders)
    return found


def export_of(survey: Survey, window: Window, orders: Sequence[Order]) -> ExportOfOrders:
    """Ask for the pages of a window, up to the last of these orders."""
    first = survey.shipstation.export(window)
    stated, seen, found = stated_pages(first) or 1, set[str](), dict[str, ExportedOrder]()
    for number in range(1, MAX_READ_PAGES + 1):
        page = first if number == 1 else survey.shipstation.export(window, number)
        pairs, _ = pair_orders(page.orders, orders, survey.facts)
        found |= {pair.truth.order_number: pair.exported for pair in pairs}
        # PAG-1 reports that there are more pages than were stated
        if len(found) == len(orders) or (number >= stated and not set(page.order_numbers) - seen):
            break
        seen |= set(page.order_numbers)
    return ExportOfOrders(first, found)


def require_readable(survey: Survey, around: ExportAround) -> None:
    """Go on only if the order was exported, or if the reply shows that it is missing.

    Raises:
        NotExercised: if the reply isn't a document (CON-7, CON-12), or if pages lose orders (PAG-2).
    """
    if around.exported is not None:
        return
    if survey.completeness.lost_between_pages or loses_orders_of_one_second(survey):
        raise NotExercised("orders get lost between pages, and this one may be among them: fix PAG-2 first")
    require_document(around.page, "the export")


def give_another_status(survey: Survey) -> ChangedOrder:
    """Give an order another status after it was exported, and export the window of the change.

    Raises:
        NotExercised: if the store can't make or change an order, doesn't export a new one, or has no other status
            that shows in an export.
    """

    def make() -> ChangedOrder:
        order, before = _exported_order(survey, "change")
        others = [status.name for status in survey.facts.statuses if status.name != order.status and not status.shipped]
        if not others:
            raise NotExercised("the store has no other status to change to")
        exported = {pair.truth.status for pair in survey.pairs}
        if not exported & set(others):
            raise NotExercised("the store exports no orders of another status: fix WIN-7 first")
        return _changed(survey, order, before, status=next(status for status in others if status in exported))

    change = survey.cached("change", make)
    require_readable(survey, change.export_after)
    return change


def write_a_note(survey: Survey) -> ChangedOrder:
    """Write a note of the staff on an order after it was exported, and export the window of the change.

    Raises:
        NotExercised: if the store keeps no such notes, can't make or change an order, or doesn't export a new one.
    """
    if "internal_notes" in survey.facts.lacks:
        raise NotExercised("the store keeps no notes of the staff")
    # not the order of give_another_status, because its change of status moves it into this window already
    change = _changed(survey, *_exported_order(survey, "note"), internal_notes=NOTE_AFTER)
    require_readable(survey, change.export_after)
    return replace(change, notes=(NOTE_BEFORE, NOTE_AFTER))


def _exported_order(survey: Survey, name: str) -> tuple[Order, ExportAround]:
    """Make an order that staff can change, and export it."""

    def make() -> tuple[Order, ExportAround]:
        require_last_change(survey)
        survey.require_capability("update")
        order = survey.new_order(
            name, lambda make: make.draft(name, customer_notes="As it was.", internal_notes=NOTE_BEFORE)
        ).stored
        before = export_around(survey, order)
        if before.exported is None:
            raise NotExercised(
                "a new order isn't exported in the minutes around its last change: fix WIN-1, WIN-4 or WIN-5 first"
            )
        return order, before

    return survey.cached(("order to change", name), make)


def _changed(survey: Survey, order: Order, before: ExportAround, **fields: str) -> ChangedOrder:
    """Change an order now, and export the window of the change."""
    try:
        survey.truth.change(order.order_number, **fields)
    except OrderRefused as refused:
        raise NotExercised(str(refused)) from None
    after = survey.truth.order(order.order_number)
    if after is None:
        raise NotExercised("the store no longer has the changed order")
    yesterday = floor_to_minute(survey.now) - timedelta(days=1)
    if after.modified_at < order.modified_at or floor_to_minute(after.modified_at) < yesterday:
        raise NotExercised("the store's record doesn't show the change as a modification of the order")
    return ChangedOrder(order, after, before, export_around(survey, after))
