"""How often Python looks for cycles: seldom, since nearly all that a run makes stays until its end."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

SELDOM = (50_000, 50, 1000)
"""Thresholds of the three generations."""


@contextlib.contextmanager
def infrequent_gc() -> Iterator[None]:
    """Look for cycles in what is new, and seldom."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
