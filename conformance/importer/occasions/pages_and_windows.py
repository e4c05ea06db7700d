"""Occasions: windows of every size, and windows that follow each other."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from conformance.client.shipstation import MINUTE
from conformance.importer.evidence import OccasionEvidence
from conformance.importer.importer_run import HOUR, ImporterRun, succeeded
from conformance.importer.stores import (
    StoreConfig,
    at,
    base_of,
)

SIZES = {
    "no order": 0,
    "one order": 1,
    "exactly one full page": 3,
    "one order more than a page": 4,
    "exactly two full pages": 6,
    "many pages": 20,
}
"""Orders of a window, where a page has three."""


async def sized(scene: ImporterRun, size: str, variant: str = "") -> OccasionEvidence:
    """An import of that many orders, three on a page."""
    moments = (HOUR + number * MINUTE for number in range(SIZES[size]))
    kind = StoreConfig(page_size=3, variants=(variant,) if variant else ())
    return await scene.imports(kind, at(*moments), timedelta(0), 2 * HOUR)


async def sized_otherwise(scene: ImporterRun, variant: str, size: str) -> OccasionEvidence:
    """The same from a store of a variant."""
    return await sized(scene, size, variant)


async def following(scene: ImporterRun, variant: str = "") -> OccasionEvidence:
    """Three imports of windows that follow each other, with orders at their edges."""
    edges = (HOUR, 2 * HOUR)
    second = timedelta(seconds=1)
    moments = [
        each for edge in edges for each in (edge - MINUTE, edge - second, edge, edge + MINUTE - second, edge + MINUTE)
    ]
    kind = StoreConfig(variants=(variant,) if variant else ())
    async with scene.store(kind, at(*sorted(moments))) as stand:
        base, memory = base_of(stand.now), scene.memory()
        bounds = [base + hours * HOUR for hours in range(4)]
        pulls = [succeeded(await scene.program.pull(stand, start, end, memory)) for start, end in pairwise(bounds)]
        return scene.leaves(stand, pulls)
