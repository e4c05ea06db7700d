"""What a session is asked to judge, and what came out: handed to the pytest plug-in, read when it ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.core.model import Role
    from conformance.core.verdict import Outcome


class Recorder:
    """One session's way of judging: which subjects, which requirements, and what came out."""

    def __init__(
        self,
        subjects: Iterable[Any],
        *,
        selected: Callable[[str], bool] = lambda requirement: True,
        gated: Callable[[str], bool] = lambda requirement: True,
        watch: Callable[[Any], None] = lambda event: None,
        role: Role = "store",
        prepare: Callable[[list[tuple[frozenset[str], list[str]]]], None] = lambda scenarios: None,
    ) -> None:
        self.subjects, self.role = list(subjects), role
        self.selected, self.gated, self.watch, self.prepare = selected, gated, watch, prepare
        self.outcomes: list[Outcome] = []
        self.seconds: defaultdict[str, float] = defaultdict(float)
        """What the scenarios of each requirement took."""
        self.begun: float | None = None
        """When the first scenario began (``time.perf_counter``)."""

    @property
    def requests(self) -> int:
        """How many requests were made so far."""
        return sum(len(subject.exchanges) for subject in self.subjects)

    @property
    def deviations(self) -> int:
        """How many requirements were found to deviate so far."""
        return len({outcome.requirement for outcome in self.outcomes if outcome.findings})


RECORDER = pytest.StashKey[Recorder]()
