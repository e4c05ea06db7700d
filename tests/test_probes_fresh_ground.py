"""A refusal proves something only if a correct notification for the same order is recorded."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from conformance.client.shipstation import ShipNotice
from conformance.core.errors import NotExercised
from conformance.probes.shipment_update import fresh_ground
from conformance.probes.shipment_update.fresh_ground import attempted
from conformance.probes.shipment_update.notify import InvalidNotification
from conformance.probes.shipment_update.rejected_notifications import (
    is_answered_with_an_error,
    is_refused_and_changes_nothing,
    is_refused_with_4xx_and_changes_nothing,
)
from mockstore.orders.model import Order
from tests.support.judged import FACTS, ORDER, exchange, order
from tests.support.small_store import SmallStore, survey_of

KINDS = ("an empty body", "JSON", "text", "another document")
SHIPPED = "Complete"


@pytest.fixture
def grounds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the orders that are made."""
    made: list[str] = []

    def order_with(survey: Any, name: str, build: Any) -> SimpleNamespace:
        made.append(name)
        return SimpleNamespace(stored=order(order_number=name))

    monkeypatch.setattr(fresh_ground, "order_with", order_with)
    monkeypatch.setattr(fresh_ground, "doubt_about", lambda survey, order, name: f"{order.order_number} is doubtful")
    return made


def attempt(changing: str = "", impossible: str = "") -> Callable[[str, Order], InvalidNotification]:
    """Return a function that is refused, but for one kind that ships the order, and one that can't be sent."""

    def send(kind: str, ground: Order) -> InvalidNotification:
        if kind == impossible:
            raise NotExercised("it can't be sent")
        after = msgspec.structs.replace(ground, status=SHIPPED) if kind == changing else ground
        return InvalidNotification(ShipNotice("1"), ground, exchange(b"", status=400), after, FACTS, kind)

    return send


def doubts(changing: str = "", impossible: str = "") -> list[str]:
    """Return the doubt about each kind."""
    survey = survey_of(SmallStore())
    found = []
    for kind in KINDS:
        if kind == impossible:
            with pytest.raises(NotExercised, match="it can't be sent"):
                attempted(survey, "bad", KINDS, kind, attempt(changing, impossible))
        else:
            found.append(attempted(survey, "bad", KINDS, kind, attempt(changing, impossible)).doubt)
    return found


def test_refusals_that_change_nothing_share_an_order(grounds: list[str]) -> None:
    """One correct notification proves them all."""
    assert doubts(impossible="JSON") == ["bad0 is doubtful"] * 3
    assert grounds == ["bad0"]


def test_after_a_change_the_next_refusal_gets_another_order(grounds: list[str]) -> None:
    """The change shows that the order before could be changed."""
    assert doubts(changing="JSON") == ["", "", "bad2 is doubtful", "bad2 is doubtful"]
    assert grounds == ["bad0", "bad2"]


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
