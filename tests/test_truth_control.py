"""The control protocol as source of truth: what a store describes wrongly costs only that, and is named."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from conformance.core.json_errors import NOT_JSON
from conformance.report.model import Report, Result
from conformance.runner.run import run
from conformance.runner.settings import RunSettings, Selection, UrlTarget
from conformance.truth.control_forms import meant_member, members_of
from conformance.truth.control_messages import created_number, facts_of, listed_orders, order_message
from conformance.truth.settings import ControlAccess, Secret
from mockstore.orders.model import Item
from tests.support.broken_control import Alter, broken_control
from tests.support.judged import ORDER
from tests.support.scripted import Asked, Scripted
from tests.support.store_in_thread import Served, served

SOME = ("ORD-5", "ORD-7", "ITM-2", "ITM-5", "WIN-2")
FACTS = {
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "weight_unit": "kg",
    "statuses": [{"name": "Paid", "maps_to": "paid"}],
    "capabilities": ["read"],
}


@pytest.fixture(scope="module")
def store() -> Iterator[Served]:
    """A correct store; tests don't change it for good."""
    with served(count=12, now=None) as found:
        yield found


def judged(store: Served, alter: Alter, *only: str, writes: bool = False) -> tuple[Report, Scripted]:
    """Return the report of a run that learns what the store holds from altered replies, and the control server."""
    shop = store.store.shop
    with broken_control(store, alter) as server:
        truth = ControlAccess(server.place, Secret(store.store.control_token))
        target = UrlTarget(store.store.url, shop.username, Secret(shop.password), truth=truth, allow_writes=writes)
        report = run(RunSettings(targets=(target,), selection=Selection(only), scope="truth", timeout_s=20))
    assert not [result for result in report.results if result.verdict in ("error", "deviates")], report.notices
    return report, server


def of(report: Report, requirement: str) -> Result:
    """Return the result of a requirement."""
    return next(result for result in report.results if result.requirement == requirement)


def is_order(asked: Asked) -> bool:
    """True for a request for one order."""
    return asked.method == "GET" and asked.path.startswith("/orders/")


# ---------------------------------------------------------------------- whole runs


def test_a_misspelt_member_is_not_judged(store: Served) -> None:
    """The shop is not accused of a member that its control protocol misspells; everything else is judged."""

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if is_order(asked):
            for item in content["items"]:
                item["unitPrice"] = item.pop("unit_price")
        return status, content

    report, _ = judged(store, alter, *SOME)
    result = of(report, "ITM-5")
    assert result.verdict == "not-exercised"
    assert "has no items.unit_price; it has items.unitPrice, which the protocol doesn't have" in result.reason
    assert [each.verdict for each in report.results if each.requirement != "ITM-5"] == ["conforms"] * 4
    assert [notice for notice in report.notices if "items.unitPrice" in notice]


def test_a_member_with_quite_another_name_is_not_judged(store: Served) -> None:
    """No order has a member, but all have an unknown one in its place: it is not judged, and both are named."""

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if is_order(asked):
            for side in ("billing", "shipping"):
                content["customer"][side]["plz"] = content["customer"][side].pop("postal_code")
            content["warehouse"] = "B"
        return status, content

    report, _ = judged(store, alter, "CUS-4", "ITM-5")
    assert "no order has customer.shipping.postal_code, but order" in of(report, "CUS-4").reason
    assert "has customer.shipping.plz, which the protocol doesn't have" in of(report, "CUS-4").reason
    assert of(report, "ITM-5").verdict == "conforms"
    notices = "\n".join(report.notices)
    assert "customer.billing.plz (order " in notices
    assert "these members: customer.billing.postal_code, customer.shipping.postal_code. " in notices


def test_a_member_that_no_order_has_is_named(store: Served) -> None:
    """A store may leave out what is empty, and is judged; the notice tells what to do if it can't store a member."""

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if is_order(asked):
            del content["gift_message"], content["customer"]["code"]
        if asked.path == "/store":
            content["lacks"] = ["internal_notes"]
        return status, content

    report, _ = judged(store, alter, "ITM-5")
    assert [notice for notice in report.notices if "has these members: gift_message. Orders count as" in notice]


def test_what_cannot_be_described_is_left_out(store: Served) -> None:
    """Wrong orders, list entries and facts are named, and requested once; everything else is judged."""
    wrong: dict[str, int] = {}

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if asked.path == "/store":
            return 200, {**content, "timezone": "Berlin", "statuses": None, "orders_per_page": "ten", "zone": "CET"}
        if asked.path.startswith("/orders?"):
            return 200, {"orders": [*content["orders"], {"order_number": "9", "modified_at": "yesterday"}, None]}
        if is_order(asked) and (asked.path in wrong or len(wrong) < 4):
            match wrong.setdefault(asked.path, len(wrong)):
                case 0:
                    content["items"][0]["quantity"] = "two"
                case 1:
                    content["total"] = "NaN"
                case 2:
                    return 500, {"error": "x" * 100_000}
                case 3:
                    return 200, b"[" * 100_000
        return status, content

    report, server = judged(store, alter, *SOME)
    assert [result.verdict for result in report.results] == ["conforms"] * 5
    notices = "\n".join(report.notices)
    assert "4 orders are left out" in notices
    assert any(reason in notices for reason in ("quantity", "'NaN' is no amount", "500", "can't be read"))
    for said in ("'Berlin' isn't a time zone", "no statuses", "orders_per_page can't be used", "'zone'", "yesterday"):
        assert said in notices
    assert len(notices) < 4000
    requested = Counter(asked.path for asked in server.asked if asked.path in wrong)
    assert all(number <= 2 for number in requested.values()), requested


def test_if_no_order_can_be_described_the_reason_is_named(store: Served) -> None:
    """The first line tells what is wrong with the control protocol, not what follows from it."""

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        return (status, {**content, "placed_at": "yesterday"}) if is_order(asked) else (status, content)

    report, _ = judged(store, alter, "ORD-7", "ITM-5")
    assert "Invalid RFC3339" in of(report, "ITM-5").reason
    assert "placed_at" in of(report, "ITM-5").reason


def test_without_a_list_of_orders_replies_are_judged(store: Served) -> None:
    """If the store can't list its orders, what replies alone show is judged; the other reasons name the list."""

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        return (500, {"error": "no list"}) if asked.path.startswith("/orders?") else (status, content)

    _, server = judged(store, alter, "ORD-1", "ITM-2", "ITM-5", "WIN-1", writes=True)
    assert len([asked for asked in server.asked if asked.path.startswith("/orders?")]) < 8
    assert not [asked for asked in server.asked if asked.method == "POST"]
    report, server = judged(store, alter, "ORD-1", "ITM-2", "ITM-5")
    assert of(report, "ORD-1").verdict == "conforms"
    assert "no list" in of(report, "ITM-2").reason
    assert "no list" in of(report, "ITM-5").reason
    assert len([asked for asked in server.asked if asked.path.startswith("/orders?")]) < 8


def test_specimens_that_the_store_cannot_hold(store: Served) -> None:
    """A specimen that the store refuses, loses or alters is named; no order of others is judged or deleted for it."""
    made: dict[str, str] = {}
    before = {order.order_number for order in store.store.store.orders()}

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if asked.method == "POST" and asked.path == "/orders":
            email = json.loads(asked.body)["customer"]["email"]
            made[content["order_number"]] = email
            if "gift" in email:
                return 500, {"error": "no gifts"}
            return status, {"order_number": content["order_number"]}
        if is_order(asked) and "-us-district@" in made.get(asked.path.rpartition("/")[2], ""):
            return 200, {"order_number": "1"}
        return status, content

    report, _ = judged(store, alter, "ORD-7", "CUS-1", writes=True)
    assert {result.verdict for result in report.results} == {"conforms"}
    assert [notice for notice in report.notices if "no gifts" in notice]
    assert [notice for notice in report.notices if "may have orders that the suite could not delete" in notice]
    assert [notice for notice in report.notices if "specimen us-district was not judged" in notice]
    left = {order.order_number: order for order in store.store.store.orders()}
    assert before <= left.keys()
    assert {left[number].customer.email for number in left.keys() - before} <= {
        email for email in made.values() if "gift" in email
    }


# ---------------------------------------------------------------------- messages


def message(**changes: Any) -> bytes:
    """Return the message of an order with other members."""
    return msgspec.json.encode({**msgspec.to_builtins(ORDER), **changes})


def test_a_right_message_has_no_remarks() -> None:
    """A message as the protocol describes it has nothing unknown and nothing missing."""
    read = order_message(message())
    assert read.order == ORDER
    assert (read.unknown, read.untold) == ({}, {})
    assert not any(read.absent.values())


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-01-01T00:00:00Z", "10000-01-01"]
)
def test_times_at_the_limits_of_the_calendar(moment: str) -> None:
    """A time that UTC can't express makes only this order unreadable."""
    with pytest.raises(NOT_JSON):
        order_message(message(modified_at=moment))


@pytest.mark.parametrize("amount", ["NaN", "-Infinity", "1E+999999999", "1E-999999999", "ten", [], {}])
def test_amounts_that_are_none(amount: object) -> None:
    """An amount that isn't a number of ordinary size makes only this order unreadable."""
    with pytest.raises(NOT_JSON):
        order_message(message(tax=amount))


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"\xff", b"{", b'"\\ud800"', b"[" * 5000, b"{}"])
def test_messages_that_are_none(body: bytes) -> None:
    """A body that is no order is unreadable, whatever it is."""
    with pytest.raises(NOT_JSON):
        order_message(body)


def test_members_that_are_close_to_missing_ones() -> None:
    """A misspelt member is taken for the missing one that it resembles; a strange member is only unknown."""
    content = msgspec.to_builtins(ORDER)
    content["customerNotes"] = content.pop("customer_notes")
    content["customer"]["billing"]["postalCode"] = content["customer"]["billing"].pop("postal_code")
    content["warehouse"] = "B"
    del content["tax"]
    read = order_message(msgspec.json.encode(content))
    assert read.unknown == {
        "customer.billing.postalCode": "customer.billing.postal_code",
        "customerNotes": "customer_notes",
        "warehouse": "",
    }
    assert dict(read.untold) == {
        "customer_notes": "customerNotes",
        "customer.billing.postal_code": "customer.billing.postalCode",
        "tax": "",
    }


def test_facts_that_are_wrong_in_part() -> None:
    """A fact that can't be used is left out, and the others are kept."""
    facts, remarks = facts_of({**FACTS, "currency": 5, "weight_unit": "kg", "statuses": [{"name": "A"}, "B", {}]})
    assert facts.weight_unit == "kg"
    assert [status.name for status in facts.statuses] == ["A"]
    assert len(remarks) == 3
    assert facts_of(FACTS)[1] == ()
    without = {name: fact for name, fact in FACTS.items() if name != "currency"}
    assert facts_of(without)[1] == ("it has no currency",)
    wrong = [{"name": "Paid", "mapsTo": "paid"}, {"name": "Sent", "mapsTo": "shipped"}]
    assert facts_of({**FACTS, "currency": "EUR", "statuses": wrong})[1] == (
        "it has 'statuses[0].mapsTo', which the protocol doesn't have (probably maps_to)",
    )
    with pytest.raises(NOT_JSON):
        facts_of([])


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("unitPrice", "unit_price"),
        ("price", "unit_price"),
        ("qty", "quantity"),
        ("colour", ""),
        ("imageURL", "image_url"),
    ],
)
def test_an_unknown_member_is_named_with_the_right_one(wrong: str, right: str) -> None:
    """The right name is found by its spelling, or by what other interfaces call the member."""
    assert meant_member(wrong, members_of(Item)) == right


def test_lists_of_orders() -> None:
    """An entry that can't be read is left out; a number may be a JSON number."""
    rows = [{"order_number": 5, "modified_at": "2026-03-10T08:00:00Z"}, {"order_number": "6"}, 7]
    found, remarks = listed_orders({"orders": rows})
    assert [each.order_number for each in found] == ["5"]
    assert len(remarks) == 2
    with pytest.raises(NOT_JSON):
        listed_orders({"orders": {}})
    found, remarks = listed_orders({"orders": [{**rows[0], "id": 7}, {**rows[0], "id": 8}], "next": None})  # type: ignore[dict-item]
    assert len(found) == 2
    assert [remark.partition(",")[0] for remark in remarks] == ["it has 'next'", "it has 'orders[0].id'"]


def test_a_reply_to_a_created_order_names_what_is_misspelt() -> None:
    """The number of an order is missing because it has another name."""
    with pytest.raises(ValueError, match=r"it has orderNumber, which .* .probably order_number"):
        created_number({"orderNumber": "7"})
