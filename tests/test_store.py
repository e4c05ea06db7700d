"""The store: virtual orders and later changes form one sequence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockstore.orders.model import Customer, Order, Shipment
from mockstore.orders.virtual import MAX_ORDERS, VirtualOrders
from mockstore.shop.shop import Clock, Shop
from mockstore.shop.versions import UnknownVersion
from mockstore.store.store import NoSuchOrder, OrderExists, Store

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 3, 29, 0, 59, 30, tzinfo=UTC)
SHOP = Shop("4.3.6")


def made(number: str = "", id_: str = "", at: datetime = NOW, **fields: object) -> Order:
    order = Order(
        order_number=number,
        order_id=id_,
        status="Open",
        placed_at=at - timedelta(hours=1),
        modified_at=at,
        currency="USD",
        customer=Customer("a@example.com"),
    )
    return msgspec.structs.replace(order, **fields)


def fresh(count: int = 40, **options: object) -> Store:
    return Store(SHOP, count=count, clock=Clock(NOW, running=False), **options)  # type: ignore[arg-type]


@pytest.fixture
def store() -> Iterator[Store]:
    """A store of 40 orders with a clock that stands still."""
    with closing(fresh()) as opened:
        yield opened


def listed(store: Store) -> list[str]:
    return [order.order_number for order in store.orders()]


# ---------------------------------------------------------------------- reading


def test_a_new_store_ends_shortly_before_now(store: Store) -> None:
    """The last orders of a new store were modified within the last hours, and none in the future."""
    *_, last = store.orders()
    assert timedelta(0) < NOW - last.modified_at < timedelta(hours=3)
    assert len(store.window(None, None)) == 40


def test_a_shop_of_an_unknown_version_is_refused() -> None:
    """The error names the nearest versions."""
    with pytest.raises(UnknownVersion, match=r"4\.3\.10, 4\.4\.1"):
        Store(Shop("4.3.99"))


def test_an_order_is_found_by_number_and_by_id(store: Store) -> None:
    """The number of a virtual order is its id; an order that does not exist is None."""
    assert store.find("1007") == store.find_by_id("1007") is not None
    order = store.create(made("A-1", "77"))
    assert store.find("A-1") == store.find_by_id("77") == order
    assert store.find("77") is store.find_by_id("A-1") is store.find("1040") is None


def test_both_ends_of_a_window_belong_to_it(store: Store) -> None:
    """This holds to the second, for created orders as for virtual ones."""
    for order in (store.find("1007"), store.create(made(at=NOW))):
        assert order is not None
        at, second = order.modified_at, timedelta(seconds=1)
        assert list(store.window(at, at).slice(0, 9)) == [order]
        assert len(store.window(at + second, at + second)) == len(store.window(at - second, at - second)) == 0


def test_a_window_from_end_to_start_is_empty(store: Store) -> None:
    """A window that ends before it starts is empty and raises no error."""
    store.create(made())
    view = store.window(NOW, NOW - timedelta(days=9))
    assert len(view) == 0
    assert view.slice(0, 10) == []


def test_a_page_past_the_end_is_empty(store: Store) -> None:
    """This holds for a store with a ledger as well."""
    store.create(made())
    view = store.window(None, None)
    assert view.slice(41, 10) == []
    assert len(view.slice(40, 10)) == 1


def test_the_last_page_of_a_thousand_million_orders_computes_that_page_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For any window and page, only the orders of the page and of the ledger are computed."""
    computed = 0
    original = VirtualOrders._draw

    def counted(self: VirtualOrders, index: int) -> Any:
        nonlocal computed
        computed += 1
        return original(self, index)

    with closing(fresh(MAX_ORDERS)) as store:
        for number in (5, 500_000, MAX_ORDERS // 2):
            store.change(str(1000 + number), status="Open")
        monkeypatch.setattr(VirtualOrders, "_draw", counted)
        view = store.window(None, None)
        assert len(view) == MAX_ORDERS
        assert [order.order_number for order in view.slice(MAX_ORDERS - 3, 10)] == ["1005", "501000", "500001000"]
        assert len(view.slice(MAX_ORDERS - 110, 100)) == 100
        assert computed < 120


def test_two_stores_of_one_seed_are_one_store() -> None:
    """Seed, version, count and opening time determine all orders."""
    with closing(fresh(10)) as one, closing(fresh(10)) as other:
        assert list(one.orders()) == list(other.orders())


# ---------------------------------------------------------------------- changing


def test_a_made_order_gets_the_next_number(store: Store) -> None:
    """The number is above those of the virtual orders, and was never in use before."""
    assert store.create(made()).order_number == "1040"
    assert store.create(made("1041", "1041")).order_id == "1041"
    third = store.create(made())
    assert (third.order_number, third.order_id) == ("1042", "1042")
    store.delete("1042")
    assert store.create(made()).order_number == "1043"
    own = store.create(made("WEB-7"))
    assert (own.order_number, own.order_id) == ("WEB-7", "1044")


@pytest.mark.parametrize(("number", "id_"), [("1003", "x"), ("x", "1003"), ("A-1", "x"), ("x", "77")])
def test_a_number_or_id_that_is_taken_is_refused(store: Store, number: str, id_: str) -> None:
    """It may be in use by a virtual order, changed or not, or by a created one; nothing is added then."""
    store.create(made("A-1", "77"))
    for _ in range(2):
        with pytest.raises(OrderExists, match=f"{number}|{id_}"):
            store.create(made(number, id_))
        assert len(store.window(None, None)) == 41
        store.change("1003", customer_notes="changed")


def test_a_deleted_orders_number_can_be_given_again(store: Store) -> None:
    """The new order does not get the shipments of the deleted one."""
    for number in ("1003", "A-1"):
        if number == "A-1":
            store.create(made(number))
        store.book(number, Shipment("T1"), status=None, key="T1")
        assert store.delete(number)
        again = store.create(made(number))
        assert store.find(number) == again
        assert again.shipments == ()
        assert store.book(number, Shipment("T1"), status=None, key="T1")
        assert store.delete(number)
        assert store.find(number) is None
        assert not store.delete(number)
    assert len(store.window(None, None)) == 39


def test_times_are_kept_to_the_second_in_utc(store: Store) -> None:
    """Times in any zone and with fractions are stored in UTC, to the second."""
    at = datetime.fromisoformat("2026-03-29T03:30:15.75+02:00")
    order = store.create(made(at=at))
    assert order.modified_at == datetime(2026, 3, 29, 1, 30, 15, tzinfo=UTC)
    assert order.modified_at.tzinfo is UTC
    assert store.find(order.order_number) == order


def test_a_change_is_seen_where_it_belongs(store: Store) -> None:
    """Without a time the order is modified now; it leaves its old window and is in the new one."""
    old = store.find("1003")
    assert old is not None
    changed = store.change("1003", status="Complete", internal_notes="done")
    assert (changed.status, changed.internal_notes, changed.modified_at) == ("Complete", "done", NOW)
    assert (
        msgspec.structs.replace(
            changed, status=old.status, internal_notes=old.internal_notes, modified_at=old.modified_at
        )
        == old
    )
    assert len(store.window(old.modified_at, old.modified_at)) == 0
    assert list(store.window(NOW, NOW).slice(0, 5)) == [changed]
    assert listed(store)[-1] == "1003"
    assert len(listed(store)) == 40
    moved = store.change("1003", modified_at=old.modified_at)
    assert moved.status == "Complete"
    assert listed(store)[3] == "1003"


def test_only_some_fields_can_be_changed(store: Store) -> None:
    """The currency can't be changed, and an order that does not exist can't be changed at all."""
    with pytest.raises(TypeError, match="not currency"):
        store.change("1003", currency="EUR")
    for number in ("1040", "nope"):
        with pytest.raises(NoSuchOrder, match=number):
            store.change(number, status="Open")
        with pytest.raises(NoSuchOrder):
            store.book(number, Shipment(), status=None, key=None)
    assert not store.delete("nope")


def test_booking_adds_shipment_status_and_time_at_once(store: Store) -> None:
    """The order gets shipment, status and time in one step."""
    before = next(order for order in store.orders() if order.shipments)
    parcel = Shipment("T-1", "UPS", "Ground", notes="Grüße & <Küsse>")
    assert store.book(before.order_number, parcel, status="Complete", key="T-1")
    after = store.find(before.order_number)
    assert after is not None
    assert after.shipments == (*before.shipments, parcel)
    assert (after.status, after.modified_at) == ("Complete", NOW)


def test_a_repeated_key_changes_nothing(store: Store) -> None:
    """A repeated notification is not stored; one of another order and one without a key are."""
    assert store.book("1003", Shipment("T"), status=None, key="T")
    first = store.find("1003")
    store.clock.set(NOW + timedelta(hours=1), running=False)
    assert not store.book("1003", Shipment("T", notes="again"), status="Complete", key="T")
    assert store.find("1003") == first
    assert store.book("1004", Shipment("T"), status=None, key="T")
    assert store.book("1005", Shipment(), status=None, key=None)
    assert store.book("1005", Shipment(), status=None, key=None)


def test_a_parcel_that_the_order_had_from_the_start_is_a_repetition_too(store: Store) -> None:
    """Tracking numbers of virtual orders and of orders created with shipments count."""
    virtual = next(order for order in store.orders() if order.shipments)
    with_parcel = store.create(made(shipments=(Shipment("M-1"), Shipment("M-1"), Shipment())))
    for order in (virtual, with_parcel):
        key = order.shipments[0].tracking_number
        assert not store.book(order.order_number, Shipment(key), status="Open", key=key)
        assert store.find(order.order_number) == order


# ---------------------------------------------------------------------- initial orders and reset


def test_a_store_that_keeps_nothing_needs_no_database_library() -> None:
    """The driver of PostgreSQL takes long to import: only a store that is kept there imports it."""
    code = (
        "import sys; from tests.test_store import *; s = fresh(); s.add_initial_orders([made('A-1'), made()]); "
        "print(len(s.window(None, None)), s.find('A-1').order_id, listed(s)[-2:], "
        "s.change('A-1', status='Open').order_id, 'psycopg' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "42 1040 ['A-1', '1041'] 1040 False"


def test_initial_orders_are_orders_like_others(store: Store) -> None:
    """They are found and listed in the same way before and after a database is opened."""
    store.add_initial_orders([made("A-1", at=NOW), made("A-2", "2", at=NOW - timedelta(days=1)), made(at=NOW)])
    before = listed(store)
    assert before[-2:] == ["A-1", "1041"]
    assert len(store.window(NOW, NOW)) == 2
    store.change("1003", status="Open", modified_at=store.find("1003").modified_at)  # type: ignore[union-attr]
    assert listed(store) == before
    assert store.create(made()).order_number == "1042"
    with pytest.raises(OrderExists):
        store.add_initial_orders([made("B-1"), made("A-2")])
    assert store.find("B-1") is None
    assert store.book("A-1", Shipment("T"), status="Complete", key="T")


def test_a_reset_leaves_nothing_of_what_was_done(store: Store) -> None:
    """Changed, deleted, shipped and created orders are gone; the initial orders are as they were given."""
    store.add_initial_orders([made("A-1", at=NOW)])
    first = list(store.orders())
    for number in ("1003", "A-1"):
        store.book(number, Shipment("T"), status="Complete", key="T")
    store.delete("1004")
    made_one = store.create(made())
    store.change("1005", status="Failed")
    store.add_initial_orders([made("A-2", at=NOW)])
    store.reset()
    assert [order for order in store.orders() if order.order_number != "A-2"] == first
    assert store.book("A-1", Shipment("T"), status=None, key="T")
    assert made_one.order_number == "1041"
    assert store.create(made()).order_number == "1041"


# ---------------------------------------------------------------------- against a model

_number = st.one_of(st.sampled_from(["A", "B", "C"]), st.integers(1000, 1013).map(str))
_at = st.integers(-90_000, 90_000).map(lambda seconds: NOW + timedelta(seconds=seconds * 5))
_step = st.one_of(
    st.tuples(st.just("create"), st.sampled_from(["A", "B", "C", "1003", ""]), _at),
    st.tuples(st.just("change"), _number, _at),
    st.tuples(st.just("delete"), _number, _at),
    st.tuples(st.just("book"), _number, st.sampled_from(["T1", "T2"])),
    st.tuples(st.just("reset"), st.just(""), st.just("")),
)


class Model:
    """A simple model of the store: all orders in a dictionary."""

    def __init__(self, orders: list[Order]) -> None:
        self.first = {order.order_number: order for order in orders}
        self.orders, self.booked = dict(self.first), set[tuple[str, str]]()

    def sequence(self) -> list[Order]:
        return sorted(self.orders.values(), key=lambda o: (o.modified_at, len(o.order_id), o.order_id))

    def replace(self, number: str, **changes: object) -> None:
        self.orders[number] = msgspec.structs.replace(self.orders[number], **changes)


def _do(store: Store, model: Model, kind: str, number: str, extra: object) -> None:
    known = number in model.orders
    if kind == "create":
        assert isinstance(extra, datetime)
        if known:
            with pytest.raises(OrderExists):
                store.create(made(number, at=extra))
        else:
            order = store.create(made(number, at=extra))
            model.orders[order.order_number] = order
    elif kind == "delete":
        assert store.delete(number) == known
        model.orders.pop(number, None)
        model.booked -= {(number, key) for key in ("T1", "T2")}
    elif kind == "reset":
        store.reset()
        model.orders, model.booked = dict(model.first), set()
    elif not known:
        with pytest.raises(NoSuchOrder):
            store.change(number, status="Failed")
    elif kind == "change":
        store.change(number, status="Failed", modified_at=extra)
        model.replace(number, status="Failed", modified_at=extra)
    else:
        key = str(extra)
        new = (number, key) not in model.booked
        assert store.book(number, Shipment(key), status=None, key=key) == new
        model.booked.add((number, key))
        if new:
            shipments = (*model.orders[number].shipments, Shipment(key))
            model.replace(number, shipments=shipments, modified_at=NOW)


@settings(max_examples=30)
@given(steps=st.lists(_step, max_size=12), bounds=st.tuples(_at, _at), size=st.integers(1, 6))
def test_store_and_ledger_are_one_sequence(
    steps: list[tuple[str, str, object]], bounds: tuple[datetime, datetime], size: int
) -> None:
    """After any sequence of actions, every window and page equals that of a plain list of orders."""
    with closing(fresh(12)) as store:
        model = Model(list(store.orders()))
        for step in steps:
            _do(store, model, *step)
        start, end = sorted(bounds)
        for first, last in ((None, None), (start, end), (start, None), (None, end)):
            expected = [
                order
                for order in model.sequence()
                if (first is None or first <= order.modified_at) and (last is None or order.modified_at <= last)
            ]
            view = store.window(first, last)
            assert len(view) == len(expected)
            paged = [order for offset in range(0, len(view) + size, size) for order in view.slice(offset, size)]
            assert paged == expected
        for number in (*model.first, "A", "B", "C", "1012"):
            assert store.find(number) == model.orders.get(number)
