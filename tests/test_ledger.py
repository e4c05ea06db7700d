"""The ledger: changes are permanent, complete, stored once, and belong to one store."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockstore.orders.model import Customer, Order, Shipment
from mockstore.shop.shop import Clock, Shop
from mockstore.store.kept import Kept
from mockstore.store.ledger import Ledger
from mockstore.store.store import LedgerError, NoSuchOrder, OrderExists, StateMismatch, Store, UnreadableState
from mockstore.store.transaction import MAX_SHARED_BYTES

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 3, 29, 0, 59, 30, tzinfo=UTC)


def opened(state: Path | str | None, shop: Shop | None = None, **options: object) -> Store:
    options = {"count": 40, "clock": Clock(NOW, running=False)} | options
    return Store(shop or Shop("4.3.6"), state=None if state is None else str(state), **options)  # type: ignore[arg-type]


def made(number: str) -> Order:
    return Order(
        order_number=number,
        order_id="",
        status="Open",
        placed_at=NOW,
        modified_at=NOW,
        currency="USD",
        customer=Customer(),
    )


def test_a_state_lasts(tmp_path: Path) -> None:
    """After reopening, shipments, changes, deletions, created orders and virtual orders are the same."""
    state = tmp_path / "shop.db"
    with closing(opened(state)) as store:
        store.book("1003", Shipment("T-1", notes="žluťoučký"), status="Complete", key="T-1")
        store.change("1004", customer_notes="später")
        store.delete("1005")
        number = store.create(made("")).order_number
        everything = list(store.orders())
    later = Clock(NOW + timedelta(days=30), running=False)
    with closing(opened(state, clock=later)) as store:
        assert list(store.orders()) == everything
        assert not store.book("1003", Shipment("T-1"), status=None, key="T-1")
        assert int(store.create(made("")).order_number) == int(number) + 1


def test_a_kept_state_keeps_what_was_done_to_its_initial_orders(tmp_path: Path) -> None:
    """Adding the same initial orders again changes nothing until the store is reset."""
    initial = [made("A-1"), made("A-2")]
    state = tmp_path / "shop.db"
    for _ in range(2):
        with closing(opened(state)) as store:
            store.add_initial_orders(initial)
            store.book("A-1", Shipment("T"), status="Complete", key="T")
            store.delete("A-2")
            first, second = store.find("A-1"), store.find("A-2")
            assert first is not None
            assert len(first.shipments) == 1
            assert second is None
    with closing(opened(state)) as store:
        store.add_initial_orders(initial)
        store.reset()
        first = store.find("A-1")
        assert first is not None
        assert first.shipments == ()
        assert store.find("A-2") is not None


def test_a_kept_state_that_was_emptied_can_be_filled(tmp_path: Path) -> None:
    """A reset before there were initial orders does not count as adding them."""
    for _ in range(2):
        with closing(opened(tmp_path / "shop.db")) as store:
            store.reset()
            assert store.find("A-1") is None
            store.add_initial_orders([made("A-1")])
            assert store.find("A-1") is not None


def test_initial_orders_that_clash_with_a_kept_state_is_refused(tmp_path: Path) -> None:
    """If one of the initial orders is refused, none is added."""
    with closing(opened(tmp_path / "shop.db")) as store:
        store.create(made("A-2"))
        with pytest.raises(OrderExists):
            store.add_initial_orders([made("A-1"), made("A-2")])
        assert store.find("A-1") is None


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"shop": Shop("4.3.6", seed=2)}, ("seed 1", "seed 2")),
        ({"shop": Shop("4.3.7")}, ("version 4.3.6", "version 4.3.7")),
        ({"shop": Shop("4.3.7", seed=2)}, ("version 4.3.6, seed 1", "version 4.3.7, seed 2")),
        ({"count": 41}, ("orders 40", "orders 41")),
        ({"opened_at": NOW}, ("opening time 2026", "opening time 2026-03-29T00:59:30Z")),
    ],
)
def test_the_state_of_another_store_is_refused(
    tmp_path: Path, other: dict[str, object], named: tuple[str, str]
) -> None:
    """The error names the file and the settings of both stores."""
    state = tmp_path / "shop.db"
    opened(state).close()
    with pytest.raises(StateMismatch) as refusal:
        opened(state, **other)  # type: ignore[arg-type]
    assert str(state) in str(refusal.value)
    assert all(part in str(refusal.value) for part in named)
    opened(state).close()  # the state was not changed


def test_what_is_no_state_is_refused(tmp_path: Path) -> None:
    """Examples: a text file, a missing folder, another program's database, an unknown URL."""
    text, foreign = tmp_path / "text.db", tmp_path / "foreign.db"
    text.write_bytes(b"this is no database at all, but it is long enough to look at" * 20)
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    for state in (text, foreign, tmp_path / "nowhere" / "shop.db", tmp_path, "nosuch://host/name"):
        with pytest.raises(UnreadableState) as refusal:
            opened(state)
        assert str(state) in str(refusal.value)
        assert "\n" not in str(refusal.value)
    with pytest.raises(UnreadableState, match=r"shop:\*\*\*@") as refusal:
        opened("mysql://shop:secret@host/name")
    assert "secret" not in str(refusal.value)
    with closing(sqlite3.connect(foreign)) as connection:
        assert [name for (name,) in connection.execute("SELECT name FROM sqlite_master")] == ["bookmarks"]


@pytest.mark.parametrize("kept", [False, True], ids=["in memory", "in a file"])
def test_notifications_at_the_same_moment_are_booked_once_each(tmp_path: Path, kept: bool) -> None:
    """Of eight threads with one tracking number, one stores it; with eight tracking numbers, all do."""
    with closing(opened(tmp_path / "shop.db" if kept else None)) as store:
        store.add_initial_orders([made("A-1")])
        outcomes: dict[str, list[bool]] = {"same": [], "own": []}
        barrier = threading.Barrier(8)

        def notify(number: int) -> None:
            barrier.wait()
            for order in ("1003", "A-1"):
                outcomes["same"].append(store.book(order, Shipment("T"), status="Complete", key="T"))
                own = f"T-{number}"
                outcomes["own"].append(store.book(order, Shipment(own), status=None, key=own))

        threads = [threading.Thread(target=notify, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes["same"].count(True) == 2
        assert len(outcomes["same"]) == 16
        assert outcomes["own"] == [True] * 16
        for number in ("1003", "A-1"):
            order = store.find(number)
            assert order is not None
            assert order.status == "Complete"
            booked = [parcel for parcel in order.shipments if parcel.tracking_number.startswith("T")]
            assert len(booked) == 9


def test_two_stores_can_share_a_state(tmp_path: Path) -> None:
    """Each store sees what the other did, and created orders get different numbers."""
    state = tmp_path / "shop.db"
    with closing(opened(state)) as one, closing(opened(state)) as other:
        assert one.book("1003", Shipment("T"), status="Complete", key="T")
        assert not other.book("1003", Shipment("T"), status="Complete", key="T")
        assert other.find("1003") == one.find("1003")
        for store in (one, other):
            store.add_initial_orders([made("A-1")])
        assert one.find("A-1") == other.find("A-1") is not None
        numbers = [store.create(made("")).order_number for store in (one, other, one)]
        assert len(set(numbers)) == 3
        assert list(one.orders()) == list(other.orders())


def test_nothing_that_was_answered_is_lost_by_a_kill(tmp_path: Path) -> None:
    """A process that is killed while it stores shipments has stored each one that it reported."""
    state = tmp_path / "shop.db"
    code = """
import sys
from tests.test_ledger import *
store = opened(sys.argv[1])
for number in range(10**6):
    assert store.book("1003", Shipment(f"T-{number}"), status="Complete", key=f"T-{number}")
    print(number, flush=True)
"""
    child = subprocess.Popen([sys.executable, "-c", code, str(state)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    reported = [next(child.stdout) for _ in range(25)]
    os.kill(child.pid, signal.SIGKILL)
    rest, _ = child.communicate()
    reported += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    with closing(opened(state)) as store:
        order = store.find("1003")
        assert order is not None
        assert order.status == "Complete"
        kept = [parcel.tracking_number for parcel in order.shipments]
        booked = [number for number in kept if number.startswith("T-")]
        assert booked[: len(reported)] == [f"T-{int(line)}" for line in reported]
        assert len(booked) <= len(reported) + 1
        assert not store.book("1003", Shipment(booked[-1]), status=None, key=booked[-1])


def limit_pages(ledger: Ledger, pages: int) -> None:
    """Limit the size of SQLite's file to a number of pages."""
    with ledger._database.begin(writes=True) as connection:
        connection.execute(f"PRAGMA max_page_count = {pages}")


@pytest.mark.parametrize("kept", [False, True], ids=["in memory", "in a file"])
def test_a_full_disk_books_nothing_by_half(tmp_path: Path, kept: bool) -> None:
    """Shipment, status and time are stored together or not at all; with room on the disk it works again."""
    with closing(opened(tmp_path / "shop.db" if kept else None)) as store:
        assert store.book("1003", Shipment("T-1"), status="Complete", key="T-1")
        ledger = store._ledger
        assert ledger is not None
        before, untouched = store.find("1003"), store.find("1004")
        limit_pages(ledger, 1)  # SQLite allows no less than the present size
        large = Shipment("T-2", notes="x" * 200_000)
        for number in ("1003", "1004"):
            with pytest.raises(LedgerError, match="full"):
                store.book(number, large, status="Failed", key="T-2")
        with pytest.raises(LedgerError):
            store.create(
                Order(
                    order_number="A-1",
                    order_id="",
                    status="x" * 200_000,
                    placed_at=NOW,
                    modified_at=NOW,
                    currency="USD",
                    customer=Customer(),
                )
            )
        assert (store.find("1003"), store.find("1004"), store.find("A-1")) == (before, untouched, None)
        limit_pages(ledger, 100_000)
        assert store.book("1003", large, status="Failed", key="T-2")


def test_a_database_that_is_gone_is_a_fault(tmp_path: Path) -> None:
    """Reading and writing both raise an error."""
    state = tmp_path / "shop.db"
    with closing(opened(state)) as store:
        store.delete("1003")
        with closing(sqlite3.connect(state)) as connection:
            connection.execute("DROP TABLE orders")
        with pytest.raises(LedgerError, match="can't be written: no such table"):
            store.book("1004", Shipment("T"), status=None, key="T")
        with pytest.raises(LedgerError, match="can't be read"):
            store.window(None, None)


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["create", "named", "book", "change", "delete", "reset", "remember"]),
        st.integers(995, 1045),
        st.sampled_from(["", "T-1", "žluť'\0\"x"]),
    ),
    max_size=30,
)


@settings(max_examples=25)
@given(actions=ACTIONS)
def test_a_temporary_database_behaves_like_one_in_a_file(actions: list[tuple[str, int, str]]) -> None:
    """After any actions, both give the same answers and hold the same orders."""

    def told(state: Path | None) -> list[object]:
        answers: list[object] = []
        with closing(opened(state)) as store:
            store.add_initial_orders([made("A-1")])
            for action, number, text in actions:
                try:
                    answers.append(done(store, action, str(number), text))
                except (NoSuchOrder, OrderExists) as refusal:
                    answers.append(repr(refusal))
                answers.append((store.find(str(number)), store.find_by_id(str(number)), store.memo("note")))
                answers.append(list(store.window(NOW - timedelta(days=1), NOW).slice(0, 100)))
            return [*answers, list(store.orders())]

    with TemporaryDirectory() as folder:
        assert told(None) == told(Path(folder) / "shop.db")


def done(store: Store, action: str, number: str, text: str) -> object:
    match action:
        case "create":
            return store.create(msgspec.structs.replace(made(""), customer_notes=text))
        case "named":
            return store.create(made(number))
        case "book":
            return store.book(number, Shipment(text), status="Complete", key=text or None)
        case "change":
            return store.change(number, customer_notes=text)
        case "delete":
            return store.delete(number)
        case "reset":
            store.reset()
        case _:
            with store.transaction() as work:
                work.remember("note", text)
    return None


def test_equal_records_are_decoded_once_if_they_are_not_huge() -> None:
    """Two stores share the order of equal records, with and without parcels, and a huge record takes no memory."""
    with closing(opened(None)) as one, closing(opened(None)) as other:
        long = msgspec.structs.replace(made("L-1"), customer_notes="x" * (MAX_SHARED_BYTES // 100))
        huge = msgspec.structs.replace(made("H-1"), customer_notes="x" * MAX_SHARED_BYTES)
        for order in (made("S-1"), made("P-1"), long, huge):
            one.create(order)
            other.create(order)
        alone = one.find("P-1")
        for store in (one, other):
            store.book("P-1", Shipment("T-0"), status=None, key=None, modifies=False)
        for number in ("S-1", "P-1", "L-1"):
            assert one.find(number) is other.find(number), number
        assert alone is not None
        shipped = one.find("P-1")
        assert shipped is not None
        assert shipped.items is alone.items
        assert one.find("H-1") == other.find("H-1")
        assert one.find("H-1") is not other.find("H-1")


def test_a_change_that_fails_is_not_known() -> None:
    """A store without a state knows the records that it wrote, but none that was rolled back."""
    with closing(opened(None)) as store:
        before = store.create(made("A-1"))

        def change_and_fail() -> None:
            with store.transaction() as work:
                work.write(msgspec.structs.replace(work.order("A-1"), status="Complete"))
                assert work.order("A-1").status == "Complete"
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            change_and_fail()
        assert store.find("A-1") == before
        assert [*store.orders()][-1] == before


def test_what_is_kept_has_a_bound() -> None:
    """The values kept first are dropped first, and what takes more than the whole room is not kept."""
    kept: Kept[str, int] = Kept(10)
    kept.keep("a", 1, 4)
    kept.keep("b", 2, 4)
    kept.keep("a", 3, 4)  # in place of the first, and so the latest
    kept.keep("c", 4, 4)
    assert [kept.get(name) for name in "abc"] == [3, None, 4]
    kept.keep("d", 5, 11)
    assert [kept.get(name) for name in "abcd"] == [None] * 4
    kept.keep("e", 6, 10)
    assert kept.get("e") == 6
    kept.drop("e")
    kept.keep("f", 7, 10)
    kept.clear()
    kept.keep("g", 8, 10)
    assert [kept.get(name) for name in "efg"] == [None, None, 8]


@pytest.mark.parametrize("is_kept", [False, True])
def test_of_several_orders_those_with_a_used_name_are_refused(is_kept: bool, tmp_path: Path) -> None:
    """Orders that come at once are added in one transaction, and get the numbers that they would get one by one."""
    with closing(opened(tmp_path / "shop.db" if is_kept else None)) as store:
        results = store.create_all([made("A-1"), made("1003"), made(""), made("A-1"), made("")])
        assert [type(result) for result in results] == [Order, OrderExists, Order, OrderExists, Order]
        numbers = [result.order_number for result in results if isinstance(result, Order)]
        assert numbers == ["A-1", "1041", "1042"]
        assert [store.find(number) for number in numbers] == [each for each in results if isinstance(each, Order)]
        assert store.create(made("")).order_number == "1043"


def test_a_virtual_order_is_kept_as_it_was_computed() -> None:
    """The ledger returns the same virtual order that was added to it, so that nobody needs to read it again."""
    with closing(opened(None, count=200)) as store, closing(opened(None, count=200)) as untouched:
        for order in untouched.orders():
            assert store.book(order.order_number, Shipment("T-0"), status=None, key=None, modifies=False)
            kept = store.find(order.order_number)
            assert kept is not None
            assert kept.shipments == (*order.shipments, Shipment("T-0"))
            assert msgspec.structs.replace(kept, shipments=order.shipments) == order
