"""Occasions of the feature *Trouble*: wrong passwords, and replies that fail."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec

from conformance.client.shipstation import MINUTE
from conformance.core.errors import NotExercised
from conformance.importer.evidence import ImportsInTrouble, RedirectedImports, RefusedImport
from conformance.importer.harness import HANG_S, HOUR, SHORT_TIMEOUT_S, ImporterRun
from conformance.importer.program import REPLY_TIMEOUT_S, CallFailed, wait_for_refusals
from conformance.importer.service import ImporterService
from conformance.importer.stores import RunningStore, StoreConfig, base_time, plain_draft, plain_orders_at
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

LONG_S = 60.0
"""The time for which a store that stays silent keeps a connection open: longer than a call may take."""

_LASTING = {
    name: msgspec.structs.replace(_FAULTS[name], times=EVERY_REPLY)
    for name in ("status 503", "a reply cut off", "a connection reset", "HTML with status 200")
} | {"no reply": Fault("hang", seconds=LONG_S, times=EVERY_REPLY)}

TROUBLES: dict[str, tuple[Fault, int | None]] = {
    **{
        f"{name} on page {page}": (fault, None if fault.times == EVERY_REPLY else page)
        for name, fault in _FAULTS.items()
        for page in (1, 2)
    },
    **{f"{name} on every try": (fault, None) for name, fault in _LASTING.items()},
    "status 503 on every try of page 2": (_LASTING["status 503"], 2),
}
"""Name of trouble in scenarios → the fault, and the page that it applies to; None for all pages."""


ORDERS_BEFORE = 9
"""Orders before the trouble, on pages of three. Two come later: no page has only one order, which is another test."""


async def import_with_wrong_password(run: ImporterRun) -> RefusedImport:
    """Have the importer import with a wrong password, and end it if it does not give up."""
    if isinstance(run.importer, ImporterService):
        return await _refuse_service(run, run.importer)
    async with run.store(StoreConfig(), plain_orders_at(HOUR)) as store:
        store.has_right_password = False
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
        store.has_right_password = False
        await service.wait_for_refusal(store)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wait_for_refusals(store, MAX_REFUSED_REQUESTS), LOOP_INTERVAL.total_seconds())
        return RefusedImport(**run.imports(store))


def check_patience(run: ImporterRun, store: RunningStore, fault: Fault, failed: CallFailed) -> None:
    """Return if a call during lasting trouble went on for too long because it waited for one reply without a limit.

    Raises:
        NotExercised: it went on for another reason: an importer may try again for longer than the suite waits.
    """
    waits = fault.kind == "hang" and run.importer.takes_timeout and len(store.requests) == 1
    if not waits:
        raise NotExercised(f"the store stayed bad, and {failed}")


async def import_in_trouble(run: ImporterRun, trouble: str) -> ImportsInTrouble:
    """Import with trouble on a page, and import again once the store works.

    If the first import failed, the second one has the same start and a later end, and the first order
    was changed meanwhile, so that the pages have other orders than before. If the first import succeeded,
    the second one has the next window.
    """
    fault, page = TROUBLES[trouble]
    offsets = (HOUR + number * MINUTE for number in range(ORDERS_BEFORE))
    async with run.store(StoreConfig(page_size=3), plain_orders_at(*offsets)) as store:
        base, state = base_time(store.now), run.new_state()
        store.script(msgspec.structs.replace(fault, action="export", page=page))
        timeout_s = SHORT_TIMEOUT_S if fault.kind == "hang" else REPLY_TIMEOUT_S
        try:
            first = await run.importer.pull(store, base, base + 2 * HOUR, state, timeout_s=timeout_s)
        except CallFailed as failed:
            if fault.times == EVERY_REPLY:
                check_patience(run, store, fault, failed)
            raise
        store.script()
        store.add_orders(*(plain_draft(store.facts, base + 3 * HOUR, f"after-trouble-{place}") for place in (1, 2)))
        if first.failed:
            store.change_order(next(iter(store.orders)), modified_at=base + 3 * HOUR)
        start = base if first.failed else base + 2 * HOUR
        second = await run.importer.pull(store, start, base + 4 * HOUR, state)
        return ImportsInTrouble(**run.imports(store, first, second), trouble=trouble)


async def import_redirected_elsewhere(run: ImporterRun) -> RedirectedImports:
    """Import while the store redirects page 1 to another host, which listens; and import again once it doesn't."""
    offsets = (HOUR + number * MINUTE for number in range(ORDERS_BEFORE))
    async with (
        run.store(StoreConfig(page_size=3), plain_orders_at(*offsets)) as store,
        run.store(StoreConfig(), plain_orders_at()) as other,
    ):
        other.is_foreign = True
        base, state = base_time(store.now), run.new_state()
        elsewhere = other.access.url.replace("127.0.0.1", "localhost")
        redirect = Fault(
            "status", action="export", page=1, status=302, headers={"Location": elsewhere}, times=EVERY_REPLY
        )
        store.script(redirect)
        first = await run.importer.pull(store, base, base + 2 * HOUR, state)
        store.script()
        start = base if first.failed else base + 2 * HOUR
        second = await run.importer.pull(store, start, base + 4 * HOUR, state)
        imports = run.imports(store, first, second)
        return RedirectedImports(**imports, trouble="a redirect to another host", elsewhere=other.logged)
