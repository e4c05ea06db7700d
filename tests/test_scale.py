"""Several processes serve one store: nothing is lost, doubled or stored in part, whichever process answers."""

from __future__ import annotations

import os
import resource
import select
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockstore.cli.main import main
from mockstore.orders.model import Order, Shipment
from mockstore.shop.shop import Shop
from mockstore.shop.versions import LATEST
from mockstore.store.store import Store
from tests.support.postgresql import Cluster, cluster
from tests.support.store_process import Serving, serving

ORDERS = 60
SCHEMA_1 = Path(__file__).parent / "golden" / "state_of_schema_1.sql"
OPTIONS = "--orders", str(ORDERS), "--no-specimens"
SHARED = *OPTIONS, "--public-url", "http://shop.example"

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers need fork")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def held(state: str) -> dict[str, Order]:
    """Return what a state holds, by order number."""
    with closing(Store(Shop(LATEST), count=ORDERS, state=state)) as store:
        return {order.order_number: order for order in store.orders()}


def untouched() -> dict[str, Order]:
    """Return orders of such a store that have no shipment and can be shipped completely."""
    with closing(Store(Shop(LATEST), count=ORDERS)) as store:
        orders = {order.order_number: order for order in store.orders()}
    return {
        number: order
        for number, order in orders.items()
        if not order.shipments and order.items and all(line.shippable for line in order.items)
    }


def together(work: Sequence[Callable[[], int]]) -> list[int]:
    """Return the results of all functions, called by eight threads at the same time."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda each: each(), work))


def notified_all_at_once(places: Sequence[Serving]) -> dict[str, set[str]]:
    """Send each notification three times, all at the same time; return tracking numbers by order."""
    wanted = {number: {f"T-{number}-{parcel}" for parcel in range(2)} for number in list(untouched())[:12]}
    work = [
        partial(places[turn % len(places)].notify, order, tracking)
        for turn in range(3)
        for order, numbers in wanted.items()
        for tracking in sorted(numbers)
    ]
    assert set(together(work)) == {200}
    return wanted


def check_booked(orders: dict[str, Order], wanted: dict[str, set[str]]) -> None:
    for number, tracking in wanted.items():
        assert Counter(parcel.tracking_number for parcel in orders[number].shipments) == Counter(tracking)
        assert orders[number].status == "Complete"
        shipped = Counter[str]()
        for parcel in orders[number].shipments:
            shipped.update({item.line_id: item.quantity for item in parcel.items})
        assert shipped == {line.line_id: line.quantity for line in orders[number].items}


# ---------------------------------------------------------------------- one machine


@forks
def test_workers_are_one_store() -> None:
    """After simultaneous notifications to three processes, each parcel and each unit is stored once."""
    with serving(*SHARED, "--workers", "3") as store:
        wanted = notified_all_at_once([store] * 3)
        check_booked(held(store.said["State"]), wanted)
        assert len(set(together([lambda: hash(store.export())] * 12))) == 1
        folder = Path(store.said["State"]).parent
        assert folder.exists()
    assert not folder.exists()


@forks
def test_workers_keep_a_state(tmp_path: Path) -> None:
    """With --state, shipments are there for later processes."""
    state = str(tmp_path / "shop.db")
    with serving(*OPTIONS, "--workers", "2", "--state", state) as store:
        assert store.notify("1003", "T-1") == 200
    with serving(*OPTIONS, "--workers", "2", "--state", state) as store:
        assert store.notify("1003", "T-1") == 200
        assert [parcel.tracking_number for parcel in held(state)["1003"].shipments].count("T-1") == 1


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@forks
@on_linux
def test_a_worker_that_is_killed_is_replaced() -> None:
    """The other workers answer meanwhile, and nothing that was answered is lost."""
    with serving(*OPTIONS, "--workers", "2") as store:
        pid = store.process.pid
        before = children(pid)
        assert len(before) == 2
        assert store.notify("1003", "T-1") == 200
        os.kill(before[0], signal.SIGKILL)
        assert store.process.stderr is not None
        assert store.process.stderr.readline() == "A worker was killed by SIGKILL; another is started.\n"
        assert {status for status, _ in (store.export() for _ in range(6))} == {200}
        assert len(children(pid)) == 2
        assert before[1] in children(pid)
        assert "T-1" in {parcel.tracking_number for parcel in held(store.said["State"])["1003"].shipments}


@forks
@on_linux
def test_no_worker_outlives_the_command() -> None:
    """The workers end even if the command is killed."""
    with serving(*OPTIONS, "--workers", "2") as store:
        assert store.export()[0] == 200
        left = [os.pidfd_open(pid) for pid in children(store.process.pid)]
        store.process.kill()
        store.process.wait()
        for descriptor in left:
            assert select.select([descriptor], [], [], 60)[0], "it is still there"
            os.close(descriptor)


@pytest.mark.parametrize("option", [["--control"], ["--fault", "cut"], ["--watch"]], ids=["control", "faults", "watch"])
def test_options_of_a_single_process_are_refused_with_workers(option: list[str]) -> None:
    """Journal, faults and clock belong to one process, so that they would hold for some requests only."""
    done = CliRunner().invoke(main, ["serve", "--workers", "2", "--port", "0", *option])
    assert done.exit_code == 2
    assert f"{option[0]} and --workers 2 contradict each other" in done.output


@on_linux
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_full_disk_is_answered_503_and_books_nothing(tmp_path: Path, workers: str) -> None:
    """The order does not change; with room on the disk, the same notification is stored."""
    state = str(tmp_path / "shop.db")
    with serving(*SHARED, "--workers", workers, "--state", state) as store:
        assert store.notify("1003", "T-1") == 200
        before = held(state)
        pids = [store.process.pid, *children(store.process.pid)]
        size = max(file.stat().st_size for file in tmp_path.iterdir())
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size + 4096, resource.RLIM_INFINITY))
        large = "x" * 300_000
        assert set(together([lambda: store.notify("1004", "T-2", notes=large)] * 4)) == {503}
        assert held(state) == before
        assert store.export()[0] == 200
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert store.notify("1004", "T-2", notes=large) == 200
        assert held(state)["1004"].shipments[-1].notes == large


# ---------------------------------------------------------------------- several machines


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    """A PostgreSQL of this test's own."""
    pytest.importorskip("psycopg", reason="psycopg isn't installed")
    with cluster() as running:
        yield running


@pytest.fixture
def machines(database: Cluster) -> Iterator[list[Serving]]:
    """Three stores that share nothing but a database."""
    with ExitStack() as stack:
        yield [stack.enter_context(serving(*SHARED, "--state", database.url)) for _ in range(3)]


def test_machines_with_one_database_are_one_store(database: Cluster, machines: list[Serving]) -> None:
    """After simultaneous notifications nothing is lost or doubled, and every page is the same everywhere."""
    assert len({place.export() for place in machines}) == 1
    wanted = notified_all_at_once(machines)
    check_booked(held(database.url), wanted)
    pages = {place.export() for place in machines}
    assert len(pages) == 1
    (status, page) = pages.pop()
    assert status == 200
    assert page.count(b"<OrderStatus>Complete</OrderStatus>") >= len(wanted) - 3

    # two halves of one order, sent to two machines at the same time, complete it
    number, order = next(
        (number, order) for number, order in untouched().items() if number not in wanted and len(order.items) > 1
    )
    halves = [tuple((line.line_id, line.quantity) for line in half) for half in (order.items[:1], order.items[1:])]
    work = [partial(machines[n].notify, number, f"H-{n}", halves[n]) for n in range(2)]
    assert together(work) == [200, 200]
    check_booked(held(database.url), {number: {"H-0", "H-1"}})

    # PostgreSQL keeps no NUL in a text; that must not be the client's trouble
    nul = "action=shipnotify&tracking_number=N%00UL&order_number="
    assert [place.ask("POST", f"{nul}1003", b"<ShipNotice/>")[0] for place in machines] == [200, 200, 200]
    assert machines[0].ask("POST", f"{nul}10%0003", b"<ShipNotice/>")[0] == 404

    # without the database every machine answers 503 and nothing is stored in part
    before = held(database.url)
    database.stop()
    try:
        assert {place.notify("1003", "GONE") for place in machines} == {503}
        assert {place.export()[0] for place in machines} == {503}
    finally:
        database.start()
    for place in machines:  # each notices that its connections are broken
        place.export()
    assert held(database.url) == before
    assert {place.notify("1003", "GONE") for place in machines} == {200}
    assert [parcel.tracking_number for parcel in held(database.url)["1003"].shipments].count("GONE") == 1


def test_a_database_of_schema_1_is_converted(database: Cluster, tmp_path: Path) -> None:
    """What a release with schema 1 kept in PostgreSQL is the same as in its file."""
    import psycopg

    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as kept, psycopg.connect(database.url) as server:
        kept.executescript(SCHEMA_1.read_text(encoding="utf-8"))
        server.execute("CREATE SCHEMA earlier")
        server.execute("SET search_path TO earlier")
        for (statement,) in kept.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"):
            text = statement.replace("INTEGER PRIMARY KEY", "SERIAL PRIMARY KEY").replace("BLOB", "BYTEA")
            server.execute(text.encode())
        for table in ("meta", "orders", "shipments"):
            for row in kept.execute(f"SELECT * FROM {table}"):
                values = [bool(value) if (table, place) == ("orders", 5) else value for place, value in enumerate(row)]
                server.execute(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})".encode(), values)
    url = f"{database.url}?options=-csearch_path%3Dearlier"
    with (
        closing(Store(Shop("4.6.3"), count=40, state=str(file))) as one,
        closing(Store(Shop("4.6.3"), count=40, state=url)) as other,
    ):
        assert list(one.orders()) == list(other.orders())
        assert one.recorded_shipments() == other.recorded_shipments() != []
        assert not other.book("1003", Shipment("T-1"), status=None, key="T-1")
        assert other.find("1005") is None
