"""Orders that the suite makes in a store, so that it knows what the store holds, and takes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import msgspec

from conformance.core.errors import NotExercised
from conformance.core.interrupts import deferred
from conformance.truth.source import ORDERS_AT_ONCE, OrderRefused, Truth, TruthUnavailable
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order
from mockstore.orders.specimens import Specimen, SpecimenMaker, specimens
from mockstore.shop.facts import StoreFacts

QUIETER = (*range(0, 360, 30), *(years * 365 for years in (2, 3, 5, 7, 10)))
"""Days by which the suite goes back to find a week without other orders."""
PROBLEMS = 3
"""Orders that a source of truth may lose before the suite stops making them."""


@dataclass(frozen=True)
class CreatedOrder:
    """An order that the suite made: what it asked for, and what the store holds of it."""

    name: str
    draft: Draft
    stored: Order


class SpecimenOrders:
    """The orders of one run. ``numbers`` are of those that stand in the store now.

    ``dated``: the source of truth says when orders were last changed.
    """

    def __init__(self, truth: Truth, now: datetime, run: str, *, dated: bool) -> None:
        self._truth, self._now, self._run, self._dated = truth, now, run, dated
        self._facts = truth.facts
        self.numbers: list[str] = []
        self.problems: list[str] = []
        """What to say of specimens that the store has not."""
        self._slot = 0

    @cached_property
    def begin(self) -> datetime:
        """When the first specimen was modified: some forty days ago, or earlier: where nothing else was for a week."""
        day = (self._now - timedelta(days=40)).replace(hour=6, minute=0, second=0, microsecond=0)
        for before in QUIETER:
            then = day - timedelta(days=before)
            if not self._dated or not self._truth.modified_between(then - timedelta(days=8), then + timedelta(days=9)):
                return then
        raise NotExercised("no quiet week was found in the last ten years to make orders in")

    @cached_property
    def specimens(self) -> dict[str, CreatedOrder]:
        """The hand-made orders by name, those that the store can hold."""
        found: dict[str, CreatedOrder] = {}
        refusals: dict[str, list[str]] = {}
        lost = 0
        wanted = specimens(self._facts, self.begin, self._run)
        for start in range(0, len(wanted), ORDERS_AT_ONCE):
            some = wanted[start : start + ORDERS_AT_ONCE]
            for specimen, made in zip(some, self.create(some), strict=True):
                match made:
                    case CreatedOrder():
                        found[specimen.name] = made
                    case OrderRefused():
                        refusals.setdefault(f"not made: {made}", []).append(specimen.name)
                    case TruthUnavailable():
                        lost += 1
                        refusals.setdefault(f"not judged: {made}", []).append(specimen.name)
            if lost >= PROBLEMS and not found:
                self.problems.append("no specimen could be made, so the suite stopped making them")
                break
        for why, names in refusals.items():
            what = f"specimen {names[0]} was" if len(names) == 1 else f"{len(names)} specimens were"
            rest = f" ({', '.join(names)})" if len(names) > 1 else ""
            self.problems.append(f"{what} {why}{rest}")
        return found

    def create(self, wanted: Sequence[Specimen]) -> list[CreatedOrder | TruthUnavailable]:
        """Make orders, one after the other, and read back what the store holds; why not of those that it hasn't."""
        numbers = [self._create(specimen.draft) for specimen in wanted]
        held = iter(self._truth.orders([number for number in numbers if isinstance(number, str)]))
        made: list[CreatedOrder | TruthUnavailable] = []
        for specimen, number in zip(wanted, numbers, strict=True):
            match number if isinstance(number, TruthUnavailable) else next(held):
                case None:
                    made.append(
                        TruthUnavailable(
                            f"the store said that it made order {number}, and then had none of that number"
                        )
                    )
                case TruthUnavailable() as problem:
                    made.append(problem)
                case order:
                    made.append(CreatedOrder(specimen.name, specimen.draft, kept(specimen.draft, order, self._facts)))
        return made

    def _create(self, draft: Draft) -> str | TruthUnavailable:
        try:
            with deferred():
                number = self._truth.create(draft)
                self.numbers.append(number)
        except TruthUnavailable as problem:
            return problem
        return number

    def create_one(self, name: str, build: Callable[[SpecimenMaker], Draft]) -> CreatedOrder:
        """Make an order for one scenario, in days of its own.

        Raises:
            NotExercised: where the store can't hold it.
            TruthUnavailable: where it says that it made it and then has none.
        """
        day = self.begin + timedelta(days=15, minutes=10 * self._slot)
        self._slot += 1
        maker = SpecimenMaker(self._facts, day, f"{self._run}{self._slot}")
        (made,) = self.create([Specimen(name, build(maker))])
        match made:
            case OrderRefused():
                raise NotExercised(str(made))
            case TruthUnavailable():
                raise made
            case CreatedOrder():
                return made

    def delete_all(self) -> list[str]:
        """Take back every order that was made; the numbers of those that couldn't be."""
        left = self._truth.delete_all(self.numbers) if self.numbers else []
        self.numbers.clear()
        return left


def kept(asked: Draft, held: Order, facts: StoreFacts) -> Order:
    """What the store is judged on: what it holds, and what it was given and dropped in silence.

    A field that the store says it lacks isn't expected of it.
    """
    changes = {}
    for name in (
        "gift",
        "gift_message",
        "customer_notes",
        "internal_notes",
        "shipping_method",
        "payment_method",
    ):
        given, has = getattr(asked, name), getattr(held, name)
        lacking = name in facts.lacks or (name == "gift_message" and "gift" in facts.lacks)
        if given and not has and not lacking:
            changes[name] = given
    return msgspec.structs.replace(held, **changes)
