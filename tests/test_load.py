"""The load test: its users play ShipStation, wrong replies count as failures, and other machines need leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

from conformance.client.exchange import Exchange
from conformance.client.parsing.document import ExportPage, parse_export
from conformance.client.shipstation import Window
from examples.load.polling import WindowReader, Windows, notices
from tests.support.store_process import serving

ROOT = Path(__file__).parent.parent
FILE = ROOT / "examples" / "load" / "locustfile.py"
NOW = datetime(2026, 3, 29, 0, 59, 30, tzinfo=UTC)

with_locust = pytest.mark.skipif(find_spec("locust") is None, reason="Locust isn't installed (extra load)")


def locust(host: str, *options: str, password: str = "ship-pass") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(FILE), "--headless", "--host", host, *options],
        env={**os.environ, "PYTHONPATH": str(ROOT), "CONFORMANCE_PASSWORD": password},
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def counted(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[int, int]]:
    """Return requests and failures by name."""
    found: dict[str, tuple[int, int]] = {}
    said, decoder = done.stdout, json.JSONDecoder()
    while "[\n" in said or "[]" in said:  # every process prints a list; workers' are empty
        rows, end = decoder.raw_decode(said, min(place for mark in ("[\n", "[]") if (place := said.find(mark)) >= 0))
        found |= {row["name"]: (row["num_requests"], row["num_failures"]) for row in rows}
        said = said[end:]
    return found


RUN = "-u", "3", "-r", "3", "--json", "--pause", "1", "--window-hours", "48", "--notify-share", "1"


def run_until(
    enough: Callable[[subprocess.CompletedProcess[str]], bool], host: str, *options: str
) -> subprocess.CompletedProcess[str]:
    """Run Locust until it has done enough, also on a busy machine."""
    for seconds in (4, 15):
        done = locust(host, *RUN, "-t", f"{seconds}s", *options)
        if enough(done):
            return done
    return locust(host, *RUN, "-t", "60s", *options)


@with_locust
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "distributed"])
def test_a_right_store_has_no_failures(alone: bool) -> None:
    """One process or several of Locust's workers read all pages and send notifications."""
    kinds = {"export, first page", "export, further page", "shipnotify"}
    options = ["--allow-writes"] if alone else ["--allow-writes", "--processes", "2"]
    with serving("--orders", "2000", "--no-specimens", "--orders-per-page", "10") as store:
        done = run_until(lambda done: kinds <= set(counted(done)), store.said["URL"], *options)
        assert done.returncode == 0, done.stdout + done.stderr
        found = counted(done)
        assert set(found) >= kinds
        assert all(requests > 0 and failures == 0 for requests, failures in found.values()), found


@with_locust
def test_without_leave_no_notification_is_sent() -> None:
    """The users only read."""
    with serving("--orders", "500", "--no-specimens") as store:
        done = run_until(lambda done: bool(counted(done)), store.said["URL"])
        assert {"export, first page"} <= set(counted(done)) <= {"export, first page", "export, further page"}


@with_locust
def test_a_wrong_reply_is_a_failure() -> None:
    """The run fails, and prints the fault of each kind of request."""
    with serving("--orders", "2000", "--no-specimens", "--defect", "window-in-shop-zone") as store:
        done = run_until(lambda done: done.returncode == 1, store.said["URL"])
        assert done.returncode == 1
        assert "orders that were not modified in the window" in done.stdout + done.stderr


@with_locust
@pytest.mark.parametrize(
    ("host", "password", "why"),
    [
        ("http://shop.example/?dispatch=shipstation", "ship-pass", "is not this machine: add --allow-remote"),
        ("http://127.0.0.1:9/?dispatch=shipstation", "", "The environment variable CONFORMANCE_PASSWORD"),
    ],
    ids=["another machine", "no password"],
)
def test_options_that_would_do_harm_are_refused(host: str, password: str, why: str) -> None:
    """The exit status is 2, and no request is sent."""
    done = locust(host, "-u", "1", "-t", "5s", "--json", password=password)
    assert done.returncode == 2
    assert why in done.stdout
    assert not counted(done)


# ---------------------------------------------------------------------- what is asked, and what must be true


def page(body: str, status: int = 200, kind: str = "text/xml") -> ExportPage:
    return parse_export(
        Exchange(
            number=1,
            method="GET",
            url="http://127.0.0.1/",
            request_headers=(),
            request_body=b"",
            status=status,
            reason="",
            reply_headers=(("Content-Type", kind),),
            reply_body=body.encode(),
            duration_ms=1.0,
        )
    )


def order(number: str, modified: str, lines: str = "") -> str:
    return (
        f"<Order><OrderID>7</OrderID><OrderNumber>{number}</OrderNumber><LastModified>{modified}</LastModified>"
        f"<Items>{lines}</Items></Order>"
    )


WINDOW = Window(datetime(2026, 3, 1, 10, 0, tzinfo=UTC), datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
RIGHT = '<Orders pages="2">' + order("1", "03/01/2026 10:00") + order("2", "03/01/2026 12:00") + "</Orders>"


@pytest.mark.parametrize(
    ("exported", "faults"),
    [
        (page(RIGHT), []),
        (page("<Orders/>"), []),
        (page(RIGHT, status=503), ["status 503"]),
        (page(RIGHT, kind="text/html"), ["content type 'text/html' is not XML"]),
        (page("<Orders><Order></Orders>"), ["no Orders document"]),
        (page("<html/>"), ["no Orders document"]),
        (page('<Orders pages="many"/>'), ["the number of pages is not a number"]),
        (page("<Orders>" + order("", "03/01/2026 10:00") + "</Orders>"), ["an order without OrderNumber"]),
        (
            page("<Orders>" + order("1", "03/01/2026 12:01") + order("2", "soon") + "</Orders>"),
            ["orders that were not modified in the window"],
        ),
        (page("<Orders>" + order("1", "03/01/2026 10:00") * 2 + "</Orders>"), ["orders that are twice in one window"]),
    ],
)
def test_a_page_is_checked(exported: ExportPage, faults: list[str]) -> None:
    """The same fault has the same words for every order."""
    assert list(WindowReader(WINDOW).faults(exported, 1)) == faults


def test_pages_are_read_as_the_first_one_states() -> None:
    """An order that is on a second page is a fault, unless it was modified meanwhile."""
    reader = WindowReader(WINDOW)
    assert not list(reader.faults(page(RIGHT), 1))
    assert reader.pages == 2
    assert not list(reader.faults(page("<Orders>" + order("1", "03/01/2026 11:30") + "</Orders>"), 2))
    assert not list(reader.faults(page("<Orders>" + order("2", "03/01/2026 12:00") + "</Orders>"), 2))
    assert list(reader.faults(page("<Orders>" + order("1", "03/01/2026 11:30") + "</Orders>"), 2)) == [
        "orders that are twice in one window"
    ]


def test_windows_follow_each_other_up_to_the_present() -> None:
    """No minute is left out and none is in the future. In the present, a window has no length until time has passed."""
    now = [NOW]
    windows = Windows(NOW - timedelta(hours=5), timedelta(hours=2), lambda: now[0])
    polled = [windows.next_window() for _ in range(4)]
    assert [window.end - window.start for window in polled] == [timedelta(hours=n) for n in (2, 2, 1, 0)]
    assert polled[0].start == datetime(2026, 3, 28, 19, 59, tzinfo=UTC)
    now[0] += timedelta(minutes=3)
    polled.append(windows.next_window())
    assert polled[-1].end == datetime(2026, 3, 29, 1, 2, tzinfo=UTC)
    assert all(before.end == after.start for before, after in pairwise(polled))


def test_all_line_items_of_an_order_are_shipped() -> None:
    """Adjustments and line items with quantity 0 are left out; an order without line items gets no notification."""
    lines = (
        "<Item><LineItemID>8</LineItemID><SKU>A</SKU><Quantity>2</Quantity></Item>"
        "<Item><SKU>OFF</SKU><Quantity>1</Quantity><Adjustment>true</Adjustment></Item>"
        "<Item><SKU>B</SKU><Quantity>0</Quantity></Item>"
    )
    exported = page("<Orders>" + order("1", "", lines) + order("2", "") + "</Orders>")
    tracking: Callable[[], str] = iter(["T-1", "T-2"]).__next__
    (notice,) = notices(exported, tracking, NOW)
    assert (notice.order_number, notice.order_id, notice.tracking_number) == ("1", "7", "T-1")
    assert [(line.sku, line.quantity, line.line_item_id) for line in notice.items or ()] == [("A", 2, "8")]
