"""The fast writer: its bytes equal those of the single steps, also after changes, and no replaced step is skipped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from weakref import WeakSet

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mockstore.endpoint import fast_writer
from mockstore.endpoint.behaviour import FAST_WRITER_STEPS, REFERENCE, Behaviour
from mockstore.endpoint.fast_writer import Writer
from mockstore.endpoint.message import Document, Fields, Refusal, Reply, Request
from mockstore.orders import model, virtual
from mockstore.orders.model import Order, Shipment
from mockstore.orders.virtual import MAX_ORDERS, VirtualOrders
from mockstore.shop.shop import GRAMS_PER_UNIT, Clock, Shop, Status
from mockstore.shop.versions import VERSIONS, version
from mockstore.store.specimens import add_specimens
from mockstore.store.store import OrderSequence, Store

NOW = datetime(2026, 3, 29, 0, 59, 30, tzinfo=UTC)
STEP_BY_STEP = replace(REFERENCE, present=lambda order, shop: REFERENCE.present(order, shop))
"""The reference with another function for a step, so that the fast writer is not used."""


def step_by_step(orders: list[Order], pages: str | None, shop: Shop) -> bytes:
    presented = [REFERENCE.present(order, shop) for order in orders if REFERENCE.is_exportable(order)]
    return REFERENCE.serialise(Document(presented, pages))


# ---------------------------------------------------------------------- the same bytes

awkward = st.text(max_size=30) | st.sampled_from(
    ["", " ", "]]>", "a & b", "<b>", "  padded\t", "\x0b", "\r\n", "é" * 300, "x" * 1200, "٣", "\ud800", "\U0001f600"]
)
amounts = st.decimals(Decimal(-10_000), Decimal(10**9), places=4) | st.sampled_from([Decimal("-0"), Decimal("1E+3")])
times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 -- zone added
weights = st.none() | st.builds(
    model.Weight, st.decimals(Decimal(0), Decimal(10**6), places=3), st.sampled_from(sorted(GRAMS_PER_UNIT))
)
addresses = st.builds(
    model.Address, *[awkward] * 6, awkward | st.sampled_from(["California", "québec"]), awkward,
    st.sampled_from(["US", "CA", "DE", ""]),
)  # fmt: skip
customers = st.builds(
    model.Customer,
    awkward,
    awkward,
    addresses,
    st.none() | addresses,
    st.none() | awkward,
    st.none() | st.builds(model.Account, awkward, awkward),
)
items = st.builds(
    model.Item,
    awkward,
    awkward,
    awkward,
    st.integers(0, 10**6),
    amounts,
    weights,
    awkward | st.just("http://x/" + "y" * 600),
    awkward,
    st.lists(st.builds(model.Option, awkward, awkward, weights), max_size=12).map(tuple),
)
discounts = st.builds(model.Discount, awkward, amounts, awkward)
made = st.builds(
    Order,
    **dict.fromkeys(("order_number", "order_id", "status", "currency", "shipping_method", "payment_method"), awkward),
    **dict.fromkeys(("gift_message", "customer_notes", "internal_notes"), awkward),
    **dict.fromkeys(("placed_at", "modified_at"), times),
    **dict.fromkeys(("total", "tax", "shipping_amount"), amounts),
    customer=customers,
    discounts=st.lists(discounts, max_size=3).map(tuple),
    gift=st.booleans(),
    weight=weights,
    items=st.lists(items, max_size=3).map(tuple),
)


def bytes_or_failure(write: Callable[[], bytes]) -> bytes | type[Exception]:
    try:
        return write()
    except Exception as error:
        return type(error)


@settings(max_examples=150)
@given(orders=st.lists(made, max_size=2), pages=st.none() | st.just("7"))
def test_any_order_is_written_as_step_by_step(orders: list[Order], pages: str | None) -> None:
    """The bytes are the same for any order, the first and the second time; errors are the same too.

    They do not depend on the shop: all settings of this one differ from those of the shop that the writer assumes.
    """
    shop = Shop(
        "4.3.6",
        name="Another store",
        timezone="Asia/Kolkata",
        currency="JPY",
        weight_unit="g",
        statuses=(Status("Sent", "shipped", shipped=True),),
        orders_per_page=3,
        base_url="https://shop.example.com/path",
        username="another",
        password="different",
        seed=2,
        locales=("de_DE",),
    )
    assert {
        name for name in Shop.__struct_fields__ if getattr(shop, name) == getattr(fast_writer.ANY_SHOP, name)
    } == set()
    writer = Writer()
    expected = bytes_or_failure(lambda: step_by_step(orders, pages, shop))
    for _ in range(2):
        assert bytes_or_failure(lambda: writer.document(orders, pages)) == expected


@settings(max_examples=30)
@given(
    name=st.sampled_from(VERSIONS),
    seed=st.integers(0, 2**40),
    unit=st.sampled_from(sorted(GRAMS_PER_UNIT)),
    start=st.integers(0, MAX_ORDERS - 100),
)
def test_virtual_orders_are_written_as_step_by_step(name: str, seed: int, unit: str, start: int) -> None:
    """A hundred orders of each of thirty shops: as orders, and as indexes that are requested three times."""
    shop = Shop(name, seed=seed, weight_unit=unit)
    virtual_orders = VirtualOrders(shop, version(name), MAX_ORDERS, datetime(2000, 1, 1, tzinfo=UTC))
    indexes = range(start, start + 100)
    orders = [virtual_orders.order(index) for index in indexes]
    expected = step_by_step(orders, "3", shop)
    assert Writer().document(orders, "3") == expected
    writer = Writer()
    for _ in range(3):
        assert writer.document(OrderSequence(virtual_orders, indexes), "3") == expected
    mixed = OrderSequence(virtual_orders, [index if index % 2 else virtual_orders.order(index) for index in indexes])
    assert list(mixed) == orders
    assert writer.document(mixed, "3") == expected


def test_the_orders_of_another_store_are_written_anew() -> None:
    """An index is another order in a shop with another seed."""
    writer = Writer()
    for seed in (1, 2, 1):
        shop = Shop("4.3.6", seed=seed)
        virtual_orders = VirtualOrders(shop, version("4.3.6"), 500, datetime(2026, 1, 1, tzinfo=UTC))
        sequence = OrderSequence(virtual_orders, range(50))
        for _ in range(3):
            assert writer.document(sequence, "1") == step_by_step(list(sequence), "1", shop)


def test_the_hard_cases_are_written_as_step_by_step() -> None:
    """Every specimen of every version."""
    for name in VERSIONS:
        with closing(Store(Shop(name), count=0, clock=Clock(NOW))) as store:
            add_specimens(store)
            orders = list(store.orders())
            assert len(orders) > 50
            assert Writer().document(orders, None) == step_by_step(orders, None, store.shop)


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """With more orders than the limit, all are written correctly and no more than the limit is kept."""
    monkeypatch.setattr(fast_writer, "MAX_KEPT_BYTES", 20_000)
    monkeypatch.setattr(fast_writer, "MAX_REQUESTED", 50)
    monkeypatch.setattr(fast_writer, "_order_writers", WeakSet())  # other tests' keep more
    monkeypatch.setattr(virtual, "MAX_REMEMBERED_ORDERS", 10)
    shop = Shop("4.3.6")
    virtual_orders = VirtualOrders(shop, version("4.3.6"), 500, datetime(2026, 1, 1, tzinfo=UTC))
    writer = Writer()
    for number in [*range(100), *range(100)]:
        order = virtual_orders.order(number)
        expected = step_by_step([order], "1", shop)
        assert writer.document([order], "1") == expected
        for _ in range(3):
            assert writer.document(OrderSequence(virtual_orders, [number]), "1") == expected
        by_index = writer._virtual
        assert by_index is not None
        assert by_index._known
        assert sum(map(len, by_index._known.values())) <= 20_000
        assert len(by_index._requested) <= 50
        for kept in (writer.single.orders, writer.single.customers, writer.single.lines):
            assert sum(len(written) for _, written in kept._known.values()) <= 20_000
        assert virtual_orders.order.cache_info().currsize <= 10


# ---------------------------------------------------------------------- never out of date


def asked(behaviour: Behaviour, store: Store, start: datetime, end: datetime, page: int) -> Reply:
    login = b64encode(f"{store.shop.username}:{store.shop.password}".encode()).decode()
    bounds = {"start_date": f"{start:%m/%d/%Y %H:%M}", "end_date": f"{end:%m/%d/%Y %H:%M}"}
    query = {"action": "export", "page": str(page), **bounds}
    return behaviour.answer(Request("GET", query, {"authorization": f"Basic {login}"}), store)


def forget(store: Store) -> None:
    """Clear everything that the store computed, read and wrote."""
    fast_writer._writers.pop(store, None)
    fast_writer._order_writers.clear()
    store._virtual.order.cache_clear()
    if store._ledger is not None and store._ledger._memory is not None:
        store._ledger._memory.clear()
        store._ledger._known.clear()


class Changes(RuleBasedStateMachine):
    """After any change of a store, its pages equal those of a store that remembers nothing."""

    @initialize(kept=st.booleans(), filled=st.booleans())
    def open(self, kept: bool, filled: bool) -> None:
        shop = Shop("4.3.6", orders_per_page=7)
        self.clock = Clock(NOW, running=False)
        self.folder = TemporaryDirectory()
        state = str(Path(self.folder.name) / "shop.db") if kept else None
        self.store = Store(shop, count=30, clock=self.clock, state=state)
        if filled:
            add_specimens(self.store)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    def number(self, place: int) -> str | None:
        view = self.store.window(None, None)
        return view.slice(place % len(view), 1)[0].order_number if len(view) else None

    @rule(minutes=st.integers(0, 90))
    def wait(self, minutes: int) -> None:
        self.clock.set(self.clock.now() + timedelta(minutes=minutes), running=False)

    @rule(place=st.integers(0, 99), note=awkward.filter(lambda text: "\ud800" not in text))
    def note(self, place: int, note: str) -> None:
        if number := self.number(place):
            self.store.change(number, customer_notes=note)

    @rule(place=st.integers(0, 99), status=st.sampled_from(["Open", "Complete"]))
    def change_in_silence(self, place: int, status: str) -> None:
        if number := self.number(place):
            order = self.store.find(number)
            assert order is not None
            self.store.change(number, status=status, modified_at=order.modified_at)

    @rule(place=st.integers(0, 99), key=st.sampled_from("abc"), modifies=st.booleans())
    def book(self, place: int, key: str, modifies: bool) -> None:
        if number := self.number(place):
            shipment = Shipment(key, shipped_on=date(2026, 3, 1))
            self.store.book(number, shipment, status="Complete", key=key, modifies=modifies)

    @rule(place=st.integers(0, 99))
    def delete(self, place: int) -> None:
        if number := self.number(place):
            self.store.delete(number)

    @rule(place=st.integers(0, 99))
    def make_again(self, place: int) -> None:
        """Create an order with the same number and other content."""
        if number := self.number(place):
            order = self.store.find(number)
            assert order is not None
            if self.store._virtual.index_of(number) is None and self.store.delete(number):
                self.store.create(msgspec.structs.replace(order, status="Backordered"))
            else:
                self.store.create(msgspec.structs.replace(order, order_number="", order_id=""))

    @rule()
    def reset(self) -> None:
        self.store.reset()

    @invariant()
    def pages_are_true(self) -> None:
        if not hasattr(self, "store"):
            return
        end = self.clock.now() + timedelta(days=1)
        windows = [(NOW - timedelta(days=60), end), (NOW - timedelta(hours=30), NOW - timedelta(hours=20)), (NOW, end)]
        asks = [(*window, page) for window in windows for page in (1, 3)]
        remembered = [asked(REFERENCE, self.store, *ask) for ask in asks]
        forget(self.store)
        assert {reply.status for reply in remembered} == {200}
        assert remembered == [asked(STEP_BY_STEP, self.store, *ask) for ask in asks]
        assert remembered == [asked(REFERENCE, self.store, *ask) for ask in asks]  # remembered for the next change


TestChanges = Changes.TestCase
TestChanges.settings = settings(max_examples=15, stateful_step_count=10)


def test_a_change_by_another_process_shows_at_once(tmp_path: Any) -> None:
    """Of two stores with one state, each exports what the other stored."""
    state = str(tmp_path / "shop.db")
    options = {"count": 20, "clock": Clock(NOW, running=False), "state": state}
    with closing(Store(Shop("4.3.6"), **options)) as one, closing(Store(Shop("4.3.6"), **options)) as other:  # type: ignore[arg-type]
        window = NOW - timedelta(days=60), NOW
        before = asked(REFERENCE, one, *window, 1)
        assert asked(REFERENCE, one, *window, 1) == before
        other.change("1003", status="On its way", modified_at=other._virtual.modified_at(3))
        assert b"On its way" in asked(REFERENCE, one, *window, 1).body


# ---------------------------------------------------------------------- no step is passed over


EXPORTING = frozenset(
    "authenticate read_action read_window select read_page paginate is_exportable after_export present state_pages "
    "serialise send".split()
)


@pytest.mark.parametrize("name", sorted(field.name for field in fields(Behaviour) if field.name in EXPORTING))
def test_each_replaced_step_of_an_export_is_called(name: str) -> None:
    """A replaced step is called even if all other steps are the reference's."""
    called: list[str] = []

    def step(*given: Any) -> Any:
        called.append(name)
        return getattr(REFERENCE, name)(*given)

    changes: dict[str, Any] = {name: step}
    with closing(Store(Shop("4.3.6"), count=20, clock=Clock(NOW))) as store:
        window = NOW - timedelta(days=60), NOW
        plain = asked(REFERENCE, store, *window, 1)
        assert asked(replace(REFERENCE, **changes), store, *window, 1) == plain
    assert called


def test_every_step_of_an_export_is_looked_at() -> None:
    """Each step of a behaviour belongs to a notification or is in the test above."""
    others = set(
        "body_limit concurrent show_picture fail refuse read_notice find_order pack record status_after "
        "repetition_key book acknowledge".split()
    )
    assert {field.name for field in fields(Behaviour)} == EXPORTING | others


@pytest.mark.parametrize("name", ["is_exportable", "present", "serialise"])
def test_what_a_replaced_step_says_is_sent(name: str) -> None:
    """This holds after the reference has written and remembered the same page."""

    def present(order: Order, shop: Shop) -> Fields:
        return {**REFERENCE.present(order, shop), "OrderID": "changed"}

    steps: dict[str, Any] = {
        "is_exportable": lambda order: order.order_number == "1003",
        "present": present,
        "serialise": lambda document: b"changed" * len(document.orders),
    }
    changes: dict[str, Any] = {name: steps[name]}
    with closing(Store(Shop("4.3.6"), count=20, clock=Clock(NOW))) as store:
        window = NOW - timedelta(days=60), NOW
        plain = asked(REFERENCE, store, *window, 1).body
        changed = asked(replace(REFERENCE, **changes), store, *window, 1).body
    if name == "is_exportable":
        assert changed.count(b"<Order>") == 1
    else:
        assert changed.count(b"changed") == plain.count(b"<Order>") > 10
        assert b"changed" not in plain


def test_the_writer_stands_for_steps_of_the_reference() -> None:
    """The steps that the writer replaces are those of the reference."""
    assert (REFERENCE.is_exportable, REFERENCE.present, REFERENCE.serialise) == FAST_WRITER_STEPS


def test_a_failure_inside_is_refused_alike() -> None:
    """An order that can't be written leads to the same refusal with and without the writer."""
    with closing(Store(Shop("4.3.6"), count=0, clock=Clock(NOW, running=False))) as store:
        item = model.Item("1", "A", "A", weight=model.Weight(Decimal(1), "stone"))
        store.create(
            Order(
                order_number="1",
                order_id="1",
                status="Open",
                placed_at=NOW,
                modified_at=NOW,
                currency="USD",
                customer=model.Customer(shipping=model.Address()),
                items=(item,),
            )
        )
        quiet = replace(REFERENCE, fail=lambda error: Refusal(500, type(error).__name__))
        replies = [
            asked(behaviour, store, NOW, NOW, 1) for behaviour in (quiet, replace(STEP_BY_STEP, fail=quiet.fail))
        ]
    assert replies[0] == replies[1]
    assert replies[0].status == 500
