"""Occasions of the feature *Pages and windows*: windows of every size, and consecutive windows."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from conformance.client.shipstation import MINUTE
from conformance.importer.evidence import ConsecutiveImports, ImportEvidence
from conformance.importer.harness import HOUR, ImporterRun, require_success
from conformance.importer.stores import StoreConfig, base_time, plain_orders_at

PAGE_SIZE = 3

WINDOW_SIZES = {
    "no order": 0,
    "one order": 1,
    "exactly one full page": PAGE_SIZE,
    "one order more than a page": PAGE_SIZE + 1,
    "exactly two full pages": 2 * PAGE_SIZE,
    "many pages": 20,
}
"""How scenarios call the size of a window → its number of orders."""


async def import_window(run: ImporterRun, size: str) -> ImportEvidence:
    """Import a window of this size."""
    return await _import(run, size, StoreConfig(page_size=PAGE_SIZE))


async def import_window_of_variant(run: ImporterRun, variant: str, size: str) -> ImportEvidence:
    """Import a window of this size from a store of a variant."""
    return await _import(run, size, StoreConfig(page_size=PAGE_SIZE, variants=(variant,)))


async def _import(run: ImporterRun, size: str, config: StoreConfig) -> ImportEvidence:
    offsets = (HOUR + number * MINUTE for number in range(WINDOW_SIZES[size]))
    return await run.import_once(config, plain_orders_at(*offsets), timedelta(0), 2 * HOUR)


async def import_consecutive_windows(run: ImporterRun, variant: str = "") -> ConsecutiveImports:
    """Import three consecutive windows, with orders around the bounds between them."""
    second = timedelta(seconds=1)
    offsets = [
        bound + shift
        for bound in (HOUR, 2 * HOUR)
        for shift in (-MINUTE, -second, timedelta(0), MINUTE - second, MINUTE)
    ]
    config = StoreConfig(variants=(variant,) if variant else ())
    async with run.store(config, plain_orders_at(*offsets)) as store:
        base, state = base_time(store.now), run.new_state()
        bounds = [base + hours * HOUR for hours in range(4)]
        pulls = [require_success(await run.importer.pull(store, start, end, state)) for start, end in pairwise(bounds)]
        return ConsecutiveImports(**run.imports(store, *pulls))
