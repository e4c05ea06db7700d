"""The limits of a survey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from conformance.client.shipstation import MINUTE, Window

_LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
NOTHING_HAPPENED = Window(_LONG_AGO, _LONG_AGO + 5 * MINUTE)
"""A window before the first ShipStation: no store modified an order in it."""


@dataclass(frozen=True)
class SurveyLimits:
    """The most that a survey may read. Specimens are not counted in ``max_orders``."""

    max_pages: int = 40
    """Pages of one window."""
    max_repeated_pages: int = 10
    """Pages that are requested a second time."""
    max_orders: int = 40
    """Orders that the store held before the run and that are looked up in the store's record."""
    max_bisections: int = 400
    """Smaller windows that are requested in place of one that can't be read, and likewise for missing orders."""
    windows: tuple[Window, ...] = ()
    """Windows to read in place of the recent one."""
    empty_window: Window = NOTHING_HAPPENED
    """A window in which no order was modified."""
