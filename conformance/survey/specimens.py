"""Specimens: test orders that the suite makes in a store, so that it knows their content. It deletes them later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from conformance.core.errors import Abandoned, NotExercised
from conformance.core.interrupts import deferred
from conformance.core.once import once
from conformance.survey.record import StoreRecord
from conformance.truth.source import ORDERS_AT_ONCE, OrderRef, OrderRefused, TruthUnavailable
from mockstore.orders.covering import covering_orders
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order
from mockstore.orders.specimens import Specimen, SpecimenMaker, specimens
from mockstore.shop.facts import StoreFacts

DAYS_BACK = (*range(0, 360, 30), *(years * 365 for years in (2, 3, 5, 7, 10)))
"""Days to go further back, tried one after the other, until no other order was modified in the specimens' week."""
COVERING_ORDERS_AFTER = timedelta(days=1)
"""Time from the modification of the first specimen to that of the first order of the covering array."""
MAX_LOST_SPECIMENS = 3
"""If the source of truth fails for this many specimens, and has made none, the suite stops making them."""
KEPT_FIELDS = (
    "gift",
    "gift_message",
    "customer_notes",
    "internal_notes",
    "shipping_method",
    "payment_method",
)
"""Fields that a store must keep as the draft gave them."""


def wanted_specimens(facts: StoreFacts, begin: datetime, run_id: str) -> tuple[Specimen, ...]:
    """Return the specimens to make: those with one hard case each, and those of the covering array."""
    covering = covering_orders(facts, begin + COVERING_ORDERS_AFTER, run_id)
    return (*specimens(facts, begin, run_id), *covering)


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
        self.notices: list[str] = []
        """Reasons why the store lacks some of the specimens."""
        self.without_number = 0
        """The number of requests to make an order that got no usable reply."""
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
        """Name → specimen that the store accepted; empty if the suite may not make orders."""
        if not self._may_write:
            return {}
        found: dict[str, CreatedOrder] = {}
        problems: dict[str, list[str]] = {}
        lost = 0
        wanted = wanted_specimens(self._record.facts, self.begin, self._run_id)
        for start in range(0, len(wanted), ORDERS_AT_ONCE):
            some = wanted[start : start + ORDERS_AT_ONCE]
            for specimen, result in zip(some, self._create_all(some), strict=True):
                match result:
                    case CreatedOrder():
                        found[specimen.name] = result
                    case OrderRefused():
                        problems.setdefault(f"not made: {result}", []).append(specimen.name)
                    case TruthUnavailable():
                        lost += 1
                        problems.setdefault(f"not judged: {result}", []).append(specimen.name)
            if lost >= MAX_LOST_SPECIMENS and not found:
                self.notices.append("no specimen could be made, so the suite stopped making them")
                break
        self.notices += _problem_notices(problems)
        return found

    def create_one(self, name: str, build: Callable[[SpecimenMaker], Draft]) -> CreatedOrder:
        """Make an order for one scenario, at a time that no other order of the run uses.

        Raises:
            NotExercised: if the store can't hold the order.
            TruthUnavailable: if the store replies that it made the order, but then doesn't have it.
        """
        day = self.begin + timedelta(days=15, minutes=10 * self._single_orders)
        self._single_orders += 1
        maker = SpecimenMaker(self._record.facts, day, f"{self._run_id}x{self._single_orders}")
        (result,) = self._create_all([Specimen(name, build(maker))])
        match result:
            case OrderRefused():
                raise NotExercised(str(result))
            case TruthUnavailable():
                raise result
            case CreatedOrder():
                return result

    def delete_all(self) -> list[str]:
        """Delete every order that was made, and return the numbers of those that the store kept."""
        left = self._record.truth.delete_all(self.undeleted_numbers) if self._may_write else []
        self.undeleted_numbers.clear()
        return left

    def _create_all(self, wanted: Sequence[Specimen]) -> list[CreatedOrder | TruthUnavailable]:
        """Make orders one after the other and read them back. Return each order, or the error if that failed."""
        truth = self._record.truth
        numbers = [self._create(specimen.draft) for specimen in wanted]
        stored = iter(truth.orders([number for number in numbers if isinstance(number, str)]))
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
                    results.append(CreatedOrder(specimen.name, specimen.draft, judged))
        return results

    def _create(self, draft: Draft) -> str | TruthUnavailable:
        """Make an order. A stop takes effect after the order's number is known, so that the order can be deleted."""
        try:
            with deferred():
                number = self._record.truth.create(draft)
                self.undeleted_numbers.append(number)
        except OrderRefused as problem:
            return problem
        except TruthUnavailable as problem:
            self.without_number += 1
            return problem
        except Abandoned as late:
            self.notices.append(f"{late} to the request for a test order, so this order may be left in the store")
            raise
        return number


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
        lacking = name in facts.lacks or (name == "gift_message" and "gift" in facts.lacks)
        if given and not getattr(stored, name) and not lacking:
            dropped[name] = given
    return msgspec.structs.replace(stored, **dropped)


def _problem_notices(problems: dict[str, list[str]]) -> Iterator[str]:
    """Yield a notice for each problem, with the specimens that have it."""
    for problem, names in problems.items():
        if len(names) == 1:
            yield f"specimen {names[0]} was {problem}"
        else:
            yield f"{len(names)} specimens were {problem} ({', '.join(names)})"
