"""Occasions: a few orders imported, to see the requests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from conformance.importer.evidence import OccasionEvidence
from conformance.importer.importer_run import HOUR, ImporterRun, asked
from conformance.importer.stores import (
    StoreConfig,
    at,
)

SPECIAL_PASSWORD = "p:w%20d&+#/=\"'\\~"
"""ASCII only: how others are encoded in Basic authentication isn't settled (RFC 7617)."""


async def few(scene: ImporterRun, kind: StoreConfig = StoreConfig(), **how: Any) -> OccasionEvidence:  # noqa: B008 - frozen
    """An import of three plain orders."""
    return await scene.imports(kind, at(HOUR, 2 * HOUR, 3 * HOUR), timedelta(0), 4 * HOUR, check=asked, **how)


async def special_password(scene: ImporterRun) -> OccasionEvidence:
    """An import from a store whose password has every character that needs care."""
    return await few(scene, StoreConfig(password=SPECIAL_PASSWORD))


async def more_query(scene: ImporterRun) -> OccasionEvidence:
    """An import from a store whose URL has more in its query."""
    return await few(scene, StoreConfig(more_query="&store_id=7&lang=de"))


async def in_zone(scene: ImporterRun, zone: str) -> OccasionEvidence:
    """An import by an importer that runs in that time zone."""
    return await few(scene, zone=zone)


async def store_in_zone(scene: ImporterRun, zone: str) -> OccasionEvidence:
    """An import from a store in that time zone."""
    return await few(scene, StoreConfig(timezone=zone))
