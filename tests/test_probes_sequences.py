"""Sequences of actions on orders: what they report, how short, and whom they don't accuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest

from conformance.checks.action_sequences import Action
from conformance.client.exchange import Exchange
from conformance.core.finding import Finding
from conformance.probes.shipment_update.notify import (
    BOOKED_LATER,
    MAX_POLLS,
    MAX_POLLS_AFTER_SUCCESS,
    max_polls,
    wait_until_booked,
)
from conformance.probes.shipment_update.sequence_findings import Deviation
from conformance.probes.shipment_update.sequences import NAMINGS, _other_status, _second_parcels
from conformance.runner.run import run
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection
from conformance.survey.survey import Survey
from mockstore.orders.model import Order, Shipment
from mockstore.shop.facts import StoreFacts
from mockstore.shop.shop import Status
from tests.support.judged import ORDER, exchange

DEFECTS = {
    "retry-undoes-hold": (
        "SHP-9",
        "The order's status is wrong after: a parcel with everything, then staff put the order on hold (Backordered), "
        "then the same notification again.",
        "still Backordered",
        "Processed",
    ),
    "sku-alone-books-first-line": (
        "SHP-18",
        "The recorded items are wrong after: a parcel with everything.",
        "4 × PLAIN-1 or 4 × PLAIN-1, 2 × TEE of line 102, 3 × TEE of line 103",
        "4 × PLAIN-1, 5 × TEE of line 102",
    ),
    "notes-of-first-parcel": (
        "SHP-10",
        "The notes of a shipment are wrong after: a parcel with a part (1 of 9 units), then a parcel with a part "
        "(1 of 9 units).",
        "This is parcel 2 of your order.",
        "This is parcel 1 of your order.",
    ),
}
"""Defect → the requirement that reports it, and the finding."""


def test_a_deviation_is_reported_as_the_shortest_sequence_that_shows_it() -> None:
    """With each action in words, and nothing that isn't needed."""
    targets = tuple(EmbeddedTarget("4.3.4", defects=(name,), label=name) for name in DEFECTS)
    report = run(RunSettings(targets=targets, selection=Selection(tuple({each[0] for each in DEFECTS.values()}))))
    found = {
        (result.version.removeprefix("defect "), result.requirement): [
            (finding.message, finding.expected, finding.actual) for finding in result.evidence
        ]
        for result in report.results
        if result.evidence
    }
    assert found == {(name, each[0]): [each[1:]] for name, each in DEFECTS.items()}


# ---------------------------------------------------------------- booking that takes time


@dataclass
class SlowStore:
    """A store that shows a booking when the order is looked up often enough."""

    shows_after: int
    looked_up: int = 0
    waits: list[float] = field(default_factory=list)

    def order(self, number: str) -> Order:
        """Look the order up."""
        self.looked_up += 1
        booked = self.looked_up > self.shows_after
        return msgspec.structs.replace(ORDER, shipments=(Shipment("1Z1"),)) if booked else ORDER

    def survey(self) -> Survey:
        """A survey of this store."""
        session = SimpleNamespace(wait=self.waits.append)
        stub = SimpleNamespace(
            polls_until_booked=None, truth=self, truth_name="the store", shipstation=SimpleNamespace(session=session)
        )
        return cast("Survey", stub)


def reply(status: int) -> Exchange:
    """A reply with this status."""
    return exchange(b"", status)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("polls", [0, 1, 7, 19])
def test_a_booking_may_take_a_fixed_number_of_polls_after_any_success(status: int, polls: int) -> None:
    """Two seconds after 2xx, six after 202."""
    store = SlowStore(polls)
    survey = store.survey()
    assert wait_until_booked(survey, ORDER, [reply(status)]).shipments
    assert survey.polls_until_booked == polls


def test_a_store_that_books_nothing_gets_time_only_once() -> None:
    """Its next notifications are not polled, because they would show no more."""
    store = SlowStore(10_000)
    survey = store.survey()
    assert not wait_until_booked(survey, ORDER, [reply(200)]).shipments
    assert len(store.waits) == MAX_POLLS_AFTER_SUCCESS
    assert not wait_until_booked(survey, ORDER, [reply(200)]).shipments
    assert len(store.waits) == MAX_POLLS_AFTER_SUCCESS
    assert max_polls(survey, [reply(200)]) == 0


def test_polls_are_counted_by_what_was_seen() -> None:
    """A refusal gets none, a 202 the most."""
    survey = SlowStore(0).survey()
    assert max_polls(survey, [reply(409)]) == 0
    assert max_polls(survey, [reply(200), reply(BOOKED_LATER)]) == MAX_POLLS
    survey.polls_until_booked = 4
    assert max_polls(survey, [reply(200)]) == 12
    assert max_polls(survey, [reply(BOOKED_LATER)]) == 14


# ---------------------------------------------------------------- what a store can't do


@pytest.mark.parametrize(
    ("action", "statuses", "expected"),
    [
        (Action.HOLD, (("Paid", "paid"), ("Shipped", "shipped")), None),
        (Action.CANCEL, (("Paid", "paid"), ("Shipped", "shipped")), None),
        (Action.STATUS, (("Paid", "paid"), ("Shipped", "shipped")), None),
        (Action.STATUS, (("Paid", "paid"), ("Packing", None), ("Shipped", "shipped")), "Packing"),
        (Action.HOLD, (("Paid", "paid"), ("Waiting", "on_hold")), "Waiting"),
    ],
)
def test_staff_give_only_statuses_that_the_store_has(
    action: Action, statuses: Sequence[tuple[str, str | None]], expected: str | None
) -> None:
    """A store with two statuses has none for it: then the action is left out."""
    facts = StoreFacts(statuses=tuple(Status(name, meaning) for name, meaning in statuses))
    assert _other_status(facts, "Paid", action) == expected


# ---------------------------------------------------------------- which requirement


def deviation(requirement: str, aspect: str) -> Deviation:
    """A deviation of a value."""
    return Deviation(
        requirement=requirement,
        aspect=aspect,
        actions=(Action.PART,),
        steps=("a parcel",),
        problem="Wrong",
        expected="a",
        actual="b",
        order="1",
    )


def test_a_value_that_is_wrong_in_every_parcel_is_no_fault_of_the_second() -> None:
    """Only a value that is right in the first parcel is reported by SHP-10 in another one."""
    carrier, other = deviation("SHP-3", "carrier"), deviation("SHP-3", "carrier of another parcel")
    assert [each.requirement for each in _second_parcels([carrier, other])] == ["SHP-3", "SHP-3"]
    assert [each.requirement for each in _second_parcels([other])] == ["SHP-10"]


def test_a_finding_names_every_action() -> None:
    """As a sentence."""
    two = replace(deviation("SHP-3", "carrier"), steps=("a parcel", "staff write a note"))
    assert two.finding == Finding(
        message="Wrong after: a parcel, then staff write a note.", order="1", expected="a", actual="b"
    )


def test_items_are_named_in_every_way() -> None:
    """By LineItemID, by SKU, and mixed."""
    assert len(set(NAMINGS)) == 4
