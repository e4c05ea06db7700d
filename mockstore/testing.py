"""A mock store for Python tests: it runs in a thread, on a free port, until the block ends.

from mockstore.testing import running_store

def test_my_importer():
    with running_store("4.3.4", orders=20) as store:
        my_importer.pull(store.url, store.username, store.password)
        assert "action=export" in store.requests[0].target
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Thread
from typing import Any

from mockstore.behaviours.registry import build_behaviour
from mockstore.rest.access import RestAccess
from mockstore.server.embedded import EmbeddedStore, start
from mockstore.shop.facts import CAPABILITIES
from mockstore.shop.shop import Shop
from mockstore.traffic.incoming import Limits
from mockstore.traffic.journal import JournalEntry

PATIENCE_S = 20
"""Seconds that starting and stopping may take."""


@dataclass(frozen=True)
class RunningStore:
    """A running store: where it is, its credentials, and what it was asked."""

    embedded: EmbeddedStore
    loop: asyncio.AbstractEventLoop
    """The event loop of its thread."""

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
    def requests(self) -> tuple[JournalEntry, ...]:
        """The requests that the store got so far (the latest 2,000), the oldest first. Credentials are masked."""

        async def entries() -> tuple[JournalEntry, ...]:
            return tuple(self.embedded.journal.after(0)[1])

        return asyncio.run_coroutine_threadsafe(entries(), self.loop).result(PATIENCE_S)


@contextmanager
def running_store(
    version: str = "4.6.3",
    *,
    orders: int = 30,
    profile: str = "reference",
    defects: tuple[str, ...] = (),
    variants: tuple[str, ...] = (),
    now: datetime | None = None,
    rest: RestAccess | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    lacks: tuple[str, ...] = (),
    capabilities: tuple[str, ...] = CAPABILITIES,
    **shop: Any,
) -> Iterator[RunningStore]:
    """Run a store of this CS-Cart version until the block ends, with this many orders.

    ``defects``, ``variants`` and ``profile`` name what ``mockstore defects`` and so on list. ``now`` is the time at
    which its clock starts; without it, the present. ``rest`` names the accounts of CS-Cart's REST API. ``limits``,
    ``lacks`` and ``capabilities`` are those of :func:`mockstore.server.embedded.start`, ``shop`` the settings of
    :class:`mockstore.shop.shop.Shop` (``seed``, ``orders_per_page``, ``timezone``, ``username``, ``password`` …).

    Raises:
        UnknownBehaviour: there is no such profile, defect or variant.
        UnknownVersion: there is no such version.
    """
    chosen = build_behaviour(profile, defects, variants)
    settings = Shop(version, **shop)
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="mock store", daemon=True)
    thread.start()
    try:
        starting = start(
            settings, chosen, count=orders, now=now, rest=rest, limits=limits, lacks=lacks, capabilities=capabilities
        )
        store = asyncio.run_coroutine_threadsafe(starting, loop).result(PATIENCE_S)
        try:
            yield RunningStore(store, loop)
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
