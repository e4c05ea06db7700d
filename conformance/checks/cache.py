"""Caches the results of pure checks, so that the same order is checked only once in a process.

The stores of one run export mostly the same orders. A check is skipped for an order if it found nothing
before in an order with the same content, the same record and the same facts of the store. Findings are
not cached: an order that deviates is checked each time, so that each finding names its own place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Protocol, TypeVar

from conformance.core.finding import Finding

MAX_CONTENTS = 4096
"""The cache keeps this many orders, those used last."""


class Cacheable(Protocol):
    """The input of a pure check."""

    @property
    def content(self) -> bytes | None:
        """A digest of everything that checks compare: not XPath and exchange. None if a text can't be encoded."""


Checked = TypeVar("Checked", bound=Cacheable)


class CheckCache:
    """Content → the results of checks and predicates. Stores that export the same content share them."""

    def __init__(self, max_contents: int = MAX_CONTENTS) -> None:
        # lru_cache keeps one mutable value for each content and drops those not used for longest
        self._passed = lru_cache(maxsize=max_contents)(_no_checks)
        self._answers = lru_cache(maxsize=max_contents)(_no_answers)

    def judged(self, check: Callable[[Checked], Iterable[Finding] | None], piece: Checked) -> list[Finding]:
        """Return the findings of a check."""
        if piece.content is None:
            return list(check(piece) or ())
        passed = self._passed(piece.content)
        if check in passed:
            return []
        found = list(check(piece) or ())
        if not found:
            passed.add(check)
        return found

    def holds(self, predicate: Callable[[Checked], bool], piece: Checked) -> bool:
        """Return the result of a predicate."""
        if piece.content is None:
            return predicate(piece)
        answers = self._answers(piece.content)
        if predicate not in answers:
            answers[predicate] = predicate(piece)
        return answers[predicate]


def _no_checks(content: bytes) -> set[object]:
    return set()


def _no_answers(content: bytes) -> dict[object, bool]:
    return {}
