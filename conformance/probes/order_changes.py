"""Changes orders as staff would, and exports them before and after each change (WIN-11, STA-4, ORD-2 and others).

The first half of the module makes requests and returns evidence. The second half judges the evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from conformance.checks.change_plan import ELEMENT, FIELD, LATE, PLAN, READ_ROUNDS, Kind, Walk, status_for
from conformance.checks.compare import normalized
from conformance.checks.findings import at
from conformance.checks.matching import Pair, pair_orders
from conformance.client.parsing.document import ExportPage, stated_pages
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import MINUTE, Window
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.core.times import parse_http_date
from conformance.probes.paging import loses_orders_on_pages
from conformance.probes.prepared_orders import (
    FRESH,
    LATECOMER,
    exported_statuses,
    note_for_change,
    prepared_orders,
)
from conformance.probes.time_window import (
    ExportAround,
    require_last_change,
    usual_shift,
    windows_beside,
)
from conformance.survey.pages import export_problem, require_document
from conformance.survey.specimens import CreatedOrder
from conformance.survey.survey import Survey
from conformance.survey.windows import floor_to_minute, possible_shifts, window_around
from conformance.truth.source import OrderRefused
from mockstore.orders.model import Order

POLLS_AFTER_CHANGE = 4
POLL_AFTER_CHANGE_S = 0.5
"""If no change shows in an export, the suite asks again, for two seconds at most in a run, and so counts polls."""
ONE_DAY = timedelta(days=1)
"""If the clocks of suite and endpoint differ by more, its Date headers tell only how much time has passed."""
UNKNOWN_TIME_OF_A_RUN = timedelta(hours=1)
"""If the endpoint sends no Date headers, changes are searched for up to this time after the beginning of the run."""
MAX_READ_PAGES = 100
"""At most this many pages of a window of minutes are read."""


def export_around(survey: Survey, order: Order) -> ExportAround:
    """Ask for all pages of the minutes around an order's last change, in the time zone in which the store reads bounds.

    The window was never requested before, so that no cache has the reply (CON-8).
    """
    shifts = [timedelta(0)]
    if usual_shift(survey):
        shifts = list(possible_shifts(survey.facts.timezone, order.modified_at))
    for shift in shifts:
        window = window_around(order, shift)
        found = export_of(survey, Window(window.start - survey.next_margin(), window.end), [order])
        exported = found.exported.get(order.order_number)
        if exported is not None or not found.page.is_orders:
            break
    return ExportAround(found.page, exported)


class ExportOfOrders(msgspec.Struct, frozen=True):
    """The export of a window in which some orders are: page 1 or the page that failed, and the orders by number."""

    page: ExportPage
    exported: Mapping[str, ExportedOrder]
    window: Window


class TimeOfRun(msgspec.Struct, frozen=True):
    """The minutes in which the run began, and in which it is now: at the latest, unless ``is_known``."""

    began: datetime
    now: datetime
    is_known: bool


def _time_of_run(survey: Survey) -> TimeOfRun:
    """Return the time of the run by the suite's own clock.

    What the store says about the time of a change is not asked: it is judged. The time since the beginning is that
    between the Date headers of the first reply and of the last one, so that a replay finds the same time.
    """
    dates = (parse_http_date(each.header("Date")) for each in reversed(survey.shipstation.session.exchanges))
    first = parse_http_date(survey.empty_export.exchange.header("Date"))
    last = next((date for date in dates if date is not None), None)
    elapsed = None if first is None or last is None else max(last - first, timedelta(0))
    clocks = [survey.now, *([first] if first is not None and abs(first - survey.now) < ONE_DAY else [])]
    latest = max(clocks) + (UNKNOWN_TIME_OF_A_RUN if elapsed is None else elapsed)
    return TimeOfRun(floor_to_minute(min(clocks)), floor_to_minute(latest), elapsed is not None)


def window_of_changes(survey: Survey, least_margin: int = 0) -> Window:
    """Return the window from at least ``least_margin`` minutes before the run to this minute."""
    run = _time_of_run(survey)
    margin = next(margin for margin in iter(survey.next_margin, None) if margin >= least_margin * MINUTE)
    return Window(run.began - margin, run.now + MINUTE)


def export_of_changes(survey: Survey, orders: Sequence[Order]) -> ExportOfOrders:
    """Ask for the minutes in which orders were changed.

    The window was never requested before, so that no cache has the reply (CON-8).
    """
    found = export_of(survey, window_of_changes(survey), orders)
    if usual_shift(survey):
        # in a zone with summer time, the difference to UTC depends on the season
        for shift in possible_shifts(survey.facts.timezone, found.window.end):
            if found.exported:
                break
            found = export_of(survey, moved(window_of_changes(survey), shift), orders)
    return found


def moved(window: Window, shift: timedelta) -> Window:
    """Return a window that begins and ends later."""
    return Window(window.start + shift, window.end + shift)


def export_of(survey: Survey, window: Window, orders: Sequence[Order]) -> ExportOfOrders:
    """Ask for the pages of a window, until all of these orders have come: page 1, and then the last page first.

    Orders that were just changed are on the first page or on the last one in most stores. If a page fails, it is the
    page of the result.
    """
    first = survey.shipstation.export(window)
    stated, seen, found = stated_pages(first) or 1, set[str](), dict[str, ExportedOrder]()
    failed: ExportPage | None = None
    # PAG-1 reports that there are more pages than were stated
    for number in (1, *range(min(stated, MAX_READ_PAGES), 1, -1), *range(stated + 1, MAX_READ_PAGES + 1)):
        page = first if number == 1 else survey.shipstation.export(window, number)
        pairs, _ = pair_orders(page.orders, orders, survey.facts)
        found |= {pair.truth.order_number: pair.exported for pair in pairs}
        if number <= stated and not page.is_orders:
            failed = failed or page
        has_new = bool(set(page.order_numbers) - seen)
        if len(found) == len(orders) or (not has_new and (number == 1 or number > stated)):
            break
        seen |= set(page.order_numbers)
    return ExportOfOrders(failed or first, found, window)


def require_readable(survey: Survey, around: ExportAround) -> None:
    """Go on only if the order was exported, or if the reply shows that it is missing.

    Raises:
        NotExercised: if the reply isn't a document (CON-7, CON-12), or if pages lose orders (PAG-2).
    """
    if around.exported is not None:
        return
    if loses_orders_on_pages(survey):
        raise NotExercised("orders get lost between pages, and this one may be among them: fix PAG-2 first")
    require_document(around.page, "the export")


# ---------------------------------------------------------------------- changes after each other


class SeenChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of an order by staff, and the export of the order before and after it.

    ``steps`` are the changes so far, in words. ``old`` and ``new`` are the values of the changed field. ``page`` is the
    reply to a request for ``window`` after the change; ``after`` is None if it lacks the order. ``is_same_request``:
    the export before was made by the same request. ``is_spelled_alike``: other orders show both statuses alike (STA-2).
    """

    kind: Kind
    steps: tuple[str, ...]
    old: str
    new: str
    order_number: str
    window: Window
    page: ExportPage
    before: ExportedOrder | None
    after: ExportedOrder | None
    is_same_request: bool = False
    is_spelled_alike: bool = False

    @property
    def history(self) -> str:
        """The changes so far, for the end of a sentence."""
        return ", then ".join(self.steps)

    @property
    def shows_old_value(self) -> bool:
        """True if the export has the order with the value before the change, and not with the new one."""
        if self.after is None or self.before is None or self.kind not in ELEMENT:
            return False
        value = normalized(self.after[ELEMENT[self.kind]].text)
        if self.kind is Kind.STATUS:
            # STA-1 reports a wrong name of the status; here the name must only differ from the one before
            was = normalized(self.before["OrderStatus"].text)
            return value.casefold() == was.casefold() and not self.is_spelled_alike
        # NOT-1 and NOT-2 report notes that never were the order's, and notes that are missing
        old, new = normalized(self.old), normalized(self.new)
        return bool(old) and old in value and not (new and new in value)

    @property
    def is_shown(self) -> bool:
        """True if the export has the order, and not with the value before the change."""
        if self.after is None or self.shows_old_value:
            return False
        # a note that is still missing may be the old reply
        is_note_missing = self.kind in (Kind.CUSTOMER, Kind.STAFF) and bool(self.new) and not self.old
        return not (is_note_missing and not normalized(self.after[ELEMENT[self.kind]].text))


class FreshOrder(msgspec.Struct, frozen=True):
    """An order that was placed or changed during the run, and the export of a window that must hold it."""

    order: Order
    window: Window
    page: ExportPage
    came: bool


class OrderChanges(msgspec.Struct, frozen=True):
    """What the exports showed of orders that staff changed, and changed again."""

    changes: tuple[SeenChange, ...]
    exported_again: tuple[Pair, ...] = ()
    """Orders that were exported again and show each change, beside what the store has to hold of them."""
    why_missing: str = ""
    """Another reason why orders are missing, so that their absence isn't judged."""
    fresh: tuple[FreshOrder, ...] = ()
    """Orders that were placed during the run."""
    why_fresh_missing: str = ""
    """The same as ``why_missing``, for these orders."""
    moved: FreshOrder | None = None
    """An order whose last change was moved into a window that was requested before, when it was empty."""


_Change = tuple[Kind, str, str]
"""Kind, old and new value of a change."""


@dataclass
class _Changing:
    """An order that is changed: what it is like now, and how it was exported last."""

    walk: Walk
    now: Order
    last: ExportedOrder | None = None
    steps: list[str] = field(default_factory=list)
    statuses: int = 0


class _Rounds:
    """Carries out the rounds of changes, and exports the orders after each."""

    def __init__(
        self, survey: Survey, orders: Sequence[tuple[Walk, Order]], latecomer: Order | None, fresh: Sequence[Order]
    ) -> None:
        self._survey, self._fresh = survey, fresh
        self._orders = [order for _, order in orders]
        self._walks = {order.order_number: walk for walk, order in orders}
        self._changing: dict[str, _Changing] = {}
        self._late = None if latecomer is None else _Changing(LATE, latecomer)
        self._is_late_changed = latecomer is not None
        self._shift = timedelta(0)
        self._polls_left = POLLS_AFTER_CHANGE
        self._window = Window(orders[0][1].modified_at, orders[0][1].modified_at)
        self.seen: list[SeenChange] = []
        self.pairs: list[Pair] = []
        self.fresh: list[FreshOrder] = []
        self.moved: FreshOrder | None = None

    def play(self) -> None:
        """Export the orders, and carry out all rounds."""
        second = timedelta(seconds=1)
        minute = floor_to_minute(self._orders[0].modified_at)
        self._move_into_empty_window()
        try:
            self._begin(minute)
        except NotExercised:
            self._empty_the_window()
            raise
        # the same request again, after each kind of change: a cache may forget its reply after some of them only
        for place, number in enumerate(reversed(list(self._changing)), start=1):
            self._round(0, minute + place * 10 * second, lambda: self._ask(self._window), [number])
        self._compare_with_records()
        # changed again within the minute; then the next window of ShipStation
        self._round(1, minute + 40 * second, lambda: self._ask_for_next(minute), late_change=1)
        # in the present, by the suite's own clock
        self._round(2, None, lambda: self._ask_for_present(window_of_changes(self._survey, least_margin=2)))
        self._round(3, None, lambda: self._ask(_later_window(self._survey), self._late_order), late_change=2)
        self._compare_with_records()

    @property
    def _late_order(self) -> Order | None:
        """The latecomer as it is now; None if the store can't hold it, or could not change it the last time."""
        return self._late.now if self._late is not None and self._is_late_changed else None

    def _move_into_empty_window(self) -> None:
        """Give the latecomer another time of its last change, in a window that was empty, and request it again.

        Later changes of the latecomer take it out of this window, in which other scenarios find no order.
        """
        survey, order = self._survey, self._late_order
        window = next(iter(windows_beside(survey)), None)
        if order is None or window is None or not survey.specimens:
            return
        empty = survey.first_page(window)
        if not empty.is_orders or empty.orders:
            return
        if self._change_latecomer(0, window.start + (window.end - window.start) / 2) is None:
            return
        found = export_of(survey, window, [order])
        for _ in range(POLLS_AFTER_CHANGE):
            if found.exported or not found.page.is_orders:
                break
            survey.shipstation.session.wait(POLL_AFTER_CHANGE_S)
            found = export_of(survey, window, [order])
        # a store may not export times as old as this: then another window lacks the order, too
        if found.exported or (found.page.is_orders and export_of(survey, moved(window, MINUTE), [order]).exported):
            self.moved = FreshOrder(order, window, found.page, bool(found.exported))
        if self._late is not None:
            self._late.last = found.exported.get(order.order_number)

    def _empty_the_window(self) -> None:
        """Give the latecomer the time back that it had: there are no later changes."""
        if self._late is not None and self._late.steps:
            with suppress(OrderRefused):
                self._survey.truth.change(self._late.now.order_number, modified_at=self._orders[0].modified_at)

    def _begin(self, minute: datetime) -> None:
        """Export the new orders.

        Raises:
            NotExercised: if none of them is exported.
        """
        survey = self._survey
        shifts = list(possible_shifts(survey.facts.timezone, minute)) if usual_shift(survey) else [timedelta(0)]
        # a store may leave out the last minute of a window
        ends = [(shift, end) for shift in shifts for end in (minute, minute + MINUTE)]
        for shift, end in ends:
            self._shift, self._window = shift, Window(minute - 5 * MINUTE, end)
            _, found = self._ask(self._window)
            if found.exported or not found.page.is_orders:
                break
        for number, exported in found.exported.items():
            order = next(each for each in self._orders if each.order_number == number)
            self._changing[number] = _Changing(self._walks[number], order, exported)
        if not self._changing:
            require_document(found.page, "the export")
            raise NotExercised(
                "a new order isn't exported in the minutes around its last change: fix WIN-1, WIN-4 or WIN-5 first"
            )

    def _ask(self, window: Window, *others: Order | None) -> tuple[Window, ExportOfOrders]:
        """Export the orders of a window, and return both. The store's difference to UTC moves the request."""
        wanted = [*self._orders, *(order for order in others if order is not None)]
        return window, export_of(self._survey, moved(window, self._shift), wanted)

    def _change_latecomer(self, place: int, moment: datetime | None) -> _Change | None:
        """Make a change that leaves the latecomer's content as it was; None if the store can't hold the change."""
        if (each := self._late) is None:
            return None
        kind, survey = each.walk.changes[place], self._survey
        steps: list[dict[str, str | datetime]] = [{"modified_at": moment}] if moment is not None else []
        if kind is Kind.BACK:
            other = status_for(survey.facts, LATE.meanings[1], now=each.now.status, among=exported_statuses(survey))
            steps = [{"status": other}, {"status": each.now.status}] if other is not None else []
        try:
            for fields in steps:
                survey.truth.change(each.now.order_number, **fields)
        except OrderRefused:
            steps = []
        self._is_late_changed = bool(steps)
        if not steps:
            return None
        if moment is not None:
            each.now = replace(each.now, modified_at=moment)
        each.steps.append(kind.value)
        return kind, "", ""

    def _ask_for_present(self, window: Window) -> tuple[Window, ExportOfOrders]:
        """Export a window of the present. The store may read its bounds with another difference to UTC than past ones.

        In a zone with summer time, it depends on the season.
        """
        asked = self._ask(window, *self._fresh)
        if usual_shift(self._survey) and not asked[1].exported:
            for shift in possible_shifts(self._survey.facts.timezone, window.end):
                self._shift = shift
                asked = self._ask(window, *self._fresh)
                if asked[1].exported:
                    break
        while self._polls_left and not all(order.order_number in asked[1].exported for order in self._fresh):
            self._polls_left -= 1
            self._survey.shipstation.session.wait(POLL_AFTER_CHANGE_S)
            asked = self._ask(window, *self._fresh)
        if asked[1].exported:  # otherwise the store reads the bounds of this window wrongly
            self.fresh = [
                FreshOrder(order, asked[1].window, asked[1].page, order.order_number in asked[1].exported)
                for order in self._fresh
            ]
        return asked

    def _ask_for_next(self, minute: datetime) -> tuple[Window, ExportOfOrders]:
        """Export the window that begins where the last one ended; if the store leaves out first minutes, an earlier."""
        following, latecomer = Window(minute, minute + 5 * MINUTE), self._late_order
        if self._window.end == minute and latecomer is not None:
            found = self._ask(following, latecomer)
            if latecomer.order_number in found[1].exported:
                return found
        return self._ask(Window(minute - MINUTE, following.end), latecomer)

    def _round(
        self,
        place: int,
        moment: datetime | None,
        ask: Callable[[], tuple[Window, ExportOfOrders]],
        numbers: Sequence[str] = (),
        *,
        late_change: int | None = None,
    ) -> None:
        """Change each order, or those with these numbers, export a window, and compare.

        With ``late_change``, the latecomer is changed after them. An export that has it shows the changes before, too.
        """
        made: dict[str, _Change] = {}
        for number in numbers or self._changing:
            change = self._change(self._changing[number], place, moment)
            if change is not None:
                made[number] = change
        if not made:
            return
        late = None if late_change is None else self._change_latecomer(late_change, moment)
        if late is not None and (order := self._late_order) is not None:
            made[order.order_number] = late
        before = self._window
        self._window, found = ask()
        while self._polls_left and not self._is_up_to_date(found, made, before):
            self._polls_left -= 1
            self._survey.shipstation.session.wait(POLL_AFTER_CHANGE_S)
            _, found = self._ask(self._window, self._late_order if late is not None else None)
        for number, change in made.items():
            self._judge(number, change, found, before, place, moment)

    def _is_up_to_date(self, found: ExportOfOrders, made: Mapping[str, _Change], before: Window) -> bool:
        """True if an export shows one of the changes; if the latecomer was changed, which came last, that change."""
        if (late := self._late_order) is not None and late.order_number in made:
            return late.order_number in found.exported
        return any(self._seen(number, change, found, before).is_shown for number, change in made.items())

    def _change(self, each: _Changing, place: int, moment: datetime | None) -> _Change | None:
        """Change an order, and return kind, old and new value; None if the store can't hold the change."""
        survey, kind = self._survey, each.walk.changes[place]
        name = FIELD[kind]
        old = str(getattr(each.now, name))
        if kind is Kind.STATUS:
            each.statuses += 1
            meaning = each.walk.meanings[each.statuses]
            new = status_for(survey.facts, meaning, now=old, among=exported_statuses(survey))
        elif name in survey.facts.lacks:
            new = None
        else:
            new = note_for_change(survey, kind, each.walk.notes[place + 2], place + 1)
        if new is None or new == old:
            return None
        given: dict[str, str | datetime] = {name: new} if moment is None else {name: new, "modified_at": moment}
        try:
            survey.truth.change(each.now.order_number, **given)
        except OrderRefused:
            return None
        each.now = replace(each.now, **given)
        each.steps.append(f"{kind.value} ({new})" if kind is Kind.STATUS else kind.value)
        return kind, old, new

    def _order(self, number: str) -> _Changing:
        """Return an order of the plan, or the latecomer."""
        if self._late is not None and number == self._late.now.order_number:
            return self._late
        return self._changing[number]

    def _seen(self, number: str, change: _Change, found: ExportOfOrders, before: Window) -> SeenChange:
        each, (kind, old, new) = self._order(number), change
        was = each.last["OrderStatus"].text.strip().casefold() if each.last is not None else ""
        return SeenChange(
            kind=kind,
            steps=tuple(each.steps),
            old=old,
            new=new,
            order_number=number,
            window=found.window,
            page=found.page,
            before=each.last,
            after=found.exported.get(number),
            is_same_request=before == self._window,
            is_spelled_alike=kind is Kind.STATUS
            and any(
                pair.truth.status == new and pair.exported["OrderStatus"].text.strip().casefold() == was
                for pair in self._survey.pairs
            ),
        )

    def _judge(
        self,
        number: str,
        change: _Change,
        found: ExportOfOrders,
        before: Window,
        place: int,
        moment: datetime | None,
    ) -> None:
        each, seen = self._order(number), self._seen(number, change, found, before)
        if not seen.is_shown and not self._is_held(each, moment):
            return  # the store's record doesn't have the change, so the export need not
        self.seen.append(seen)
        if seen.after is None:
            return
        each.last = seen.after
        shown_at = seen.after["LastModified"].moment
        if seen.is_shown and place not in READ_ROUNDS and shown_at is not None:
            # the time of the change isn't looked up here, so it isn't judged
            truth = replace(each.now, modified_at=shown_at)
            self.pairs.append(Pair(seen.after, truth, self._survey.facts))

    def _is_held(self, each: _Changing, moment: datetime | None) -> bool:
        """True if the store's record has the values and the time of an order's last change.

        Otherwise its values are taken over: they are what later exports have to show.
        """
        expected, stored = each.now, self._survey.truth.order(each.now.order_number)
        if stored is None:
            return False
        held = {name: getattr(stored, name) for name in FIELD.values()}
        if any(value != getattr(expected, name) for name, value in held.items()):
            each.now = replace(expected, **held)
            return False
        if moment is not None:
            return floor_to_minute(stored.modified_at) == floor_to_minute(moment)
        yesterday = floor_to_minute(self._survey.now) - timedelta(days=1)
        return stored.modified_at >= expected.modified_at and floor_to_minute(stored.modified_at) >= yesterday

    def _compare_with_records(self) -> None:
        """Keep the orders whose last change was shown, beside their records: with the time of the last change."""
        last = {seen.order_number: seen for seen in self.seen}
        shown = [number for number, seen in last.items() if seen.is_shown]
        for number, stored in zip(shown, self._survey.truth.orders(shown), strict=True):
            exported = last[number].after
            if isinstance(stored, Order) and exported is not None:
                each = self._order(number)
                each.now = _as_held(each.now, stored)
                self.pairs.append(Pair(exported, each.now, self._survey.facts))


def _as_held(expected: Order, stored: Order) -> Order:
    """Return an order as its export has to be, with the time of its record, and with notes in the form that it has.

    If the record has no such note, the note that was given counts.
    """
    notes = {FIELD[kind]: getattr(stored, FIELD[kind]) for kind in (Kind.CUSTOMER, Kind.STAFF)}
    kept = {name: note for name, note in notes.items() if note and getattr(expected, name)}
    return replace(expected, modified_at=stored.modified_at, **kept)


def _later_window(survey: Survey) -> Window:
    """Return a window that begins a minute before the present one, and ends two minutes after it.

    If the endpoint sends no Date headers, the present minute is unknown, and the window begins with the run.
    """
    run = _time_of_run(survey)
    return Window(run.now - MINUTE if run.is_known else run.began, run.now + 2 * MINUTE)


def content_beside_changes(order: ExportedOrder) -> str:
    """Return the order's content without what a change by staff or a shipment may touch."""
    touched = {"OrderStatus", "LastModified", "InternalNotes", "CustomerNotes"}
    return "".join(content for name, content in order.canonical_children if name not in touched)


def change_orders_again_and_again(survey: Survey) -> OrderChanges:
    """Let staff change some orders after each export, as planned, and export them after each round of changes.

    All orders are made in one past minute. They are changed twice within it, and twice in the present. The first change
    is followed by the request that was made before it. The second is followed by a request for the window that begins
    where the first one ends, as ShipStation's next request, and the fourth by one that begins later than the third.

    Raises:
        NotExercised: if the store can't make or change orders, or doesn't export a new one.
    """

    def make() -> OrderChanges:
        require_last_change(survey)
        survey.require_capability("update")
        rounds = _Rounds(survey, *_orders_to_change(survey))
        rounds.play()
        if not rounds.seen:
            raise NotExercised("the store's record doesn't show the changes as modifications of the orders")
        return OrderChanges(
            tuple(rounds.seen),
            tuple(rounds.pairs),
            _why_missing(survey, [seen.page for seen in rounds.seen if seen.after is None]),
            tuple(rounds.fresh),
            _why_missing(survey, [fresh.page for fresh in rounds.fresh if not fresh.came]),
            rounds.moved,
        )

    return survey.cached_or_refused("changes of orders", make)


def _why_missing(survey: Survey, pages: Sequence[ExportPage]) -> str:
    """Return another reason why orders are missing from some pages; empty if there is none, or no page.

    The reason can be that pages lose orders (PAG-2), or that the export can't be read (CON-7, CON-12).
    """
    if not pages:
        return ""
    if loses_orders_on_pages(survey):
        return "orders get lost between pages, and this one may be among them: fix PAG-2 first"
    try:
        require_document(pages[0], "the export")
    except NotExercised as why:
        return str(why)
    return ""


def _orders_to_change(survey: Survey) -> tuple[list[tuple[Walk, Order]], Order | None, list[Order]]:
    """Return the orders of the plan, all of one minute, one more of another minute, and those that were placed now.

    Raises:
        NotExercised: if the store can't hold any of them.
    """
    made = prepared_orders(survey)
    orders = [(walk, each.stored) for walk in PLAN if isinstance(each := made[walk.name], CreatedOrder)]
    if not orders:
        raise next(each for each in made.values() if not isinstance(each, CreatedOrder))
    latecomer = made[LATECOMER]
    fresh = [new.stored for name in FRESH if isinstance(new := made.get(name), CreatedOrder)]
    return orders, latecomer.stored if isinstance(latecomer, CreatedOrder) else None, fresh


# ---------------------------------------------------------------------- judging


def are_exported_again(changes: OrderChanges) -> Iterator[Finding]:
    """WIN-11: an order that is changed after it was exported is exported again in the window of the change.

    Raises:
        NotExercised: if orders are missing for another reason.
    """
    if changes.why_missing:
        raise NotExercised(changes.why_missing)
    for seen in changes.changes:
        if seen.after is None:
            yield Finding(
                message=f"An order that was changed isn't exported in the window of the change: {seen.history}.",
                order=seen.order_number,
                xpath="/Orders/Order",
                expected=f"the order in {seen.window}",
                actual=export_problem(seen.page) or f"{len(seen.page.orders)} orders, not this one",
                exchange=seen.page.exchange.number,
            )
    moved = changes.moved
    if moved is not None and not moved.came:
        yield Finding(
            message="An order that was changed isn't exported in a window that was empty when it was requested before.",
            order=moved.order.order_number,
            xpath="/Orders/Order",
            expected=f"the order in {moved.window}",
            actual=f"{len(moved.page.orders)} orders, not this one",
            exchange=moved.page.exchange.number,
        )


def fresh_orders_come(changes: OrderChanges) -> Iterator[Finding]:
    """WIN-1: an order that was placed during the run is exported, whatever its status.

    Raises:
        NotExercised: if the store can't make such orders, or if orders are missing for another reason.
    """
    if changes.why_fresh_missing:
        raise NotExercised(changes.why_fresh_missing)
    if not changes.fresh:
        raise NotExercised("the store can't make an order that is placed now, or exports nothing that changes now")
    for fresh in changes.fresh:
        if not fresh.came:
            yield Finding(
                message=f"An order with the status {fresh.order.status!r} isn't exported just after it was placed.",
                order=fresh.order.order_number,
                xpath="/Orders/Order",
                expected=f"the order in {fresh.window}",
                actual=export_problem(fresh.page) or f"{len(fresh.page.orders)} orders, not this one",
                exchange=fresh.page.exchange.number,
            )


def new_notes_show(changes: OrderChanges) -> Iterator[Finding]:
    """WIN-11: an order that is exported again after a change of notes shows the new note.

    Raises:
        NotExercised: if no note was changed, or no such order was exported again.
    """
    yield from _old_values(changes, (Kind.CUSTOMER, Kind.STAFF), "notes")


def new_statuses_show(changes: OrderChanges) -> Iterator[Finding]:
    """STA-4: a change of status shows in the next export.

    Raises:
        NotExercised: if no status was changed, or no such order was exported again.
    """
    made = [seen for seen in changes.changes if seen.kind is Kind.STATUS]
    if made and all(seen.is_spelled_alike or not seen.is_shown for seen in made):
        # no change of status ever shows: then that all statuses are spelled alike is no excuse
        made = [replace(seen, is_spelled_alike=False) for seen in made]
    yield from _old_values(OrderChanges(tuple(made)), (Kind.STATUS,), "status")


def _old_values(changes: OrderChanges, kinds: tuple[Kind, ...], what: str) -> Iterator[Finding]:
    made = [seen for seen in changes.changes if seen.kind in kinds]
    if not made:
        raise NotExercised(f"the store can't hold another {what}, or its record doesn't show the change")
    judged = [(seen, seen.after) for seen in made if seen.after is not None]
    if not judged:
        raise NotExercised("the changed order isn't exported: fix WIN-11 first")
    for seen, after in judged:
        if seen.shows_old_value:
            again = " The request was made before the change, too." if seen.is_same_request else ""
            message = f"The export still shows the value before the last change: {seen.history}.{again}"
            yield at(after[ELEMENT[seen.kind]], after, message, seen.new)


def order_ids_stay(changes: OrderChanges) -> Iterator[Finding]:
    """ORD-2: the OrderID is the same after a change as before.

    Raises:
        NotExercised: if no changed order is exported (WIN-11).
    """
    yield from _same_value(changes, "OrderID")


def customer_codes_stay(changes: OrderChanges) -> Iterator[Finding]:
    """CUS-3: the CustomerCode is the same after a change of the order as before.

    Raises:
        NotExercised: if no changed order is exported (WIN-11).
    """
    yield from _same_value(changes, "Customer/CustomerCode")


def _same_value(changes: OrderChanges, path: str) -> Iterator[Finding]:
    judged = [
        (seen.before, seen.after, seen.history)
        for seen in changes.changes
        if seen.before is not None and seen.after is not None
    ]
    if not judged:
        raise NotExercised("the changed order isn't exported: fix WIN-11 first")
    for before, after, history in judged:
        value = before[path].text
        if normalized(value) != normalized(after[path].text):
            name = path.rpartition("/")[2]
            yield at(after[path], after, f"The order has another {name} after a change: {history}.", value)


# ---------------------------------------------------------------------- the same request (CON-8)


class RepeatedRequest(msgspec.Struct, frozen=True):
    """An order as the same request exported it again after a change of its notes; None if it wasn't exported."""

    exported: ExportedOrder | None
    notes_before: str
    notes_after: str


def change_an_order_and_ask_again(survey: Survey) -> RepeatedRequest:
    """Change an order's notes within the minute of its last change, and make the same request again.

    Raises:
        NotExercised: if the store can't make or change such an order, or doesn't export it.
    """
    survey.require_capability("update")
    if "customer_notes" in survey.facts.lacks:
        raise NotExercised(f"{survey.truth_name} says that the store lacks customer_notes")
    for seen in change_orders_again_and_again(survey).changes:
        if seen.is_same_request and seen.kind is Kind.CUSTOMER:
            return RepeatedRequest(seen.after, seen.old, seen.new)
    raise NotExercised("the store doesn't accept a change with a given time")
