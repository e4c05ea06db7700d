"""The evidence of one target that most requirements share, so that each request is made only once.

A survey is lazy: it requests only what the selected scenarios need. Every window ends before the run began, and
scenarios change only orders outside of these windows. So a survey gets the same replies early and late in a run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar, cast

from conformance.checks.matching import Pair, pair_orders
from conformance.client.parsing.document import ExportPage, stated_pages
from conformance.client.parsing.limits import ReplyTooLarge
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import COMPRESSION, MINUTE, NO_COMPRESSION, ShipStation, Window
from conformance.core.errors import NotExercised, NotRecorded
from conformance.core.once import once
from conformance.core.times import is_searchable
from conformance.survey.completeness import Completeness
from conformance.survey.known_orders import orders_of_exports, recorded_orders
from conformance.survey.limits import EMPTY_WINDOW, SurveyLimits
from conformance.survey.pages import ExportedPages, PageReader
from conformance.survey.record import StoreRecord
from conformance.survey.specimens import Build, CreatedOrder, SpecimenOrders
from conformance.survey.stability import Stability
from conformance.survey.windows import (
    floor_to_minute,
    possible_shifts,
    recent_window,
    window_around,
    window_of_specimens,
)
from conformance.truth.source import ORDERS_AT_ONCE, OrderRef, Truth, TruthUnavailable, listed
from conformance.truth.suite_orders import mark_of, run_began, run_id_of
from mockstore.orders.model import Order
from mockstore.orders.specimens import is_of_specimen
from mockstore.shop.facts import StoreFacts

ORDER_OF_TWO_MINUTES = "edge-first-second"
"""The specimen around which the smallest window is requested."""
PAGES_PAST_END = (1, 4)
"""Distances from a window's last page to the further pages that are requested."""

Evidence = TypeVar("Evidence")


class Survey:
    """The shared evidence of one target."""

    def __init__(
        self,
        shipstation: ShipStation,
        truth: Truth | None,
        *,
        may_write: bool,
        now: datetime,
        run_id: str,
        limits: SurveyLimits,
    ) -> None:
        self.shipstation, self.may_write, self.now = shipstation, may_write, now
        self.run_id, self.limits = run_id, limits
        self.polls_until_booked: int | None = None
        """Polls needed until an asynchronous (202) notification was booked; None if that was never seen."""
        self._record = StoreRecord(truth)
        self._specimen_orders = SpecimenOrders(self._record, now, run_id, may_write=may_write)
        self._exported: ExportedPages | None = None
        self._stability: Stability | None = None
        self._evidence: dict[object, object] = {}
        self._margin = 0

    @property
    def unwritable_reason(self) -> str:
        """Why the store can't be changed, if ``may_write`` is false."""
        if self.has_truth and not self._record.truth.is_writable:
            return (
                f"{self._record.truth.name} can't change the store: use --control or --cscart-api, and --allow-writes"
            )
        return "the store may not be changed: run with --allow-writes"

    @property
    def notices(self) -> tuple[str, ...]:
        """Notices for the report."""
        return (
            *self._specimen_orders.notices,
            *(self._stability.notices if self._stability else ()),
            *self._notices_on_unread_pages(),
        )

    def _notices_on_unread_pages(self) -> Iterator[str]:
        """Yield a notice on each window that has more pages than the suite reads."""
        exported = self._exported
        for window in exported.truncated_windows if exported is not None else ():
            read, most = len(exported.pages_of(window)) if exported else 0, self.limits.max_pages
            if read >= most:
                yield (
                    f"the window {window} has more than {most} pages, and the suite reads no more of a window: the "
                    "orders on further pages are not judged"
                )

    def let_go(self) -> None:
        """Let go of everything, so that it is freed at once: the evidence and the survey refer to each other.

        The survey can't be used afterwards.
        """
        vars(self).clear()

    def next_margin(self) -> timedelta:
        """Return a margin of 1 to 30 minutes, another at each call, so that a window differs from those before."""
        self._margin = self._margin % 30 + 1
        return self._margin * MINUTE

    def cached(self, key: object, make: Callable[[], Evidence]) -> Evidence:
        """Return the result of ``make``, which is called only once for each key."""
        if key not in self._evidence:
            self._evidence[key] = make()
        return cast("Evidence", self._evidence[key])

    def cached_or_refused(self, key: object, make: Callable[[], Evidence]) -> Evidence:
        """Return the result of ``make``, which is called only once for each key, also if it fails.

        Raises:
            NotExercised: if it raised this.
            TruthUnavailable: if it raised this.
        """

        def attempt() -> Evidence | NotExercised | TruthUnavailable:
            try:
                return make()
            except (NotExercised, TruthUnavailable) as why:
                return why

        found = self.cached(key, attempt)
        if isinstance(found, (NotExercised, TruthUnavailable)):
            raise found.with_traceback(None)
        return found

    # The store's own record

    @property
    def truth(self) -> Truth:
        """The source of truth.

        Raises:
            NotExercised: if the target has no source of truth.
        """
        return self._record.truth

    @property
    def has_truth(self) -> bool:
        """True if there is a source of truth."""
        return self._record.is_available

    @property
    def truth_name(self) -> str:
        """The name of the source of truth in sentences."""
        return self.truth.name

    @property
    def truth_notices(self) -> Sequence[str]:
        """What the source of truth told wrongly or not at all, so far."""
        return self.truth.notices if self.has_truth else ()

    @property
    def unknown(self) -> Mapping[str, str]:
        """Requirement → why the source of truth doesn't allow judging it, as far as that is known by now."""
        return self.truth.unknown if self.has_truth else {}

    @property
    def facts(self) -> StoreFacts:
        """The facts that the store states about itself."""
        return self._record.facts

    @property
    def knows_modification_times(self) -> bool:
        """True if the source of truth tells when each order was last modified, and so which orders a window holds."""
        return self._record.knows_modification_times

    def require_capability(self, capability: str) -> None:
        """Go on only if the source of truth has this capability, like update.

        Raises:
            NotExercised: if it doesn't; the reason names it.
        """
        self._record.require(capability)

    def modified_in(self, window: Window) -> tuple[OrderRef, ...]:
        """Return the orders modified in a window, as the store's record says; none if the record has no times."""
        return self._record.modified_in(window)

    # The orders that the suite makes

    @property
    def specimens(self) -> dict[str, CreatedOrder]:
        """Name → specimen; empty if the suite may not make orders."""
        return self._specimen_orders.created

    @property
    def deleted_orders(self) -> tuple[Order, ...]:
        """The orders that were made among the specimens, and deleted before the first export."""
        return tuple(self._specimen_orders.deleted)

    @property
    def _made(self) -> dict[str, CreatedOrder]:
        """The specimens; none if no specimen can be made. The store's other orders are judged all the same."""
        try:
            return self.specimens
        except (NotExercised, TruthUnavailable):
            return {}

    @property
    def _specimen_numbers(self) -> frozenset[str]:
        return frozenset(made.stored.order_number for made in self._made.values())

    @property
    def specimens_begin(self) -> datetime:
        """The time when the first specimen was modified.

        Raises:
            NotExercised: if there is no source of truth, or if each of the tried weeks has other orders.
        """
        return self._specimen_orders.begin

    def new_order(self, name: str, build: Build) -> CreatedOrder:
        """Make an order for one scenario, at a time that no other order of the run uses.

        Raises:
            NotExercised: if the suite may not make orders, or the store can't hold this order.
            TruthUnavailable: if the store replies that it made the order, but then doesn't have it.
        """
        self._prepare_new_orders()
        return self._specimen_orders.create_one(name, build)

    @property
    def makes_several_orders(self) -> bool:
        """True if one call makes several orders."""
        return self.has_truth and self.truth.orders_per_call > 1

    def new_orders(self, wanted: Mapping[str, Build]) -> dict[str, CreatedOrder | NotExercised | TruthUnavailable]:
        """Make several orders for scenarios: with one call where the store offers that. Return each by its name.

        An order that could not be made is replaced by the error that :meth:`new_order` would raise.

        Raises:
            NotExercised: if the suite may not make orders.
        """
        self._prepare_new_orders()
        return self._specimen_orders.create_some(wanted)

    def _prepare_new_orders(self) -> None:
        """Go on only if orders may be made, and request what a new order could change.

        Raises:
            NotExercised: if the suite may not make orders.
        """
        if not self.may_write:
            raise NotExercised("orders may not be made here: run with --allow-writes, and --control or --cscart-api")
        self._record.require("create")
        if self._exported is not None:
            # the new order could appear on the survey's pages, so their second requests are made before it
            _ = self.stability.repeated_pages
            with contextlib.suppress(NotExercised):
                _ = self.pages_past_end

    @property
    def specimen_names(self) -> Mapping[str, str]:
        """Number → name, for each order that the suite has made so far."""
        return self._specimen_orders.names

    @property
    def undeleted_specimens(self) -> tuple[str, ...]:
        """The numbers of the orders that the suite made and has not deleted."""
        return tuple(self._specimen_orders.undeleted_numbers)

    def delete_specimens(self) -> list[str]:
        """Delete every order that the suite made, and return the numbers of those that the store kept."""
        return self._specimen_orders.delete_all()

    # Windows and pages

    @once
    def windows(self) -> tuple[Window, ...]:
        """The windows that the survey reads: that of the specimens, and one or more with orders from before the run."""
        found: list[Window] = []
        if self._made:
            modified_at = [made.stored.modified_at for made in self._made.values()]
            found.append(window_of_specimens(modified_at, self.specimens_begin))
        if self.limits.windows:
            found += self.limits.windows
        else:
            recent = recent_window(
                self._record,
                self.now,
                max_orders=self.limits.max_orders,
                specimens=self._specimen_numbers,
                first_page=self.first_page,
            )
            found += [recent] if recent is not None else []
        return tuple(found)

    @property
    def stable_windows(self) -> tuple[Window, ...]:
        """The survey's windows that hold the same orders at any time.

        If orders can only be made with the present time, the specimens' window gets further orders during the run.
        """
        return self.windows if self.knows_modification_times or not self._made else self.windows[1:]

    def _is_stable(self, window: Window) -> bool:
        """True if a window is a stable window, or a part of one."""
        return any(stable.encloses(window) for stable in self.stable_windows)

    def page(self, window: Window, number: int, accepts: str = COMPRESSION) -> ExportPage:
        """Return a page of a window. It is requested only once, even if it is too large.

        Raises:
            ReplyTooLarge: if the page has more orders than the suite judges.
        """

        def request() -> ExportPage | ReplyTooLarge:
            try:
                return self.shipstation.export(window, number, accepts=accepts)
            except ReplyTooLarge as problem:
                return problem

        found = self.cached(("page", window, number), request)
        if isinstance(found, ReplyTooLarge):
            raise found.with_traceback(None)
        return found

    def first_page(self, window: Window) -> ExportPage:
        """Return page 1 of a window. It is requested only once."""
        return self.page(window, 1)

    def first_pages_together(self, windows: Iterable[Window]) -> dict[Window, ExportPage]:
        """Request page 1 of several windows at the same moment, and return the documents.

        A window that was requested before is left out. The documents don't count as requested pages until they are
        given to :meth:`keep_first_page`.
        """
        new = [window for window in dict.fromkeys(windows) if ("page", window, 1) not in self._evidence]
        found: dict[Window, ExportPage] = {}
        for start in range(0, len(new), ORDERS_AT_ONCE):
            some = new[start : start + ORDERS_AT_ONCE]
            found |= dict(zip(some, self.shipstation.export_together(some), strict=True))
        return {window: page for window, page in found.items() if page.is_orders}

    def keep_first_page(self, window: Window, page: ExportPage) -> None:
        """Let :meth:`first_page` return this page of a window."""
        self._evidence[("page", window, 1)] = page

    def is_exported_in(self, window: Window, order: Order) -> bool | None:
        """True if an order is on any page of a window; None if the window can't be read, or has too many pages."""
        if not self.first_page(window).is_orders:
            return None
        stated = stated_pages(self.first_page(window)) or 1
        alike = self._with_same_address(order)
        for number in range(1, min(stated, self.limits.max_pages) + 1):
            pairs, _ = pair_orders(self.page(window, number).orders, alike, self.facts)
            if any(pair.truth is order for pair in pairs):
                return True
        return False if stated <= self.limits.max_pages else None

    def _with_same_address(self, order: Order) -> tuple[Order, ...]:
        """Return the order, and all others with its e-mail address, which then does not identify it."""
        # the survey may be reading the windows of the known orders just now
        has_known = "_known_orders" in self.__dict__

        def find() -> dict[str, dict[str, Order]]:
            found: dict[str, dict[str, Order]] = {}
            for each in (*(made.stored for made in self._made.values()), *(self.known_orders if has_known else ())):
                found.setdefault(each.customer.email, {})[each.order_number] = each
            return found

        alike = self.cached(("orders by e-mail address", has_known), find).get(order.customer.email, {})
        return (order, *(each for number, each in alike.items() if number != order.order_number))

    def _listed_in(self, window: Window) -> tuple[OrderRef, ...]:
        """Return the orders modified in a window, as the store's record says; none if the record can't be read."""
        try:
            return self.modified_in(window)
        except TruthUnavailable:
            return ()

    @property
    def exported(self) -> ExportedPages:
        """All pages of the survey's windows."""
        if self._exported is None:
            if self.knows_modification_times:
                with contextlib.suppress(TruthUnavailable):  # the export is evidence all the same
                    _ = self.known_orders  # look these up before the first export, because exporting may change orders
            exported = ExportedPages(self.windows)
            reader = PageReader(
                self.page,
                self.limits,
                knows_modification_times=self.knows_modification_times,
                shift=self._shift_of_bounds,
            )
            for window in self.windows:
                reader.read(window, self._listed_in(window), exported)
            self._exported = exported
        return self._exported

    def _shift_of_bounds(self) -> timedelta:
        """Return the difference to UTC with which the store reads bounds; zero if no plain specimen shows it."""
        made = self._made.get(ORDER_OF_TWO_MINUTES) if self.knows_modification_times else None
        if made is None:
            return timedelta(0)
        shifts = possible_shifts(self.facts.timezone, made.stored.modified_at)
        found = (shift for shift in shifts if self.is_exported_in(window_around(made.stored, shift), made.stored))
        try:
            return next(found, timedelta(0))
        except NotRecorded:
            return timedelta(0)

    @property
    def unread_part(self) -> str:
        """The orders, or windows, that could not be read, with the reason; empty if all could be read so far."""
        unreadable = self._exported.unreadable_windows if self._exported is not None else []
        if not unreadable:
            return ""
        numbers = [number for each in unreadable for number in each.order_numbers]
        if self.knows_modification_times and not numbers:
            return ""
        what = f"the export of order {listed(numbers)}" if numbers else f"the export of {unreadable[0].window}"
        return f"{what} can't be read: {unreadable[0].reason}"

    @cached_property
    def largest_window(self) -> tuple[Window, ExportPage]:
        """The stable window with the most pages, and its first page, which has orders.

        Raises:
            NotExercised: if no stable window has orders.
        """
        firsts = [
            (each.window, each.page)
            for each in self.exported.pages
            if each.number == 1 and each.page.orders and self._is_stable(each.window)
        ]
        if not firsts:
            raise NotExercised("the store exported no order to judge")
        return max(firsts, key=lambda first: len(self.exported.pages_of(first[0])))

    @cached_property
    def pages_past_end(self) -> tuple[tuple[int, ExportPage], ...]:
        """The numbers and replies of pages after the last page of the largest window. They are not compressed (CON-7).

        Raises:
            NotExercised: if a recording has no such page.
        """
        window, first = self.largest_window
        last = max(len(self.exported.pages_of(window)), stated_pages(first) or 1)
        found = []
        for distance in PAGES_PAST_END:
            with contextlib.suppress(NotRecorded):
                found.append((last + distance, self.page(window, last + distance, NO_COMPRESSION)))
        if not found:
            raise NotExercised("the recording has no page past the last one")
        return tuple(found)

    @cached_property
    def documents(self) -> tuple[ExportPage, ...]:
        """Documents of different sizes: the survey's pages, and a document with the orders of two minutes."""
        pages = self.exported.valid_pages
        order = next(iter(self.exported.distinct_orders), None)
        modified = order["LastModified"].moment if order is not None else None
        if self.knows_modification_times and ORDER_OF_TWO_MINUTES in self._made:  # this window is requested anyway
            modified = self._made[ORDER_OF_TWO_MINUTES].stored.modified_at
        if modified is None or not is_searchable(modified):
            return pages
        minute = floor_to_minute(modified)
        try:
            few = self.page(Window(minute - MINUTE, minute + MINUTE), 1)
        except NotRecorded:
            return pages
        return (*pages, few) if few.is_orders else pages

    @cached_property
    def empty_export(self) -> ExportPage:
        """An export of a window in which no order was modified."""
        return self.shipstation.export(self.limits.empty_window)

    def other_empty_window(self, length: timedelta) -> Window:
        """Return another window without orders, of that length. Recorded traffic has only one, which is returned."""
        empty = self.limits.empty_window
        return Window(empty.start, empty.start + length) if empty == EMPTY_WINDOW else empty

    # Comparisons

    @property
    def stability(self) -> Stability:
        """The comparison of the first exports with later ones."""
        if self._stability is None:
            pages = [each for each in self.exported.pages if each.page.is_orders and self._is_stable(each.window)]
            self._stability = Stability(
                self._record,
                lambda window, number, accepts: self.shipstation.export(window, number, accepts=accepts),
                pages=pages[: self.limits.max_repeated_pages],
                windows=self.windows,
                known_orders=self.known_orders,
                specimens=self._specimen_numbers | self._known_orders[1],
            )
        return self._stability

    @property
    def known_orders(self) -> tuple[Order, ...]:
        """The orders in the survey's windows, as the store's record has them, without those of other runs."""
        return self._known_orders[0]

    @once
    def _known_orders(self) -> tuple[tuple[Order, ...], frozenset[str]]:
        """The known orders, and the numbers of orders that other runs of the suite made.

        The latter are not judged: another run may be changing them, or ``conformance tidy`` deletes them.
        """
        others = frozenset(
            order.order_number for order in self._recorded_orders if self._is_of_other_run(mark_of(order.customer))
        )
        return tuple(order for order in self._recorded_orders if order.order_number not in others), others

    def _is_of_other_run(self, mark: str) -> bool:
        began = run_began(mark, self.now) if is_of_specimen(mark) else None
        return began is not None and run_id_of(began) != self.run_id

    def _is_export_of_other_run(self, order: ExportedOrder) -> bool:
        marks = (order[path].text.strip() for path in ("Customer/BillTo/Email", "Customer/ShipTo/Address2"))
        return self._is_of_other_run(next(filter(None, marks), ""))

    @property
    def orders_without_number(self) -> int:
        """The number of requests to make an order that got no usable reply: the store may have made the order."""
        return self._specimen_orders.without_number

    @property
    def orders_of_other_runs(self) -> tuple[str, ...]:
        """The numbers of orders that other runs of the suite made, as far as this run has met them.

        Some of the orders that keep the specimens out of a week are looked up for it.
        """
        found: dict[str, None] = {}
        if (kept := self.__dict__.get("_known_orders")) is not None:
            found |= dict.fromkeys(sorted(kept[1]))
        if self._exported is not None:
            found |= {
                order.number: None for order in self._exported.distinct_orders if self._is_export_of_other_run(order)
            }
        near = [ref.order_number for ref in self._specimen_orders.others_near[:ORDERS_AT_ONCE]]
        for number, order in zip(near, self.truth.orders(near) if near else (), strict=True):
            if isinstance(order, Order) and self._is_of_other_run(mark_of(order.customer)):
                found[number] = None
        return tuple(found)

    @once
    def _recorded_orders(self) -> tuple[Order, ...]:
        """The orders in the survey's windows, as the store's record has them."""
        specimens, limit = tuple(self._made.values()), self.limits.max_orders
        if self.has_truth and not self.knows_modification_times:
            exported = self.exported.distinct_orders
            return tuple(orders_of_exports(self._record, self.windows, specimens, exported, limit))
        return recorded_orders(self._record, self.windows, specimens, limit)

    @cached_property
    def specimens_outside(self) -> tuple[Order, ...]:
        """The specimens whose last change is outside the survey's windows."""
        inside = {order.order_number for order in self.known_orders}
        return tuple(made.stored for made in self._made.values() if made.stored.order_number not in inside)

    @cached_property
    def _matched(self) -> tuple[tuple[Pair, ...], tuple[ExportedOrder, ...]]:
        changed = self.stability.changed_meanwhile
        unchanged = [order for order in self.known_orders if order.order_number not in changed]
        return pair_orders(self.exported.distinct_orders, (*unchanged, *self.specimens_outside), self.facts)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Every exported order that is in the store's record, with its record."""
        return self._matched[0]

    @cached_property
    def arrived(self) -> frozenset[str]:
        """The numbers of the store's own records of exported orders."""
        return frozenset(pair.truth.order_number for pair in self.pairs)

    @property
    def unmatched_exports(self) -> tuple[ExportedOrder, ...]:
        """Exported orders that match no known order, without those of other runs and deleted ones."""
        deleted = {order.order_number for order in self.deleted_orders}
        return tuple(
            order
            for order in self._matched[1]
            if order.number not in deleted and not self._is_export_of_other_run(order)
        )

    @cached_property
    def completeness(self) -> Completeness:
        """The comparison of the store's record with the export."""
        return Completeness(
            self.exported,
            self.known_orders,
            found=self.arrived | self.stability.changed_meanwhile,
            unmatched_exports=self.unmatched_exports,
            is_exported_in=self.is_exported_in,
            max_requested=self.limits.max_bisections,
            knows_modification_times=self.knows_modification_times,
        )
