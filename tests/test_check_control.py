"""``conformance check-control``: names what an adapter does wrong, and leaves nothing in the shop."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from conformance.runner.check_control import CheckSettings, check_adapter
from conformance.truth.control_check.kept import differences
from conformance.truth.control_check.messages import misfits
from conformance.truth.control_check.problems import Problem, Results
from conformance.truth.settings import ControlAccess, Secret
from conformance.truth.suite_orders import run_began
from mockstore.orders.model import Order
from mockstore.orders.specimens import SpecimenMaker
from mockstore.shop.facts import StoreFacts
from tests.support.broken_control import Alter, broken_control
from tests.support.control_schema import problems
from tests.support.judged import ORDER
from tests.support.processes import CODE, ROOT, conformance, environment, free_port
from tests.support.scripted import Asked, Reply, scripted
from tests.support.store_in_thread import Served, served

Change = Callable[[Asked, Any], Any]
"""Takes a request and the JSON of the true reply, and returns the JSON to send."""


@pytest.fixture(scope="module")
def store() -> Iterator[Served]:
    """A correct store; tests leave it as it was."""
    with served(count=30, now=None) as found:
        yield found


def checked(store: Served, alter: Alter, *, writes: bool = False, batch: bool = True) -> tuple[Results, list[Asked]]:
    """Return what a check of the store finds if replies are altered, and the requests. No order may be changed."""
    before = {order.order_number: order for order in store.store.store.orders()}
    with broken_control(store, alter, batch=batch) as server:
        access = ControlAccess(server.place, Secret(store.store.control_token))
        results = check_adapter(CheckSettings(access=access, allow_writes=writes, timeout_s=20))
    assert {order.order_number: order for order in store.store.store.orders()} == before
    return results, server.asked


def unaltered(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
    """Send the true reply."""
    return status, content


def is_order(asked: Asked) -> bool:
    """True for a request for one order."""
    return asked.method == "GET" and asked.path.startswith("/orders/")


def is_list(asked: Asked) -> bool:
    """True for a request for a list of orders."""
    return asked.path.startswith("/orders?")


def shown(found: list[Problem]) -> str:
    """Return problems in lines, for a test that fails."""
    return "\n".join(f"{each.call} {each.path}: {each.expected} | {each.found} | {each.advice}" for each in found)


# ---------------------------------------------------------------------- what is right


@pytest.mark.parametrize("batch", [True, False])
def test_a_correct_adapter_is_usable(store: Served, batch: bool) -> None:
    """No fault and no note; every call and reply fits the description; no call is sent that isn't declared."""
    misfit: list[str] = []

    def look(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        body = json.loads(asked.body) if asked.body else None
        misfit.extend(problems(asked.method, asked.path, body, status, content))
        return status, content

    results, asked = checked(store, look, writes=True, batch=batch)
    assert not results.faults, shown(results.faults)
    assert not results.notes, shown(results.notes)
    assert {each.outcome for each in results.checks} == {"passed"}
    assert not misfit, misfit[:5]
    assert ("/orders/remove" in {each.path for each in asked}) == batch


def test_without_permission_nothing_is_written(store: Served) -> None:
    """Every request is a GET, or looks up orders; what was not checked is said."""
    results, asked = checked(store, unaltered)
    assert not results.faults, shown(results.faults)
    assert {each.method for each in asked if each.path != "/orders/lookup"} == {"GET"}
    assert [each.reason for each in results.checks if each.outcome == "not checked"] == [
        "it changes the shop: add --allow-writes"
    ]


def test_what_is_not_declared_is_not_needed(store: Served) -> None:
    """An adapter that only reads is usable, also with permission to write."""

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if asked.method != "GET":
            return 405, {"error": "this adapter only reads"}
        return status, {**content, "capabilities": ["read"]} if asked.path == "/store" else content

    results, _ = checked(store, alter, writes=True)
    assert not results.faults, shown(results.faults)
    assert [each.reason for each in results.checks if each.outcome == "not checked"] == [
        "capabilities doesn't name create"
    ]


def test_what_the_shop_lacks_is_not_needed() -> None:
    """A shop without gifts and locations, which says so, is usable."""
    lacks = ("gift", "items.location", "discounts")
    with served(count=5, now=None, lacks=lacks) as store:

        def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
            if is_order(asked) and status == 200:
                del content["gift"], content["gift_message"], content["discounts"]
                for item in content["items"]:
                    del item["location"]
            return status, content

        results, _ = checked(store, alter, writes=True, batch=False)
        assert not results.faults, shown(results.faults)
        assert not results.notes, shown(results.notes)


# ---------------------------------------------------------------------- what is wrong


def fact(**changes: Any) -> Change:
    """Return a change of members of ``GET /store``."""
    return lambda asked, content: {**content, **changes} if asked.path == "/store" else content


def in_orders(change: Callable[[Any], None]) -> Change:
    """Return a change of every order in a reply."""

    def alter(asked: Asked, content: Any) -> Any:
        found = [content] if is_order(asked) else content.get("orders") if asked.path == "/orders/lookup" else []
        for each in found:
            if isinstance(each, dict) and "customer" in each:
                change(each)
        return content

    return alter


def in_lists(change: Callable[[Asked, list[Any]], Any]) -> Change:
    """Return a change of every list of orders."""
    return lambda asked, content: {"orders": change(asked, content["orders"])} if is_list(asked) else content


def one_line_id(order: Any) -> None:
    """Give all lines one id."""
    for item in order["items"]:
        item["line_id"] = "1"


def renamed(old: str, new: str) -> Callable[[Any], None]:
    """Return a change that renames a member of each item."""

    def change(order: Any) -> None:
        for item in order["items"]:
            item[new] = item.pop(old)

    return change


def local_times(order: Any) -> None:
    """Send times of a zone two hours ahead as UTC."""
    for name in ("placed_at", "modified_at"):
        moment = datetime.fromisoformat(order[name]) + timedelta(hours=2)
        order[name] = moment.isoformat().replace("+00:00", "Z")


def without_ends(asked: Asked, rows: list[Any]) -> list[Any]:
    """Leave out orders at the ends of the period."""
    return [row for row in rows if row["modified_at"].replace(":", "%3A") not in asked.path]


def with_status(status: str) -> Callable[[Any], None]:
    """Return a change of the status of each order."""
    return lambda order: order.update(status=status)


STATUSES = [{"name": "Paid", "maps_to": "paid"}, {"name": "Sent", "maps_to": "shipped", "shipped": True}]

READ_FAULTS: dict[str, tuple[Change, str, str, str]] = {
    # name: change, path of the fault, found in its texts, what to do
    "a misspelt member": (
        in_orders(renamed("unit_price", "unitPrice")),
        "items[0].unitPrice",
        "unit_price",
        "Rename it to unit_price",
    ),
    "a member with quite another name": (
        in_orders(renamed("quantity", "qty")),
        "items[0].qty",
        "quantity",
        "Rename it to quantity",
    ),
    "a missing member": (
        in_orders(lambda order: order.pop("tax")),
        "tax",
        "tax in every order",
        "Send tax",
    ),
    "a decimal comma": (in_orders(lambda order: order.update(total="19,90")), "total", "'19,90'", "decimal point"),
    "a price in words": (in_orders(lambda order: order.update(total="10 USD")), "total", "10 USD", "nor separators"),
    "a weight in stones": (
        in_orders(lambda order: order.update(weight={"value": "1", "unit": "st"})),
        "weight.unit",
        "one of lbs, oz, g, kg",
        "Convert",
    ),
    "a country by name": (
        in_orders(lambda order: order["customer"]["billing"].update(country="Germany")),
        "customer.billing.country",
        "'Germany'",
        "ISO 3166",
    ),
    "an image without a host": (
        in_orders(lambda order: order["items"][0].update(image_url="/img/1.png")),
        "items[0].image_url",
        "/img/1.png",
        "whole URL",
    ),
    "a quantity in words": (
        in_orders(lambda order: order["items"][0].update(quantity="two")),
        "items[0].quantity",
        "a whole number",
        "without quotes",
    ),
    "a gift as Y": (in_orders(lambda order: order.update(gift="Y")), "gift", "true or false", "without quotes"),
    "items as an object": (
        in_orders(lambda order: order.update(items=dict(enumerate(order["items"])))),
        "items",
        "a list",
        "array_values",
    ),
    "a time without a zone": (
        in_orders(lambda order: order.update(placed_at=order["placed_at"].rstrip("Z"))),
        "placed_at",
        "a time with its zone",
        "counts as UTC",
    ),
    "a status that GET /store doesn't name": (
        in_orders(with_status("Prcessed")),
        "status",
        "'Prcessed'",
        "Name this status",
    ),
    "an offset for a zone": (fact(timezone="+02:00"), "timezone", "'+02:00'", "neither an offset"),
    "a city for a zone": (fact(timezone="Berlin"), "timezone", "Europe/Berlin", "region and city"),
    "no zone": (fact(timezone=None), "timezone", "timezone in every reply", "like Europe/Berlin"),
    "no statuses": (fact(statuses=[]), "statuses", "at least one status", "all statuses"),
    "a status twice": (fact(statuses=[*STATUSES, STATUSES[0]]), "statuses[2].name", "no other status", "once"),
    "a misspelt meaning": (
        fact(statuses=[{"name": "Paid", "maps_to": "paidd"}]),
        "statuses[0].maps_to",
        "'paidd'",
        "Did you mean paid",
    ),
    "a misspelt member of a status": (
        fact(statuses=[{"name": "Paid", "mapsTo": "paid"}]),
        "statuses[0].mapsTo",
        "maps_to",
        "Rename it",
    ),
    "no capability read": (fact(capabilities=["create", "delete"]), "capabilities", "read", "Add read"),
    "a misspelt lack": (fact(lacks=["gfit"]), "lacks[0]", "'gfit'", "Did you mean gift"),
    "a unit by another name": (fact(weight_unit="stone"), "weight_unit", "'stone'", "Convert"),
    "pages": (in_lists(lambda asked, rows: rows[:10]), "orders", "10 orders, but the two halves", "no limit"),
    "no ends": (in_lists(without_ends), "orders", "in the list from", "both ends"),
    "the same order twice": (in_lists(lambda asked, rows: [*rows, *rows[:1]]), "orders[", "again", "once"),
    "no objects in a list": (
        in_lists(lambda asked, rows: [row["order_number"] for row in rows]),
        "orders[0]",
        "an object",
        "Send an object",
    ),
    "a fixed list": (
        in_lists(lambda asked, rows: [{"order_number": "1", "modified_at": "2020-01-01T00:00:00Z"}]),
        "orders[0].modified_at",
        "order 1, modified at 2020",
        "time of the last change",
    ),
    "other orders in a lookup": (
        lambda asked, content: {"orders": content["orders"][::-1]} if asked.path == "/orders/lookup" else content,
        "orders[0].order_number",
        "order ",
        "Find an order by the number",
    ),
    "too few orders in a lookup": (
        lambda asked, content: (
            {"orders": [each for each in content["orders"] if each]} if asked.path == "/orders/lookup" else content
        ),
        "orders",
        "results for",
        "null if there is no such order",
    ),
}


@pytest.mark.parametrize("name", READ_FAULTS)
def test_what_replies_have_wrong(store: Served, name: str) -> None:
    """A fault has its path, what was expected or found, and what to do."""
    change, path, words, advice = READ_FAULTS[name]

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        return status, change(asked, content) if status == 200 and isinstance(content, dict) else content

    results, _ = checked(store, alter)
    matching = [
        each
        for each in results.faults
        if each.path.startswith(path) and words in f"{each.expected} {each.found}" and advice in each.advice
    ]
    assert matching, shown(results.faults)
    assert all(each.call for each in results.faults)


def test_one_cause_is_one_fault_for_each_kind_of_call(store: Served) -> None:
    """A misspelt member counts neither as dropped, nor again for each order; all other checks are made."""
    change = in_orders(renamed("unit_price", "unitPrice"))

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        return status, change(asked, content) if status == 200 and isinstance(content, dict) else content

    results, _ = checked(store, alter, writes=True)
    assert [each.call.partition("/1")[0] for each in results.faults] == ["GET /orders", "POST /orders/lookup"]
    assert results.faults[0].times > 20
    assert "not checked" not in {each.outcome for each in results.checks}


def test_local_times_are_recognised(store: Served) -> None:
    """Times of the shop's zone that are sent as UTC lie in the future; the advice names the zone."""
    store.store.store.clock.set(datetime.now(UTC), running=True)

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if asked.path == "/store":
            content["timezone"] = "Africa/Johannesburg"  # two hours ahead of UTC all year
        if is_order(asked) and status == 200:
            local_times(content)
        return status, content

    results, _ = checked(store, alter, writes=True, batch=False)
    found = next(each for each in results.faults if each.path == "modified_at")
    assert "times of Africa/Johannesburg that were sent as UTC" in found.advice, shown(results.faults)


STATUS_FAULTS: dict[str, tuple[Alter, str, str]] = {
    "the token is not looked at": (
        lambda asked, status, content: (200, {}) if status == 401 else (status, content),
        "status 401 to a wrong token",
        "Compare the token",
    ),
    "an unknown order is empty": (
        lambda asked, status, content: (200, None) if status == 404 else (status, content),
        "status 404",
        "Answer as the protocol says",
    ),
    "an unknown order breaks it": (
        lambda asked, status, content: (500, {"error": "undefined index"}) if status == 404 else (status, content),
        "status 404",
        "error log",
    ),
    "bodies are limited": (
        lambda asked, status, content: (413, {}) if len(asked.body) > 100_000 else (status, content),
        "500 numbers in 900 kB",
        "Express",
    ),
    "the journal is no list": (
        lambda asked, status, content: (200, {}) if asked.path.startswith("/journal") else (status, content),
        'a list "requests"',
        "oldest first",
    ),
    "a page in place of JSON": (
        lambda asked, status, content: (200, b"<html>") if is_list(asked) else (status, content),
        "JSON",
        "byte order mark",
    ),
}


@pytest.mark.parametrize("name", STATUS_FAULTS)
def test_what_statuses_have_wrong(store: Served, name: str) -> None:
    """A wrong status or body is a fault, with what to do."""
    alter, expected, advice = STATUS_FAULTS[name]
    results, _ = checked(store, alter)
    assert [each for each in results.faults if expected in each.expected and advice in each.advice], shown(
        results.faults
    )


NOTES: dict[str, tuple[Change, str, str]] = {
    "a number for a decimal": (
        in_orders(lambda order: order.update(total=float(order["total"]))),
        "total",
        "between quotes",
    ),
    "an extra member": (in_orders(lambda order: order.update(warehouse="B")), "warehouse", "the suite ignores it"),
    "a member that no order has": (in_orders(lambda order: order.pop("gift_message")), "", '"lacks"'),
    "no size of pages": (fact(orders_per_page=None), "orders_per_page", "fill a page"),
    "lines with one id": (
        in_orders(one_line_id),
        "items[1].line_id",
        "shipments name it",
    ),
    "a misspelt capability": (fact(capabilities=["read", "deletee"]), "capabilities[1]", "Did you mean delete"),
    "create without delete": (fact(capabilities=["read", "create"]), "capabilities", "leaves its orders"),
}


@pytest.mark.parametrize("name", NOTES)
def test_what_the_suite_copes_with(store: Served, name: str) -> None:
    """A note doesn't make an adapter unusable."""
    change, path, advice = NOTES[name]

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        return status, change(asked, content) if status == 200 and isinstance(content, dict) else content

    results, _ = checked(store, alter)
    assert not results.faults, shown(results.faults)
    assert [each for each in results.notes if each.path == path and advice in each.advice], shown(results.notes)


def kept(field: str, value: object) -> Alter:
    """Return an adapter that has another value than it was given in the orders of a check."""

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        is_own = is_order(asked) and status == 200 and run_began(content["customer"]["email"], datetime.now(UTC))
        if is_own:
            content[field] = value
        return status, content

    return alter


def after(method: str, reply: tuple[int, Any]) -> Alter:
    """Return an adapter that answers calls of one method otherwise. It does what they say."""
    return lambda asked, status, content: (
        reply if asked.method == method and status < 300 and asked.path.count("/") == 2 else (status, content)
    )


def in_results(path: str, change: Callable[[list[Any]], Any]) -> Alter:
    """Return an adapter that changes the results of a batch call."""
    return lambda asked, status, content: (
        (status, {"results": change(content["results"])}) if asked.path == path and status == 200 else (status, content)
    )


def twice_deleted(status_of_second: int) -> Alter:
    """Return an adapter that breaks down if an order is deleted again."""
    return lambda asked, status, content: (
        (status_of_second, {"error": "no"}) if asked.method == "DELETE" and status == 404 else (status, content)
    )


WRITE_FAULTS: dict[str, tuple[Alter, str, str, str]] = {
    "a dropped member": (kept("gift", False), "GET", "gift", 'name "gift" in "lacks"'),
    "a changed note": (kept("customer_notes", "Zo\u00c3\u00ab"), "GET", "customer_notes", "as it was sent"),
    "another time": (kept("modified_at", "2020-01-01T00:00:00Z"), "GET", "modified_at", "as it was sent"),
    "no lines": (kept("items", []), "GET", "items", "Store it"),
    "a change that isn't one": (after("PATCH", (200, {})), "PATCH", "order_number", "Send order_number"),
    "a deletion with an error": (after("DELETE", (500, None)), "DELETE", "", "error log"),
    "no repeated deletion": (twice_deleted(500), "DELETE", "", "the suite may ask twice"),
    "too few results": (in_results("/orders/batch", lambda rows: rows[:2]), "POST", "results", "same sequence"),
    "one error for all": (
        lambda asked, status, content: (
            (422, {"error": "status"}) if asked.path == "/orders/batch" and status == 200 else (status, content)
        ),
        "POST",
        "",
        "Answer as the protocol says",
    ),
    "removed what wasn't there": (
        in_results("/orders/remove", lambda rows: [True for _ in rows]),
        "POST",
        "results",
        "false if not",
    ),
}


@pytest.mark.parametrize("name", WRITE_FAULTS)
def test_what_writing_has_wrong(store: Served, name: str) -> None:
    """A fault of a call that writes is found, and whatever it is, no order is left."""
    alter, method, path, advice = WRITE_FAULTS[name]
    results, _ = checked(store, alter, writes=True)
    assert [
        each
        for each in results.faults
        if each.call.startswith(method) and each.path.startswith(path) and advice in each.advice
    ], shown(results.faults)


def test_a_reply_without_a_number_leaves_no_order(store: Served) -> None:
    """An order is found and deleted although the reply doesn't tell its number."""
    number = {"orderNumber": "1", "order_id": "1"}
    results, _ = checked(store, after_created(number), writes=True)
    assert [each for each in results.faults if each.path == "orderNumber"], shown(results.faults)
    assert [each.title for each in results.checks if each.outcome == "not checked"]


@pytest.mark.parametrize("batch", [True, False])
def test_an_order_of_a_customer_is_neither_changed_nor_deleted(store: Served, batch: bool) -> None:
    """An adapter replies with the number of an order that is not the check's: it stays as it is."""
    customers = next(iter(store.store.store.orders())).order_number
    false = {"order_number": customers, "order_id": "1"}

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if status == 201 and not batch:
            return status, false
        if asked.path == "/orders/batch" and status == 200:
            return status, {"results": [false, content["results"][1], false]}
        if status == 422 and asked.path == "/orders":
            return 201, false  # a wrong order that was "made", and isn't read back
        return status, content

    results, asked = checked(store, alter, writes=True)
    assert not [each for each in asked if each.method in ("PATCH", "DELETE") and each.path.endswith(f"/{customers}")]
    assert [each for each in results.faults if each.found == "another order"], shown(results.faults)


def after_created(content: Any) -> Alter:
    """Return an adapter with this reply to a created order."""
    return lambda asked, status, true: (status, content if status == 201 else true)


def test_an_order_that_stays_is_named(store: Served) -> None:
    """If the shop keeps an order, the fault names it, and the command that deletes it."""
    made: list[str] = []

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if status == 201:
            made.append(content["order_number"])
        if asked.method == "DELETE":
            return 409, {"error": "invoiced"}
        return status, content

    results, _ = checked(store, alter, writes=True)  # the store behind the adapter has deleted it
    left = results.faults[-1]
    assert made[0] in left.found
    assert "conformance tidy --control http" in left.advice
    assert "--older-than 0" in left.advice


def test_orders_of_a_check_have_the_mark_of_a_run(store: Served) -> None:
    """If a check is killed, ``conformance tidy`` finds its orders."""
    sent: list[str] = []

    def look(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if asked.method == "POST" and asked.path in ("/orders", "/orders/batch") and status < 300:
            body = json.loads(asked.body)
            sent.extend(order["customer"]["email"] for order in body.get("orders", [body]))
        return status, content

    checked(store, look, writes=True)
    assert len(sent) == 4
    assert all(run_began(email, datetime.now(UTC)) for email in sent)


# ---------------------------------------------------------------------- messages


def as_json(value: object) -> Any:
    """Return what a program gets that reads the JSON of a value."""
    return json.loads(msgspec.json.encode(value))


def test_a_right_order_fits() -> None:
    """An order that is described rightly has no misfit, in any member."""
    assert not list(misfits(as_json(ORDER), Order))


@pytest.mark.parametrize(
    ("field", "value", "is_fault"),
    [
        ("gift", 1, False),
        ("gift", "true", False),
        ("gift", "ja", True),
        ("total", 5, False),
        ("total", "1e2", False),
        ("total", "NaN", True),
        ("total", True, True),
        ("placed_at", "2026-11-01 09:30:00+01:00", None),
        ("placed_at", "2026-11-01T09:30:00.250Z", None),
        ("placed_at", "2026-02-30T09:30:00Z", True),
        ("placed_at", "01.11.2026", True),
        ("placed_at", 1761989400, True),
        ("order_number", 5, True),
        ("order_number", "", True),
        ("customer_notes", None, None),
        ("customer", [], True),
        ("weight", {"value": "1", "unit": "KG"}, False),
        ("currency", "€", True),
    ],
)
def test_values_of_members(field: str, value: object, is_fault: bool | None) -> None:
    """A value fits, or the suite copes with it, or it is a fault."""
    found = list(misfits({**as_json(ORDER), field: value}, Order))
    assert [each.is_fault for each in found] == ([] if is_fault is None else [is_fault])


def test_a_draft_is_kept_in_other_words() -> None:
    """A shop may spell amounts and times in another way, order the lines otherwise, and choose some values."""
    make = SpecimenMaker(StoreFacts(currency="EUR", weight_unit="kg"), datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC))
    draft = make.draft("kept", make.item(1), make.item(2, shippable=False))
    stored = as_json(draft)
    assert not list(differences(draft, stored))
    stored |= {"tax": "1.9000", "modified_at": "2026-05-06T09:08:09+02:00", "total": "99", "gift": None}
    stored["items"] = [{**each, "line_id": "7"} for each in reversed(stored["items"])]
    stored["items"][0]["weight"] = {"value": "500", "unit": "g"}
    found = list(differences(draft, stored))
    assert {each.path for each in found} == {"total", "items[0].line_id", "items[1].line_id"}
    assert all(each.is_choice for each in found)
    del stored["items"][0]["shippable"]
    stored["shipping_method"] = ""
    dropped = [each for each in differences(draft, stored) if not each.is_choice]
    assert {each.path: each.was_dropped for each in dropped} == {"shipping_method": True, "items[1].shippable": True}


# ---------------------------------------------------------------------- the command


def run_command(url: str, token: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own; no traceback, and no line over 80 columns."""
    done = conformance("check-control", url, *options, CONFORMANCE_CONTROL_TOKEN=token)
    assert "Traceback" not in done.stderr
    return done


def test_the_command_answers_first(store: Served) -> None:
    """The first line is the answer; the JSON has the same, and the status is 0 or 3."""
    token = store.store.control_token
    done = run_command(store.store.control_url, token, "--allow-writes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("USABLE: ")
    assert max(map(len, done.stdout.splitlines())) <= 80

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if asked.path == "/store":
            content["timezone"] = f"Berlin\u001b[2J {token}"
        return status, content

    with broken_control(store, alter) as server:
        done = run_command(server.place, token)
        assert done.returncode == 3
        first, *others = done.stdout.splitlines()
        assert first.startswith("NOT USABLE: 1 fault, in 1 of ")
        assert "  1. GET /store  timezone" in others
        assert not {"\u001b", token} & set(done.stdout)
        assert token not in done.stdout
        assert run_command(server.place, token, "--quiet").stdout.splitlines() == [first]
        done = run_command(server.place, token, "--json")
    assert done.returncode == 3
    content = json.loads(done.stdout)
    assert content["usable"] is False
    assert content["faults"][0] | {"found": ""} == {
        "call": "GET /store",
        "path": "timezone",
        "expected": "a name of the IANA time zone database, like Europe/Berlin",
        "found": "",
        "advice": "Send the region and city of the shop's zone: neither an offset nor an abbreviation.",
        "times": 1,
    }
    assert token not in done.stdout


def test_what_cannot_be_checked_is_one_fault(store: Served) -> None:
    """A closed port, a wrong token and another page give one fault each, with what to do, and status 3."""
    done = run_command(f"http://127.0.0.1:{free_port()}/control/v1", "t")
    assert done.returncode == 3
    assert "no connection to" in " ".join(done.stdout.split())
    done = run_command(store.store.control_url, "another token")
    assert done.returncode == 3
    assert "--control-token-env" in done.stdout
    with scripted(lambda asked: Reply(body=b"<html>")) as page:
        done = run_command(page.place, "t")
    assert done.returncode == 3
    assert done.stdout.startswith("NOT USABLE: 1 fault")


def test_wrong_use_is_one_line() -> None:
    """A URL that is none, and a missing token, are refused with status 2."""
    assert conformance("check-control", "shop", CONFORMANCE_CONTROL_TOKEN="t").returncode == 2
    done = conformance("check-control", "http://127.0.0.1:9/", "--control-token-env", "NOT_SET")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no variable NOT_SET" in done.stderr


def test_a_stopped_check_leaves_no_order(store: Served) -> None:
    """Ctrl-C right after an order was made: the order is deleted, and the status is 3."""
    before = {order.order_number for order in store.store.store.orders()}
    begun = Event()

    def look(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if status == 201:
            begun.set()
            assert interrupted.wait(60)
        return status, content

    interrupted = Event()
    with broken_control(store, look) as server:
        command = [sys.executable, "-c", CODE.format("conformance"), "check-control", server.place, "--allow-writes"]
        env = environment(CONFORMANCE_CONTROL_TOKEN=store.store.control_token)
        with subprocess.Popen(
            command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as child:
            assert begun.wait(60)
            child.send_signal(signal.SIGINT)
            interrupted.set()
            _, said = child.communicate(timeout=60)
    assert child.returncode == 3
    assert said.strip() == "conformance: SIGINT (Ctrl-C) stopped the run"
    assert {order.order_number for order in store.store.store.orders()} == before


GARBAGE: tuple[Any, ...] = (
    None,
    5,
    "text",
    True,
    [],
    {},
    [None, 5, "x", [], {}],
    {"orders": 5, "results": "x", "requests": None},
    {"orders": [None, 5, {"order_number": None, "modified_at": []}], "results": [[]]},
    {"orders": [{"order_number": "1", "modified_at": "9999-12-31T23:59:59+00:00"}]},
    {"orders": [{"order_number": "1", "modified_at": "2026-01-01T00:00:00Z", "x" * 100_000: 1}]},
    {"order_number": 10**40, "order_id": {}, "items": {"0": []}, "customer": "me", "total": 10**40, "placed_at": -1},
    {"order_number": "no-such-order-ct", "items": [5, None], "customer": {"billing": []}, "shipments": [[]]},
    b"[" * 900 + b"]" * 900,
    b"\xff\xfe",
    b"\x1b[2J" * 100,
    b'{"error": "\\ud800"}',
    b"",
)
"""Replies to every call but GET /store."""
GARBAGE_FACTS: tuple[dict[str, Any], ...] = (
    {"statuses": 5, "capabilities": 5, "lacks": 5},
    {"statuses": "paid", "capabilities": "read", "lacks": "gift"},
    {"statuses": [5, {"name": []}, {"name": {}, "maps_to": []}], "capabilities": [[], {}], "lacks": [[], None]},
    {"statuses": {"name": "Paid"}, "capabilities": {"read": True}, "timezone": "../../etc/passwd"},
    {"timezone": "x" * 100_000, "capabilities": ["x" * 100_000], "lacks": ["x" * 100_000], "name": 5},
    {"orders_per_page": -1, "currency": "", "weight_unit": [], "timezone": "\0"},
    {"orders_per_page": 10**40, "statuses": [{"name": "x" * 100_000, "maps_to": "x" * 100_000}] * 2},
)
"""Facts with wrong values."""


@pytest.mark.parametrize("place", range(len(GARBAGE)))
def test_no_reply_breaks_a_check(place: int) -> None:
    """Whatever an adapter answers, the check ends with its faults."""
    content = GARBAGE[place]
    facts = {
        "timezone": "UTC", "currency": "EUR", "weight_unit": "kg", "statuses": STATUSES, "orders_per_page": 10,
        "capabilities": ["read", "create", "update", "delete", "batch", "journal", "faults"],
    }  # fmt: skip

    def answer(asked: Asked) -> Reply:
        body = json.dumps(facts).encode() if asked.path == "/store" else content
        return Reply(body=body if isinstance(body, bytes) else json.dumps(body).encode())

    with scripted(answer) as server:
        access = ControlAccess(server.place, Secret("t"))
        results = check_adapter(CheckSettings(access=access, allow_writes=True, timeout_s=20))
    assert results.faults
    assert all(len(each.found) < 1000 for each in (*results.faults, *results.notes))


@pytest.mark.parametrize("place", range(len(GARBAGE_FACTS)))
def test_no_fact_breaks_a_check(store: Served, place: int) -> None:
    """Whatever facts an adapter tells, the check ends with its faults, and no order is left."""

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        return status, {**content, **GARBAGE_FACTS[place]} if asked.path == "/store" and status == 200 else content

    results, _ = checked(store, alter, writes=True)
    assert results.faults
    assert all(len(each.found) < 1000 for each in (*results.faults, *results.notes))


def test_another_status_to_a_wrong_token_is_a_note(store: Served) -> None:
    """A 404 to a wrong token refuses it, too; only an answer, or a look at the body, shows that it isn't compared."""
    results, _ = checked(store, lambda asked, status, true: (404, {}) if status == 401 else (status, true))
    assert not results.faults, shown(results.faults)
    assert [each for each in results.notes if each.expected.startswith("status 401")]


def test_times_with_fractions_of_a_second(store: Served) -> None:
    """An order that was modified within a second need not be in a list that ends with the second's beginning."""

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if is_list(asked) and status == 200:
            end = parse_qs(urlsplit(asked.path).query)["modified_to"][0]
            content["orders"] = [
                {**row, "modified_at": row["modified_at"].replace("Z", ".7Z")}
                for row in content["orders"]
                if row["modified_at"] != end
            ]
        return status, content

    results, _ = checked(store, alter)
    assert not results.faults, shown(results.faults)
