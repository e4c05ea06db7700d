"""kill -9 at any moment: every acknowledged notification is recorded once, and none in part."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random

import pytest

from mockstore.orders.model import Order
from mockstore.shop.shop import Shop
from mockstore.shop.versions import LATEST
from mockstore.store.store import Store
from tests.support.notifier import Notifier
from tests.support.postgresql import cluster
from tests.support.store_process import Serving, serving

CONNECTIONS = 8
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@dataclass(frozen=True)
class Place:
    """Where a store keeps its orders, how many processes serve it, and further things that may be killed."""

    state: str
    workers: int
    kill_database: Callable[[], None] | None = None


@contextmanager
def sqlite(folder: Path, workers: int) -> Iterator[Place]:
    """A new file."""
    yield Place(str(folder / "shop.db"), workers)


@contextmanager
def postgresql(folder: Path, workers: int) -> Iterator[Place]:
    """A PostgreSQL of this test's own, which is stopped at once and started again."""
    pytest.importorskip("psycopg", reason="psycopg isn't installed")
    with cluster() as running:

        def kill() -> None:
            running.stop()
            running.start()

        yield Place(running.url, workers, kill)


PLACES = {
    "SQLite": (sqlite, 1),
    "SQLite with 3 workers": (sqlite, 3),
    "PostgreSQL": (postgresql, 1),
    "PostgreSQL with 3 workers": (postgresql, 3),
}


def kill(pid: int) -> None:
    """Kill a process that may be gone already."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill_something(place: Place, store: Serving, kinds: Iterator[str]) -> bool:
    """Kill a worker, the database's server or the whole store; return whether the store is gone."""
    workers = children(store.process.pid) if place.workers > 1 else []
    match next(kinds):
        case "worker" if workers:
            kill(workers[0])
            return False
        case "database" if place.kill_database:
            place.kill_database()
            return False
    for pid in (store.process.pid, *workers):  # the workers last, so that none is replaced
        kill(pid)
    store.process.wait(20)
    return True


def opened(state: str | None, count: int) -> Store:
    """Return the store with these orders."""
    return Store(Shop(LATEST), count=count, state=state)


def shippable(count: int) -> dict[str, Order]:
    """Return the orders that one notification ships completely, with a shipping address."""
    with closing(opened(None, count)) as store:
        return {
            order.order_number: order
            for order in store.orders()
            if not order.shipments and order.items and all(line.shippable for line in order.items)
        }


def notified_through_kills(place: Place, wanted: list[str], count: int, per_kill: int) -> tuple[Notifier, int]:
    """Notify of each order, and kill something whenever about ``per_kill`` more are acknowledged."""
    rng, kinds = Random(1), cycle(("all", "worker", "database", "worker"))
    notifier, kills = Notifier(list(reversed(wanted))), 0
    options = ("--orders", str(count), "--no-specimens", "--workers", str(place.workers), "--state", place.state)
    while notifier.left:
        with serving(*options, "--public-url", "http://shop.example") as store:
            due, gone = rng.randrange(1, 2 * per_kill), False

            def stop(done: int) -> bool:
                nonlocal due, gone, kills
                if not gone and done >= due and notifier.left:
                    kills += 1
                    gone = kill_something(place, store, kinds)
                    due = done + rng.randrange(1, 2 * per_kill)
                return gone

            notifier.send(store.address, CONNECTIONS, stop)
    return notifier, kills


def check(place: Place, wanted: list[str], count: int, before: dict[str, Order]) -> None:
    """Check that each order has its parcel once and as a whole, and that nothing else has changed."""
    with closing(opened(place.state, count)) as store:
        held = {order.order_number: order for order in store.orders()}
    lost = [
        number for number in wanted if f"T-{number}" not in {each.tracking_number for each in held[number].shipments}
    ]
    doubled = [number for number in wanted if len(held[number].shipments) > 1]
    half = [
        number
        for number in wanted
        if held[number].status != "Complete"
        or Counter({item.line_id: item.quantity for each in held[number].shipments for item in each.items})
        != Counter({line.line_id: line.quantity for line in before[number].items})
    ]
    assert (lost, doubled, half) == ([], [], [])
    untouched = before.keys() - set(wanted)
    assert all(not held[number].shipments for number in untouched)


def run(name: str, folder: Path, notifications: int, count: int, per_kill: int) -> tuple[Notifier, int]:
    """Send notifications to a store that is killed again and again, and check what it holds."""
    make, workers = PLACES[name]
    before = shippable(count)
    wanted = list(before)[:notifications]
    assert len(wanted) == notifications
    with make(folder, workers) as place:
        notifier, kills = notified_through_kills(place, wanted, count, per_kill)
        assert notifier.refused == {}
        assert sorted(notifier.acknowledged) == sorted(wanted)
        check(place, wanted, count, before)
    return notifier, kills


@pytest.mark.parametrize("name", ["SQLite", "SQLite with 3 workers"])
def test_nothing_is_lost_by_kills(tmp_path: Path, name: str) -> None:
    """Acknowledged notifications survive; those without an answer are sent again and recorded once."""
    run(name, tmp_path, notifications=120, count=400, per_kill=40)


@pytest.mark.long
@pytest.mark.parametrize("name", PLACES)
def test_nothing_of_10000_notifications_is_lost_by_kills(
    tmp_path: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    """Of 10,000 notifications none is lost, recorded twice or recorded in part."""
    notifier, kills = run(name, tmp_path, notifications=10_000, count=65_000, per_kill=200)
    assert len(notifier.acknowledged) == 10_000
    told = f"{name}: 10,000 acknowledged, {kills} kills, {len(notifier.unanswered)} sent again"
    record_property("figures", told)
    print(f"\n{told}, {notifier.delayed} times 503")
