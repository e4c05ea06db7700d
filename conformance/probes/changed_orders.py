"""WIN-11, STA-4, CON-8: what a change makes of the next export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from conformance.checks.compare import is_same_text, normalized
from conformance.checks.findings import at
from conformance.checks.matching import pair_orders
from conformance.client.parsing.document import ExportPage
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import Window
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.paging import loses_ties
from conformance.probes.time_window import narrow, require_last_change, shifts, usual_shift
from conformance.survey.pages import export_problem, stated_pages
from conformance.survey.specimens import CreatedOrder
from conformance.survey.survey import Survey
from conformance.survey.windows import floor_to_minute
from conformance.truth.source import OrderRefused
from mockstore.orders.model import Order

NOTE = "Changed after it was exported."
BEFORE = "As it was before."


@dataclass(frozen=True)
class ChangedOrder:
    """An order before and after a change, and the exports before and after it."""

    before: Order
    after: Order
    first: Around
    then: Around


MOST_PAGES = 100
"""As many pages of a window of minutes are read, at most."""


@dataclass(frozen=True)
class Around:
    """The minutes around an order's last change: the last reply, and the order if it came."""

    reading: ExportPage
    exported: ExportedOrder | None

    def require_document(self, survey: Survey) -> None:
        """What isn't in a reply can only be said of one that can be read, and where pages lose no orders.

        Raises:
            NotExercised: where a success is no document (CON-7), or orders get lost between pages (PAG-2).
        """
        if self.exported is None and (survey.completeness.lost_between_pages or loses_ties(survey)):
            raise NotExercised("orders get lost between pages (PAG-2), as this one may have")
        if self.exported is None and self.reading.exchange.succeeded and not self.reading.is_orders:
            raise NotExercised(f"the export can't be read (CON-7): {export_problem(self.reading)}")


def export_around(survey: Survey, order: Order, *, afresh: bool = True) -> Around:
    """Ask for the minutes around an order's last change, as the store reads bounds, all pages.

    ``afresh`` asks for a window that was never asked for, so that no cache can answer (CON-8).
    """
    zones = shifts(survey, order.modified_at) if usual_shift(survey) else [timedelta(0)]
    for shift in zones:
        window = narrow(order, shift)
        if afresh:
            window = Window(window.start - survey.next_margin(), window.end)
        reading = survey.shipstation.export(window)
        stated, seen = stated_pages(reading) or 1, set[str]()
        for number in range(1, MOST_PAGES + 1):
            page = reading if number == 1 else survey.shipstation.export(window, number)
            pairs, _ = pair_orders(page.orders, (order,), survey.facts)
            if pairs:
                return Around(reading, pairs[0].exported)
            # that there are more pages than were stated is PAG-1's matter
            if number >= stated and not set(page.order_numbers) - seen:
                break
            seen |= set(page.order_numbers)
    return Around(reading, None)


def order_to_change(survey: Survey, name: str = "change") -> tuple[Order, Around]:
    """An order that was made, with its export, and that staff can change; made once for a name.

    Raises:
        NotExercised: where the store can't make or change one, or doesn't export it.
    """

    def make() -> tuple[Order, Around]:
        require_last_change(survey)
        if "update" not in survey.facts.capabilities:
            raise NotExercised(f"{survey.truth_name} can't change orders")
        made = survey.new_order(name, lambda make: make.draft(name, customer_notes="As it was.", internal_notes=BEFORE))
        first = export_around(survey, made.stored)
        if first.exported is None:
            raise NotExercised("a new order isn't exported in the minutes of its last change (WIN-1, WIN-4, WIN-5)")
        return made.stored, first

    return survey.cached(("order to change", name), make)


def changed_order(survey: Survey) -> ChangedOrder:
    """An order that got another status after it was exported, and was exported again; made once.

    Raises:
        NotExercised: as :func:`order_to_change`, or where there is no other status to be seen in an export.
    """

    def make() -> ChangedOrder:
        order, first = order_to_change(survey)
        others = [status.name for status in survey.facts.statuses if status.name != order.status and not status.shipped]
        if not others:
            raise NotExercised("the store has but one status to change to")
        exported = {pair.truth.status for pair in survey.pairs}
        if not exported & set(others):
            raise NotExercised("orders of no other status are exported (WIN-7)")
        return changed(survey, order, first, status=next(status for status in others if status in exported))

    return survey.cached("change", make)


def changed(survey: Survey, before: Order, first: Around, **fields: str) -> ChangedOrder:
    """Change an order now, and export the window of the change.

    Raises:
        NotExercised: where the store can't.
    """
    try:
        survey.truth.change(before.order_number, **fields)
    except OrderRefused as refused:
        raise NotExercised(str(refused)) from None
    after = survey.truth.order(before.order_number)
    if after is None:
        raise NotExercised("the changed order is gone")
    if after.modified_at < before.modified_at or floor_to_minute(after.modified_at) < floor_to_minute(
        survey.now
    ) - timedelta(days=1):
        raise NotExercised("the store's own record doesn't say that the order was modified by the change")
    return ChangedOrder(before, after, first, export_around(survey, after))


def exported_again(survey: Survey) -> Iterator[Finding]:
    """WIN-11: an order changed after it was exported is exported again in the window of the change."""
    yield from _again(survey, changed_order(survey))


def note_exported(survey: Survey) -> Iterator[Finding]:
    """WIN-11: a note of the staff is a change, too."""
    if "internal_notes" in survey.facts.lacks:
        raise NotExercised("the store says that it can't keep notes of the staff")
    # an order of its own: one that had just been changed otherwise would come in this window anyhow
    change = changed(survey, *order_to_change(survey, "note"), internal_notes=NOTE)
    yield from _again(survey, change)
    exported = change.then.exported
    # notes that never were the staff's are NOT-2's matter
    if exported is not None and BEFORE in exported["InternalNotes"].text and NOTE not in exported["InternalNotes"].text:
        yield at(exported["InternalNotes"], exported, "The export still says what was before the change.", NOTE)


def _again(survey: Survey, change: ChangedOrder) -> Iterator[Finding]:
    change.then.require_document(survey)
    if change.then.exported is None:
        reading = change.then.reading
        yield Finding(
            message="An order that was changed isn't exported in the window of the change.",
            order=change.after.order_number,
            xpath="/Orders/Order",
            expected=f"the order in {narrow(change.after)}",
            actual=export_problem(reading) or f"{len(reading.orders)} orders, not this one",
            exchange=reading.exchange.number,
        )


def status_shows(survey: Survey) -> Iterator[Finding]:
    """STA-4: a change of status shows in the next export."""
    change = changed_order(survey)
    exported = change.then.exported
    if exported is None:
        raise NotExercised("the changed order isn't exported at all (WIN-11)")
    value, first = exported["OrderStatus"], change.first.exported
    # that each status has its own name is STA-1's matter; here it is that another one shows
    was = first["OrderStatus"].text if first is not None else change.before.status
    if normalized(value.text).casefold() == normalized(was).casefold():
        yield at(value, exported, "The new status doesn't show in the export.", change.after.status)


def same_id(survey: Survey) -> Iterator[Finding]:
    """ORD-2: the OrderID is the same after a change as before."""
    change = changed_order(survey)
    first, then = change.first.exported, change.then.exported
    if first is None or then is None:
        raise NotExercised("the changed order isn't exported at all (WIN-11)")
    if first.id != then.id:
        yield at(then["OrderID"], then, "The order has another OrderID after a change than before it.", first.id)


def not_stale(survey: Survey) -> Iterator[Finding]:
    """CON-8: the same request after a change is answered afresh."""
    if "update" not in survey.facts.capabilities or "customer_notes" in survey.facts.lacks:
        raise NotExercised(f"{survey.truth_name} can't change notes")
    made: CreatedOrder = survey.new_order("fresh", lambda make: make.draft("fresh", customer_notes="As it was."))
    if export_around(survey, made.stored, afresh=False).exported is None:
        raise NotExercised("a new order isn't exported in the minutes of its last change (WIN-1, WIN-4, WIN-5)")
    moment = made.stored.modified_at + timedelta(seconds=1)
    if floor_to_minute(moment) != floor_to_minute(made.stored.modified_at):
        moment = made.stored.modified_at
    try:
        survey.truth.change(made.stored.order_number, customer_notes=NOTE, modified_at=moment)
    except OrderRefused as refused:
        raise NotExercised(str(refused)) from None
    held = survey.truth.order(made.stored.order_number)
    if (
        held is None
        or floor_to_minute(held.modified_at) != floor_to_minute(made.stored.modified_at)
        or held.customer_notes != NOTE
    ):
        raise NotExercised("the store didn't take a change with a time of its own")
    same = msgspec.structs.replace(held, modified_at=made.stored.modified_at)
    exported = export_around(survey, same, afresh=False).exported
    if exported is not None and is_same_text("As it was.", exported["CustomerNotes"].text):
        yield at(
            exported["CustomerNotes"],
            exported,
            "The same request is answered with what was before the change.",
            NOTE,
        )
