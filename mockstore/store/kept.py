"""A memory of the values that were kept last. It is bounded by the bytes that they take, not by their number."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Values by key. If they take more than ``room`` bytes, those that were kept first are dropped.

    Not ``functools.lru_cache``: it counts values, and orders differ in length by a factor of a thousand.
    """

    def __init__(self, room: int) -> None:
        self._left = room
        self._values: dict[K, tuple[V, int]] = {}
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return the value of that key; None if it is not kept."""
        kept = self._values.get(key)
        return None if kept is None else kept[0]

    def keep(self, key: K, value: V, size: int) -> None:
        """Keep a value that takes so many bytes, in place of an earlier one."""
        with self._lock:
            self._drop(key)
            self._values[key] = value, size
            self._left -= size
            while self._left < 0:
                self._drop(next(iter(self._values)))

    def drop(self, key: K) -> None:
        """Keep the value of that key no longer."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: K) -> None:
        kept = self._values.pop(key, None)
        if kept is not None:
            self._left += kept[1]

    def clear(self) -> None:
        """Keep no value any longer."""
        with self._lock:
            for key in [*self._values]:
                self._drop(key)
