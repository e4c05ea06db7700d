"""Carries out several cases side by side, so that one call of the control protocol serves all of them.

A case is a generator: it sends its requests to the endpoint itself, and yields what it wants from the store: new orders
and records of orders. The wishes of all cases are granted together, with as few calls as the store offers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from conformance.client.exchange import Exchange
from conformance.core.errors import NotExercised
from conformance.survey.specimens import Build, CreatedOrder
from conformance.survey.survey import Survey
from conformance.truth.source import TruthUnavailable
from mockstore.orders.model import Order

BOOKED_LATER = 202
"""The status of a reply that means: accepted, and booked later."""
POLL_INTERVAL_S = 0.1
MAX_POLLS = 60
"""An order is looked up this many times, at most, until a notification that was answered 202 is booked."""
MAX_POLLS_AFTER_SUCCESS = 20
"""The same for a notification that was answered with another success: two seconds."""


class NewOrder(msgspec.Struct, frozen=True):
    """The wish for a new order; the answer is the order as it is stored."""

    build: Build


class RecordOf(msgspec.Struct, frozen=True):
    """The wish for the record of an order, once these exchanges had their effect; the answer is an order.

    Without exchanges, the record is read at once. ``is_booked`` tells the effect from the record; if it is None, any
    change of status or shipments counts.
    """

    before: Order
    exchanges: tuple[Exchange, ...] = ()
    is_booked: Callable[[Order], bool] | None = None


class Existing(msgspec.Struct, frozen=True):
    """The wish to know which of these numbers are numbers of orders; the answer is a set."""

    numbers: tuple[str, ...]


class Turn(msgspec.Struct, frozen=True):
    """The wish that another case sends its next request before this case goes on; there is no answer.

    If no other case of the round has one to send, this case goes on at once.
    """


Wish = NewOrder | RecordOf | Existing | Turn
Result = TypeVar("Result")
Case = Generator[Wish, Any, Result]
"""A case: yields wishes, gets the answer to each, and returns its result."""
Problem = Exception


class SideBySide:
    """Cases whose first wishes are granted together, at once. Which of them go on, and when, is decided later."""

    def __init__(self, survey: Survey, cases: Mapping[str, Case[Any]]) -> None:
        self._survey, self._cases = survey, cases
        self._results: dict[str, Any] = {}
        self._wishes: dict[str, Wish] = {}
        for name in cases:
            self._go_on(name, None)
        self._answers = _granted(survey, self._wishes)

    def finish(self, names: Collection[str]) -> dict[str, Any]:
        """Carry out cases to their ends, and return the result of each, or the exception that ended it.

        In each round, the wishes of these cases are granted. Then the cases go on one after the other.
        """
        while any(name in self._answers for name in names):
            answers = {name: self._answers.pop(name) for name in names if name in self._answers}
            self._go_on_in_turn(answers)
            wishes = {name: self._wishes[name] for name in answers if name not in self._results}
            try:
                self._answers |= _granted(self._survey, wishes)
            except Exception as problem:  # each case ends with it, so that none is left without a result
                self._answers |= dict.fromkeys(wishes, problem)
        return {name: self._results[name] for name in names}

    def _go_on_in_turn(self, answers: Mapping[str, object]) -> None:
        """Give each case its answer. A case that lets another one send first goes on after that one."""
        left = deque(answers.items())
        waiting: deque[str] = deque()
        sent = self._survey.shipstation.session.exchanges
        while left or waiting:
            before = len(sent)
            name, answer = left.popleft() if left else (waiting.popleft(), None)
            self._go_on(name, answer)
            if len(sent) > before and waiting:
                left.appendleft((waiting.popleft(), None))
            if isinstance(self._wishes.get(name), Turn):
                waiting.append(name)

    def _go_on(self, name: str, answer: object) -> None:
        """Give a case the answer to its wish, and note its next wish, or its result."""
        case = self._cases[name]
        try:
            self._wishes[name] = case.throw(answer) if isinstance(answer, Exception) else case.send(answer)
        except StopIteration as end:
            self._results[name] = end.value
        except Exception as problem:  # an error in one case must not end the others
            self._results[name] = problem
        if name in self._results:
            self._wishes.pop(name, None)


def carry_out(survey: Survey, cases: Mapping[str, Case[Any]]) -> dict[str, Any]:
    """Carry out cases side by side, and return the result of each, or the exception that ended it."""
    return SideBySide(survey, cases).finish(list(cases))


def outcome(result: Any) -> Any:
    """Return the result of a case.

    Raises:
        NotExercised: if the case can't be carried out here, or whatever else ended the case.
    """
    if isinstance(result, Exception):
        raise result.with_traceback(None)
    return result


def _granted(survey: Survey, wishes: Mapping[str, Wish]) -> dict[str, object]:
    """Return the answer to each wish, or the exception that the case gets."""
    answers: dict[str, object] = dict.fromkeys(wishes)
    wanted = {name: wish.build for name, wish in wishes.items() if isinstance(wish, NewOrder)}
    if wanted:
        try:
            made = survey.new_orders(wanted)
        except NotExercised as why:
            answers |= dict.fromkeys(wanted, why)
        else:
            answers |= {name: each.stored if isinstance(each, CreatedOrder) else each for name, each in made.items()}
    reading = {name: wish for name, wish in wishes.items() if isinstance(wish, RecordOf | Existing)}
    if reading:
        answers |= zip(reading, _read(survey, list(reading.values())), strict=True)
    return answers


# ---------------------------------------------------------------------- reading records


def max_polls(survey: Survey, exchanges: Sequence[Exchange]) -> int:
    """Return how many times an order is looked up, at most, until its notifications are booked.

    The suite counts polls, not seconds, so that a replay decides alike. After the first booking was seen, later ones
    get about three times as many polls as that one needed, and none if it needed none.
    """
    known = survey.polls_until_booked
    if any(exchange.status == BOOKED_LATER for exchange in exchanges):
        return MAX_POLLS if known is None else 3 * known + 2
    if not any(exchange.succeeded for exchange in exchanges):
        return 0
    return MAX_POLLS_AFTER_SUCCESS if known is None else 3 * known


def records_of(survey: Survey, wishes: Sequence[RecordOf]) -> list[Order | Problem]:
    """Return the record of each order, once its notifications are booked.

    A 202 means "booked later", and after any other success the booking may take up to two seconds. As long as some of
    the orders show a booking, the suite goes on: the store may book one after the other.
    """
    return list(_read(survey, wishes))


@dataclass(slots=True)
class _Waiting:
    """A wish for a record, what was read last, and whether the record is final."""

    wish: RecordOf
    record: Order | Problem
    is_booked: bool = False
    is_final: bool = False

    def has_changed(self) -> bool:
        before, now = self.wish.before, self.record
        if not isinstance(now, Order):
            return False
        if self.wish.is_booked is not None:
            return self.wish.is_booked(now)
        return (now.status, now.shipments) != (before.status, before.shipments)


def _read(survey: Survey, wishes: Sequence[RecordOf | Existing]) -> list[Any]:
    """Read the records for these wishes, and read those again whose notifications are not booked yet."""
    numbers = [_numbers(wish) for wish in wishes]
    found = iter(survey.truth.orders([number for each in numbers for number in each]))
    answers: list[Any] = [[next(found) for _ in each] for each in numbers]
    waiting: list[_Waiting] = []
    for place, wish in enumerate(wishes):
        if isinstance(wish, Existing):
            exist = [each is not None for each in answers[place]]
            answers[place] = {number for number, exists in zip(wish.numbers, exist, strict=True) if exists}
        else:
            answers[place] = _Waiting(wish, _record(survey, wish, answers[place][0]))
            waiting.append(answers[place])
    _wait(survey, waiting)
    return [each.record if isinstance(each, _Waiting) else each for each in answers]


def _numbers(wish: RecordOf | Existing) -> tuple[str, ...]:
    return wish.numbers if isinstance(wish, Existing) else (wish.before.order_number,)


def _record(survey: Survey, wish: RecordOf, found: Order | TruthUnavailable | None) -> Order | Problem:
    if found is None:
        return NotExercised(f"{survey.truth_name} no longer has order {wish.before.order_number}")
    return found


def _wait(survey: Survey, waiting: Sequence[_Waiting]) -> None:
    """Read the records again until all are final. ``polls`` counts the readings since a booking was seen."""
    polls = 0
    is_first = True
    while True:
        has_new = False
        for each in waiting:
            if each.is_final:
                continue
            is_later = any(exchange.status == BOOKED_LATER for exchange in each.wish.exchanges)
            if each.is_booked or not each.wish.exchanges or not isinstance(each.record, Order):
                each.is_final = True
            elif each.has_changed():
                survey.polls_until_booked = max(polls, survey.polls_until_booked or 0)
                has_new = each.is_booked = True
                # the store may record the status a moment after the shipment
                each.is_final = is_first and not is_later
            elif polls >= max_polls(survey, each.wish.exchanges):
                each.is_final = True
        left = [each for each in waiting if not each.is_final]
        if not left:
            if polls >= MAX_POLLS_AFTER_SUCCESS and survey.polls_until_booked is None:
                survey.polls_until_booked = 0  # the store books nothing: time shows no more of further notifications
            return
        survey.shipstation.session.wait(POLL_INTERVAL_S)
        found = survey.truth.orders([each.wish.before.order_number for each in left])
        for each, record in zip(left, found, strict=True):
            each.record = _record(survey, each.wish, record)
        polls = 1 if has_new else polls + 1
        is_first = False
