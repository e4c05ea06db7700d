"""Occasions: a refusal, and replies that fail."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec

from conformance.client.shipstation import MINUTE
from conformance.importer.attached import Attached
from conformance.importer.evidence import OccasionEvidence
from conformance.importer.importer_run import HANGS_S, HOUR, PATIENCE_S, ImporterRun
from conformance.importer.program import (
    refused_often,
)
from conformance.importer.stores import (
    StoreConfig,
    at,
    base_of,
    plain,
)
from mockstore.traffic.faults import Fault
from mockstore.traffic.rules import LOOP_INTERVAL

SOON = 100
"""Refusals after which an importer is ended: it would go on for ever."""


async def refused(scene: ImporterRun) -> OccasionEvidence:
    """An import with a password that is wrong."""
    if isinstance(scene.program, Attached):
        return await locked_out(scene, scene.program)
    async with scene.store(StoreConfig(), at(HOUR)) as stand:
        base = base_of(stand.now)
        pull = await scene.program.pull(
            stand,
            base,
            base + 2 * HOUR,
            scene.memory(),
            password="not-" + stand.given.password,
            enough=lambda: refused_often(stand, SOON),
        )
        return scene.leaves(stand, (pull,))


async def locked_out(scene: ImporterRun, attached: Attached) -> OccasionEvidence:
    """The store's password changes; the importer comes by itself, and is watched for as long as a loop would show."""
    async with scene.store(StoreConfig(password="changed-" + scene.access.password), at(HOUR)) as stand:
        await attached.refusal(stand)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(refused_often(stand, SOON), LOOP_INTERVAL.total_seconds())
        return scene.leaves(stand)


LASTING = 99
"""Replies that a clock is off for: all of them."""

TROUBLE = {
    "status 500": Fault("status", status=500),
    "status 503": Fault("status", status=503),
    "status 429": Fault("status", status=429, headers={"Retry-After": "1"}),
    "no reply": Fault("hang", seconds=HANGS_S),
    "a slow first byte": Fault("slow-start", seconds=0.3),
    "a slow body": Fault("slow-body", seconds=0.3),
    "a reply cut off": Fault("cut"),
    "a connection reset": Fault("reset"),
    "HTML with status 200": Fault("html"),
    "truncated XML": Fault("truncated"),
    "a wrong content type": Fault("wrong-type"),
    "a redirect elsewhere": Fault("redirect"),
    "a clock that is off": Fault("clock-skew", seconds=86_000, times=LASTING),
}
"""What can befall a reply, as scenarios call it."""


async def trouble(scene: ImporterRun, what: str, page: int) -> OccasionEvidence:
    """An import that meets trouble on a page; the store comes back, and has new orders.

    Who fails is called again for the same window and on; who says success, for the next one. Where that is the
    same window, its first order was changed meanwhile: the pages aren't those that they were.
    """
    fault = TROUBLE[what]
    moments = (HOUR + number * MINUTE for number in range(7))
    async with scene.store(StoreConfig(page_size=3), at(*moments)) as stand:
        base, memory = base_of(stand.now), scene.memory()
        stand.script(msgspec.structs.replace(fault, action="export", page=None if fault.times == LASTING else page))
        patience = PATIENCE_S if fault.kind == "hang" else 10.0
        first = await scene.program.pull(stand, base, base + 2 * HOUR, memory, timeout_s=patience)
        stand.script()
        stand.add(plain(stand.facts, base + 3 * HOUR, "after-trouble"))
        if first.failed:
            stand.change(next(iter(stand.orders)), modified_at=base + 3 * HOUR)
        start = base if first.failed else base + 2 * HOUR
        second = await scene.program.pull(stand, start, base + 4 * HOUR, memory)
        return scene.leaves(stand, (first, second), about=f"{what} on page {page}")
