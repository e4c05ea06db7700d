"""A mock store for other people's tests, and what tells that a store runs."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from mockstore.behaviours.registry import UnknownBehaviour
from mockstore.cli.console_link import console_link
from mockstore.orders.draft import InvalidField
from mockstore.store.store import NoSuchOrder
from mockstore.testing import Fault, RunningStore, running_store
from tests.support.processes import ROOT
from tests.support.store_in_thread import basic

WINDOW = "&action=export&start_date=01/01/2000+00:00&end_date=12/31/2099+00:00&page=1"


def asked(store: RunningStore, path: str = "", **headers: str) -> tuple[int, str]:
    """Send a request with the add-on's credentials, and return status and body."""
    base = store.url.partition("/?")[0]
    url = base + path if path else store.url + WINDOW
    request = Request(url, headers={"Authorization": basic(store.username, store.password), **headers})
    try:
        with urlopen(request, timeout=20) as reply:
            return reply.status, reply.read().decode()
    except HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def redirected(url: str) -> str | None:
    """Return where a URL leads."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=20)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        return connection.getresponse().getheader("Location")
    finally:
        connection.close()


def test_a_store_for_tests_has_orders_and_tells_what_it_was_asked() -> None:
    """Two stores at once are two stores: each has its own orders and requests."""
    with running_store("4.3.4", orders=3, seed=2) as store, running_store(orders=0) as empty:
        status, body = asked(store)
        assert status == 200
        assert body.count("<Order>") == 3
        assert "<Order>" not in asked(empty)[1]
        (request,) = store.requests
        assert "action=export" in request.target
        assert store.password not in str(request.headers)
    with pytest.raises(URLError):
        asked(store)


def test_a_store_for_tests_can_be_wrong() -> None:
    """A defect by its name; a name that doesn't exist is an error before anything is started."""
    with running_store(orders=1, defects=("window-ignored",)) as store:
        assert asked(store)[0] == 200
    with pytest.raises(UnknownBehaviour), running_store(defects=("no-such",)):
        pass


def test_the_example_project_and_the_lines_of_the_documentation_work(tmp_path: Path) -> None:
    """The tests of examples/pytest and docs/how-to/python-tests.md pass, in two processes, with only the plug-in."""
    page = (ROOT / "docs" / "how-to" / "python-tests.md").read_text(encoding="utf-8")
    for number, snippet in enumerate(re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)):
        (tmp_path / f"test_snippet_{number}.py").write_text(snippet, encoding="utf-8")
    for file in (ROOT / "examples" / "pytest").glob("*.py"):
        shutil.copy(file, tmp_path)
    plugins = ("-p", "mockstore.pytest_plugin", "-p", "xdist.plugin", "-p", "no:cacheprovider")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-q", *plugins, "-n", "2"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "16 passed" in done.stdout, done.stdout + done.stderr


UNUSED = """
import sys

def test_own():
    assert {name for name in sys.modules if name.startswith("mockstore")} == {"mockstore", "mockstore.pytest_plugin"}
    assert "aiohttp" not in sys.modules
"""


def test_the_plugin_loads_nothing_until_a_store_is_used(installed: Path, tmp_path: Path) -> None:
    """Pytest finds the plug-in of the wheel by its entry point; other projects' runs load only its fixtures' names."""
    (tmp_path / "test_own.py").write_text(UNUSED, encoding="utf-8")
    (entry_points,) = installed.glob("*.dist-info/entry_points.txt")
    assert "mockstore = mockstore.pytest_plugin" in entry_points.read_text(encoding="utf-8")
    words = ("-q", "-p", "no:cacheprovider", "-p", "mockstore.pytest_plugin", "--strict-markers", "test_own.py")
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def export(store: RunningStore, page: int = 1, start: str = "01/01/2000+00:00", end: str = "12/31/2099+00:00") -> None:
    """Request a page as an importer does that conforms."""
    request = Request(
        f"{store.url}&action=export&start_date={start}&end_date={end}&page={page}",
        headers={"Authorization": basic(store.username, store.password), "Accept-Encoding": "gzip"},
    )
    with suppress(HTTPException, OSError), urlopen(request, timeout=20) as reply:
        reply.read()


def exportable(store: RunningStore) -> list[str]:
    """Return the numbers of the orders that an export has."""
    return [order.order_number for order in store.orders if order.customer.shipping]


def failure(check: Callable[[], None]) -> str:
    """Return why a check fails."""
    with pytest.raises(AssertionError) as failed:
        check()
    return str(failed.value)


def test_an_added_order_is_exported() -> None:
    """What a test leaves out is completed, so that the order is exported with a total."""
    with running_store(orders=0) as store:
        first = store.add_order()
        store.add_order(order_number="A-1", items=[{"sku": "a", "quantity": 3, "unit_price": Decimal("1.50")}])
        export(store)
        assert store.order("A-1").total == Decimal("4.50")
        assert [order.order_number for order in store.orders] == [first.order_number, "A-1"]
        assert "<OrderNumber>A-1</OrderNumber>" in store.requests[0].reply
        with pytest.raises(NoSuchOrder):
            store.order("A-2")
        assert store.change_order("A-1", customer_notes="Ring twice").customer_notes == "Ring twice"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"statsu": "Open"}, "statsu: is no field of an order. Did you mean status?"),
        (
            {"items": [{"sku": "a", "unitPrice": "1"}]},
            "items[0].unitPrice: is no field of an order. Did you mean unit_price",
        ),
        ({"customer": {"shipping": {"zip": "1"}}}, "customer.shipping.zip: is no field of an order."),
        ({"items": [{"quantity": 0}]}, "items[0].quantity: must be a whole number from 1"),
        ({"items": [{"quantity": "x"}]}, "items[0].quantity: Expected `int`"),
        ({"status": "Lost"}, "status: is not a status of this store"),
        ({"placed_at": datetime(2026, 1, 1)}, "placed_at: needs a zone"),  # noqa: DTZ001
        ({"order_number": "1000"}, "order_number: is in use"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], message: str, one_store: RunningStore) -> None:
    """A misspelt field would otherwise be left out without a word."""
    with pytest.raises(InvalidField) as refused:
        one_store.add_order(**fields)
    assert message in str(refused.value)


@pytest.fixture(scope="module")
def one_store() -> Iterator[RunningStore]:
    """A store with one order."""
    with running_store(orders=1) as store:
        yield store


def test_an_import_is_complete_or_the_message_tells_why_not() -> None:
    """Missing pages, lost replies, lost orders, orders too many, and gaps each have a line."""
    with running_store(orders=5, orders_per_page=3, seed=3) as store:
        assert failure(lambda: store.assert_imported([])) == (
            "The importer requested no export, so that nothing can have been imported."
        )
        export(store)
        numbers = exportable(store)
        message = failure(lambda: store.assert_imported([numbers[0], numbers[0], "X"]))
        assert "12/31/2099 00:00, only page 1 of 2 pages arrived; without 2 orders 1003, 1004" in message
        assert "2 orders exported, but not imported: 1001, 1002" in message
        assert "1 order imported, but in no export: X" in message
        assert f"1 order imported more than once: {numbers[0]}" in message
        store.fault("cut", page=2)
        export(store, page=2)
        assert "only page 1 of 2 pages arrived" in failure(lambda: store.assert_imported(numbers))
        export(store, page=2)
        store.assert_imported(store.order(number) for number in numbers)
        late = datetime(2100, 1, 2, tzinfo=UTC)
        message = failure(lambda: store.assert_imported(numbers, since=datetime(2000, 1, 1, tzinfo=UTC), until=late))
        assert "the time 12/31/2099 00:00 to 01/02/2100 00:00 was never requested, or never answered" in message


def test_requests_conform_or_the_message_names_requirement_and_request() -> None:
    """A run without a request is no success; requirements can be left out."""
    with running_store(orders=2) as store:
        assert "sent no request to the add-on" in failure(store.assert_conforms)
        export(store)
        store.assert_conforms()
        asked(store)  # accepts no compressed reply
        message = failure(store.assert_conforms)
        assert "IMP-14: The request does not accept compressed replies." in message
        assert "request 2: export, 01/01/2000 00:00 to 12/31/2099 00:00, page 1 → 200" in message
        assert "expected Accept-Encoding: gzip, got " in message
        store.assert_conforms(ignore={"IMP-14"})


def test_faults_shipments_clock_and_reset() -> None:
    """A fault outside of its block is gone. A reset restores orders, and forgets requests, shipments and faults."""
    with running_store(orders=40, now=datetime(2026, 3, 1, tzinfo=UTC), faults=[Fault("status")]) as store:
        assert asked(store)[0] == 503
        with store.fault("status", status=500, times=3), store.fault("cut"):
            assert asked(store)[0] == 500
        assert asked(store)[0] == 200
        with pytest.raises(ValueError, match="kind"):
            store.fault("explode")  # type: ignore[arg-type]
        assert not store.shipments
        shipped = next(order for order in store.orders if order.shipments)
        notice = f"<ShipNotice><OrderNumber>{shipped.order_number}</OrderNumber></ShipNotice>".encode()
        query = f"&action=shipnotify&order_number={shipped.order_number}&tracking_number=T1&carrier=UPS&service="
        headers = {"Authorization": basic(store.username, store.password)}
        with urlopen(Request(store.url + query, notice, headers), timeout=20) as reply:
            assert reply.status == 200
        (recorded,) = store.shipments
        assert (recorded.order_number, recorded.shipment.tracking_number) == (shipped.order_number, "T1")
        store.clock.set(datetime(2026, 3, 2, tzinfo=UTC))
        store.clock.advance(hours=2)
        assert store.clock.now() == datetime(2026, 3, 2, 2, tzinfo=UTC)
        assert store.add_order().placed_at == store.clock.now()
        store.reset()
        assert (len(store.orders), store.requests, store.shipments) == (40, (), ())


def test_a_store_in_asyncio_code() -> None:
    """The store answers while the coroutine's event loop is blocked, and is gone after the block."""

    async def used() -> RunningStore:
        async with running_store(orders=1) as store:
            assert asked(store)[0] == 200
            return store

    with pytest.raises(URLError):
        asked(asyncio.run(used()))


def test_health_and_a_page_for_people() -> None:
    """Programs see 200 at /health. Browsers see a page at /; an importer that loses its query sees 404."""
    with running_store(orders=0) as store:
        status, body = asked(store, "/health")
        assert (status, json.loads(body)) == (200, {"status": "ok", "version": "4.6.3", "offers": ["control"]})
        status, body = asked(store, "/", Accept="text/html,*/*;q=0.8")
        assert status == 200
        assert "<h1>Mock CS-Cart 4.6.3</h1>" in body
        assert asked(store, "/", Accept="*/*")[0] == 404


def test_a_started_store_says_what_is_wrong_with_it_and_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The banner names defects, variants and faults; the file of --ready-file has the URL, and no password.

    Both have the link that opens the web console, so the file is for the user alone. The command prints another link.
    """
    ready = tmp_path / "ready.json"
    options = ("--port", "0", "--ready-file", str(ready), "--defect", "country-uk", "--variant", "chunked")
    command = [sys.executable, "-m", "mockstore", "serve", *options, "--fault", "cut"]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            text = "".join(iter(process.stdout.readline, "Ctrl-C ends it.\n"))
            facts = json.loads(ready.read_text(encoding="utf-8"))
            monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
            links = facts["console"], console_link(facts["url"])
            opened = [redirected(link) for link in links]
        finally:
            process.terminate()
    assert re.search(r"Defects +country-uk\n +Variants +chunked\n +Faults +cut\n", text)
    assert facts["url"] in text
    assert facts["pid"] == process.pid
    assert facts["console"] in text
    assert ready.stat().st_mode & 0o777 == 0o600
    assert opened == ["/console/", "/console/"]
    assert "ship-pass" not in str(facts)


def test_a_file_that_cannot_be_written_ends_the_store(tmp_path: Path) -> None:
    """One line says why, with the exit status of wrong use."""
    command = [sys.executable, "-m", "mockstore", "serve", "--port", "0", "--ready-file", str(tmp_path / "no" / "file")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "--ready-file" in done.stderr
    assert "Traceback" not in done.stderr
