"""Batch calls of the control protocol: what fails is done one by one, and no order is left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from conformance.core.errors import Abandoned
from conformance.report.model import Report
from conformance.runner.run import run
from conformance.runner.settings import EmbeddedTarget, RunSettings
from conformance.runner.tidy import open_source
from conformance.survey import specimens as specimens_module
from conformance.survey.record import StoreRecord
from conformance.survey.specimens import SpecimenOrders, wanted_specimens
from conformance.truth.control import ControlTruth
from conformance.truth.control_batch import BatchCalls
from conformance.truth.settings import ControlAccess, Secret
from conformance.truth.source import OrderRefused
from tests.support.broken_control import Alter, broken_control
from tests.support.scripted import Asked, Scripted
from tests.support.small_store import NOW
from tests.support.store_in_thread import Reply, Served, served

SOME = 6
RUN = "ct019d4e4fa00"


@pytest.fixture(scope="module")
def store() -> Iterator[Served]:
    """A correct store; tests leave its orders as they were."""
    with served(count=3) as found:
        yield found


def as_it_is(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
    """Return the true reply."""
    return status, content


@contextmanager
def source(store: Served, alter: Alter = as_it_is) -> Iterator[tuple[ControlTruth, Scripted]]:
    """Open the store's control protocol with altered replies; yield it, and the server that alters them."""
    with broken_control(store, alter, batch=True) as server:
        access = ControlAccess(server.place, Secret(store.store.control_token))
        with open_source(access, timeout_s=20, ca_file=None) as truth:
            assert isinstance(truth, ControlTruth)
            _ = truth.facts
            yield truth, server


@contextmanager
def some_specimens(truth: ControlTruth) -> Iterator[SpecimenOrders]:
    """Yield the first specimens of a run, instead of all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(specimens_module, "wanted_specimens", lambda *facts: wanted_specimens(*facts)[:SOME])
        patch.setattr(specimens_module, "page_fillers", lambda *facts: ())
        patch.setattr(specimens_module, "orders_to_delete", lambda *facts: ())
        yield SpecimenOrders(StoreRecord(truth), NOW, RUN, may_write=True)


def numbers_in(store: Served) -> set[str]:
    """Return the numbers of all orders of a store."""
    return {order.order_number for order in store.store.store.orders()}


def asked_for(server: Scripted, path: str, method: str = "POST") -> int:
    """Return the number of these requests."""
    return sum(asked.method == method and asked.path == path for asked in server.asked)


def on(path: str, change: Callable[[Any], tuple[int, Any]]) -> Alter:
    """Return a function that changes the replies to one call."""

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        return change(content) if asked.path == path else (status, content)

    return alter


def without_last(name: str) -> Callable[[Any], tuple[int, Any]]:
    """Return a function that drops the last member of a reply's list."""
    return lambda content: (200, {name: content[name][:-1]})


FAILING_CALLS = {
    "too large": (lambda content: (413, {"error": "too large"})),
    "made, but answered 500": (lambda content: (500, {"error": "no"})),
    "one result too few": without_last("results"),
    "no JSON": (lambda content: (200, b"<html>")),
    "another list": (lambda content: (200, {"orders": []})),
}


def test_each_call_is_sent_once(store: Served) -> None:
    """Making, reading back and deleting take one call each."""
    before = numbers_in(store)
    with source(store) as (truth, server), some_specimens(truth) as made:
        assert len(made.created) == SOME
        assert made.delete_all() == []
    posted = [asked.path for asked in server.asked if asked.method == "POST"]
    assert posted == ["/orders/batch", "/orders/lookup", "/orders/remove"]
    assert truth.notices == []
    assert numbers_in(store) == before


@pytest.mark.parametrize("failing", FAILING_CALLS)
def test_if_the_call_fails_orders_are_made_one_by_one(failing: str, store: Served) -> None:
    """The orders that the failed call made are found and deleted. The call is not sent again, and a notice names it."""
    before = numbers_in(store)
    with source(store, on("/orders/batch", FAILING_CALLS[failing])) as (truth, server), some_specimens(truth) as made:
        assert len(made.created) == SOME
        assert len(numbers_in(store)) == len(before) + SOME
        assert made.delete_all() == []
    assert (asked_for(server, "/orders/batch"), asked_for(server, "/orders")) == (1, SOME)
    assert len([notice for notice in truth.notices if "POST /orders/batch doesn't work" in notice]) == 1
    assert numbers_in(store) == before


@pytest.mark.parametrize(
    ("path", "failing"),
    [
        ("/orders/lookup", lambda content: (500, {"error": "no"})),
        ("/orders/lookup", without_last("orders")),
        ("/orders/remove", lambda content: (413, {"error": "no"})),
        ("/orders/remove", without_last("results")),
        ("/orders/remove", lambda content: (200, {"results": [False] * len(content["results"])})),
    ],
)
def test_if_another_call_fails_orders_are_read_and_deleted_one_by_one(
    path: str, failing: Callable[[Any], tuple[int, Any]], store: Served
) -> None:
    """The result is the same."""
    before = numbers_in(store)
    with source(store, on(path, failing)) as (truth, server), some_specimens(truth) as made:
        assert len(made.created) == SOME
        assert made.delete_all() == []
    assert asked_for(server, path) == 1
    assert numbers_in(store) == before


def test_a_result_that_cannot_be_read_costs_one_order(store: Served) -> None:
    """The others are judged. The order without a number is found by its e-mail address, and deleted."""
    before = numbers_in(store)

    def lose_first(content: Any) -> tuple[int, Any]:
        return 200, {"results": [{}, *content["results"][1:]]}

    with source(store, on("/orders/batch", lose_first)) as (truth, _), some_specimens(truth) as made:
        assert len(made.created) == SOME - 1
        assert made.without_number == 1
        assert made.delete_all() == []
    assert numbers_in(store) == before


def test_an_order_that_cannot_be_read_costs_one_order(store: Served) -> None:
    """A number that the lookup doesn't know, and an order of the wrong form, are named; the others are judged."""

    def spoil(content: Any) -> tuple[int, Any]:
        wrong = {**content["orders"][1], "total": "NaN"}
        return 200, {"orders": [None, wrong, *content["orders"][2:]]}

    with source(store, on("/orders/lookup", spoil)) as (truth, _), some_specimens(truth) as made:
        assert len(made.created) == SOME - 2
        assert [notice for notice in made.notices if "then had no such order" in notice]
        assert [notice for notice in made.notices if "is no amount" in notice]
        assert made.delete_all() == []


def test_a_refused_order_costs_one_order(store: Served) -> None:
    """Each order of a call is made or refused for itself; the reason names the field."""
    drafts = [each.draft for each in wanted_specimens(served_facts(store), NOW, RUN)[:3]]
    drafts[1] = msgspec.structs.replace(drafts[1], status="Nonsense")
    with source(store) as (truth, _):
        first, second, third = truth.create_several(drafts)
        assert isinstance(second, OrderRefused)
        assert "status: is not a status of this store" in str(second)
        assert truth.delete_all([str(first), str(third)]) == []


def served_facts(store: Served) -> Any:
    """Return the facts that a store states about itself."""
    with source(store) as (truth, _):
        return truth.facts


def test_orders_of_an_abandoned_call_are_deleted(store: Served) -> None:
    """The store makes the orders, but its reply comes too late for a run that was stopped."""
    before = numbers_in(store)
    with source(store) as (truth, _), some_specimens(truth) as made, pytest.MonkeyPatch.context() as patch:
        create = truth.create_several

        def too_late(drafts: Any) -> Any:
            create(drafts)
            raise Abandoned("SIGTERM stopped the run, and the store gave no reply within 10 s")

        patch.setattr(truth, "create_several", too_late)
        with pytest.raises(Abandoned):
            _ = made.created
        assert len(numbers_in(store)) == len(before) + SOME
        assert made.delete_all() == []
    assert numbers_in(store) == before


def test_a_call_is_never_too_large(store: Served) -> None:
    """A body of more than 900 kB is sent as two."""
    sent: list[int] = []

    def post(path: str, body: bytes) -> Any:
        sent.append(len(body))
        count = len(json.loads(body)["orders"])
        results = json.dumps({"results": [{"order_number": str(n)} for n in range(count)]}).encode()
        return Reply(200, {}, results)

    draft = wanted_specimens(served_facts(store), NOW, RUN)[0].draft
    drafts = [msgspec.structs.replace(draft, customer_notes="x" * 300_000)] * 5
    assert len(BatchCalls(post, sent.append).create(drafts)) == 5  # type: ignore[arg-type]
    assert max(sent) < 1_000_000


def call(store: Served, path: str, value: object) -> Reply:
    """Send a call of the control protocol to the mock store."""
    body = msgspec.json.encode(value)
    return store.ask(f"/control/v1{path}", "POST", body, Authorization=f"Bearer {store.store.control_token}")


def test_the_mock_store_answers_as_the_protocol_says(store: Served) -> None:
    """Results come in the sequence of the request; more than 500 orders are refused."""
    draft = msgspec.to_builtins(wanted_specimens(served_facts(store), NOW, RUN)[0].draft)
    results = call(store, "/orders/batch", {"orders": [draft, {**draft, "total": "x"}, {}, 5, draft]}).json["results"]
    assert [sorted(result) for result in results] == [
        ["order_id", "order_number"],
        ["error", "path"],
        ["error", "path"],
        ["error", "path"],
        ["order_id", "order_number"],
    ]
    numbers = [results[0]["order_number"], "nobody", results[4]["order_number"]]
    found = call(store, "/orders/lookup", {"order_numbers": numbers}).json["orders"]
    assert [order and order["order_number"] for order in found] == [numbers[0], None, numbers[2]]
    assert call(store, "/orders/remove", {"order_numbers": numbers}).json == {"results": [True, False, True]}
    assert call(store, "/orders/lookup", {"order_numbers": ["1"] * 501}).status == 422
    assert call(store, "/orders/lookup", {"order_numbers": "1"}).status == 422
    assert call(store, "/orders/lookup", {"numbers": ["1"]}).status == 422


def test_a_store_without_the_capability_has_no_such_calls() -> None:
    """What a store doesn't offer is answered 404, and orders are made one by one."""
    with served(count=0, capabilities=("read", "create", "delete")) as store:
        assert call(store, "/orders/batch", {"orders": []}).status == 404
        with source(store) as (truth, server), some_specimens(truth) as made:
            assert len(made.created) == SOME
            assert made.delete_all() == []
        assert asked_for(server, "/orders") == SOME
        assert not numbers_in(store)


def test_verdicts_are_the_same_without_batch_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store without them is judged alike."""
    settings = RunSettings(targets=(EmbeddedTarget("4.3.4", defects=("coupon-code-missing", "first-discount-only")),))
    with_batch = run(settings)
    assert {result.requirement for result in with_batch.results if result.verdict == "deviates"} >= {"DIS-4", "DIS-6"}
    monkeypatch.setattr(ControlTruth, "_has_batch", lambda self, path: False)
    assert told(run(settings)) == told(with_batch)


def told(report: Report) -> list[tuple[str, str, list[str]]]:
    """Return what a report says, without the times of PAG-7, and the numbers of exchanges and of the suite's orders."""
    return [
        (each.requirement, each.verdict, [found.message for found in each.evidence])
        for each in report.results
        if each.requirement != "PAG-7"
    ]
