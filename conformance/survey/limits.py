"""The limits of a survey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from conformance.client.shipstation import MINUTE, Window

_LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
EMPTY_WINDOW = Window(_LONG_AGO, _LONG_AGO + 5 * MINUTE)
"""A window before ShipStation existed. No store modified an order in it."""


@dataclass(frozen=True)
class SurveyLimits:
    """The limits of what a survey may read. Specimens don't count for ``max_orders``."""

    max_pages: int = 40
    """The pages of one window, at most."""
    max_repeated_pages: int = 10
    """The pages that are requested a second time, at most."""
    max_orders: int = 40
    """The orders from before the run that are looked up in the store's record, at most."""
    max_bisections: int = 400
    """The smaller windows that are requested in place of unreadable ones, at most; also those around missing orders."""
    windows: tuple[Window, ...] = ()
    """Windows to read in place of the recent one."""
    empty_window: Window = EMPTY_WINDOW
    """A window in which no order was modified."""
