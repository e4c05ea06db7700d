"""Occasions of the feature *Pages and windows*: windows of every size, and consecutive windows."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from conformance.client.shipstation import MINUTE
from conformance.importer.evidence import ConsecutiveImports, ImportEvidence
from conformance.importer.harness import HOUR, ImporterRun, require_success
from conformance.importer.stores import StoreConfig, base_time, plain_orders_at

PAGE_SIZE = 3

SIZES = {
    "no order": 0,
    "one order": 1,
    "exactly one full page": PAGE_SIZE,
    "one order more than a page": PAGE_SIZE + 1,
    "exactly two full pages": 2 * PAGE_SIZE,
    "many pages": 20,
}
"""Name of the size of a window in scenarios → its number of orders."""

VARIANTS = ("pages-when-several", "pages-on-first-only", "no-pages-of-nothing", "single-quotes")
"""Variants that state the number of pages differently."""

WINDOWS = {size: (count, "") for size, count in SIZES.items()} | {
    f"{size} from a store of the variant {variant}": (count, variant)
    for size, count in SIZES.items()
    for variant in VARIANTS
}
"""Name of a window in scenarios → its number of orders, and the variant of its store; "" for no variant."""


async def import_window(run: ImporterRun, window: str) -> ImportEvidence:
    """Import a window of this size."""
    count, variant = WINDOWS[window]
    offsets = (HOUR + number * MINUTE for number in range(count))
    config = StoreConfig(page_size=PAGE_SIZE, variants=(variant,) if variant else ())
    return await run.import_once(config, plain_orders_at(*offsets), timedelta(0), 2 * HOUR)


async def import_consecutive_windows(run: ImporterRun) -> ConsecutiveImports:
    """Import three consecutive windows."""
    return await _import_windows(run, StoreConfig())


async def import_consecutive_windows_without_last_minute(run: ImporterRun) -> ConsecutiveImports:
    """Import three consecutive windows from a store that excludes the last minute of a window."""
    return await _import_windows(run, StoreConfig(variants=("end-exclusive",)))


async def _import_windows(run: ImporterRun, config: StoreConfig) -> ConsecutiveImports:
    """Import three consecutive windows, with orders around the bounds between them."""
    second = timedelta(seconds=1)
    offsets = [
        bound + shift
        for bound in (HOUR, 2 * HOUR)
        for shift in (-MINUTE, -second, timedelta(0), MINUTE - second, MINUTE)
    ]
    async with run.store(config, plain_orders_at(*offsets)) as store:
        base, state = base_time(store.now), run.new_state()
        bounds = [base + hours * HOUR for hours in range(4)]
        pulls = [require_success(await run.importer.pull(store, start, end, state)) for start, end in pairwise(bounds)]
        return ConsecutiveImports(**run.imports(store, *pulls))
