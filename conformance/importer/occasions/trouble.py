"""Occasions of the feature *Trouble*: wrong passwords, and replies that fail."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec

from conformance.client.shipstation import MINUTE
from conformance.importer.evidence import ImportsInTrouble, RefusedImport
from conformance.importer.harness import HANG_S, HOUR, SHORT_TIMEOUT_S, ImporterRun
from conformance.importer.program import REPLY_TIMEOUT_S, wait_for_refusals
from conformance.importer.service import ImporterService
from conformance.importer.stores import StoreConfig, base_time, plain_draft, plain_orders_at
from mockstore.traffic.faults import Fault
from mockstore.traffic.rules import LOOP_INTERVAL

MAX_REFUSED_REQUESTS = 100
"""The suite ends an importer after this many refused requests: it might never stop."""

RETRY_AFTER_S = 1
"""The wait that the store states in Retry-After with status 429."""
EVERY_REPLY = 99
"""``times`` of a fault that is meant for every reply of an import."""

_FAULTS = {
    "status 500": Fault("status", status=500),
    "status 503": Fault("status", status=503),
    "status 429": Fault("status", status=429, headers={"Retry-After": str(RETRY_AFTER_S)}),
    "no reply": Fault("hang", seconds=HANG_S),
    "a slow first byte": Fault("slow-start", seconds=0.3),
    "a slow body": Fault("slow-body", seconds=0.3),
    "a reply cut off": Fault("cut"),
    "a connection reset": Fault("reset"),
    "HTML with status 200": Fault("html"),
    "truncated XML": Fault("truncated"),
    "a wrong content type": Fault("wrong-type"),
    "a redirect to a URL that does not answer": Fault("redirect"),
    "a wrong Date header": Fault("clock-skew", seconds=86_000, times=EVERY_REPLY),
}
"""Name of a failing reply in scenarios → the fault that makes it happen."""

TROUBLES = {f"{name} on page {page}": (fault, page) for name, fault in _FAULTS.items() for page in (1, 2)}
"""Name of trouble in scenarios → the fault, and the page that it applies to."""


async def import_with_wrong_password(run: ImporterRun) -> RefusedImport:
    """Have the importer import with a wrong password, and end it if it does not give up."""
    if isinstance(run.importer, ImporterService):
        return await _refuse_service(run, run.importer)
    async with run.store(StoreConfig(), plain_orders_at(HOUR)) as store:
        base = base_time(store.now)
        pull = await run.importer.pull(
            store,
            base,
            base + 2 * HOUR,
            run.new_state(),
            password="not-" + store.access.password,
            until=lambda: wait_for_refusals(store, MAX_REFUSED_REQUESTS),
        )
        return RefusedImport(**run.imports(store, pull))


async def _refuse_service(run: ImporterRun, service: ImporterService) -> RefusedImport:
    """Change the store's password, and watch the service for the time in which a tight loop shows."""
    config = StoreConfig(password="changed-" + run.login.password)
    async with run.store(config, plain_orders_at(HOUR)) as store:
        await service.wait_for_refusal(store)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wait_for_refusals(store, MAX_REFUSED_REQUESTS), LOOP_INTERVAL.total_seconds())
        return RefusedImport(**run.imports(store))


async def import_in_trouble(run: ImporterRun, trouble: str) -> ImportsInTrouble:
    """Import with trouble on a page, and import again once the store works.

    If the first import failed, the second one has the same start and a later end, and the first order
    was changed meanwhile, so that the pages have other orders than before. If the first import succeeded,
    the second one has the next window.
    """
    fault, page = TROUBLES[trouble]
    offsets = (HOUR + number * MINUTE for number in range(7))
    async with run.store(StoreConfig(page_size=3), plain_orders_at(*offsets)) as store:
        base, state = base_time(store.now), run.new_state()
        faulty_page = None if fault.times == EVERY_REPLY else page
        store.script(msgspec.structs.replace(fault, action="export", page=faulty_page))
        timeout_s = SHORT_TIMEOUT_S if fault.kind == "hang" else REPLY_TIMEOUT_S
        first = await run.importer.pull(store, base, base + 2 * HOUR, state, timeout_s=timeout_s)
        store.script()
        store.add_orders(plain_draft(store.facts, base + 3 * HOUR, "after-trouble"))
        if first.failed:
            store.change_order(next(iter(store.orders)), modified_at=base + 3 * HOUR)
        start = base if first.failed else base + 2 * HOUR
        second = await run.importer.pull(store, start, base + 4 * HOUR, state)
        return ImportsInTrouble(**run.imports(store, first, second), trouble=trouble)
