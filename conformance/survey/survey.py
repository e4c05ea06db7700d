"""The few exchanges that most requirements share, each made once for a target and version.

Lazy: what no scenario of the selection needs isn't asked. Every window lies before the
run began, and the orders that scenarios change lie outside, so that what a survey sees
doesn't depend on when it looks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import TypeVar, cast

import msgspec

from conformance.checks.matching import Pair, pair_orders
from conformance.client.parsing.document import ExportPage
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import MINUTE, ShipStation, Window
from conformance.contract.fields import cannot_tell
from conformance.core.errors import NotExercised, NotRecorded
from conformance.core.finding import Finding
from conformance.survey.pages import NOTHING_HAPPENED, ExportedPages, PageReader, SurveyLimits, stated_pages
from conformance.survey.repeated_pages import RepeatedPage, differences
from conformance.survey.specimens import CreatedOrder, SpecimenOrders
from conformance.survey.windows import ANY_ZONE_MARGIN, floor_to_minute, is_certainly_in, is_modified_in
from conformance.truth.source import OrderRef, Truth, TruthUnavailable
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order
from mockstore.orders.specimens import SpecimenMaker
from mockstore.shop.facts import StoreFacts

UNKNOWN = "what the store holds isn't known: run with --control, --cscart-api or --worksheet"
FEW = 10
"""One in so many orders of a window may be changed by others while it is read."""
PAST_END = (1, 4)
TOUCHED = 3
"""Orders that are read again to see whether exporting changed them."""


Evidence = TypeVar("Evidence")


class Survey:
    """What is known of one target and version."""

    def __init__(
        self,
        shipstation: ShipStation,
        truth: Truth | None,
        *,
        may_write: bool,
        now: datetime,
        run: str,
        limits: SurveyLimits,
    ) -> None:
        self.shipstation, self._truth, self.may_write, self.now = shipstation, truth, may_write, now
        self.run_id, self.limits = run, limits
        self._notices: list[str] = []
        self._margin = 0
        self.polls_until_booked: int | None = None
        """Looks until a notification that was accepted for later was seen to be booked; None: not known."""
        self._once: dict[object, object] = {}

    @property
    def notices(self) -> tuple[str, ...]:
        """What is to be said beside the verdicts."""
        return (*(self._making.problems if "_making" in self.__dict__ else ()), *self._notices)

    @property
    def truth(self) -> Truth:
        """The source of truth.

        Raises:
            NotExercised: where there is none.
        """
        if self._truth is None:
            raise NotExercised(UNKNOWN)
        return self._truth

    @property
    def has_truth(self) -> bool:
        """Whether there is a source of truth."""
        return self._truth is not None

    @cached_property
    def facts(self) -> StoreFacts:
        """What the store says of itself."""
        return StoreFacts() if self._truth is None else self._truth.facts

    @property
    def truth_name(self) -> str:
        """What the source of truth is called."""
        return self.truth.name

    @cached_property
    def knows_modification_times(self) -> bool:
        """Whether the source of truth says when orders were last changed, so that those of a window are known."""
        return self._truth is not None and not cannot_tell(self.facts, "modified_at")

    def next_margin(self) -> timedelta:
        """A margin for a window that makes it another than those before: 1 to 30 minutes."""
        self._margin = self._margin % 30 + 1
        return self._margin * MINUTE

    def cached(self, key: object, make: Callable[[], Evidence]) -> Evidence:
        """What ``make`` gives, made once for a key."""
        if key not in self._once:
            self._once[key] = make()
        return cast("Evidence", self._once[key])

    # The orders that the suite makes

    @cached_property
    def _making(self) -> SpecimenOrders:
        return SpecimenOrders(self.truth, self.now, self.run_id, dated=self.knows_modification_times)

    @property
    def specimens_begin(self) -> datetime:
        """When the first specimen was modified.

        Raises:
            NotExercised: where nothing is known of the store, or it is never quiet.
        """
        return self._making.begin

    @cached_property
    def specimens(self) -> dict[str, CreatedOrder]:
        """The hand-made orders, made where that is allowed."""
        if not self.may_write:
            return {}
        return self._making.specimens

    def new_order(self, name: str, build: Callable[[SpecimenMaker], Draft]) -> CreatedOrder:
        """Make an order for one scenario, in days of its own.

        Raises:
            NotExercised: where the suite may not, or the store can't.
        """
        if not self.may_write or "create" not in self.facts.capabilities:
            raise NotExercised("orders may not be made here: run with --allow-writes, and --control or --cscart-api")
        self._look_again()
        return self._making.create_one(name, build)

    def delete_specimens(self) -> list[str]:
        """Take back every order that the suite made; the numbers of those that couldn't be."""
        return self._making.delete_all() if "_making" in self.__dict__ else []

    def _look_again(self) -> None:
        """Ask what is compared with the survey's pages before anything is made that could stand in them, too."""
        if "main" in self.__dict__:
            _ = self.repeated_pages
            with contextlib.suppress(NotExercised):
                _ = self.pages_past_end

    # Windows

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The windows that the survey reads: the specimens', and one of what the store held before."""
        found: list[Window] = []
        if self.specimens:
            times = [made.stored.modified_at for made in self.specimens.values()]
            day = [time for time in times if abs(time - self.specimens_begin) < timedelta(days=2)] or times
            found.append(
                Window(floor_to_minute(min(day) - ANY_ZONE_MARGIN), floor_to_minute(max(day) + ANY_ZONE_MARGIN))
            )
        if self.limits.windows:
            found += self.limits.windows
        elif (recent := self._recent()) is not None:
            found.append(recent)
        return tuple(found)

    @cached_property
    def stable_windows(self) -> tuple[Window, ...]:
        """Those of the survey's windows that hold the same orders whenever they are asked for.

        Where specimens can only be made now, their window goes on filling while the suite makes more.
        """
        return self.windows if self.knows_modification_times or not self.specimens else self.windows[1:]

    def _lasts(self, window: Window) -> bool:
        """Whether a window is one of the lasting ones, or a part of one that couldn't be read whole."""
        return any(stable.encloses(window) for stable in self.stable_windows)

    def _recent(self) -> Window | None:
        end = floor_to_minute(self.now) - 2 * MINUTE
        if not self.knows_modification_times:
            for days in (30, 365):
                window = Window(end - timedelta(days=days), end)
                if (reading := self.first_page(window)).orders or not reading.is_orders:
                    return window
            return Window(end - timedelta(days=30), end)
        foreign: list[OrderRef] = []
        for days in (3, 30, 365):
            mentions = self.modified_in(Window(end - timedelta(days=days), end))
            foreign = [mention for mention in mentions if mention.order_number not in self._numbers_made]
            if len(foreign) >= self.limits.max_orders:
                break
        return (
            Window(floor_to_minute(foreign[-self.limits.max_orders :][0].modified_at) - MINUTE, end)
            if foreign
            else None
        )

    @cached_property
    def _numbers_made(self) -> frozenset[str]:
        return frozenset(made.stored.order_number for made in self.specimens.values())

    def modified_in(self, window: Window) -> tuple[OrderRef, ...]:
        """The orders that the store says were modified in a window; none where nobody says so."""
        if not self.knows_modification_times:
            return ()
        return self.cached(("mentions", window), lambda: self._mentions(window))

    def _mentions(self, window: Window) -> tuple[OrderRef, ...]:
        return self.truth.modified_between(window.start, window.end + timedelta(seconds=59))

    def page(self, window: Window, number: int) -> ExportPage:
        """A page of a window, asked once."""
        return self.cached(("page", window, number), lambda: self.shipstation.export(window, number))

    def first_page(self, window: Window) -> ExportPage:
        """Page 1 of a window, asked once."""
        return self.page(window, 1)

    def is_exported_in(self, window: Window, order: Order) -> bool | None:
        """Whether an order stands on any page of a window; None where there are more pages than may be read."""
        stated = stated_pages(self.first_page(window)) or 1
        for number in range(1, min(stated, self.limits.max_pages) + 1):
            if pair_orders(self.page(window, number).orders, (order,), self.facts)[0]:
                return True
        return False if stated <= self.limits.max_pages else None

    # What the store exports

    @cached_property
    def exported(self) -> ExportedPages:
        """All pages of the survey's windows."""
        if self.knows_modification_times:  # otherwise, what is known begins with what was exported
            _ = self.known_orders  # as it is before anything is exported, should exporting change it
        whole = ExportedPages(self.windows)
        collector = PageReader(self.page, self.limits, dated=self.knows_modification_times)
        for window in self.windows:
            collector.collect(window, self.modified_in(window), whole)
        return whole

    @cached_property
    def unreadable(self) -> tuple[ExportPage, ...]:
        """Every reply to a good request that was no Orders document."""
        faults = [fault.reading for fault in self.exported.unreadable_windows]
        return (*self.exported.failed_pages, *faults)

    @cached_property
    def repeated_pages(self) -> tuple[tuple[ExportPage, ExportPage], ...]:
        """The survey's pages beside the same pages asked once more."""
        return tuple((look.before, look.after) for look in self._repeated_pages)

    @cached_property
    def _repeated_pages(self) -> tuple[RepeatedPage, ...]:
        found = []
        for window, number, reading in self._good_pages:
            # of recorded traffic only some may have been asked for twice
            with contextlib.suppress(NotRecorded):
                found.append(RepeatedPage(window, number, reading, self.shipstation.export(window, number)))
        return tuple(found)

    def require_repeated_pages(self) -> None:
        """What happens when the same is asked for again can only be judged where that was done.

        Raises:
            NotExercised: where it wasn't.
        """
        if self._good_pages and not self.repeated_pages:
            raise NotExercised("no page was asked for twice")

    @cached_property
    def _good_pages(self) -> tuple[tuple[Window, int, ExportPage], ...]:
        pages = [page for page in self.exported.pages if page[2].is_orders and self._lasts(page[0])]
        return tuple(pages[: self.limits.max_repeated_pages])

    @cached_property
    def empty_window(self) -> ExportPage:
        """An export over a window in which nothing ever happened."""
        return self.shipstation.export(self.limits.empty_window)

    def other_empty_window(self, length: timedelta) -> Window:
        """Another window in which nothing happened, of that length; of recorded traffic the one that was asked for."""
        quiet = self.limits.empty_window
        return Window(quiet.start, quiet.start + length) if quiet == NOTHING_HAPPENED else quiet

    @cached_property
    def largest_window(self) -> tuple[Window, ExportPage]:
        """A window that has orders, preferably over several pages, and its first page.

        Raises:
            NotExercised: where no window has any.
        """
        firsts = [
            (window, reading)
            for window, number, reading in self.exported.pages
            if number == 1 and reading.orders and self._lasts(window)
        ]
        if not firsts:
            raise NotExercised("the store exported no order to judge")
        return max(firsts, key=lambda found: len(self.pages_of(found[0])))

    def pages_of(self, window: Window) -> tuple[ExportPage, ...]:
        """The pages of one of the survey's windows."""
        return tuple(reading for of, _, reading in self.exported.pages if of == window)

    @cached_property
    def pages_past_end(self) -> tuple[tuple[int, ExportPage], ...]:
        """Pages after the last of the window with the most pages.

        Raises:
            NotExercised: where none was asked for.
        """
        window, first = self.largest_window
        last = max(len(self.pages_of(window)), stated_pages(first) or 1)
        found = []
        for beyond in PAST_END:
            with contextlib.suppress(NotRecorded):
                found.append((last + beyond, self.page(window, last + beyond)))
        if not found:
            raise NotExercised("no page past the last was asked for")
        return tuple(found)

    @cached_property
    def documents(self) -> tuple[ExportPage, ...]:
        """Documents of every shape: the survey's pages, and one with the orders of a few minutes."""
        order = next(iter(self.exported.distinct_orders), None)
        moment = order["LastModified"].moment if order is not None else None
        if moment is None:
            return self.exported.valid_pages
        minute = floor_to_minute(moment)
        try:
            few = self.page(Window(minute - MINUTE, minute + MINUTE), 1)
        except NotRecorded:
            return self.exported.valid_pages
        return (*self.exported.valid_pages, few) if few.is_orders else self.exported.valid_pages

    # Whether looking changes what is seen

    @cached_property
    def export_changes(self) -> tuple[Finding, ...]:
        """What the second export of the same windows has otherwise than the first (WIN-8).

        Orders that only moved between pages are a matter of paging (PAG-3).
        """
        return tuple(differences(self._repeated_pages, counting=not self.changed_meanwhile))

    @cached_property
    def changed_meanwhile(self) -> frozenset[str]:
        """The store's own orders that others changed while the survey read them: few of many, in a live shop.

        Where most of a window has moved, it's the export that moves them (WIN-8).
        """
        moved: set[str] = set()
        for window in self.windows:
            if self.knows_modification_times:
                before = {mention.order_number: mention.modified_at for mention in self.modified_in(window)}
                foreign = before.keys() - self._numbers_made
                if not foreign:
                    continue
                now = {mention.order_number: mention.modified_at for mention in self._mentions(window)}
                gone = {number for number in foreign if now.get(number) != before[number]}
                of = len(foreign)
            else:
                gone, of = self._gone(window)
            if gone and of > 1 and len(gone) <= max(1, of // FEW):
                moved |= gone
        if moved:
            self._notices.append(
                f"changed by others while the suite looked, and left out: {', '.join(sorted(moved)[:10])}"
            )
        return frozenset(moved)

    def _gone(self, window: Window) -> tuple[set[str], int]:
        """Orders that left a window between two askings for good, as what is changed does, and how many there were."""
        looks = [look for look in self._repeated_pages if window.encloses(look.window)]
        first = {number for look in looks for number in look.before.order_numbers}
        second = {number for look in looks for number in look.after.order_numbers}
        if first <= second or not second:
            return set(), len(first)
        third = {order for look in looks for order in self.shipstation.export(look.window, look.page).order_numbers}
        return (first - second if not (first - second) & third else set()), len(first)

    def require_unchanged_by_others(self) -> None:
        """Pages can only be held against each other where nobody else moves orders between them.

        Raises:
            NotExercised: where somebody did.
        """
        if self.changed_meanwhile:
            raise changed_by_others(self.changed_meanwhile)

    def require_unchanged_by_export(self) -> None:
        """Windows can only be judged where asking for them changes nothing.

        Raises:
            NotExercised: where it does.
        """
        if self.export_changes:
            raise NotExercised("exporting changes the orders (WIN-8), so that nothing can be said of windows")

    def require_modification_times_kept(self) -> None:
        """LastModified can only be held against the store's record where exporting doesn't change that.

        Raises:
            NotExercised: where it does.
        """
        for pair in self.pairs[:TOUCHED] if self.export_changes else ():
            held = self.truth.order(pair.truth.order_number)
            if held is None or held.modified_at != pair.truth.modified_at:
                raise NotExercised("exporting changes the orders (WIN-8), so that nothing can be said of their times")

    def require_readable(self) -> None:
        """Missing orders can only be judged where some come.

        Raises:
            NotExercised: where no export of orders can be read.
        """
        if not self.exported.distinct_orders and self.exported.unreadable_windows:
            raise NotExercised(f"no export of orders can be read: {self.exported.unreadable_windows[0].reason}")

    def require_repeatable_pages(self) -> None:
        """Replies can only be compared where the same request gets the same reply.

        Raises:
            NotExercised: where it doesn't.
        """
        self.require_unchanged_by_export()
        if any(sorted(before.order_numbers) != sorted(after.order_numbers) for before, after in self.repeated_pages):
            raise NotExercised(
                "the same request gets other orders each time (PAG-3), so that replies can't be compared"
            )

    # What the store holds

    @cached_property
    def known_orders(self) -> tuple[Order, ...]:
        """What the store holds of the orders in the survey's windows."""
        if self._truth is not None and not self.knows_modification_times:
            return (*self._made_inside, *self._looked_up)
        held = {made.stored.order_number: made.stored for made in self.specimens.values()}
        found: dict[str, Order | None] = {}
        foreign: dict[str, OrderRef] = {}
        for window in self.windows:
            found |= {number: order for number, order in held.items() if is_modified_in(order, window)}
            for mention in self.modified_in(window):
                number = mention.order_number
                if number not in found and number not in held and len(foreign) < self.limits.max_orders:
                    foreign[number] = mention
                    found[number] = None
        looked_up = self.truth.orders(list(foreign)) if foreign else []
        for mention, order in zip(foreign.values(), looked_up, strict=True):
            if isinstance(order, TruthUnavailable):
                raise order
            if order is not None and order.modified_at == mention.modified_at:
                found[mention.order_number] = order
        return tuple(order for order in found.values() if order is not None)

    @property
    def _made_inside(self) -> Iterator[Order]:
        """The specimens whose last change lies in the survey's windows."""
        for made in self.specimens.values():
            if any(is_modified_in(made.stored, window) for window in self.windows):
                yield made.stored

    @property
    def _looked_up(self) -> Iterator[Order]:
        """What the store holds of orders that were exported; of their last change the export's own word is taken."""
        foreign = (order for order in self.exported.distinct_orders if order.number not in self._numbers_made)
        for exported in islice(foreign, self.limits.max_orders):
            held = next(filter(None, map(self.truth.order, dict.fromkeys((exported.number, exported.id)))), None)
            if held is not None:
                said = exported["LastModified"].moment or held.placed_at
                yield msgspec.structs.replace(held, modified_at=max(said, held.placed_at))

    def has_changed_meanwhile(self, number: str) -> bool:
        """Whether one of the store's own orders was changed since it was looked up, by others than an export.

        Where exporting changes orders (WIN-8), nobody else can be told from it.
        """
        before = next((order for order in self.known_orders if order.order_number == number), None)
        if before is None or number in self._numbers_made or self.export_changes:
            return False
        now = self.truth.order(number)
        if now is None or self.knows_modification_times:
            return now is None or now.modified_at != before.modified_at
        return msgspec.structs.replace(now, modified_at=before.modified_at) != before

    @cached_property
    def specimens_outside(self) -> tuple[Order, ...]:
        """The specimens whose last change lies outside the survey's windows."""
        window_numbers = {order.order_number for order in self.known_orders}
        return tuple(made.stored for made in self.specimens.values() if made.stored.order_number not in window_numbers)

    @cached_property
    def _paired(self) -> tuple[tuple[Pair, ...], tuple[ExportedOrder, ...]]:
        still = [order for order in self.known_orders if order.order_number not in self.changed_meanwhile]
        return pair_orders(self.exported.distinct_orders, (*still, *self.specimens_outside), self.facts)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Every exported order beside the store's own."""
        return self._paired[0]

    @property
    def unmatched_exports(self) -> tuple[ExportedOrder, ...]:
        """Exported orders that are none of the known ones."""
        return self._paired[1]

    @cached_property
    def missing_orders(self) -> tuple[Order, ...]:
        """Orders that should have been exported in the survey's windows, and were not."""
        came = {pair.truth.order_number for pair in self.pairs} | self.changed_meanwhile
        # in a window that fails and can't be made smaller, who spoils it can't be told
        unclear = {
            number
            for fault in self.exported.unreadable_windows
            if len(fault.order_numbers) > 1
            for number in fault.order_numbers
        }
        if not self.knows_modification_times:
            windows = [
                Window(fault.window.start - ANY_ZONE_MARGIN, fault.window.end + ANY_ZONE_MARGIN)
                for fault in self.exported.unreadable_windows
            ]
            unclear |= {
                held.order_number
                for held in self.known_orders
                if any(is_modified_in(held, window) for window in windows)
            }
        return tuple(
            order
            for order in self.known_orders
            if order.order_number not in came | unclear
            and order.customer.shipping is not None
            and order.items
            and any(is_certainly_in(order, window) for window in self.windows)
        )

    @cached_property
    def missing_on_pages(self) -> tuple[Order, ...]:
        """Missing orders that come when a window of minutes is asked for: lost between pages."""
        several = {window for window, number, _ in self.exported.pages if number > 1}
        paged = [order for order in self.missing_orders if any(window.holds(order.modified_at) for window in several)]
        asked = paged[: self.limits.max_bisections]
        found = []
        for order in asked:
            minute = floor_to_minute(order.modified_at)
            if self.is_exported_in(Window(minute - MINUTE, minute + MINUTE), order):
                found.append(order)
        # the rest of very many is taken to be missing for the reason that most have
        return (*found, *paged[len(asked) :]) if len(found) * 2 > len(asked) else tuple(found)

    @cached_property
    def lost_between_pages(self) -> tuple[Order, ...]:
        """Skipped orders that stood on no page although every page of their window was read."""
        return tuple(
            order
            for order in self.missing_on_pages
            if not any(window.holds(order.modified_at) for window in self.exported.truncated_windows)
        )

    @cached_property
    def never_exported(self) -> tuple[Order, ...]:
        """Missing orders that don't come in any window, less those that stand unrecognised in the export."""
        if self.unmatched_exports and len(self.unmatched_exports) >= len(self.missing_orders):
            return ()
        return tuple(order for order in self.missing_orders if order not in self.missing_on_pages)

    @cached_property
    def failures_by_order(self) -> dict[str, str]:
        """Order number → what the store answered in its place, where it answered a fault."""
        return {number: fault.reason for fault in self.exported.unreadable_windows for number in fault.order_numbers}


def changed_by_others(numbers: Iterable[str]) -> NotExercised:
    """Why nothing is said of orders that others changed while the suite looked at them."""
    return NotExercised(
        f"orders were changed by others while the suite looked ({', '.join(sorted(numbers)[:5])}): "
        "run again when the shop is quiet"
    )
