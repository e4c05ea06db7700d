"""Occasions of the feature *Pages and windows*: windows of every size, and consecutive windows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from conformance.client.shipstation import MINUTE
from conformance.importer.evidence import ConsecutiveImports, ImportEvidence
from conformance.importer.harness import HOUR, ImporterRun, require_success
from conformance.importer.stores import StoreConfig, base_time, plain_orders_at, without_address
from mockstore.orders.draft import Draft
from mockstore.shop.facts import StoreFacts

PAGE_SIZE = 3

SIZES = {
    "no order": 0,
    "one order": 1,
    "exactly one full page": PAGE_SIZE,
    "one order more than a page": PAGE_SIZE + 1,
    "exactly two full pages": 2 * PAGE_SIZE,
    "many pages": 34,
}
"""Name of the size of a window in scenarios → its number of orders. Many pages are twelve: as text, 2 is past 12."""

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


WITHOUT_ADDRESS = {1, 3, 4, 5, 10, 11}
"""Places of twelve orders without a shipping address. A store cuts pages first, and leaves out such orders then: its
pages of three have two orders, none, three and one."""


async def import_pages_that_are_not_full(run: ImporterRun) -> ImportEvidence:
    """Import a window whose pages have different numbers of orders, one of them none."""

    def drafts(known: StoreFacts, now: datetime) -> Iterable[Draft]:
        plain = plain_orders_at(*(HOUR + number * MINUTE for number in range(12)))(known, now)
        return [without_address(each) if place in WITHOUT_ADDRESS else each for place, each in enumerate(plain)]

    return await run.import_once(StoreConfig(page_size=PAGE_SIZE), drafts, timedelta(0), 2 * HOUR)


async def import_consecutive_windows(run: ImporterRun) -> ConsecutiveImports:
    """Import three consecutive windows. The bounds between them are within a minute: requests name minutes only."""
    return await _import_windows(run, StoreConfig(), within_minute=timedelta(seconds=45))


async def import_consecutive_windows_without_last_minute(run: ImporterRun) -> ConsecutiveImports:
    """Import three consecutive windows from a store that excludes the last minute of a window."""
    return await _import_windows(run, StoreConfig(variants=("end-exclusive",)))


async def _import_windows(
    run: ImporterRun, config: StoreConfig, within_minute: timedelta = timedelta(0)
) -> ConsecutiveImports:
    """Import three consecutive windows, with orders around the bounds between them."""
    second = timedelta(seconds=1)
    offsets = [
        bound + shift
        for bound in (HOUR, 2 * HOUR)
        for shift in (-MINUTE, -second, timedelta(0), MINUTE - second, MINUTE)
    ]
    async with run.store(config, plain_orders_at(*offsets)) as store:
        base, state = base_time(store.now), run.new_state()
        bounds = [base, *(base + hours * HOUR + within_minute for hours in (1, 2)), base + 3 * HOUR]
        pulls = [require_success(await run.importer.pull(store, start, end, state)) for start, end in pairwise(bounds)]
        return ConsecutiveImports(**run.imports(store, *pulls))
