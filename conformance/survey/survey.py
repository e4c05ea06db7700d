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
from conformance.client.parsing.document import Reading
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import ShipStation, Window
from conformance.contract.fields import cannot_tell
from conformance.core.errors import NotExercised, NotRecorded
from conformance.core.finding import Finding
from conformance.survey.pages import NOTHING_HAPPENED, Bounds, Collection, Collector, pages_said
from conformance.survey.repeated_pages import RepeatedPage, differences
from conformance.survey.specimens import CreatedOrder, SpecimenOrders
from conformance.survey.windows import MINUTE, WIDE, floor, inside, within
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
        sender: ShipStation,
        truth: Truth | None,
        *,
        may_write: bool,
        now: datetime,
        run: str,
        bounds: Bounds,
    ) -> None:
        self.sender, self._truth, self.may_write, self.now = sender, truth, may_write, now
        self.run, self.bounds = run, bounds
        self._notices: list[str] = []
        self._margin = 0
        self.booking_took: int | None = None
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
    def knows_truth(self) -> bool:
        """Whether there is a source of truth."""
        return self._truth is not None

    @cached_property
    def facts(self) -> StoreFacts:
        """What the store says of itself."""
        return StoreFacts() if self._truth is None else self._truth.facts

    @property
    def source(self) -> str:
        """What the source of truth is called."""
        return self.truth.name

    @cached_property
    def dated(self) -> bool:
        """Whether the source of truth says when orders were last changed, so that those of a window are known."""
        return self._truth is not None and not cannot_tell(self.facts, "modified_at")

    def next_margin(self) -> timedelta:
        """A margin for a window that makes it another than those before: 1 to 30 minutes."""
        self._margin = self._margin % 30 + 1
        return self._margin * MINUTE

    def once(self, key: object, make: Callable[[], Evidence]) -> Evidence:
        """What ``make`` gives, made once for a key."""
        if key not in self._once:
            self._once[key] = make()
        return cast("Evidence", self._once[key])

    # The orders that the suite makes

    @cached_property
    def _making(self) -> SpecimenOrders:
        return SpecimenOrders(self.truth, self.now, self.run, dated=self.dated)

    @property
    def base(self) -> datetime:
        """When the first specimen was modified.

        Raises:
            NotExercised: where nothing is known of the store, or it is never quiet.
        """
        return self._making.base

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
        return self._making.one(name, build)

    def take_back(self) -> list[str]:
        """Take back every order that the suite made; the numbers of those that couldn't be."""
        return self._making.take_back() if "_making" in self.__dict__ else []

    def _look_again(self) -> None:
        """Ask what is compared with the survey's pages before anything is made that could stand in them, too."""
        if "main" in self.__dict__:
            _ = self.again
            with contextlib.suppress(NotExercised):
                _ = self.past_end

    # Windows

    @cached_property
    def spans(self) -> tuple[Window, ...]:
        """The windows that the survey reads: the specimens', and one of what the store held before."""
        found: list[Window] = []
        if self.specimens:
            times = [made.held.modified_at for made in self.specimens.values()]
            day = [time for time in times if abs(time - self.base) < timedelta(days=2)] or times
            found.append(Window(floor(min(day) - WIDE), floor(max(day) + WIDE)))
        if self.bounds.windows:
            found += self.bounds.windows
        elif (recent := self._recent()) is not None:
            found.append(recent)
        return tuple(found)

    @cached_property
    def lasting(self) -> tuple[Window, ...]:
        """Those of the survey's windows that hold the same orders whenever they are asked for.

        Where specimens can only be made now, their window goes on filling while the suite makes more.
        """
        return self.spans if self.dated or not self.specimens else self.spans[1:]

    def _lasts(self, span: Window) -> bool:
        """Whether a window is one of the lasting ones, or a part of one that couldn't be read whole."""
        return any(window.encloses(span) for window in self.lasting)

    def _recent(self) -> Window | None:
        end = floor(self.now) - 2 * MINUTE
        if not self.dated:
            for days in (30, 365):
                span = Window(end - timedelta(days=days), end)
                if (reading := self.first_page(span)).orders or not reading.is_orders:
                    return span
            return Window(end - timedelta(days=30), end)
        foreign: list[OrderRef] = []
        for days in (3, 30, 365):
            mentions = self.mentions_in(Window(end - timedelta(days=days), end))
            foreign = [mention for mention in mentions if mention.order_number not in self._numbers_made]
            if len(foreign) >= self.bounds.orders:
                break
        return Window(floor(foreign[-self.bounds.orders :][0].modified_at) - MINUTE, end) if foreign else None

    @cached_property
    def _numbers_made(self) -> frozenset[str]:
        return frozenset(made.held.order_number for made in self.specimens.values())

    def mentions_in(self, span: Window) -> tuple[OrderRef, ...]:
        """The orders that the store says were modified in a window; none where nobody says so."""
        if not self.dated:
            return ()
        return self.once(("mentions", span), lambda: self._mentions(span))

    def _mentions(self, span: Window) -> tuple[OrderRef, ...]:
        return self.truth.mentions(span.start, span.end + timedelta(seconds=59))

    def page(self, span: Window, number: int) -> Reading:
        """A page of a window, asked once."""
        return self.once(("page", span, number), lambda: self.sender.export(span, number))

    def first_page(self, span: Window) -> Reading:
        """Page 1 of a window, asked once."""
        return self.page(span, 1)

    def stands_in(self, span: Window, order: Order) -> bool | None:
        """Whether an order stands on any page of a window; None where there are more pages than may be read."""
        stated = pages_said(self.first_page(span)) or 1
        for number in range(1, min(stated, self.bounds.pages) + 1):
            if pair_orders(self.page(span, number).orders, (order,), self.facts)[0]:
                return True
        return False if stated <= self.bounds.pages else None

    # What the store exports

    @cached_property
    def main(self) -> Collection:
        """All pages of the survey's windows."""
        if self.dated:  # otherwise, what is known begins with what was exported
            _ = self.known  # as it is before anything is exported, should exporting change it
        whole = Collection(self.spans)
        collector = Collector(self.page, self.bounds, dated=self.dated)
        for span in self.spans:
            collector.collect(span, self.mentions_in(span), whole)
        return whole

    @cached_property
    def unreadable(self) -> tuple[Reading, ...]:
        """Every reply to a good request that was no Orders document."""
        faults = [fault.reading for fault in self.main.faults]
        return (*self.main.bad, *faults)

    @cached_property
    def again(self) -> tuple[tuple[Reading, Reading], ...]:
        """The survey's pages beside the same pages asked once more."""
        return tuple((look.before, look.after) for look in self._again)

    @cached_property
    def _again(self) -> tuple[RepeatedPage, ...]:
        found = []
        for span, number, reading in self._good_pages:
            # of recorded traffic only some may have been asked for twice
            with contextlib.suppress(NotRecorded):
                found.append(RepeatedPage(span, number, reading, self.sender.export(span, number)))
        return tuple(found)

    def require_again(self) -> None:
        """What happens when the same is asked for again can only be judged where that was done.

        Raises:
            NotExercised: where it wasn't.
        """
        if self._good_pages and not self.again:
            raise NotExercised("no page was asked for twice")

    @cached_property
    def _good_pages(self) -> tuple[tuple[Window, int, Reading], ...]:
        pages = [page for page in self.main.readings if page[2].is_orders and self._lasts(page[0])]
        return tuple(pages[: self.bounds.again])

    @cached_property
    def quiet(self) -> Reading:
        """An export over a window in which nothing ever happened."""
        return self.sender.export(self.bounds.quiet)

    def beside_quiet(self, length: timedelta) -> Window:
        """Another window in which nothing happened, of that length; of recorded traffic the one that was asked for."""
        quiet = self.bounds.quiet
        return Window(quiet.start, quiet.start + length) if quiet == NOTHING_HAPPENED else quiet

    @cached_property
    def paged(self) -> tuple[Window, Reading]:
        """A window that has orders, preferably over several pages, and its first page.

        Raises:
            NotExercised: where no window has any.
        """
        firsts = [
            (span, reading)
            for span, number, reading in self.main.readings
            if number == 1 and reading.orders and self._lasts(span)
        ]
        if not firsts:
            raise NotExercised("the store exported no order to judge")
        return max(firsts, key=lambda found: len(self.pages_of(found[0])))

    def pages_of(self, span: Window) -> tuple[Reading, ...]:
        """The pages of one of the survey's windows."""
        return tuple(reading for window, _, reading in self.main.readings if window == span)

    @cached_property
    def past_end(self) -> tuple[tuple[int, Reading], ...]:
        """Pages after the last of the window with the most pages.

        Raises:
            NotExercised: where none was asked for.
        """
        span, first = self.paged
        last = max(len(self.pages_of(span)), pages_said(first) or 1)
        found = []
        for beyond in PAST_END:
            with contextlib.suppress(NotRecorded):
                found.append((last + beyond, self.page(span, last + beyond)))
        if not found:
            raise NotExercised("no page past the last was asked for")
        return tuple(found)

    @cached_property
    def documents(self) -> tuple[Reading, ...]:
        """Documents of every shape: the survey's pages, and one with the orders of a few minutes."""
        order = next(iter(self.main.distinct), None)
        moment = order["LastModified"].moment if order is not None else None
        if moment is None:
            return self.main.good
        minute = floor(moment)
        try:
            few = self.page(Window(minute - MINUTE, minute + MINUTE), 1)
        except NotRecorded:
            return self.main.good
        return (*self.main.good, few) if few.is_orders else self.main.good

    # Whether looking changes what is seen

    @cached_property
    def changes(self) -> tuple[Finding, ...]:
        """What the second export of the same windows has otherwise than the first (WIN-8).

        Orders that only moved between pages are a matter of paging (PAG-3).
        """
        return tuple(differences(self._again, counting=not self.unrest))

    @cached_property
    def unrest(self) -> frozenset[str]:
        """The store's own orders that others changed while the survey read them: few of many, in a live shop.

        Where most of a window has moved, it's the export that moves them (WIN-8).
        """
        moved: set[str] = set()
        for span in self.spans:
            if self.dated:
                before = {mention.order_number: mention.modified_at for mention in self.mentions_in(span)}
                foreign = before.keys() - self._numbers_made
                if not foreign:
                    continue
                now = {mention.order_number: mention.modified_at for mention in self._mentions(span)}
                gone = {number for number in foreign if now.get(number) != before[number]}
                of = len(foreign)
            else:
                gone, of = self._gone(span)
            if gone and of > 1 and len(gone) <= max(1, of // FEW):
                moved |= gone
        if moved:
            self._notices.append(
                f"changed by others while the suite looked, and left out: {', '.join(sorted(moved)[:10])}"
            )
        return frozenset(moved)

    def _gone(self, span: Window) -> tuple[set[str], int]:
        """Orders that left a window between two askings for good, as what is changed does, and how many there were."""
        looks = [look for look in self._again if span.encloses(look.span)]
        first = {number for look in looks for number in look.before.numbers}
        second = {number for look in looks for number in look.after.numbers}
        if first <= second or not second:
            return set(), len(first)
        third = {order for look in looks for order in self.sender.export(look.span, look.page).numbers}
        return (first - second if not (first - second) & third else set()), len(first)

    def require_calm(self) -> None:
        """Pages can only be held against each other where nobody else moves orders between them.

        Raises:
            NotExercised: where somebody did.
        """
        if self.unrest:
            raise changed_by_others(self.unrest)

    def require_stable(self) -> None:
        """Windows can only be judged where asking for them changes nothing.

        Raises:
            NotExercised: where it does.
        """
        if self.changes:
            raise NotExercised("exporting changes the orders (WIN-8), so that nothing can be said of windows")

    def require_untouched(self) -> None:
        """LastModified can only be held against the store's record where exporting doesn't change that.

        Raises:
            NotExercised: where it does.
        """
        for pair in self.pairs[:TOUCHED] if self.changes else ():
            held = self.truth.order(pair.truth.order_number)
            if held is None or held.modified_at != pair.truth.modified_at:
                raise NotExercised("exporting changes the orders (WIN-8), so that nothing can be said of their times")

    def require_readable(self) -> None:
        """Missing orders can only be judged where some come.

        Raises:
            NotExercised: where no export of orders can be read.
        """
        if not self.main.distinct and self.main.faults:
            raise NotExercised(f"no export of orders can be read: {self.main.faults[0].why}")

    def require_same_pages(self) -> None:
        """Replies can only be compared where the same request gets the same reply.

        Raises:
            NotExercised: where it doesn't.
        """
        self.require_stable()
        if any(sorted(before.numbers) != sorted(after.numbers) for before, after in self.again):
            raise NotExercised(
                "the same request gets other orders each time (PAG-3), so that replies can't be compared"
            )

    # What the store holds

    @cached_property
    def known(self) -> tuple[Order, ...]:
        """What the store holds of the orders in the survey's windows."""
        if self._truth is not None and not self.dated:
            return (*self._made_inside, *self._looked_up)
        held = {made.held.order_number: made.held for made in self.specimens.values()}
        found: dict[str, Order | None] = {}
        foreign: dict[str, OrderRef] = {}
        for span in self.spans:
            found |= {number: order for number, order in held.items() if within(order, span)}
            for mention in self.mentions_in(span):
                number = mention.order_number
                if number not in found and number not in held and len(foreign) < self.bounds.orders:
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
            if any(within(made.held, span) for span in self.spans):
                yield made.held

    @property
    def _looked_up(self) -> Iterator[Order]:
        """What the store holds of orders that were exported; of their last change the export's own word is taken."""
        foreign = (order for order in self.main.distinct if order.number not in self._numbers_made)
        for exported in islice(foreign, self.bounds.orders):
            held = next(filter(None, map(self.truth.order, dict.fromkeys((exported.number, exported.id)))), None)
            if held is not None:
                said = exported["LastModified"].moment or held.placed_at
                yield msgspec.structs.replace(held, modified_at=max(said, held.placed_at))

    def has_moved(self, number: str) -> bool:
        """Whether one of the store's own orders was changed since it was looked up, by others than an export.

        Where exporting changes orders (WIN-8), nobody else can be told from it.
        """
        before = next((order for order in self.known if order.order_number == number), None)
        if before is None or number in self._numbers_made or self.changes:
            return False
        now = self.truth.order(number)
        if now is None or self.dated:
            return now is None or now.modified_at != before.modified_at
        return msgspec.structs.replace(now, modified_at=before.modified_at) != before

    @cached_property
    def outside(self) -> tuple[Order, ...]:
        """The specimens whose last change lies outside the survey's windows."""
        inside = {order.order_number for order in self.known}
        return tuple(made.held for made in self.specimens.values() if made.held.order_number not in inside)

    @cached_property
    def _paired(self) -> tuple[tuple[Pair, ...], tuple[ExportedOrder, ...]]:
        still = [order for order in self.known if order.order_number not in self.unrest]
        return pair_orders(self.main.distinct, (*still, *self.outside), self.facts)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Every exported order beside the store's own."""
        return self._paired[0]

    @property
    def strangers(self) -> tuple[ExportedOrder, ...]:
        """Exported orders that are none of the known ones."""
        return self._paired[1]

    @cached_property
    def missing(self) -> tuple[Order, ...]:
        """Orders that should have been exported in the survey's windows, and were not."""
        came = {pair.truth.order_number for pair in self.pairs} | self.unrest
        # in a window that fails and can't be made smaller, who spoils it can't be told
        unclear = {number for fault in self.main.faults if len(fault.numbers) > 1 for number in fault.numbers}
        if not self.dated:
            spans = [Window(fault.span.start - WIDE, fault.span.end + WIDE) for fault in self.main.faults]
            unclear |= {held.order_number for held in self.known if any(within(held, span) for span in spans)}
        return tuple(
            order
            for order in self.known
            if order.order_number not in came | unclear
            and order.customer.shipping is not None
            and order.items
            and any(inside(order, span) for span in self.spans)
        )

    @cached_property
    def skipped(self) -> tuple[Order, ...]:
        """Missing orders that come when a window of minutes is asked for: lost between pages."""
        several = {span for span, number, _ in self.main.readings if number > 1}
        paged = [order for order in self.missing if any(span.holds(order.modified_at) for span in several)]
        asked = paged[: self.bounds.bisections]
        found = []
        for order in asked:
            minute = floor(order.modified_at)
            if self.stands_in(Window(minute - MINUTE, minute + MINUTE), order):
                found.append(order)
        # the rest of very many is taken to be missing for the reason that most have
        return (*found, *paged[len(asked) :]) if len(found) * 2 > len(asked) else tuple(found)

    @cached_property
    def lost(self) -> tuple[Order, ...]:
        """Skipped orders that stood on no page although every page of their window was read."""
        return tuple(
            order for order in self.skipped if not any(span.holds(order.modified_at) for span in self.main.unfinished)
        )

    @cached_property
    def absent(self) -> tuple[Order, ...]:
        """Missing orders that don't come in any window, less those that stand unrecognised in the export."""
        if self.strangers and len(self.strangers) >= len(self.missing):
            return ()
        return tuple(order for order in self.missing if order not in self.skipped)

    @cached_property
    def reasons(self) -> dict[str, str]:
        """Order number → what the store answered in its place, where it answered a fault."""
        return {number: fault.why for fault in self.main.faults for number in fault.numbers}


def changed_by_others(numbers: Iterable[str]) -> NotExercised:
    """Why nothing is said of orders that others changed while the suite looked at them."""
    return NotExercised(
        f"orders were changed by others while the suite looked ({', '.join(sorted(numbers)[:5])}): "
        "run again when the shop is quiet"
    )
