"""Sequences of actions on orders: what they report, how short, and whom they don't accuse."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from conformance.checks.action_sequences import Action
from conformance.checks.shipment_model import (
    Aspect,
    Booked,
    Difference,
    Line,
    NamedItem,
    Notification,
    Observation,
    OrderState,
    Reply,
    Units,
    outcomes,
)
from conformance.client.shipstation import ShipNotice
from conformance.core.finding import Finding
from conformance.probes.shipment_update.sequence_findings import Deviation, requirement_of
from conformance.probes.shipment_update.sequences import (
    Plan,
    Play,
    Step,
    _judge_other_orders,
    _other_status,
    _second_parcels,
)
from conformance.runner.run import run
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection
from mockstore.orders.model import Shipment, ShippedItem
from mockstore.shop.facts import StoreFacts
from mockstore.shop.shop import Status
from tests.support.judged import exchange, order

DEFECTS = {
    "retry-undoes-hold": (
        "SHP-9",
        "The order's status is wrong after: a parcel with a part (1 of 13 units), then staff put the order on hold "
        "(Backordered), then the same notification again.",
        "still Backordered",
        "Processed",
    ),
    "sku-alone-books-first-line": (
        "SHP-18",
        "The recorded items are wrong after: a parcel with everything (by SKU alone).",
        "4 × PLAIN-1 or 4 × PLAIN-1, 4 × TEE of line 102, 5 × TEE of line 103",
        "4 × PLAIN-1, 9 × TEE of line 102",
    ),
    "notes-of-first-parcel": (
        "SHP-10",
        "The notes of a shipment are wrong after: a parcel with a part (1 of 13 units), then a parcel with a part "
        "(1 of 13 units).",
        "This is parcel 2 of your order.",
        "This is parcel 1 of your order.",
    ),
    "pieces-counted-with-downloads": (
        "SHP-8",
        "The order's status is wrong after: a parcel with a part (1 of 13 units, and a download).",
        "not shipped yet: Processed",
        "Complete",
    ),
    "refused-for-hold-counts-as-recorded": (
        "SHP-2",
        "The store has the wrong number of shipments after: staff put the order on hold (Backordered), then a parcel "
        "with a part (1 of 13 units), then staff change the status (Processed), then the same notification again.",
        "1 more",
        "0 more",
    ),
    "repetition-opens-order-shipped-by-staff": (
        "SHP-9",
        "The order's status is wrong after: a parcel with a part (1 of 13 units), then staff set the shipped status "
        "(Complete), then the same notification again.",
        "still Complete",
        "Processed",
    ),
    "second-parcel-restores-staff-notes": (
        "NOT-2",
        "A notification changed what the staff wrote after: a parcel with a part (1 of 13 units), then staff write a "
        "note, then a parcel with a part (1 of 13 units).",
        "Called the customer, 2.",
        "Packed by Kim.",
    ),
}
"""Defect → the requirement that reports it, and the finding. The last three show only after three actions or four."""


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
    assert _other_status(facts, "Paid", action, ()) == expected
    assert _other_status(facts, "Paid", action, ("Nothing",)) is None


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


@pytest.mark.parametrize(
    ("booked", "requirement"),
    [
        ((("101", 3), ("102", 4)), "SHP-19"),
        ((("101", 1), ("102", 6)), "SHP-18"),
        ((("101", 2), ("102", 2), ("103", 2)), "SHP-18"),
    ],
    ids=["too much of both SKUs", "too much of the SKU of two lines", "not too much"],
)
def test_too_much_of_a_sku_of_one_line_is_no_fault_of_lines_with_one_sku(booked: Units, requirement: str) -> None:
    """SHP-19 reports it, even if SHP-18 is broken: units of a SKU of one line can't be on another line of that SKU."""
    state = OrderState(lines=(Line("101", "PLAIN", 2), Line("102", "TEE", 2), Line("103", "TEE", 2)))
    sent = Notification("1Z", (NamedItem("PLAIN", 3, "101"), NamedItem("TEE", 4, "102"), NamedItem("TEE", 4, "103")))
    seen = Observation(
        reply=Reply.ACCEPTED, number="1Z", added=1, units=booked, status_before="A", status="A", is_shipped=False
    )
    difference = Difference(Aspect.ITEMS)
    assert requirement_of(Action.MORE, difference, state, sent, seen, frozenset({"SHP-18"})) == requirement


def test_an_item_that_is_recorded_on_a_line_with_another_sku_is_wrong_by_itself() -> None:
    """SHP-7 reports it: SHP-18 is about lines that share the SKU of the item."""
    state = OrderState(lines=(Line("101", "0042", 2), Line("102", "42", 2), Line("103", "42", 2)))
    sent = Notification("1Z", (NamedItem("0042", 1),))
    seen = Observation(
        reply=Reply.ACCEPTED,
        number="1Z",
        added=1,
        units=(("102", 1),),
        status_before="A",
        status="A",
        is_shipped=False,
    )
    difference = Difference(Aspect.ITEMS, outcomes(state, sent))
    assert requirement_of(Action.PART, difference, state, sent, seen, frozenset()) == "SHP-7"


# ---------------------------------------------------------------- parcels on another order


def acted(number: str, tracking_number: str, before: Sequence[Shipment], after: Sequence[Shipment]) -> Play:
    """An order with an alike number, to which a notification was sent last."""
    created = order(order_number=number, shipments=tuple(before))
    notice, sent = ShipNotice(number, tracking_number=tracking_number), Notification(tracking_number.lower(), None)
    state = OrderState(
        lines=(Line("11", "MUG", 2),),
        booked=tuple(Booked(each.tracking_number.lower(), ()) for each in before),
    )
    play = Play(
        plan=Plan(name=number, actions=(Action.PART,), parcels=(), beside=("letter case", 0)),
        created=created,
        lines={},
        state=state,
        books_by_sku=True,
        last=created,
    )
    now = order(order_number=number, shipments=tuple(after))
    play.steps.append(Step(Action.PART, created, now, exchange(b""), notice, sent))
    return play


FIRST, SECOND = Shipment("ONE"), Shipment("TWO")
CHANGED = Shipment("ONE", "UPS", items=(ShippedItem("MUG", 2),))


@pytest.mark.parametrize(
    ("own", "other", "is_reported"),
    [
        # the parcel is on the other order, and not on its own
        (("ONE", [], []), ("TWO", [], [FIRST, SECOND]), True),
        # the other order has a parcel of the same number, which its own second parcel changed
        (("ONE", [], []), ("TWO", [FIRST], [CHANGED, SECOND]), False),
        # a repetition rightly adds nothing, while the other order's own parcel got the number of its first one
        (("ONE", [FIRST], [FIRST]), ("TWO", [FIRST], [FIRST, CHANGED]), False),
    ],
    ids=["it came with this request", "it was there before", "it is on its own order"],
)
def test_a_parcel_is_on_another_order_only_if_it_came_there_with_its_own_notification(
    own: tuple[str, list[Shipment], list[Shipment]],
    other: tuple[str, list[Shipment], list[Shipment]],
    is_reported: bool,
) -> None:
    """SHP-14: what another notification changed there has another cause."""
    one, two = acted("nb-1", *own), acted("NB-1", *other)
    _judge_other_orders([one, two])
    assert [each.requirement for each in one.deviations] == ["SHP-14"] * is_reported
    assert not two.deviations


def test_a_finding_names_every_action() -> None:
    """As a sentence."""
    two = msgspec.structs.replace(deviation("SHP-3", "carrier"), steps=("a parcel", "staff write a note"))
    assert two.finding == Finding(
        message="Wrong after: a parcel, then staff write a note.", order="1", expected="a", actual="b"
    )
