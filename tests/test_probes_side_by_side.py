"""Cases that are carried out side by side: few calls of the control protocol, and time for bookings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.client.exchange import Exchange
from conformance.core.errors import NotExercised
from conformance.probes.side_by_side import (
    BOOKED_LATER,
    MAX_POLLS,
    MAX_POLLS_AFTER_SUCCESS,
    Case,
    Existing,
    NewOrder,
    RecordOf,
    SideBySide,
    Turn,
    carry_out,
    max_polls,
    outcome,
    records_of,
)
from conformance.survey.specimens import CreatedOrder
from conformance.survey.survey import Survey
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order, Shipment
from tests.support.judged import ORDER, exchange, order


@dataclass
class SlowStore:
    """A store in which each order shows its booking once it was looked up often enough."""

    shows_after: Mapping[str, int] = field(default_factory=dict)
    looked_up: dict[str, int] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)

    def orders(self, numbers: Sequence[str]) -> list[Order | None]:
        """Look orders up with one call."""
        self.calls.append(f"read {len(numbers)}")
        return [self._order(number) for number in numbers]

    def _order(self, number: str) -> Order | None:
        if number not in self.shows_after:
            return None
        self.looked_up[number] = self.looked_up.get(number, 0) + 1
        booked = self.looked_up[number] > self.shows_after[number]
        return order(order_number=number, shipments=(Shipment("1Z1"),) if booked else ())

    def new_orders(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Make orders with one call. One can't be made."""
        self.calls.append(f"make {len(wanted)}")
        made = CreatedOrder("any", cast("Draft", None), ORDER)
        return {name: NotExercised("it can't be made") if name == "impossible" else made for name in wanted}

    def survey(self) -> Survey:
        """A survey of this store."""
        session = SimpleNamespace(wait=self.waits.append, exchanges=self.exchanges)
        stub = SimpleNamespace(
            polls_until_booked=None,
            truth=self,
            truth_name="the store",
            shipstation=SimpleNamespace(session=session),
            new_orders=self.new_orders,
        )
        return cast("Survey", stub)


def reply(status: int) -> Exchange:
    """A reply with this status."""
    return exchange(b"", status)


def booked(survey: Survey, number: str, status: int = 200) -> Order:
    """Wait until the notification of an order is booked."""
    (found,) = records_of(survey, [RecordOf(order(order_number=number), (reply(status),))])
    assert isinstance(found, Order)
    return found


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("polls", [0, 1, 7, 19])
def test_a_booking_may_take_a_fixed_number_of_polls_after_any_success(status: int, polls: int) -> None:
    """Two seconds after 2xx, six after 202."""
    survey = SlowStore({"1": polls}).survey()
    assert booked(survey, "1", status).shipments
    assert survey.polls_until_booked == polls


def test_a_store_that_books_nothing_gets_time_only_once() -> None:
    """Its next notifications are not polled, because they would show no more."""
    store = SlowStore({"1": 10_000})
    survey = store.survey()
    assert not booked(survey, "1").shipments
    assert len(store.waits) == MAX_POLLS_AFTER_SUCCESS
    assert not booked(survey, "1").shipments
    assert len(store.waits) == MAX_POLLS_AFTER_SUCCESS
    assert max_polls(survey, [reply(200)]) == 0


def test_polls_are_counted_by_what_was_seen() -> None:
    """A refusal gets none, a 202 the most."""
    survey = SlowStore().survey()
    assert max_polls(survey, [reply(409)]) == 0
    assert max_polls(survey, [reply(200), reply(BOOKED_LATER)]) == MAX_POLLS
    survey.polls_until_booked = 4
    assert max_polls(survey, [reply(200)]) == 12
    assert max_polls(survey, [reply(BOOKED_LATER)]) == 14


def test_a_store_may_book_one_after_the_other() -> None:
    """As long as one more is booked now and then, the others are waited for."""
    numbers = {str(place): 15 * place for place in range(1, 8)}
    survey = SlowStore(numbers).survey()
    wishes = [RecordOf(order(order_number=number), (reply(BOOKED_LATER),)) for number in numbers]
    assert all(isinstance(found, Order) and found.shipments for found in records_of(survey, wishes))
    assert survey.polls_until_booked is not None
    assert survey.polls_until_booked < 20


def case(number: str, *, name: str = "", fails: bool = False) -> Case[str]:
    """Make an order, look it up, and look up which numbers exist."""
    made = yield NewOrder(lambda make: cast("Draft", None))
    assert made is ORDER
    found = yield RecordOf(order(order_number=number))
    if fails:
        raise ValueError("a mistake of the suite")
    existing = yield Existing((number, "unknown"))
    assert existing == {number}
    return f"{name} {found.order_number}"


def test_one_call_serves_all_cases() -> None:
    """Each round makes or reads the orders of all cases."""
    store = SlowStore({"1": 0, "2": 0, "3": 0})
    results = carry_out(store.survey(), {number: case(number, name="order") for number in "123"})
    assert results == {number: f"order {number}" for number in "123"}
    assert store.calls == ["make 3", "read 3", "read 6"]


def test_a_case_that_ends_with_an_error_leaves_the_others() -> None:
    """A scenario that asks for its result gets the error."""
    store = SlowStore({"1": 0, "2": 0})
    cases = {"impossible": case("1"), "failing": case("1", fails=True), "gone": case("9"), "good": case("2")}
    results = carry_out(store.survey(), cases)
    assert outcome(results["good"]) == " 2"
    with pytest.raises(NotExercised, match="it can't be made"):
        outcome(results["impossible"])
    with pytest.raises(ValueError, match="a mistake"):
        outcome(results["failing"])
    with pytest.raises(NotExercised, match="the store no longer has order 9"):
        outcome(results["gone"])


def test_a_store_that_can_not_be_asked_ends_each_case() -> None:
    """Also cases that are asked for again later have a result: the error."""

    class Gone(SlowStore):
        def orders(self, numbers: Sequence[str]) -> list[Order | None]:
            raise ConnectionError("the store is gone")

    cases = SideBySide(Gone({"1": 0}).survey(), {number: case("1") for number in "12"})
    for names in (("1",), ("1", "2")):
        for result in cases.finish(names).values():
            with pytest.raises(ConnectionError, match="the store is gone"):
                outcome(result)


def test_a_case_may_let_another_one_send_its_request_first() -> None:
    """A case that sends nothing isn't another one that does; without any that does, the first goes on."""
    store = SlowStore()
    sent: list[str] = []

    def sending(name: str, times: int) -> Case[None]:
        yield Existing(())
        for each in range(times):
            if each:
                yield Turn()
            sent.append(f"{name}{each}")
            store.exchanges.append(reply(200))

    def silent() -> Case[None]:
        yield Existing(())

    cases = {"a": sending("a", 4), "b": sending("b", 1), "c": silent(), "d": sending("d", 1)}
    assert carry_out(store.survey(), cases) == dict.fromkeys("abcd")
    assert sent == ["a0", "b0", "a1", "d0", "a2", "a3"]
    assert store.calls == ["read 0"]
