"""Specimens: test orders that the suite makes in a store, so that it knows their content. It deletes them later."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from conformance.core.errors import Abandoned, Inconclusive, NotExercised
from conformance.core.interrupts import deferred
from conformance.core.once import once
from conformance.survey.record import StoreRecord
from conformance.truth.source import ORDERS_AT_ONCE, BatchRefused, OrderRef, OrderRefused, TruthUnavailable
from mockstore.orders.covering import AFTER_SPECIMENS, covering_orders
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order
from mockstore.orders.specimens import Specimen, SpecimenMaker, specimens
from mockstore.shop.facts import StoreFacts

DAYS_BACK = (*range(0, 360, 30), *(years * 365 for years in (2, 3, 5, 7, 10)))
"""Days to go further back, tried one after the other, until no other order was modified in the specimens' week."""
Build = Callable[[SpecimenMaker], Draft]
"""Returns the draft of an order for a scenario."""
MAX_FILLED_PAGE = 2000
"""Larger pages are not filled."""
MANY_PAGES = 10
"""The number of a page with two digits is another text and another number."""
MAX_FOR_MANY_PAGES = 50
"""At most this many orders are made so that there are many pages."""
OUTSIDE_OF_PAGES = 20
"""So many specimens, at most, are in no window with the others, are not exported, or are refused."""
MAX_LEFT_OUT = 50
"""A store may leave out so many specimens, at most, or has them in another window."""
FILLERS_AFTER = timedelta(hours=36)
FILLER_SPACING = timedelta(seconds=20)
"""When the orders that fill a page are modified: after the first specimen, and after each other."""
DELETED_PREFIX = "deleted-"
DELETED_AFTER = (timedelta(hours=3, seconds=30), timedelta(hours=12, seconds=30))
"""When the orders that are deleted at once are modified, after the first specimen."""
MAX_LOST_ORDERS = 3
"""If the source of truth fails for this many orders of a run, and has made none, the suite stops making them."""
KEPT_FIELDS = (
    "gift",
    "gift_message",
    "customer_notes",
    "internal_notes",
    "shipping_method",
    "payment_method",
)
"""Fields that a store must keep as the draft gave them."""


@lru_cache(maxsize=32)
def wanted_specimens(facts: StoreFacts, begin: datetime, run_id: str) -> tuple[Specimen, ...]:
    """Return the specimens to make: those with one hard case each, and those of the covering array.

    Stores with equal facts share them, as far as they are judged in one process.
    """
    covering = covering_orders(facts, begin + AFTER_SPECIMENS, run_id)
    return (*specimens(facts, begin, run_id), *covering)


def page_fillers(facts: StoreFacts, begin: datetime, run_id: str, others: int) -> Iterator[Specimen]:
    """Yield plain orders that fill one page, and begin another, together with ``others`` specimens.

    If few more orders fill many pages, these are filled. None if the store doesn't state the size of its pages, or if a
    page holds more than ``MAX_FILLED_PAGE`` orders.
    """
    size = facts.orders_per_page
    if size is None or size > MAX_FILLED_PAGE:
        return
    make = SpecimenMaker(facts, begin, run_id)
    wanted = size + 1 + MAX_LEFT_OUT - others
    for_many_pages = (MANY_PAGES - 1) * size + 1 + OUTSIDE_OF_PAGES - others
    if for_many_pages <= MAX_FOR_MANY_PAGES:
        wanted = max(wanted, for_many_pages)
    for number in range(1, wanted + 1):
        moment = begin + FILLERS_AFTER + number * FILLER_SPACING
        draft = make.draft(f"fill-{number}", make.item())
        yield Specimen(f"fill-{number}", msgspec.structs.replace(draft, placed_at=moment, modified_at=moment))


def orders_to_delete(facts: StoreFacts, begin: datetime, run_id: str) -> Iterator[Specimen]:
    """Yield plain orders among the specimens, which are deleted as soon as they are made."""
    make = SpecimenMaker(facts, begin, run_id)
    for number, after in enumerate(DELETED_AFTER, start=1):
        yield make.specimen(f"{DELETED_PREFIX}{number}", moment=begin + after)


@dataclass(frozen=True)
class CreatedOrder:
    """An order that the suite made: the draft that it sent, and the order that it expects in the export."""

    name: str
    draft: Draft
    stored: Order


class SpecimenOrders:
    """The orders that one run makes in a store, and deletes at its end.

    ``may_write``: the suite may make orders in this store. Nothing is requested before it is needed.
    """

    def __init__(self, record: StoreRecord, now: datetime, run_id: str, *, may_write: bool) -> None:
        self._record, self._now, self._run_id, self._may_write = record, now, run_id, may_write
        self._single_orders = 0
        self.undeleted_numbers: list[str] = []
        """Numbers of the made orders that are still in the store."""
        self.names: dict[str, str] = {}
        """Number → name of each order that was made."""
        self.notices: list[str] = []
        """Reasons why the store lacks some of the specimens."""
        self.without_number = 0
        """The number of requests to make an order that got no usable reply."""
        self._unconfirmed: list[Draft] = []
        """Drafts of which the store may have made orders whose numbers the suite doesn't know."""
        self._lost: list[TruthUnavailable] = []
        """Why orders could not be made, or not be read back, without those that the store refused."""
        self.deleted: list[Order] = []
        """The orders that were made among the specimens, and deleted before the first export."""
        self.others_near: list[OrderRef] = []
        """Orders that keep the specimens out of a week, and that earlier runs may have left.

        Specimens are modified at whole minutes. Few other orders are.
        """

    @once
    def begin(self) -> datetime:
        """The time when the first specimen was modified: forty days ago, or earlier if that week has other orders.

        Raises:
            NotExercised: if there is no source of truth, or if each of the tried weeks has other orders.
        """
        truth = self._record.truth
        latest = (self._now - timedelta(days=40)).replace(hour=6, minute=0, second=0, microsecond=0)
        for days in DAYS_BACK:
            begin = latest - timedelta(days=days)
            if not self._record.knows_modification_times:
                return begin
            others = truth.modified_between(begin - timedelta(days=8), begin + timedelta(days=9))
            if not others:
                return begin
            self.others_near += [ref for ref in others if not ref.modified_at.second][:ORDERS_AT_ONCE]
        raise NotExercised("each week that the suite tried has other orders, so it can't make its own orders in one")

    @once
    def created(self) -> dict[str, CreatedOrder]:
        """Name → specimen that the store accepted; empty if the suite may not make orders, or the source can't."""
        if not self._may_write:
            return {}
        if not self._record.can("create"):
            self.notices.append(f"no test orders were made: {self._record.cannot('create')}")
            return {}
        found: dict[str, CreatedOrder] = {}
        problems: dict[str, list[str]] = {}
        wanted = wanted_specimens(self._record.facts, self.begin, self._run_id)
        if self._record.truth.orders_per_call > 1 and self._record.knows_modification_times:
            wanted += tuple(page_fillers(self._record.facts, self.begin, self._run_id, len(wanted)))
        if self._record.can("delete") and self._record.knows_modification_times:
            wanted += tuple(orders_to_delete(self._record.facts, self.begin, self._run_id))
        for specimen, result in zip(wanted, self._create_all(wanted), strict=False):
            match result:
                case CreatedOrder():
                    found[specimen.name] = result
                case OrderRefused():
                    problems.setdefault(f"not made: {result}", []).append(specimen.name)
                case TruthUnavailable():
                    problems.setdefault(f"not judged: {result}", []).append(specimen.name)
        self.notices += _problem_notices(problems)
        self._delete_at_once(found)
        return found

    def _delete_at_once(self, made: dict[str, CreatedOrder]) -> None:
        """Delete the orders that were made for it. What the store keeps stays a specimen."""
        wanted = {each.stored.order_number: name for name, each in made.items() if name.startswith(DELETED_PREFIX)}
        kept = self._record.truth.delete_all(list(wanted)) if wanted else []
        for number in wanted:
            if number not in kept:
                self.undeleted_numbers.remove(number)
                self.deleted.append(made.pop(wanted[number]).stored)

    def create_one(self, name: str, build: Build) -> CreatedOrder:
        """Make an order for one scenario, at a time that no other order of the run uses.

        Raises:
            NotExercised: if the store can't hold the order.
            TruthUnavailable: if the store replies that it made the order, but then doesn't have it.
        """
        made = self.create_some({name: build})[name]
        if not isinstance(made, CreatedOrder):
            raise made
        return made

    def create_some(self, wanted: Mapping[str, Build]) -> dict[str, CreatedOrder | NotExercised | TruthUnavailable]:
        """Make orders for scenarios, each at a time that no other order of the run uses. Return each by its name.

        An order that could not be made is replaced by the error: NotExercised if the store can't hold it,
        TruthUnavailable if the store replies that it made the order, but then doesn't have it. If the suite has stopped
        making orders, the error is the one for which it stopped.
        """
        drafts = [Specimen(name, self._draft_of(build)) for name, build in wanted.items()]
        made = self._create_all(drafts)
        made += [TruthUnavailable(str(self._lost[0])) for _ in drafts[len(made) :]]
        return {
            name: NotExercised(str(each)) if isinstance(each, OrderRefused) else each
            for name, each in zip(wanted, made, strict=True)
        }

    def _draft_of(self, build: Build) -> Draft:
        day = self.begin + timedelta(days=15, minutes=10 * self._single_orders)
        self._single_orders += 1
        return build(SpecimenMaker(self._record.facts, day, f"{self._run_id}x{self._single_orders}", self._run_id))

    def delete_all(self) -> list[str]:
        """Delete every order that was made, and return the numbers of those that the store kept."""
        if not self._may_write:
            return []
        truth = self._record.truth
        if self._unconfirmed:
            with contextlib.suppress(TruthUnavailable, Inconclusive):
                found = truth.made_from(self._unconfirmed)
                self.undeleted_numbers += [number for number in found if number not in self.undeleted_numbers]
            self._unconfirmed.clear()
        left = truth.delete_all(self.undeleted_numbers)
        self.undeleted_numbers.clear()
        return left

    @property
    def _has_stopped(self) -> bool:
        """True if the source of truth can make no order at all, so that the suite makes no more in this run."""
        return len(self._lost) >= MAX_LOST_ORDERS and not self.names

    def _create_all(self, wanted: Sequence[Specimen]) -> list[CreatedOrder | TruthUnavailable]:
        """Make orders and read them back, some at a time. Return each order, or the error if that failed.

        If the suite stops making orders, there are no results for the last ones.
        """
        truth = self._record.truth
        results: list[CreatedOrder | TruthUnavailable] = []
        while len(results) < len(wanted) and not self._has_stopped:
            some = wanted[len(results) : len(results) + max(truth.orders_per_call, ORDERS_AT_ONCE)]
            numbers: list[str | TruthUnavailable] = []
            while len(numbers) < len(some):
                called = some[len(numbers) : len(numbers) + truth.orders_per_call]
                made = self._create([specimen.draft for specimen in called])
                if not made:
                    break  # the store takes no more calls for several orders, so the suite goes on with fewer
                numbers += made
            found = self._read_back(some[: len(numbers)], numbers)
            results += found
            self._lost += (each for each in found if not isinstance(each, CreatedOrder | OrderRefused))
            if self._has_stopped:
                self.notices.append("no specimen could be made, so the suite stopped making them")
        return results

    def _read_back(
        self, wanted: Sequence[Specimen], numbers: Sequence[str | TruthUnavailable]
    ) -> list[CreatedOrder | TruthUnavailable]:
        """Return the orders with these numbers as the store holds them, or the error if one can't be read."""
        stored = iter(self._record.truth.orders([number for number in numbers if isinstance(number, str)]))
        results: list[CreatedOrder | TruthUnavailable] = []
        for specimen, number in zip(wanted, numbers, strict=True):
            match number if isinstance(number, TruthUnavailable) else next(stored):
                case None:
                    results.append(
                        TruthUnavailable(f"the store replied that it made order {number}, but then had no such order")
                    )
                case TruthUnavailable() as problem:
                    results.append(problem)
                case order if not is_same_order(specimen.draft, order):
                    self.undeleted_numbers.remove(str(number))  # this order must not be deleted, either
                    results.append(
                        TruthUnavailable(
                            f"the store replied that it made order {number}, but order {number} is another one"
                        )
                    )
                case order:
                    judged = with_dropped_fields(specimen.draft, order, self._record.facts)
                    self.names[order.order_number] = specimen.name
                    results.append(CreatedOrder(specimen.name, specimen.draft, judged))
        return results

    def _create(self, drafts: Sequence[Draft]) -> list[str | TruthUnavailable]:
        """Make orders with one call; return none if they have to be made one by one.

        A stop takes effect after the numbers of the orders are known, so that the orders can be deleted. If a call gets
        no usable reply, the suite looks for the orders that the store may have made.
        """
        truth = self._record.truth
        try:
            with deferred():
                made = truth.create_several(drafts)
                self.undeleted_numbers += [number for number in made if isinstance(number, str)]
        except BatchRefused:
            self._unconfirmed += drafts
            with deferred():
                self.undeleted_numbers += truth.delete_all(truth.made_from(drafts))
            return []
        except Abandoned as late:
            self._unconfirmed += drafts
            what = "a test order, so this order" if len(drafts) == 1 else "test orders, so these orders"
            self.notices.append(f"{late} to the request for {what} may be left in the store")
            raise
        for draft, result in zip(drafts, made, strict=True):
            if isinstance(result, TruthUnavailable) and not isinstance(result, OrderRefused):
                self.without_number += 1
                self._unconfirmed.append(draft)
        return made


def is_same_order(draft: Draft, stored: Order) -> bool:
    """True if an order may be the one that was made from a draft. An order that agrees in nothing is another one."""
    given, kept = draft.customer, stored.customer
    return (
        given.email.casefold() == kept.email.casefold()
        or given.billing.name.strip() == kept.billing.name.strip()
        or {item.sku for item in draft.items} == {item.sku for item in stored.items}
    )


def with_dropped_fields(draft: Draft, stored: Order, facts: StoreFacts) -> Order:
    """Return the order to expect in the export: the stored order, with the draft's fields that the store dropped.

    Fields that the store says it lacks are not expected.
    """
    dropped = {}
    for name in KEPT_FIELDS:
        given = getattr(draft, name)
        lacking = name in facts.lacks or (name == "gift_message" and ("gift" in facts.lacks or not draft.gift))
        if given and not getattr(stored, name) and not lacking:
            dropped[name] = given
    return msgspec.structs.replace(stored, **dropped) if dropped else stored


def _problem_notices(problems: dict[str, list[str]]) -> Iterator[str]:
    """Yield a notice for each problem, with the specimens that have it."""
    for problem, names in problems.items():
        if len(names) == 1:
            yield f"specimen {names[0]} was {problem}"
        else:
            yield f"{len(names)} specimens were {problem} ({', '.join(names)})"
