"""``conformance tidy``: finds and deletes what a killed run left in a store, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import msgspec
import pytest

from conformance.report.model import Report
from conformance.runner.run import run
from conformance.runner.settings import RunSettings, Selection, UrlTarget
from conformance.survey.specimens import wanted_specimens
from conformance.truth.settings import ControlAccess, Secret
from conformance.truth.suite_orders import mark_of, run_began, run_id_of
from mockstore.orders.draft import Draft, make_order
from mockstore.orders.model import Address, Customer
from mockstore.orders.specimens import EMAIL_SUFFIX
from mockstore.shop.facts import StoreFacts
from tests.support.broken_control import broken_control
from tests.support.processes import CODE, ROOT, conformance, environment, free_port
from tests.support.scripted import Asked, Reply, scripted
from tests.support.store_in_thread import EMAIL, KEY, Served, served

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[Served]:
    """A store with a few orders of customers."""
    with served(count=12, now=None) as found:
        yield found


def put(store: Served, *emails: str) -> list[str]:
    """Put orders with these e-mail addresses into a store, and return their numbers."""
    shop, address = store.store.shop, Address("Kim Customer", "", "", "1 Way", "", "Paris", "", "75001", "FR")
    now = datetime.now(UTC)
    drafts = [Draft(customer=Customer(email, "", address, address)) for email in emails]
    return [store.store.store.create(make_order(draft, shop, now)).order_number for draft in drafts]


def emails_in(store: Served) -> set[str]:
    """Return the e-mail addresses of all orders in a store."""
    return {mark_of(order.customer) for order in store.store.store.orders()}


def judged(store: Served, *only: str) -> Report:
    """Return the report of a run that makes orders of its own."""
    shop = store.store.shop
    access = ControlAccess(store.store.control_url, Secret(store.store.control_token))
    target = UrlTarget(store.store.url, shop.username, Secret(shop.password), truth=access, allow_writes=True)
    return run(RunSettings(targets=(target,), selection=Selection(only)))


def tidied(store: Served, *options: str, control: str = "", status: int) -> subprocess.CompletedProcess[str]:
    """Run the command against a store, and check its exit status."""
    access = ("--control", control or store.store.control_url)
    done = conformance("tidy", *access, *options, CONFORMANCE_CONTROL_TOKEN=store.store.control_token)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


# ---------------------------------------------------------------------- real processes


def test_what_a_killed_run_left_is_deleted(store: Served) -> None:
    """After kill -9 the orders of the run are shown, then deleted; an order of a customer stays."""
    made, enough = [], Event()

    def watch(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if asked.method == "POST" and asked.path == "/orders" and status == 201:
            made.append(content["order_number"])
            if len(made) >= 8:
                enough.set()
        return status, content

    before = emails_in(store)
    begun = run_id_of(datetime.now(UTC))
    customers = {f"{begun}-plain@specimen.example.com", f"x{begun}-plain@specimen.example", "plain@specimen.example"}
    put(store, *customers)
    with broken_control(store, watch) as control:
        command = [sys.executable, "-c", CODE.format("conformance"), "run", store.store.url, "--no-record"]
        options = ["--username", store.store.shop.username, "--control", control.place, "--allow-writes"]
        env = environment(
            CONFORMANCE_PASSWORD=store.store.shop.password, CONFORMANCE_CONTROL_TOKEN=store.store.control_token
        )
        with subprocess.Popen([*command, *options], env=env, cwd=ROOT, stderr=-3, stdout=-3) as child:
            assert enough.wait(60)
            child.send_signal(signal.SIGKILL)
    left = emails_in(store) - before - customers
    assert len(left) >= 8

    report = judged(store, "ORD-7", "WIN-2")
    assert {result.verdict for result in report.results} == {"conforms"}
    assert f"delete them with 'conformance tidy --control {store.store.control_url}'" in "\n".join(report.notices)
    assert emails_in(store) == before | customers | left

    shown = tidied(store, store.store.url, status=3).stdout
    assert "may be going on" in shown
    assert all(email in shown for email in left)
    shown = tidied(store, "--older-than", "0", status=3).stdout
    assert "add --yes" in shown
    assert emails_in(store) == before | customers | left
    assert f"Deleted: {len(left)} of {len(left)}." in tidied(store, "--older-than", "0", "--yes", status=0).stdout
    assert emails_in(store) == before | customers
    assert "no order of an earlier run" in tidied(store, status=0).stdout


def test_a_refused_deletion_does_not_stop_the_others(store: Served) -> None:
    """The order that the store keeps is named, and so is the one that it only pretends to delete."""
    mark = run_id_of(LONG_AGO)
    kept, hidden, gone = put(store, *(f"{mark}-{name}{EMAIL_SUFFIX}" for name in ("kept", "hidden", "gone")))

    held = {order.order_number: order for order in store.store.store.orders()}

    def refuse(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        number = asked.path.rpartition("/")[2]
        if asked.method == "DELETE" and number == kept:
            return 409, {"error": "paid"}
        if asked.method == "GET" and number == hidden:
            return 200, msgspec.to_builtins(held[hidden])
        return status, content

    with broken_control(store, refuse) as control:
        done = tidied(store, "--yes", "--json", control=control.place, status=3)
    rows = {row["order_number"]: row for row in json.loads(done.stdout)["orders"]}
    assert rows[kept]["problem"] == "the store refused to delete it"
    assert "still has it" in rows[hidden]["problem"]
    assert (rows[gone]["deleted"], rows[gone]["problem"]) == (True, "")


@pytest.mark.parametrize(("answer", "status"), [(b"y\n", 0), (b"n\n", 3)])
def test_at_a_terminal_the_command_asks(store: Served, answer: bytes, status: int) -> None:
    """Only yes deletes the orders."""
    put(store, f"{run_id_of(LONG_AGO)}-plain{EMAIL_SUFFIX}")
    terminal, stdin = os.openpty()
    try:
        os.write(terminal, answer)
        done = subprocess.run(
            [sys.executable, "-c", CODE.format("conformance"), "tidy", "--control", store.store.control_url],
            env=environment(CONFORMANCE_CONTROL_TOKEN=store.store.control_token),
            cwd=ROOT,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(terminal)
        os.close(stdin)
    assert "Delete this order?" in done.stdout
    assert done.returncode == status, done.stdout + done.stderr
    assert any(run_began(email, datetime.now(UTC)) for email in emails_in(store)) == bool(status)


def test_one_clear_line_if_the_store_cannot_be_searched(store: Served) -> None:
    """A wrong token, a closed port, another page and a read-only protocol are told in one line."""
    put(store, f"{run_id_of(LONG_AGO)}-plain{EMAIL_SUFFIX}")

    def read_only(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        return status, {**content, "capabilities": ["read"]} if asked.path == "/store" else content

    done = conformance("tidy", "--control", store.store.control_url, CONFORMANCE_CONTROL_TOKEN="other")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "refused the token" in done.stderr
    closed = tidied(store, control=f"http://127.0.0.1:{free_port()}/control", status=2)
    assert closed.stderr.count("\n") == 1
    assert "no connection" in closed.stderr
    with scripted(lambda asked: Reply(body=b"<html>")) as page:
        assert tidied(store, control=page.place, status=2).stderr.count("\n") == 1
    with broken_control(store, read_only) as control:
        done = tidied(store, "--yes", control=control.place, status=2)
    assert done.stderr == (
        "conformance: the control protocol can't delete orders (its capabilities are: read), "
        "so delete them in the shop\n"
    )
    assert "give --control or --cscart-api" in conformance("tidy").stderr
    assert "is not an age" in tidied(store, "--older-than", "soon", status=2).stderr


def test_the_rest_api_is_tidied_with_its_products(store: Served) -> None:
    """Orders of earlier runs and the products of these orders are deleted; a customer's are not."""
    fields = {"category_ids": ["1"], "main_category": "1", "status": "A", "weight": "1.000", "amount": 100_000}
    products = [
        store.send("POST", "/api/2.0/products", {**fields, "product": name, "product_code": code, "price": "11"}).json
        for name, code in (("Plain product 1", "PLAIN-1"), ("A real cup", "CUP"))
    ]
    ids = [str(product["product_id"]) for product in products]
    for email in (f"{run_id_of(LONG_AGO)}-plain{EMAIL_SUFFIX}", "customer@shop.example"):
        user = {"email": email, "b_firstname": "Kim", "s_firstname": "Kim", "s_address": "1 Way", "s_city": "Paris"}
        order = {
            "user_id": "0",
            "payment_id": "1",
            "shipping_id": "1",
            "products": {each: {"product_id": each, "amount": "1"} for each in ids},
            "user_data": user,
        }
        assert store.send("POST", "/api/2.0/orders", order).status in (200, 201)
    options = ("--cscart-api", f"{store.base}/api", "--cscart-user", EMAIL, "--yes")
    done = conformance("tidy", *options, CONFORMANCE_CSCART_KEY=KEY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Deleted: 1 of 1." in done.stdout
    assert "customer@shop.example" in emails_in(store)
    assert not any(run_began(email, datetime.now(UTC)) for email in emails_in(store))
    assert [store.ask(f"/api/2.0/products/{each}").status for each in ids] == [404, 200]


# ---------------------------------------------------------------------- marks


@pytest.mark.parametrize("run", ["", "x12"])
def test_every_specimen_of_a_run_has_its_mark(run: str) -> None:
    """From the e-mail address of any test order, or from its address if it has none, follows when its run began."""
    began = NOW - timedelta(hours=2)
    made = wanted_specimens(StoreFacts(), NOW, run_id_of(began) + run)
    for specimen in made:
        assert run_began(mark_of(specimen.draft.customer), NOW) == began, specimen.name
    assert [each.name for each in made if not each.draft.customer.email] == ["no-email"]


@pytest.mark.parametrize(
    "email",
    [
        "ct-plain@specimen.example",
        "ct1a1e3f5a800-plain@specimen.example.org",
        "ct1a1e3f5a800-plain@my-specimen.example",
        "ct1a1e3f5a800@specimen.example",
        "act1a1e3f5a800-plain@specimen.example",
        "ct1a1e3f5a80-plain@specimen.example",
        "ctfffffffffff-plain@specimen.example",
        "ct00000000001-plain@specimen.example",
        "ct1a1e3f5a800-plain@specimen.example, kim@example.org",
        "kim@example.org\nct1a1e3f5a800-plain@specimen.example",
        "returning-kim@specimen.example",
        "",
    ],
)
def test_other_addresses_have_no_mark(email: str) -> None:
    """An address that only contains a mark, or has a time when no run was, belongs to somebody else."""
    assert run_began(email, NOW) is None
