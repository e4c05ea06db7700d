"""A store that this project's code had no part in, judged over HTTP: right, and broken in known ways."""

from __future__ import annotations

import json
import subprocess
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection
from threading import Event, Thread
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

import pytest

from conformance.core.events import ignore_event
from conformance.core.verdict import Outcome, verdict_of
from conformance.report import views
from conformance.runner.run import run as judge
from conformance.runner.settings import RunSettings, UrlTarget
from conformance.runner.workers import run_in_one_worker, run_in_workers
from conformance.truth.settings import ControlAccess, Secret
from tests.support.independent_store import PASSWORD, TOKEN, USERNAME, Running, all_running, breaks, running
from tests.support.processes import conformance

ALONE = ("export-touches", "same-sku-collapsed")
"""Judged alone: beside 30 other stores and a busy machine, they were also found by CON-12 or SHP-10."""
RIGHT = (
    (),
    ("--style", "b"),
    ("--orders-per-page", "3", "--timezone", "Pacific/Auckland", "--weight-unit", "lb"),
    ("--style", "b", "--batch", "--orders-per-page", "7", "--timezone", "America/St_Johns", "--weight-unit", "oz"),
    ("--batch", "--orders-per-page", "1"),
)


def run(where: Running, folder: Path, *options: str) -> tuple[subprocess.CompletedProcess[str], dict[str, object]]:
    """``conformance run`` on an endpoint, as a person would; what it printed, and its report."""
    done = conformance(
        *("run", where.url, "--username", USERNAME, "--control", where.control, "--allow-writes"),
        *("--report-dir", str(folder), *options),
        CONFORMANCE_PASSWORD=PASSWORD,
        CONFORMANCE_CONTROL_TOKEN=TOKEN,
    )
    return done, json.loads((folder / "report.json").read_text(encoding="utf-8"))


def deviating(report: dict[str, object]) -> set[str]:
    """The requirements that deviate by a report."""
    results = report["results"]
    assert isinstance(results, list)
    return {each["requirement"] for each in results if each["verdict"] == "deviates"}


def target(name: str, place: Running) -> UrlTarget:
    """Return a store as a target that may be written to."""
    truth = ControlAccess(place.control, Secret(TOKEN))
    return UrlTarget(place.url, USERNAME, Secret(PASSWORD), version=name, truth=truth, allow_writes=True)


def test_right_stores_of_others_conform() -> None:
    """In ways that the mock store's reference doesn't choose; every requirement is judged."""
    with all_running(*RIGHT) as places:
        targets = tuple(map(target, map(" ".join, RIGHT), places))
        report = judge(RunSettings(targets), judge=run_in_one_worker)
    deviating = [(each.requirement, each.version) for each in report.results if each.verdict == "deviates"]
    assert deviating == []
    assert {each.version for each in report.results} == {each.version for each in targets}
    assert report.summary.exit_status == 0, report.summary
    assert PASSWORD.encode() not in views.encode(report)


def test_a_store_that_books_later_gets_time(tmp_path: Path) -> None:
    """A notification answered 202 is looked for again; what must change nothing isn't taken to come later."""
    wanted = [word for name in ("SHP-1", "SHP-9", "SHP-21") for word in ("--only", name)]
    with running("--queued") as where:
        done, report = run(where, tmp_path, *wanted)
    assert not deviating(report)
    assert done.returncode == 0, done.stdout + done.stderr
    assert PASSWORD not in done.stdout + (tmp_path / "report.json").read_text(encoding="utf-8")


def test_a_client_that_waits_before_it_sends_a_body_is_told_to_go_on() -> None:
    """``Expect: 100-continue`` is answered before the body arrives, and the request afterwards."""
    body = b"<ShipNotice><OrderNumber>unknown</OrderNumber></ShipNotice>"
    login = b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    with running() as where:
        place = urlsplit(where.url)
        head = (
            f"POST {place.path}?{place.query}&action=shipnotify&order_number=unknown HTTP/1.1\r\n"
            f"Host: {place.netloc}\r\nAuthorization: Basic {login}\r\nContent-Type: text/xml\r\n"
            f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        with create_connection((place.hostname or "", place.port or 0), timeout=10) as client:
            client.sendall(head.encode())
            replies = client.makefile("rb")
            assert replies.readline().startswith(b"HTTP/1.1 100 ")
            assert replies.readline() == b"\r\n"
            client.sendall(body)
            assert replies.readline().startswith(b"HTTP/1.1 404 ")


def test_what_a_store_lacks_is_not_held_against_it(tmp_path: Path) -> None:
    """What it says that it can't keep is not exercised, and the run incomplete rather than green."""
    with running("--lacks", "gift") as where:
        done, report = run(where, tmp_path)
    assert not deviating(report)
    assert done.returncode == 3, done.stdout + done.stderr
    results = report["results"]
    assert isinstance(results, list)
    left = {each["requirement"]: each["reason"] for each in results if each["verdict"] == "not-exercised"}
    assert "GIF-1" in left
    assert "gift" in left["GIF-1"]


@pytest.mark.parametrize("name", ALONE)
def test_a_broken_store_deviates_where_it_is_broken(name: str, tmp_path: Path) -> None:
    """By exactly the requirements concerned, with exit status 1."""
    with running("--batch", "--break", name) as where:
        done, report = run(where, tmp_path)
    assert deviating(report) == breaks()[name]
    assert done.returncode == 1, done.stdout + done.stderr


def verdicts(names: list[str], style: str) -> dict[str, set[str]]:
    """Way of being broken → the requirements that deviate; all judged in one go."""
    with all_running(*(("--batch", "--break", name, "--style", style) for name in names)) as places:
        targets = tuple(map(target, names, places))
        judged = run_in_workers(RunSettings(targets), ignore_event)
    outcomes: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in judged.outcomes:
        outcomes[outcome.target, outcome.requirement].append(outcome)
    found: dict[str, set[str]] = {name: set() for name in names}
    for (name, requirement), heard in outcomes.items():
        if verdict_of(heard)[0] == "deviates":
            found[name].add(requirement)
    return found


IN_ONE_STYLE = (
    *("breaks-off", "get-books", "wall-clock", "page-after-last-time", "free-lines-unheeded", "items-by-sku"),
    *("revision-as-id", "unit-of-first-line", "zero-is-empty", "buyer-notes-over-customer-notes"),
)
"""Ways that the store's style hardly touches: by turns in one style and the other, since each judged costs seconds."""


@pytest.mark.slow
@pytest.mark.parametrize("style", ["a", "b"])
def test_every_way_to_be_broken_is_found(style: str) -> None:
    """In both styles of that store, by exactly the requirements that its author declared."""
    elsewhere = IN_ONE_STYLE["ba".index(style) :: 2]
    declared = {name: set(ids) for name, ids in breaks().items() if name not in (*elsewhere, *ALONE)}
    assert verdicts(sorted(declared), style) == declared


@pytest.mark.parametrize("scope", ["observation", "truth"])
def test_a_living_shop_is_not_accused(scope: str, tmp_path: Path) -> None:
    """Staff change orders while the suite reads them, without end: none of that is held against the endpoint."""
    with running() as where, staff_at_work(where):
        options = ("--control", where.control) if scope == "truth" else ()
        done = conformance(
            *("run", where.url, "--username", USERNAME, "--scope", scope, "--report-dir", str(tmp_path), *options),
            CONFORMANCE_PASSWORD=PASSWORD,
            CONFORMANCE_CONTROL_TOKEN=TOKEN,
        )
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert not deviating(report), done.stdout
    assert done.returncode in (0, 3), done.stdout + done.stderr


@contextmanager
def staff_at_work(where: Running) -> Iterator[None]:
    """Somebody who changes one order after the other, not a second each, until the block ends."""
    ended = Event()

    def call(method: str, path: str, body: bytes | None = None) -> Any:
        request = Request(where.control + path, body, {"Authorization": f"Bearer {TOKEN}"}, method=method)
        with urlopen(request, timeout=10) as reply:
            return json.loads(reply.read() or b"{}")

    def work() -> None:
        since = "/orders?modified_from=2020-01-01T00:00:00Z&modified_to=2100-01-01T00:00:00Z"
        for order in call("GET", since)["orders"]:
            if ended.wait(0.7):
                return
            call("PATCH", f"/orders/{quote(order['order_number'])}", b'{"internal_notes": "Called the customer."}')

    worker = Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        ended.set()
        worker.join()
