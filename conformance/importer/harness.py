"""Run one importer against mock stores of one version, and collect the evidence of what it did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

from conformance.core.errors import NotExercised
from conformance.importer.evidence import ImportEvidence, ImportFields, Visit
from conformance.importer.program import (
    DEFAULT_ZONE,
    CallFailed,
    ImporterProgram,
    Pull,
    StateFolder,
    how_it_failed,
    last_output,
)
from conformance.importer.service import ImporterService
from conformance.importer.stores import (
    OrderFactory,
    RunningStore,
    StoreConfig,
    StoreLogin,
    base_time,
    open_store,
)
from mockstore.orders.model import Order
from mockstore.traffic.requests import LoggedRequest

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

SHORT_TIMEOUT_S = 1.0
"""Value of {timeout} in scenarios in which a reply does not come."""

HANG_S = 1.4
"""The time for which the store keeps a connection open without a reply: longer than ``SHORT_TIMEOUT_S``."""


class RequestRefused(NotExercised):
    """The store refused a request because of the request itself."""


def require_accepted(requests: Iterable[LoggedRequest]) -> None:
    """Return if the store accepted all these requests, apart from those that met a scripted fault.

    Raises:
        RequestRefused: if the store refused a request because of the request itself. The requirement for requests
            reports it.
    """
    for each in requests:
        status = each.entry.status
        if 400 <= status < 500 and not each.entry.fault:
            reply = " ".join(each.entry.reply.split())[:200]
            requirement = "IMP-1" if each.refused else "IMP-12" if each.action == "shipnotify" else "IMP-2"
            raise RequestRefused(
                f"the store refused the request {each.shown} with status {status}{f' ({reply})' if reply else ''}: "
                f"see {requirement}"
            )


def require_success(pull: Pull) -> Pull:
    """Return a pull that met no trouble, if it succeeded.

    Raises:
        CallFailed: if it failed, or made no request.
        RequestRefused: if the store refused its requests.
    """
    if pull.failed:
        require_accepted(pull.requests)
        problem = f" ({pull.result.problem})" if pull.result and pull.result.problem else ""
        raise CallFailed(
            f"the import command {how_it_failed(pull.process)}{problem}, although the store worked"
            f"{last_output(pull.process)}"
        )
    if not pull.requests:
        raise CallFailed(f"the import command reports success, but sent no request{last_output(pull.process)}")
    return pull


def require_requests(pull: Pull) -> Pull:
    """Return a pull that made requests: they can be judged even if it failed.

    Raises:
        CallFailed: if it made no request.
    """
    return pull if pull.requests else require_success(pull)


@dataclass(frozen=True)
class ImporterRun:
    """The environment of an occasion: the importer, the version and login of its stores, and new state folders for it.

    ``store_slots`` limits how many stores are open at the same time. All of them answer in this process, so
    opening dozens at once would delay the replies.
    """

    importer: ImporterProgram | ImporterService
    version: str
    login: StoreLogin
    new_state: Callable[[], StateFolder]
    store_slots: asyncio.Semaphore
    visits: list[Visit] = field(default_factory=list)
    """The stores that were closed, with all their requests. It grows during the run."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    """The numbers of the next stores."""

    @asynccontextmanager
    async def store(self, config: StoreConfig, orders: OrderFactory, version: str = "") -> AsyncIterator[RunningStore]:
        """Open a store with these settings and orders, and close it afterwards."""
        async with self.store_slots:
            store = await open_store(version or self.version, config, orders, self.login)
            store.number = next(self.numbers)
            try:
                yield store
            finally:
                self._remember(store)
                await store.close()

    def _remember(self, store: RunningStore) -> None:
        if store.is_foreign:
            return
        offset = sum(len(visit.logged) for visit in self.visits)
        self.visits.append(
            Visit(
                access=store.access,
                facts=store.facts,
                requests=store.requests,
                logged=store.logged,
                store_number=store.number,
                offset=offset,
                has_right_password=store.has_right_password,
            )
        )

    def imports(self, store: RunningStore, *pulls: Pull) -> ImportFields:
        """Return the fields of the evidence of imports from a store."""
        return {
            "access": store.access,
            "facts": store.facts,
            "requests": store.settled_requests,
            "store_number": store.number,
            "stored": store.orders,
            "pulls": pulls,
            "takes_window": self.importer.takes_window,
        }

    async def import_once(
        self,
        config: StoreConfig,
        orders: OrderFactory,
        start: timedelta,
        end: timedelta,
        *,
        version: str = "",
        zone: str = DEFAULT_ZONE,
        require: Callable[[Pull], Pull] = require_success,
    ) -> ImportEvidence:
        """Have a window imported from a new store. ``start`` and ``end`` count from :func:`base_time`."""
        async with self.store(config, orders, version) as store:
            base = base_time(store.now)
            pull = require(await self.importer.pull(store, base + start, base + end, self.new_state(), zone=zone))
            evidence = ImportEvidence(
                **self.imports(store, pull), exported_texts=store.exported_texts if config.variants else {}
            )
            if config.profile == "reference":
                return evidence
            return replace(evidence, stored=by_exported_number(evidence.stored))


def by_exported_number(stored: dict[str, Order]) -> dict[str, Order]:
    """Return the orders of a store with the real add-on by the number that it exports: the order id."""
    return {order.order_id: order for order in stored.values()}
