"""The command mockstore, run in processes of its own."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, get_args
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from xml.etree import ElementTree

import pytest

from mockstore.cli.main import main
from mockstore.cli.serve_options import ServeOptions, StoreOptions
from mockstore.traffic.faults import Fault, Kind
from mockstore.traffic.journal import Journal, JournalSize
from tests.support import warm

ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, "-c", "import sys; from mockstore.cli.main import main; sys.argv[0] = 'mockstore'; main()")
SECRETS = {"TOKEN": "t0ken", "KEY": "k" * 32, "PASS": "s3cret pass"}


def said(*arguments: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    return warm.run("mockstore", arguments, env={**os.environ, **SECRETS}, cwd=ROOT, timeout=seconds)


class Store:
    """A running store, and requests to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("Ctrl-C"):
                break

    @property
    def told(self) -> str:
        """What the store printed when it started."""
        return "\n".join(self.lines)

    @property
    def base(self) -> str:
        """The beginning of its URLs."""
        line = next(line for line in self.lines if line.strip().startswith("URL"))
        return line.split()[1].partition("/?")[0]

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request; return status, headers and body of the reply."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            with urlopen(Request(self.base + path, body, sent, method=method), timeout=20) as reply:
                return reply.status, dict(reply.headers), reply.read()
        except HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    def addon(self, query: str, method: str = "GET", body: bytes | None = None) -> tuple[int, dict[str, str], bytes]:
        """Send a request to the add-on's URL with its credentials."""
        return self.ask(f"/?dispatch=shipstation&{query}", method, body, Authorization=basic("ship-user", "ship-pass"))

    def control(self, method: str, path: str, value: object = None, *, raw: bytes | None = None) -> tuple[int, Any]:
        """Make a call of the control protocol; return status and JSON."""
        body = raw if value is None else json.dumps(value).encode()
        status, _, text = self.ask(f"/control/v1{path}", method, body, Authorization=f"Bearer {SECRETS['TOKEN']}")
        return status, json.loads(text) if text else None

    def notify(self, number: str, tracking: str) -> int:
        """Send a notification for a whole order; return the status."""
        notice = (
            f"<ShipNotice><OrderNumber>{number}</OrderNumber><TrackingNumber>{tracking}</TrackingNumber></ShipNotice>"
        )
        query = f"action=shipnotify&order_number={number}&tracking_number={tracking}&carrier=UPS"
        return self.addon(query, "POST", notice.encode())[0]

    def shipments(self, number: str) -> list[str]:
        """Return the tracking numbers that the store holds for an order."""
        return [shipment["tracking_number"] for shipment in self.control("GET", f"/orders/{number}")[1]["shipments"]]


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


@contextmanager
def serve(*arguments: str, control: bool = True, **environment: str) -> Iterator[Store]:
    """Run ``mockstore serve`` on a free port during the block."""
    options = ["--control", "--control-token-env", "TOKEN"] if control else []
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", *options, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **SECRETS, **environment},
    )
    try:
        yield Store(process)
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """A store for tests that only read, or whose changes do not matter."""
    with serve(
        *("--version", "4.3.6", "--seed", "7", "--orders", "50", "--clock", "2026-04-02T12:00:00Z"),
        *("--rest-user", "admin@shop.example", "--rest-key-env", "KEY"),
    ) as started:
        yield started


# ---------------------------------------------------------------------- serve: what it says, and how it ends


def test_a_store_says_where_it_is_and_what_to_try_and_ends_quietly() -> None:
    """It prints what a client needs, but no given secrets; Ctrl-C is no error."""
    with serve("--password-env", "PASS", "--rest-user", "a@b.example", "--rest-key-env", "KEY") as started:
        for what in ("Mock CS-Cart 4.6.3", "User name", "Control ", "REST API", "Orders ", "curl -u"):
            assert what in started.told
        assert not any(secret in started.told for secret in SECRETS.values())
        started.process.send_signal(signal.SIGINT)
        assert started.process.wait(timeout=20) == 0


def test_every_reply_says_which_orders_these_are(store: Store) -> None:
    """The seed is in a header of every reply, also of errors and images."""
    paths = (
        "/?dispatch=shipstation&action=export",
        "/nothing",
        "/images/detailed/0/x.png",
        "/api/orders",
        "/control/v1/x",
    )
    for path in paths:
        _, headers, _ = store.ask(path)
        assert headers["X-Mockstore-Order-Seed"] == "7"
        assert headers["X-Mockstore-Version"] == "4.3.6"


def test_a_request_that_matches_nothing_is_told_what_would_have(store: Store) -> None:
    """The answer is 404 with every URL that is answered."""
    for method, path in (
        ("GET", "/"),
        ("GET", "/shop"),
        ("POST", "/index.php?dispatch=products.view"),
        ("GET", "/images/"),
    ):
        status, _, body = store.ask(path, method, b"" if method == "POST" else None)
        assert status == 404
        for place in ("/?dispatch=shipstation", "/images/", "/api/orders", "/control/v1"):
            assert place in body.decode()


def test_the_rest_api_answers_the_administrator(store: Store) -> None:
    """Without --rest-user there is no REST API."""
    status, _, body = store.ask("/api/statuses", Authorization=basic("admin@shop.example", SECRETS["KEY"]))
    assert status == 200
    assert json.loads(body)["statuses"][0]["description"] == "Processed"
    assert store.ask("/api/statuses")[0] == 401
    with serve() as without:
        assert without.ask("/api/statuses", Authorization=basic("admin@shop.example", SECRETS["KEY"]))[0] == 404


# ---------------------------------------------------------------------- wrong use


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--version", "4.5.2"), "CS-Cart '4.5.2' is not one of the 26 supported versions; the nearest: 4.4.2, 4.6.1."),
        (("--clock-runs",), "--clock-runs needs --clock"),
        (("--clock", "soon"), "'soon' is not a time"),
        (("--rest-key-env", "KEY"), "--rest-key-env needs --rest-user"),
        (("--rest-user", "a@b.example", "--rest-key-env", "NOWHERE"), "the environment has no such variable"),
        (("--control-token-env", "TOKEN"), "--control-token-env needs --control"),
        (("--password-env", "PASS", "--password-file", "x"), "contradict each other"),
        (("--host", "0.0.0.0"), "--allow-remote"),
        (("--host", "0.0.0.0", "--allow-remote", "--control"), "--control and --host 0.0.0.0 contradict each other"),
        (("--public-url", "http://[::1"), "is not a URL"),
        (("--public-url", "shop.example"), "is not a URL"),
        (("--username", "\udcff"), "Error: \\xff is not UTF-8."),
        (("--allowed-host", "http://shop.example:80"), "is not a host name: write it without http:// and port"),
        (("--clock", "9999-12-31T23:59:59Z"), "is outside of the store's calendar"),
        (("--timezone", "Europe/Berlni"), "Did you mean Europe/Berlin?"),
        (("--status", "Paid=paid"), "No --status means shipped"),
        (("--status", "Paid"), "is not a status"),
        (("--currency", "euro"), "--currency must be three capital letters"),
        (("--orders", "-1"), "--orders must be from 0 to 1,000,000,000"),
        (("--username", "a:b"), "--username can't contain a colon"),
        (("--profile", "addon-1.0.11"), "Did you mean addon-1.0.1"),
        (("--fault", "explode"), "--fault explode: there is no kind 'explode'; the kinds are status, hang"),
        (("--fault", "cut,times=0"), "--fault cut,times=0"),
        (("--state", "/nowhere/at/all.db"), "The state in /nowhere/at/all.db can't be read"),
        (("--state", "mysql://here/db"), "can't be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_served_is_refused_in_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    """The exit status is 2, nothing is started, and there is no traceback."""
    refused = said("serve", "--port", "0", *arguments)
    assert refused.returncode == 2, refused.stderr
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_store_that_other_machines_reach_warns_about_its_default_password() -> None:
    """Everybody knows that password. The store starts, and answers requests that name a service or an address."""
    with serve("--host", "0.0.0.0", "--allow-remote", "--watch", control=False) as store:
        port = store.base.rpartition(":")[2]
        for host, status in ((f"mockstore:{port}", 401), (f"10.0.0.1:{port}", 401), ("evil.example", 421)):
            assert store.ask("/?dispatch=shipstation&order_number=%1b[2J%0afake", Host=host)[0] == status
        store.process.terminate()
        printed, errors = store.process.communicate(timeout=20)
    assert "Warning: other machines can reach this store, and everybody knows its default password." in errors
    assert "Traceback" not in errors
    assert "\x1b" not in printed
    assert "fake" not in printed.splitlines()
    with serve("--host", "0.0.0.0", "--allow-remote", "--password-env", "TOKEN", control=False) as store:
        store.process.terminate()
        assert "Warning" not in store.process.communicate(timeout=20)[1]


def test_a_port_in_use_is_named() -> None:
    """The error says what to do."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = said("serve", "--port", str(port))
    assert refused.returncode == 2
    assert f"Port {port} is in use: choose another with --port" in refused.stderr


# ---------------------------------------------------------------------- the other commands


def test_versions_are_listed_described_and_compared() -> None:
    """All versions, one with sources, and the differences of two; an unknown one gets suggestions."""
    assert len([line for line in said("versions").stdout.splitlines() if line.startswith("4.")]) == 26
    assert "weight_decimals (data): 3" in said("versions", "4.3.6").stdout
    compared = said("versions", "4.3.4", "4.3.6").stdout
    assert "weight_decimals\n  4.3.4: 2\n  4.3.6: 3\n  source: CL" in compared
    assert "inferred: " in said("versions", "4.4.2", "4.6.1").stdout
    unknown = said("versions", "4.3.11")
    assert (unknown.returncode, "the nearest: 4.3.10, 4.4.1" in unknown.stderr) == (2, True)


def test_orders_are_printed_in_three_forms_and_always_the_same() -> None:
    """Table and JSON contain the same orders, and XML those of them that an export has."""
    options = ("--seed", "5", "--clock", "2026-01-01T00:00:00Z", "--count", "4")
    printed = {form: said("orders", "--format", form, *options) for form in ("table", "json", "xml")}
    assert all(each.returncode == 0 for each in printed.values())
    listed = json.loads(printed["json"].stdout)
    numbers = [order["order_number"] for order in listed]
    assert len(numbers) == 4
    assert [line.split()[0] for line in printed["table"].stdout.splitlines()[2:]] == numbers
    root = ElementTree.fromstring(printed["xml"].stdout)
    exported = [order["order_number"] for order in listed if order["customer"]["shipping"]]
    assert [order.findtext("OrderNumber") for order in root] == exported
    assert said("orders", "--format", "json", *options).stdout == printed["json"].stdout
    assert json.loads(said("orders", "--count", "0", "--format", "json").stdout) == []


def test_xml_has_the_orders_of_an_export() -> None:
    """An order without a shipping address is not exported, so the XML has none with an empty ShipTo."""
    root = ElementTree.fromstring(said("orders", "--count", "0", "--specimens", "--format", "xml").stdout)
    assert len(root) > 10
    assert all(order.findtext("Customer/ShipTo/Country") for order in root)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's own")
@pytest.mark.parametrize(
    "arguments", [("orders", "--count", "200"), ("versions",), ("serve", "--port", "0"), ("--help",)], ids=" ".join
)
def test_output_that_cannot_be_written_ends_the_command_in_one_line(arguments: tuple[str, ...]) -> None:
    """The exit status is 2, and there is no traceback, also not when Python ends."""
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "No space left on device" in ended.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sighup_ends_a_store_without_leftovers(tmp_path: Path, workers: str) -> None:
    """A closed terminal ends every process; the exit status is 0 and no temporary folder is left."""
    with serve("--workers", workers, control=False, TMPDIR=str(tmp_path)) as store:
        assert store.notify("1003", "T1") == 200
        store.process.send_signal(signal.SIGHUP)
        assert store.process.wait(timeout=20) == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["defects", "variants", "profiles"])
def test_defects_variants_and_profiles_are_listed(command: str) -> None:
    """There is at least one line for each."""
    listed = said(command)
    assert listed.returncode == 0
    assert len(listed.stdout.splitlines()) > 3


def test_contradicting_defects_are_named_at_the_start() -> None:
    """The store runs all the same (here it ends, because its state cannot be read)."""
    defects = ("--defect", "window-ignored", "--defect", "window-has-no-end")
    done = said("serve", "--port", "0", "--state", "mysql://here/db", *defects)
    assert (
        "Warning: The defect window-has-no-end replaces the choice of a window's orders, "
        "so the defect window-ignored has no effect on it."
    ) in done.stderr


# ---------------------------------------------------------------------- state


def test_nothing_that_was_answered_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    """After kill -9, every change that was answered with 2xx is there."""
    state = ("--state", str(tmp_path / "state.db"), "--orders", "20", "--no-specimens")
    with serve(*state) as first:
        assert first.notify("1003", "T1") == 200
        assert first.control("PATCH", "/orders/1004", {"internal_notes": "kept"})[0] == 200
        assert first.control("DELETE", "/orders/1005")[0] == 204
        made = first.control("POST", "/orders", {"customer": {"email": "a@b.example"}})[1]["order_number"]
        first.process.kill()
        first.process.wait(timeout=20)
    with serve(*state) as second:
        assert "T1" in second.shipments("1003")
        assert second.control("GET", "/orders/1004")[1]["internal_notes"] == "kept"
        assert second.control("GET", "/orders/1005")[0] == 404
        assert second.control("GET", f"/orders/{made}")[0] == 200
        assert second.notify("1003", "T1") == 200
        assert second.shipments("1003").count("T1") == 1


def test_state_of_another_store_is_refused_with_both_named(tmp_path: Path) -> None:
    """The error names both seeds or versions; a file that is no state is refused as well."""
    state = tmp_path / "state.db"
    with serve("--state", str(state), "--seed", "3", "--version", "4.3.4"):
        pass
    for options, sentence in (
        (("--seed", "4", "--version", "4.3.4"), "belongs to a store with seed 3, but this store has seed 4."),
        (
            ("--seed", "3", "--version", "4.3.6"),
            "belongs to a store with version 4.3.4, but this store has version 4.3.6.",
        ),
    ):
        refused = said("serve", "--port", "0", "--state", str(state), *options)
        assert (refused.returncode, sentence in refused.stderr) == (2, True), refused.stderr
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database" * 100)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    for file in (broken, other, tmp_path):
        refused = said("serve", "--port", "0", "--state", str(file))
        assert (refused.returncode, "can't be read" in refused.stderr) == (2, True), refused.stderr


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process are Linux's own")
def test_a_full_disk_while_booking_is_answered_5xx_and_books_nothing(tmp_path: Path) -> None:
    """With room on the disk, the same notification is stored once."""
    with serve("--state", str(tmp_path / "state.db"), "--orders", "20", "--no-specimens") as store:
        assert store.notify("1003", "T0") == 200
        before = store.control("GET", "/orders/1004")[1]
        # for a database, a file that may not grow is like a full disk
        resource.prlimit(store.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        assert 500 <= store.notify("1004", "T1") < 600
        status, problem = store.control("PATCH", "/orders/1004", {"status": "Complete"})
        assert status == 507
        assert "can't be written" in problem["error"]
        assert store.control("GET", "/orders/1004")[1] == before
        resource.prlimit(store.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert store.notify("1004", "T1") == 200
        assert store.shipments("1004").count("T1") == 1


# ---------------------------------------------------------------------- the control protocol


@pytest.mark.parametrize(
    ("method", "path", "sent", "field"),
    [
        ("POST", "/orders", b"{", "body"),
        ("POST", "/orders", b"[]", "body"),
        ("POST", "/orders", b'{"customer": {"email": "\xff"}}', "body"),
        ("POST", "/orders", {}, "customer"),
        ("POST", "/orders", {"customer": {}, "discounts": [{"amount": "1"}]}, "discounts[0].name"),
        ("POST", "/orders", {"customer": {"email": 5}}, "customer.email"),
        ("POST", "/orders", {"customer": {}, "status": "Sent"}, "status"),
        ("POST", "/orders", {"customer": {}, "total": "much"}, "total"),
        ("POST", "/orders", {"customer": {}, "items": [{"quantity": 0}]}, "items[0].quantity"),
        ("POST", "/orders", {"customer": {}, "items": [{}, {"unit_price": "x"}]}, "items[1].unit_price"),
        ("POST", "/orders", {"customer": {}, "weight": {"value": "1", "unit": "stone"}}, "weight.unit"),
        ("POST", "/orders", {"customer": {}, "placed_at": "2026-01-01T00:00:00"}, "placed_at"),
        ("POST", "/orders", {"customer": {}, "modified_at": "yesterday"}, "modified_at"),
        ("POST", "/orders", {"customer": {}, "order_number": "1003"}, "order_number"),
        ("PATCH", "/orders/1003", {"status": "Sent"}, "status"),
        ("PATCH", "/orders/1003", {"total": "1"}, "total"),
        ("POST", "/faults", {"faults": [{"kind": "cut"}, {"kind": "explode"}]}, "faults[1].kind"),
        ("POST", "/faults", {"faults": [{"kind": "cut", "times": 0}]}, "faults[0].times"),
        ("PUT", "/clock", {"now": "2026-01-01T00:00:00"}, "now"),
        ("PUT", "/behaviour", {"defects": ["country-uk", "no-such"]}, "defects[1]"),
        ("PUT", "/behaviour", {"variants": ["country-uk"]}, "variants[0]"),
        ("PUT", "/behaviour", {"profile": "addon-9"}, "profile"),
        ("PUT", "/behaviour", {"faults": []}, "faults"),
        ("GET", "/orders?modified_from=now", None, "modified_from"),
        ("GET", "/orders?modified_from=now&limit=%C2%B2", None, "modified_from"),
    ],
)
def test_a_message_that_cannot_be_taken_names_the_field(
    store: Store, method: str, path: str, sent: object, field: str
) -> None:
    """The answer is 422 with path and reason, and nothing is changed."""
    raw = sent if isinstance(sent, bytes) else None
    status, problem = store.control(method, path, None if raw is not None else sent, raw=raw)
    assert status == 422
    assert problem["path"] == field, problem
    assert problem["error"]


def test_the_control_protocol_needs_its_own_token_and_says_what_there_is(store: Store) -> None:
    """The add-on's user has no access; an unknown call is answered with the known ones."""
    assert store.ask("/control/v1/store")[0] == 401
    for wrong in (basic("ship-user", "ship-pass"), "Bearer other"):
        assert store.ask("/control/v1/store", Authorization=wrong)[0] == 401
    status, problem = store.control("GET", "/nothing")
    assert status == 404
    for call in ("GET /control/v1/store", "PATCH /control/v1/orders/{number}", "PUT /control/v1/clock"):
        assert call in problem["error"]


def test_the_clock_is_read_and_set() -> None:
    """It stands at the time that was set, and changes have that time."""
    with serve("--clock", "2026-03-29T00:59:00Z", "--orders", "5") as store:
        assert store.control("GET", "/clock")[1]["now"].startswith("2026-03-29T00:59:00")
        assert store.control("PUT", "/clock", {"now": "2028-02-29T23:59:59Z"})[0] == 204
        order = store.control("PATCH", "/orders/1001", {"internal_notes": "leap"})[1]
        assert order["modified_at"] == "2028-02-29T23:59:59Z"
        bounds = "start_date=02/29/2028+23:59&end_date=03/01/2028+00:00"
        assert "<OrderNumber>1001</OrderNumber>" in store.addon(f"action=export&{bounds}&page=1")[2].decode()


def test_a_reset_leaves_nothing_behind(tmp_path: Path) -> None:
    """Orders, shipments, journal and faults are in their initial state, also with a kept state."""
    for options in ((), ("--state", str(tmp_path / "state.db"))):
        with serve("--orders", "10", "--clock", "2026-04-02T12:00:00Z", *options) as store:
            before = [store.control("GET", path)[1] for path in ("/orders", "/orders/1003", "/store")]
            assert store.notify("1003", "T1") == 200
            store.control("POST", "/orders", {"customer": {"email": "a@b.example"}})
            store.control("DELETE", "/orders/1004")
            store.control("POST", "/faults", {"faults": [{"kind": "status", "times": 9}]})
            assert store.control("POST", "/reset")[0] == 204
            assert [store.control("GET", path)[1] for path in ("/orders", "/orders/1003", "/store")] == before
            assert store.addon("action=export&start_date=01/01/2026+00:00&end_date=01/02/2026+00:00")[0] == 200
            journal = store.control("GET", "/journal")[1]
            assert [entry["number"] for entry in journal["requests"]] == [1]
            assert journal["dropped"] == 0


def test_the_journal_has_each_request_without_its_secrets(store: Store) -> None:
    """Requests of the add-on, of the REST API and those that match nothing; it can be read from a number on."""
    last = store.control("GET", "/journal")[1]["requests"][-1:]
    after = last[0]["number"] if last else 0
    store.addon("action=export&start_date=04/01/2026+00:00&end_date=04/02/2026+00:00&page=1")
    store.ask("/api/orders/1003", Authorization=basic("admin@shop.example", SECRETS["KEY"]))
    store.ask("/nothing?x=1")
    entries = store.control("GET", f"/journal?after={after}")[1]["requests"]
    assert [entry["status"] for entry in entries] == [200, 200, 404]
    assert [entry["target"].partition("?")[0] for entry in entries] == ["/", "/api/orders/1003", "/nothing"]
    assert "ship-pass" not in json.dumps(entries)
    assert b64encode(b"ship-user:ship-pass").decode() not in json.dumps(entries)


def test_a_journal_that_is_full_says_how_much_it_dropped() -> None:
    """The journal keeps the latest requests."""
    journal = Journal(JournalSize(entries=3))
    for number in range(5):
        journal.record(datetime(2026, 1, 1), "GET", f"/{number}", {}, b"", 200)  # noqa: DTZ001 -- any
    dropped, kept = journal.after(0)
    assert (dropped, [entry.target for entry in kept]) == (2, ["/2", "/3", "/4"])
    assert journal.after(4)[0] == 0


# ---------------------------------------------------------------------- pictures


def test_each_products_picture_is_there(store: Store) -> None:
    """It is a PNG of 64 by 64 pixels, always the same, and different for another product."""
    orders = [store.control("GET", f"/orders/{number}")[1] for number in range(1000, 1010)]
    urls = list(dict.fromkeys(item["image_url"] for order in orders for item in order["items"] if item["image_url"]))
    pictures = set()
    for url in urls[:8]:
        path = url.removeprefix(store.base)
        status, headers, body = store.ask(path)
        assert (status, headers["Content-Type"]) == (200, "image/png")
        assert body.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", body[16:24]) == (64, 64)
        pictures.add(body)
        assert store.ask(path)[2] == body
        status, head, nothing = store.ask(path, "HEAD")
        assert (status, head["Content-Type"], head["Content-Length"], nothing) == (
            200,
            "image/png",
            str(len(body)),
            b"",
        )
    assert len(pictures) == len(urls[:8])


# ---------------------------------------------------------------------- faults


def test_faults_apply_to_the_next_requests_and_no_more() -> None:
    """Faults of the option and of the control protocol apply as often as they say."""
    export = "action=export&start_date=04/01/2026+00:00&end_date=04/02/2026+00:00&page=1"
    with serve("--fault", "status,times=2,status=429", "--orders", "5") as store:
        assert [store.addon(export)[0] for _ in range(3)] == [429, 429, 200]
        script = {"faults": [{"kind": "html"}, {"kind": "status", "status": 502, "headers": {"Retry-After": "7"}}]}
        assert store.control("POST", "/faults", script)[0] == 204
        assert store.addon(export)[1]["Content-Type"] == "text/html"
        status, headers, _ = store.addon(export)
        assert (status, headers["Retry-After"]) == (502, "7")
        assert store.addon(export)[0] == 200


def test_every_kind_of_fault_is_documented() -> None:
    """The page on the mock store names each kind and each field."""
    page = (ROOT / "docs" / "mockstore.md").read_text(encoding="utf-8")
    assert len(get_args(Kind)) > 10
    for kind in get_args(Kind):
        assert f"| `{kind}` |" in page
    for name in Fault.__struct_fields__:
        assert f"`{name}`" in page


def test_a_store_of_a_thousand_million_orders_starts_and_answers() -> None:
    """It works like a small store; the benchmarks measure how fast."""
    with serve("--orders", "1000000000", "--no-specimens", control=False) as store:
        assert store.addon("action=export&start_date=04/01/2026+00:00&end_date=04/01/2026+00:10&page=1")[0] == 200


def test_the_options_of_a_command_are_the_fields_of_its_values() -> None:
    """``serve`` passes on all but --config; ``orders`` has some of its own and calls --orders --count."""
    names = {command: {param.name for param in main.commands[command].params} for command in ("serve", "orders")}
    assert names["serve"] - {"config"} == {each.name for each in fields(ServeOptions)}
    assert names["orders"] - {"count", "form", "file"} == {each.name for each in fields(StoreOptions)} - {"orders"}
