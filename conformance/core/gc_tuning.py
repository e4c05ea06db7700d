"""Makes Python's garbage collector run rarely, because a run needs nearly all of its objects until its end."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

GC_THRESHOLDS = (2_000_000, 1, 1000)
"""The thresholds of the collector's three generations (``gc.set_threshold``).

A run of one version makes fewer objects than the first, and is not searched. A process that judges several times one
after the other, as with ``--watch``, is searched at every second time that the first threshold is reached.
"""


@contextlib.contextmanager
def infrequent_gc() -> Iterator[None]:
    """Collect garbage rarely, and only among the objects that are made inside the context."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
