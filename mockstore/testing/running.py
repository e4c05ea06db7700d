"""Runs a store in a thread of its own, and gives a test what it needs of it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from mockstore.behaviours.current import About, CurrentBehaviour
from mockstore.behaviours.registry import build_behaviour
from mockstore.control.routes import Call
from mockstore.orders.draft import Draft
from mockstore.orders.json_form import checked_draft
from mockstore.orders.model import Order, Shipment
from mockstore.rest.access import RestAccess
from mockstore.server.embedded import EmbeddedStore, start
from mockstore.shop.facts import CAPABILITIES
from mockstore.shop.shop import Shop
from mockstore.shop.versions import LATEST
from mockstore.store.creation import create_order
from mockstore.store.store import NoSuchOrder
from mockstore.testing import example_order, expectations
from mockstore.traffic.faults import Fault, FaultScript, Kind
from mockstore.traffic.incoming import Limits
from mockstore.traffic.journal import JournalEntry, JournalSize
from mockstore.traffic.requests import LoggedRequest, logged_requests
from mockstore.traffic.rules import ImporterAccess

if TYPE_CHECKING:
    from mockstore.server.tls import StoreTls

PATIENCE_S = 20
"""Seconds that starting and stopping may take."""

KEPT = JournalSize(reply_bytes=2_000_000, kept_chars=60_000_000)
"""What the journal keeps: whole replies, because :meth:`RunningStore.assert_imported` reads them."""

T = TypeVar("T")


@dataclass(frozen=True)
class RecordedShipment:
    """A shipment that the store recorded, and the number of its order."""

    order_number: str
    shipment: Shipment


@dataclass(frozen=True)
class StoreClock:
    """The store's time: :meth:`now`, :meth:`set` and :meth:`advance`."""

    _store: RunningStore

    def now(self) -> datetime:
        """Return the store's time in UTC."""
        return self._store.embedded.store.clock.now()

    def set(self, now: datetime, *, running: bool = False) -> None:
        """Set the time, which needs a zone. It stands still from then on, unless ``running`` is true.

        Raises:
            ValueError: the time has no zone.
        """
        if now.tzinfo is None:
            raise ValueError(f"{now} has no zone: write datetime(2026, 3, 29, 1, 0, tzinfo=UTC)")
        self._store.call(lambda: self._store.embedded.store.clock.set(now, running=running))

    def advance(self, by: timedelta | None = None, **parts: float) -> None:
        """Set the time forward, by a duration or by ``hours=2`` and the like. It stands still from then on."""
        self.set(self.now() + (by or timedelta()) + timedelta(**parts))


class SetFault(AbstractContextManager["SetFault"]):
    """A fault of the next replies. Used with ``with``, it is removed at the end of the block."""

    def __init__(self, store: RunningStore, fault: Fault) -> None:
        self.fault, self._store = fault, store

    def remove(self) -> None:
        """Remove the fault, as far as it has not applied yet."""
        self._store.call(self._remove)

    def _remove(self) -> None:
        coming = list(self._store.embedded.faults.coming)
        alike = [each for each in coming if msgspec.structs.replace(each, times=self.fault.times) == self.fault]
        if alike:
            coming.remove(alike[0])
            self._store.embedded.faults.script(FaultScript(tuple(coming)))

    def __exit__(self, *_: object) -> None:
        self.remove()


class SwitchedBehaviour(AbstractContextManager["SwitchedBehaviour"]):
    """What was switched on. Used with ``with``, the end of the block restores what was on before."""

    def __init__(self, store: RunningStore, before: About) -> None:
        self._store, self._before = store, before

    def restore(self) -> None:
        """Switch on again what was on before, and everything else off."""
        self._store.call(lambda: self._store.embedded.current.switch(self._before))

    def __exit__(self, *_: object) -> None:
        self.restore()


@dataclass(frozen=True)
class RunningStore:
    """A running store: where it is, its credentials, what it holds, and what it was asked.

    Each property is read when it is used. Orders, requests and shipments are frozen: change them with
    :meth:`add_order`, :meth:`change_order` and requests.
    """

    embedded: EmbeddedStore
    loop: asyncio.AbstractEventLoop = field(repr=False)
    """The event loop of its thread."""
    ca_pem: bytes = field(default=b"", repr=False)
    """With ``tls=True``, the certificate authority that the importer must trust, in PEM."""

    def call(self, function: Callable[[], T]) -> T:
        """Call a function in the store's thread, and return what it returns."""

        async def called() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(called(), self.loop).result(PATIENCE_S)

    # ------------------------------------------------------------------ where it is

    @property
    def url(self) -> str:
        """The add-on's URL, to which a client adds ``&action=…``."""
        return self.embedded.url

    @property
    def username(self) -> str:
        """The add-on's user name."""
        return self.embedded.shop.username

    @property
    def password(self) -> str:
        """The add-on's password."""
        return self.embedded.shop.password

    @property
    def control_url(self) -> str:
        """The URL of the control protocol; its bearer token is :attr:`control_token`."""
        return self.embedded.control_url

    @property
    def control_token(self) -> str:
        """The token of the control protocol."""
        return self.embedded.control_token

    @property
    def tls_context(self) -> ssl.SSLContext:
        """A context of :mod:`ssl` for clients, which trusts only this store; it needs ``tls=True``."""
        return ssl.create_default_context(cadata=self.ca_pem.decode())

    # ------------------------------------------------------------------ what it holds

    @property
    def clock(self) -> StoreClock:
        """The store's time."""
        return StoreClock(self)

    @property
    def orders(self) -> tuple[Order, ...]:
        """All orders as the store holds them now, by the time of their last change."""
        return self.call(lambda: tuple(self.embedded.store.orders()))

    def order(self, order_number: str) -> Order:
        """Return the order with that number as the store holds it now, with its shipments.

        Raises:
            NoSuchOrder: there is none.
        """
        found = self.call(lambda: self.embedded.store.find(order_number))
        if found is None:
            raise NoSuchOrder(order_number)
        return found

    @property
    def shipments(self) -> tuple[RecordedShipment, ...]:
        """The shipments that were recorded since the store started, the oldest first: those of notifications."""
        recorded = self.call(self.embedded.store.recorded_shipments)
        return tuple(RecordedShipment(number, shipment) for number, shipment in recorded)

    def add_order(self, order: Draft | None = None, /, **fields: Any) -> Order:
        """Add an order, and return it as the store holds it.

        ``fields`` are those of the control protocol (docs/control-protocol.md): ``status="Processed"``,
        ``total="19.90"``, ``items=[{"sku": "TEE", "quantity": 2, "unit_price": "9.95"}]`` …; values may also be of
        Python's types. An order without ``customer`` gets one with an address, and an order without ``items`` gets one
        line. Total and weight are those of the lines if you leave them out. The order is modified now if you give
        neither ``modified_at`` nor ``placed_at``.

        Raises:
            InvalidField: there is no such field, or the store cannot accept its value; the error names the field.
        """
        draft = order or checked_draft(example_order.completed(fields))
        return self.call(lambda: create_order(self.embedded.store, draft))

    def change_order(self, order_number: str, **fields: Any) -> Order:
        """Change ``status``, ``customer_notes``, ``internal_notes`` or ``modified_at`` of an order, and return it.

        Without ``modified_at`` the order is modified now.

        Raises:
            NoSuchOrder: there is no such order.
            InvalidField: the store cannot accept a value.
        """
        return self.call(lambda: self.embedded.control.change_order(order_number, fields))

    # ------------------------------------------------------------------ what happens

    @property
    def requests(self) -> tuple[JournalEntry, ...]:
        """The requests that the store got so far (the latest 2,000), the oldest first. Credentials are masked."""
        return self.call(lambda: tuple(self.embedded.journal.after(0)[1]))

    def fault(self, kind: Kind, **fields: Any) -> SetFault:
        """Let the next reply have a fault: ``store.fault("status", status=503, times=2)``.

        ``fields`` are those of :class:`mockstore.traffic.faults.Fault`, such as ``action``, ``page`` and ``seconds``.
        The fault applies after those that were set before. ``with store.fault(…):`` removes it at the end of the block.

        Raises:
            ValueError: there is no such kind, or no such field.
        """
        fault = msgspec.convert({"kind": kind, **fields}, Fault)
        faults = self.embedded.faults
        self.call(lambda: faults.script(FaultScript((*faults.coming, fault))))
        return SetFault(self, fault)

    def behave(
        self, *, defects: Iterable[str] = (), variants: Iterable[str] = (), profile: str = "reference"
    ) -> SwitchedBehaviour:
        """Switch these defects, these variants and this profile on, and all others off.

        A request that has arrived already is answered as before. ``with store.behave(…):`` restores at the end of the
        block what was on before.

        Raises:
            UnknownBehaviour: there is no such profile, defect or variant.
        """
        about = About(profile=profile, defects=tuple(defects), variants=tuple(variants))
        return SwitchedBehaviour(self, self.call(lambda: self.embedded.current.switch(about)))

    def reset(self) -> None:
        """Restore the state of the start: orders, shipments, requests and faults. Clock and behaviour stay."""
        self.call(lambda: self.embedded.control.reset(Call({}, b"")))

    # ------------------------------------------------------------------ what must hold

    def assert_imported(
        self,
        imported: Iterable[str | int | Order],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> None:
        """Fail unless the importer imported exactly the orders that it had to.

        ``imported`` are the numbers of the orders that the importer has now, each once. They must be the orders of the
        exports that it got. Each window that it requested must be complete, with all its pages. If ``since`` and
        ``until`` are given, the windows must also cover that time without a gap.

        Raises:
            AssertionError: they are not; the message tells which orders are missing, or too many, and why.
        """
        numbers = [each.order_number if isinstance(each, Order) else str(each).strip() for each in imported]
        asked = self._addon_requests()
        held = self.call(lambda: expectations.held_orders(self.embedded.store, self.embedded.behaviour, asked))
        _fail_if(expectations.import_problems(asked, numbers, held, since, until))

    def assert_conforms(self, *, ignore: Collection[str] = ()) -> None:
        """Fail if a request broke a requirement for importers (IMP-…), as far as requests show.

        ``ignore`` are the ids of requirements that may be broken.

        Raises:
            AssertionError: the message tells the requirements, the requests that broke them, and why; also if the
                importer sent no request to the add-on.
        """
        given = ImporterAccess(self.url, self.username, self.password)
        _fail_if(expectations.broken_requirements(self._addon_requests(), given, frozenset(ignore)))

    def _addon_requests(self) -> tuple[LoggedRequest, ...]:
        return tuple(each for each in logged_requests(self.requests) if each.is_for_addon)


def _fail_if(message: str) -> None:
    __tracebackhide__ = True  # pytest shows the line of the test
    if message:
        raise AssertionError(message)


class StoreFactory(Protocol):
    """The fixture ``mock_store_factory``: runs a store until the test ends."""

    def __call__(self, version: str | None = None, **options: Any) -> RunningStore:
        """Run a store; the arguments are those of :func:`running_store`."""


class StoreRun(AbstractContextManager[RunningStore]):
    """A store that runs within a ``with`` or an ``async with`` block."""

    def __init__(self, run: AbstractContextManager[RunningStore]) -> None:
        self._run = run

    def __enter__(self) -> RunningStore:
        return self._run.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run.__exit__(kind, error, trace)

    async def __aenter__(self) -> RunningStore:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, trace)


def running_store(
    version: str = LATEST,
    *,
    orders: int = 30,
    profile: str = "reference",
    defects: tuple[str, ...] = (),
    variants: tuple[str, ...] = (),
    faults: Iterable[Fault] = (),
    now: datetime | None = None,
    rest: RestAccess | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    lacks: tuple[str, ...] = (),
    capabilities: tuple[str, ...] = CAPABILITIES,
    tls: bool = False,
    **shop: Any,
) -> StoreRun:
    """Run a store of this CS-Cart version until the block ends, with this many orders.

    Use it with ``with`` or ``async with``. The same arguments make the same orders. ``defects``, ``variants`` and
    ``profile`` name what ``mockstore defects`` and so on list. ``faults`` are those of the first replies. ``now`` is
    the time at which its clock starts; without it, the present. ``rest`` names the accounts of CS-Cart's REST API.
    ``limits``, ``lacks`` and ``capabilities`` are those of :func:`mockstore.server.embedded.start`, ``shop`` the
    settings of :class:`mockstore.shop.shop.Shop` (``seed``, ``orders_per_page``, ``timezone``, ``username``,
    ``password`` …). With ``tls`` the store answers over TLS, with a certificate made for it.

    Raises:
        TlsUnavailable: ``tls`` needs the package trustme.
        UnknownBehaviour: there is no such profile, defect or variant.
        UnknownVersion: there is no such version.
    """
    about = About(profile=profile, defects=defects, variants=variants)
    chosen = build_behaviour(profile, defects, variants)
    settings = Shop(version, **shop)

    scripted = FaultScript(tuple(faults))
    made = _tls() if tls else None

    async def started() -> EmbeddedStore:
        store = await start(
            settings,
            CurrentBehaviour(chosen, about),
            count=orders,
            now=now,
            rest=rest,
            limits=limits,
            lacks=lacks,
            capabilities=capabilities,
            journal_size=KEPT,
            tls=made,
        )
        store.faults.script(scripted)
        return store

    return StoreRun(_run(started, made.ca_pem if made else b""))


def _tls() -> StoreTls:
    from mockstore.server.tls import make_tls  # few tests use TLS

    return make_tls()


@contextmanager
def _run(started: Callable[[], Coroutine[Any, Any, EmbeddedStore]], ca_pem: bytes) -> Iterator[RunningStore]:
    """Run a store in a thread until the block ends."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="mock store", daemon=True)
    thread.start()
    try:
        store = asyncio.run_coroutine_threadsafe(started(), loop).result(PATIENCE_S)
        try:
            yield RunningStore(store, loop, ca_pem)
        finally:
            asyncio.run_coroutine_threadsafe(_end(store), loop).result(PATIENCE_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()


async def _end(store: EmbeddedStore) -> None:
    await store.stop()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
