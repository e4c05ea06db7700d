"""What a check of an adapter found. Pure."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from conformance.core.finding import shorten
from conformance.truth.control_forms import without_positions

Outcome = Literal["passed", "failed", "not checked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that an adapter does otherwise than the protocol says.

    ``is_fault`` tells whether the adapter is unusable as long as it does. The others are notes: the suite copes with
    them. ``call`` is the request, ``path`` the member of its reply, like ``items[0].unitPrice``, or "" for all of it.
    """

    call: str
    path: str = ""
    expected: str
    found: str
    advice: str
    is_fault: bool = True
    times: int = 1

    @property
    def kind(self) -> tuple[str, str, str, bool]:
        """What repeated problems have in common: they differ only in order, position and value."""
        what = self.advice if self.path else self.expected
        return (_ORDER.sub("/orders/{}", self.call), without_positions(self.path), what, self.is_fault)


_ORDER = re.compile(r"/orders/(?!batch|lookup|remove)[^/?]+|/orders\?.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check, and what came of it. ``reason`` says why it was not made."""

    title: str
    outcome: Outcome
    reason: str = ""


@dataclass
class Results:
    """The checks of one adapter, in their sequence."""

    checks: list[Check] = field(default_factory=list)
    _problems: dict[tuple[str, str, str, bool], Problem] = field(default_factory=dict)

    @property
    def faults(self) -> list[Problem]:
        """What makes the adapter unusable."""
        return [each for each in self._problems.values() if each.is_fault]

    @property
    def notes(self) -> list[Problem]:
        """What the suite copes with."""
        return [each for each in self._problems.values() if not each.is_fault]

    def add(self, problem: Problem) -> None:
        """Keep a problem, its texts cut if they are long; of several of one kind, the first, with their number."""
        known = self._problems.get(problem.kind)
        if known is None:
            self._problems[problem.kind] = replace(
                problem,
                path=shorten(problem.path),
                expected=shorten(problem.expected),
                found=shorten(problem.found),
                advice=shorten(problem.advice),
            )
        else:
            self._problems[problem.kind] = replace(known, times=known.times + 1)

    @contextlib.contextmanager
    def check(self, title: str) -> Iterator[None]:
        """Note what comes of a check: it failed if faults were added inside."""
        before = sum(each.times for each in self.faults)
        yield
        failed = sum(each.times for each in self.faults) > before
        self.checks.append(Check(title=title, outcome="failed" if failed else "passed"))

    def skip(self, title: str, reason: str) -> None:
        """Note a check that can't be made."""
        self.checks.append(Check(title=title, outcome="not checked", reason=reason))
