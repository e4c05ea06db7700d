"""A refusal proves something only if a correct notification for the same order is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from conformance.client.exchange import Exchange
from conformance.client.shipstation import ShipNotice
from conformance.core.errors import NotExercised
from conformance.probes.shipment_update import fresh_ground
from conformance.probes.shipment_update.fresh_ground import Ground, is_changed, tried_on
from conformance.probes.shipment_update.notify import InvalidNotification, tracking_number
from conformance.probes.shipment_update.rejected_notifications import (
    is_answered_with_an_error,
    is_refused_and_changes_nothing,
    is_refused_with_4xx_and_changes_nothing,
    send_for_unknown_order,
)
from conformance.probes.side_by_side import NewOrder, carry_out
from conformance.survey.specimens import CreatedOrder
from conformance.survey.survey import Survey
from conformance.truth.source import TruthUnavailable
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order, Shipment
from mockstore.orders.specimens import SpecimenMaker
from tests.support.judged import FACTS, ORDER, exchange, order

KINDS = ("an empty body", "JSON", "text", "another document")
SHIPPED = "Complete"
PLAIN_DRAFT = SpecimenMaker(FACTS, ORDER.modified_at, "run").draft("plain-1")


@dataclass
class Store:
    """A store that books notifications, unless one is sent that it must refuse and that spoils the order.

    ``changing`` is a kind that ships the order, ``remembered`` one after which its number counts as known, and
    ``locking`` one after which the order takes nothing more.
    """

    changing: str = ""
    remembered: str = ""
    locking: str = ""
    records: dict[str, Order] = field(default_factory=dict)
    known: set[tuple[str, str]] = field(default_factory=set)
    locked: set[str] = field(default_factory=set)

    def new_orders(self, wanted: Mapping[str, Any]) -> dict[str, CreatedOrder]:
        """Make orders."""
        made = {}
        for name in wanted:
            stored = order(order_number=f"order {len(self.records)}")
            self.records[stored.order_number] = stored
            made[name] = CreatedOrder(name, cast("Draft", None), stored)
        return made

    def orders(self, numbers: Sequence[str]) -> list[Order | None]:
        """Look orders up."""
        return [self.records.get(number) for number in numbers]

    def send(self, kind: str, number: str, tracking: str) -> Exchange:
        """Get a notification that is to be refused."""
        if kind == self.changing:
            self.records[number] = msgspec.structs.replace(self.records[number], status=SHIPPED)
        if kind == self.remembered:
            self.known.add((number, tracking))
        if kind == self.locking:
            self.locked.add(number)
        return exchange(b"", status=400)

    def notify(self, notice: ShipNotice) -> Exchange:
        """Get a correct notification."""
        if notice.order_number in self.locked:
            return exchange(b"", status=409)
        if (notice.order_number, notice.tracking_number) not in self.known:
            stored = self.records[notice.order_number]
            booked = (*stored.shipments, Shipment(notice.tracking_number))
            self.records[notice.order_number] = msgspec.structs.replace(stored, shipments=booked)
        return exchange(b"", status=200)

    def attempt(self, survey: Survey, kind: str, ground: Order, tracking: str) -> tuple[ShipNotice, Exchange, str]:
        """Send a notification that is to be refused."""
        return ShipNotice(ground.order_number), self.send(kind, ground.order_number, tracking), kind

    def survey(self) -> Survey:
        """A survey of this store."""
        stub = SimpleNamespace(
            truth=self,
            truth_name="the store",
            facts=FACTS,
            run_id="run",
            specimens={"plain-1": CreatedOrder("plain-1", PLAIN_DRAFT, order(order_number="KT-1"))},
            polls_until_booked=0,
            new_orders=self.new_orders,
            shipstation=SimpleNamespace(
                notify=self.notify, session=SimpleNamespace(wait=lambda seconds: None, exchanges=[])
            ),
        )
        return cast("Survey", stub)


@pytest.fixture(autouse=True)
def plain_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make correct notifications without asking for an export."""

    def proof(survey: Survey, order: Order, name: str) -> ShipNotice:
        return ShipNotice(order.order_number, tracking_number=tracking_number(survey, name))

    monkeypatch.setattr(fresh_ground, "_proof", proof)


def results(store: Store, impossible: str = "") -> dict[str, Any]:
    """Return the result of each kind."""

    def attempt(survey: Survey, kind: str, ground: Order, tracking: str) -> tuple[ShipNotice, Exchange, str]:
        if kind == impossible:
            raise NotExercised("it can't be sent")
        return store.attempt(survey, kind, ground, tracking)

    survey = store.survey()
    others = Ground(name="other", kinds=("fine",), attempt=attempt)
    case = tried_on(Ground(name="bad", kinds=KINDS, attempt=attempt), others)
    found: dict[str, dict[str, Any]] = carry_out(survey, {"all": case(survey)})["all"]
    assert not found["other"]["fine"].doubt
    return found["bad"]


def test_refusals_that_change_nothing_share_an_order() -> None:
    """One correct notification proves them all."""
    store = Store()
    found = results(store, impossible="JSON")
    assert isinstance(found.pop("JSON"), NotExercised)
    assert [(each.doubt, each.lost) for each in found.values()] == [("", None)] * 3
    assert len(store.records) == 1


def test_after_a_change_each_has_an_order_of_its_own() -> None:
    """So it is clear which one changed the order."""
    store = Store(changing="JSON")
    found = results(store)
    assert [kind for kind, each in found.items() if is_changed(each)] == ["JSON"]
    assert not any(each.doubt or each.lost for each in found.values())
    assert len(store.records) == 1 + 2 + len(KINDS)


def test_a_refused_notification_that_is_remembered_is_found() -> None:
    """The correct notification with the same number isn't recorded, and one with another number is."""
    found = results(Store(remembered="text"))
    assert [kind for kind, each in found.items() if each.lost] == ["text"]
    assert not any(each.doubt for each in found.values())


def test_an_order_that_takes_nothing_more_proves_nothing() -> None:
    """Only the kind after which it takes nothing is in doubt."""
    found = results(Store(locking="text"))
    assert [kind for kind, each in found.items() if "refuses even a correct notification" in each.doubt] == ["text"]


@pytest.mark.parametrize(
    "judge", [is_answered_with_an_error, is_refused_and_changes_nothing, is_refused_with_4xx_and_changes_nothing]
)
def test_a_doubtful_refusal_is_not_judged(judge: Callable[[InvalidNotification], Any]) -> None:
    """What is answered as a success, or changes the order, is reported all the same."""

    def result(status: int, after: Order, doubt: str = "it was shipped") -> InvalidNotification:
        return InvalidNotification(
            ShipNotice("1"), ORDER, exchange(b"", status=status), after, FACTS, "with JSON", doubt=doubt
        )

    with pytest.raises(NotExercised, match="it was shipped"):
        list(judge(result(404, ORDER)))
    assert list(judge(result(404, ORDER, doubt=""))) == []
    assert len(list(judge(result(200, ORDER)))) == 1
    assert len(list(judge(result(404, order(status=SHIPPED))))) == 1


def order_for_numbers(answer: Order | Exception) -> tuple[str | None, Order]:
    """Return the requested number of the first order, and the order that is used; a second one is order KT-5."""
    ground = Ground(name="nobody", kinds=KINDS, attempt=Store().attempt, number_of=lambda survey, kind, order: "")
    wishes = fresh_ground.order_for_refusals(Store().survey(), "nobody", (ground,))
    first = next(wishes)
    assert isinstance(first, NewOrder)
    number = first.build(SpecimenMaker(FACTS, ORDER.modified_at, "run")).order_number
    try:
        if isinstance(answer, Exception):
            wishes.throw(answer)
            wishes.send(order(order_number="KT-5"))
        wishes.send(answer)
    except StopIteration as end:
        return number, end.value
    raise AssertionError("it wants no third order")


def test_numbers_that_resemble_an_order_number_resemble_one_of_digits() -> None:
    """If the store takes it: then a store that converts them to numbers finds that order."""
    wanted, used = order_for_numbers(order(order_number="1234567890"))
    assert wanted is not None
    assert wanted.isdecimal()
    assert int(wanted) < 2**31
    assert used.order_number == "1234567890"


@pytest.mark.parametrize("answer", [NotExercised("422"), TruthUnavailable("500")])
def test_a_store_may_refuse_a_number_of_digits(answer: Exception) -> None:
    """An order with a number of the store's own serves then."""
    assert order_for_numbers(answer)[1].order_number == "KT-5"


def test_a_store_may_give_an_order_another_number() -> None:
    """The order serves all the same."""
    assert order_for_numbers(order(order_number="KT-6"))[1].order_number == "KT-6"


def test_other_spellings_of_an_integer_may_name_its_order() -> None:
    """In a store whose order numbers are integers, 01001 is 1001. Where they are texts, it is another number."""
    kind = "an order number behind a zero"
    for numbers, is_sent in ((("1001", "1002"), False), (("1001", "CT-14"), True)):
        stub = SimpleNamespace(
            specimen_names=dict.fromkeys(numbers, ""),
            run_id="run",
            shipstation=SimpleNamespace(notify=lambda notice: exchange(b"", status=404)),
        )
        survey = cast("Survey", stub)
        with nullcontext() if is_sent else pytest.raises(NotExercised, match="integers"):
            notice, *_ = send_for_unknown_order(survey, kind, order(order_number="1001"), "1Z")
            assert notice.order_number == "01001"
