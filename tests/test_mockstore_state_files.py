"""A state file that is damaged, cut, or somebody else's is refused in one sentence, or answered 503 and 507."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from mockstore.control.routes import Control
from mockstore.endpoint.behaviour import REFERENCE
from mockstore.endpoint.message import Request
from mockstore.orders.model import Customer, Item, Order, Shipment, Weight
from mockstore.rest.access import ApiAccount, RestAccess
from mockstore.rest.api import Api, RestRequest
from mockstore.shop.shop import Clock, Shop
from mockstore.store.sqlite import APPLICATION_ID
from mockstore.store.store import LedgerError, OrderExists, StateMismatch, Store, UnreadableState
from mockstore.traffic.faults import Faults
from mockstore.traffic.journal import Journal
from tests.support.store_in_thread import basic
from tests.support.store_process import COMMAND, ROOT

NOW = datetime(2026, 3, 29, 0, 59, 30, tzinfo=UTC)
REFUSED = (UnreadableState, StateMismatch, LedgerError, OrderExists)
"""What a start with a damaged state may raise: the command prints it, and ends with exit status 2."""


SCHEMA_1 = Path(__file__).parent / "golden" / "state_of_schema_1.sql"

OUTCOMES = {"refused", "used", "answered 503 or 507"}


def opened(state: Path) -> Store:
    return Store(Shop("4.6.3"), count=40, clock=Clock(NOW, running=False), state=str(state))


def order(number: str) -> Order:
    return Order(
        order_number=number,
        order_id="",
        status="Open",
        placed_at=NOW,
        modified_at=NOW,
        currency="USD",
        customer=Customer(email="a@b.example"),
        items=(Item("1", "A", "Widget", weight=Weight(Decimal("1.5"), "kg")),),
    )


def fill(state: Path) -> None:
    """Make a state with shipments, changed, deleted and created orders, and everything that the REST API remembers."""
    with closing(opened(state)) as store:
        store.book("1003", Shipment("T-1", notes="žluťoučký"), status="Complete", key="T-1")
        store.change("1004", customer_notes="später")
        store.delete("1005")
        for number in ("A-1", "A-2", ""):
            store.create(order(number))
        api = Api(store, RestAccess((ApiAccount("a@b.example", "key"),)))
        made = [
            ask_rest(api, "POST", "statuses", b'{"description": "Packed"}'),
            ask_rest(api, "POST", "products", b'{"product": "P", "price": 1, "category_ids": [1]}'),
            ask_rest(api, "POST", "shipments", b'{"order_id": "1006", "shipping_id": "1", "status": "A"}'),
        ]
        assert made == [201, 201, 201]


def ask_rest(api: Api, method: str, path: str, body: bytes = b"") -> int:
    login = basic("a@b.example", "key")
    return api.answer(RestRequest(method, path, {}, body, login, "", "application/json")).status


def answers(store: Store) -> list[int]:
    """Return the statuses of one request of each kind."""
    api = Api(store, RestAccess((ApiAccount("a@b.example", "key"),)))
    control = Control(store, "token", Journal(), Faults(), ())
    login = {"authorization": basic("ship-user", "ship-pass")}
    export = {"action": "export", "start_date": "01/01/2020 00:00", "end_date": "01/01/2030 00:00"}
    notice = b"<ShipNotice><TrackingNumber>T-9</TrackingNumber></ShipNotice>"
    found = []
    for request in (
        Request("GET", export, login),
        *(Request("POST", {"action": "shipnotify", "order_number": n}, login, notice) for n in ("1003", "A-1", "1007")),
    ):
        try:
            found.append(REFERENCE.answer(request, store).status)
        except LedgerError:
            found.append(503)
    for method, path, body in (
        ("GET", "/store", b""),
        ("GET", "/orders", b""),
        ("GET", "/orders/A-2", b""),
        ("PATCH", "/orders/1004", b'{"status": "Open"}'),
        ("POST", "/orders", b'{"customer": {}}'),
        ("DELETE", "/orders/A-2", b""),
    ):
        found.append(control.answer(method, path, {"Authorization": "Bearer token"}, body).status)
    for method, path, body in (
        ("GET", "orders", b""),
        ("GET", "shipments", b""),
        ("GET", "statuses", b""),
        ("GET", "products", b""),
        ("GET", "orders/1003", b""),
        ("POST", "statuses", b'{"description": "Wrapped"}'),
        ("POST", "shipments", b'{"order_id": "1008", "shipping_id": "1"}'),
    ):
        found.append(ask_rest(api, method, path, body))
    try:
        store.reset()
    except LedgerError:
        found.append(503)
    return found


def judge(state: Path) -> str:
    """Open a state and use it. Return what happened; any exception but those of a refusal is a failure."""
    try:
        store = opened(state)
    except REFUSED as error:
        return "refused" if "\n" not in str(error) else "refused in several lines"
    with closing(store):
        statuses = answers(store)
    assert not [status for status in statuses if status >= 500 and status not in (503, 507)]
    return "used" if max(statuses) < 500 else "answered 503 or 507"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the bytes of a state."""
    state = tmp_path_factory.mktemp("state") / "shop.db"
    fill(state)
    return state.read_bytes()


def try_damages(filled: bytes, folder: Path, seeds: range) -> set[str]:
    """Flip some bits, or cut the file, for each seed. Return what happened."""
    state, happened = folder / "shop.db", set()
    for seed in seeds:
        chance = random.Random(seed)
        damaged = bytearray(filled)
        if seed % 4 == 0:
            del damaged[chance.randrange(len(damaged)) :]
        elif seed % 4 == 1:  # one byte in a record
            place = filled.find(chance.choice((b"Open", b"kg", b'"1.5"', b"2026-", b"Packed", b"A-1")))
            damaged[place + chance.randrange(3)] = chance.randrange(256)
        else:
            for _ in range(8):
                damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        for file in folder.iterdir():
            file.unlink()
        state.write_bytes(damaged)
        happened.add(judge(state))
    return happened


def test_a_damaged_state_is_refused_or_answered_503(filled: bytes, tmp_path: Path) -> None:
    """Flipped bits and cut files never lead to another exception, or to a 500."""
    assert {"refused", "used"} <= try_damages(filled, tmp_path, range(60)) <= OUTCOMES


@pytest.mark.long
def test_many_damaged_states(filled: bytes, tmp_path: Path) -> None:
    """The same, thousands of times."""
    assert try_damages(filled, tmp_path, range(60, 4060)) == OUTCOMES


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders SET body = x'ff'",
        "UPDATE orders SET body = 'text'",
        "UPDATE orders SET body = '{}'",
        "UPDATE orders SET body = NULL",
        "UPDATE orders SET modified_at = 'soon'",
        "UPDATE orders SET modified_at = NULL",
        "UPDATE orders SET order_id = NULL",
        "UPDATE orders SET virtual_index = 'x' WHERE virtual_index = 3",
        "UPDATE orders SET body = replace(CAST(body AS TEXT), 'Z\"', '\"')",
        "UPDATE orders SET body = CAST(replace(CAST(body AS TEXT), '\"kg\"', '\"mg\"') AS BLOB)",
        "UPDATE orders SET body = CAST(replace(CAST(body AS TEXT), '\"1.5\"', '\"NaN\"') AS BLOB)",
        "UPDATE orders SET order_number = 'B-1' WHERE order_number = 'A-1'",
        "UPDATE orders SET parcels = x'ff'",
        "UPDATE orders SET parcels = NULL",
        "UPDATE orders SET parcels = CAST('[]' AS BLOB)",
        "UPDATE orders SET recorded = CAST('[1, 2, 3, 4]' AS BLOB)",
        "UPDATE orders SET recorded = CAST('[\"x\"]' AS BLOB)",
        "UPDATE orders SET deleted = 1",
        "UPDATE orders SET deleted = 'x'",
        "UPDATE meta SET value = 'x' WHERE name = 'opened'",
        "UPDATE meta SET value = '2026-01-01' WHERE name = 'opened'",
        "UPDATE meta SET value = '9999-12-31T23:59:59+00:00' WHERE name = 'opened'",
        "UPDATE meta SET value = 'x' WHERE name = 'next'",
        "UPDATE meta SET value = x'ff' WHERE name = 'next'",
        "UPDATE meta SET value = '[' WHERE name LIKE 'memo %'",
        'UPDATE meta SET value = \'{"altered": 5, "made": 5, "deleted": 5}\' WHERE name LIKE \'memo %\'',
        "DELETE FROM meta",
        "DROP TABLE orders",
        "ALTER TABLE orders RENAME COLUMN body TO content",
        "ALTER TABLE orders ADD COLUMN more",
        "PRAGMA user_version = 1",
        "PRAGMA user_version = 3",
        "PRAGMA application_id = 0",
        "PRAGMA application_id = 7",
        "UPDATE meta SET value = '1' WHERE name = 'schema'",
        "UPDATE meta SET value = '3' WHERE name = 'schema'",
    ],
)
def test_records_of_another_form(filled: bytes, tmp_path: Path, statement: str) -> None:
    """A record that this program did not write leads to a refusal, to 503 or to 507; or the state works."""
    state = tmp_path / "shop.db"
    state.write_bytes(filled)
    with closing(sqlite3.connect(state)) as connection:
        connection.execute(statement)
        connection.commit()
    assert judge(state) in OUTCOMES


def label_of(state: Path) -> tuple[int, int]:
    """Return the application id of a file, and the version of its schema."""
    with closing(sqlite3.connect(state)) as connection:
        return tuple(connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))


def write_schema_1(state: Path, *statements: str) -> None:
    """Make the state that :func:`fill` made in the release with schema 1, and change it."""
    with closing(sqlite3.connect(state)) as connection:
        connection.executescript(SCHEMA_1.read_text(encoding="utf-8"))
        for statement in statements:
            connection.execute(statement)
        connection.commit()


LABELLED = f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = 1"


def test_a_state_says_whose_it_is(filled: bytes, tmp_path: Path) -> None:
    """Its header has the application id and the version of the schema."""
    state = tmp_path / "shop.db"
    state.write_bytes(filled)
    assert label_of(state) == (APPLICATION_ID, 2)


@pytest.mark.parametrize("label", [LABELLED, ()], ids=["with application id", "without"])
def test_a_state_of_schema_1_is_converted(tmp_path: Path, label: tuple[str, ...]) -> None:
    """Orders, shipments, keys and memos are those of a state that was made today; later it is opened as it is."""
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    write_schema_1(old, *label)
    fill(new)
    for _ in range(2):
        with closing(opened(old)) as store, closing(opened(new)) as made_today:
            assert list(store.orders()) == list(made_today.orders())
            assert store.recorded_shipments() == made_today.recorded_shipments()
            assert [order for number in ("1003", "A-1", "1005") if (order := store.find(number))] == [
                order for number in ("1003", "A-1", "1005") if (order := made_today.find(number))
            ]
            assert not store.book("1003", Shipment("T-1"), status=None, key="T-1")
            assert ask_rest(Api(store, RestAccess((ApiAccount("a@b.example", "key"),))), "GET", "products/10001") == 200
        assert label_of(old) == (APPLICATION_ID, 2)
    assert judge(old) == "used"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE shipments SET body = x'00'",
        "UPDATE shipments SET order_number = 7",
        "UPDATE shipments SET key = x'ff' WHERE key = 'T-1'",
        "UPDATE orders SET body = NULL",
        "UPDATE orders SET body = x'ff' WHERE virtual_index = 3",
        "DROP TABLE shipments",
    ],
)
def test_a_damaged_state_of_schema_1_is_not_converted(tmp_path: Path, statement: str) -> None:
    """It is refused and stays as it is, or what is not damaged can be used."""
    state = tmp_path / "shop.db"
    write_schema_1(state, *LABELLED, statement)
    happened = judge(state)
    assert happened in OUTCOMES
    assert label_of(state) == (APPLICATION_ID, 1 if happened == "refused" else 2)


def not_a_state(kind: str, path: Path) -> None:
    """Put something else at the path of a state."""
    match kind:
        case "empty file":
            path.touch()
        case "one byte":
            path.write_bytes(b"S")
        case "text":
            path.write_text("SQLite format 3, or so it says" * 50)
        case "only a header":
            path.write_bytes(b"SQLite format 3\0")
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "another program's":
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
                connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL)")
                connection.execute("CREATE TABLE shipments (id)")


KINDS = ("empty file", "one byte", "text", "only a header", "folder", "pipe", "device", "another program's")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_a_state_is_left_as_it_is(kind: str, tmp_path: Path) -> None:
    """It is refused in one sentence, is not changed, and nothing is left beside it."""
    path = tmp_path / "shop.db"
    not_a_state(kind, path)
    before = path.read_bytes() if path.is_file() else path.lstat().st_mode
    with pytest.raises(UnreadableState) as refusal:
        opened(path)
    assert "\n" not in str(refusal.value)
    assert [file.name for file in tmp_path.iterdir()] == ["shop.db"]
    assert (path.read_bytes() if path.is_file() else path.lstat().st_mode) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_state_that_cannot_be_written_is_refused(filled: bytes, tmp_path: Path) -> None:
    """A read-only file or folder is refused at the start."""
    state = tmp_path / "shop.db"
    state.write_bytes(filled)
    state.chmod(0o400)
    assert judge(state) == "refused"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_command_refuses_a_damaged_state(filled: bytes, tmp_path: Path, workers: str) -> None:
    """It prints one line and ends with exit status 2, with one process and with several."""
    state = tmp_path / "shop.db"
    state.write_bytes(filled[: len(filled) // 2])
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            COMMAND,
            "serve",
            "--port",
            "0",
            "--orders",
            "40",
            "--state",
            str(state),
            "--workers",
            workers,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("Error: The state in ")
    assert ended.stderr.count("\n") == 1
