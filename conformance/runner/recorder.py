"""The state of a pytest session that judges: its targets, which requirements are selected, and the outcomes so far."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.core.model import Role
    from conformance.core.verdict import Outcome


class Recorder:
    """The targets of a session, its selected requirements, and the outcomes so far.

    ``selected`` is true for requirements to judge, ``takes_scenario`` for the names of their scenarios to judge,
    ``fails_run`` for requirements whose deviations fail the run. ``watch``
    gets every event, ``prepare`` the tags and sentences of all scenarios before the first one begins.
    """

    def __init__(
        self,
        targets: Iterable[Any],
        *,
        selected: Callable[[str], bool] = lambda requirement: True,
        takes_scenario: Callable[[str], bool] = lambda name: True,
        fails_run: Callable[[str], bool] = lambda requirement: True,
        watch: Callable[[Any], None] = lambda event: None,
        role: Role = "store",
        prepare: Callable[[list[tuple[frozenset[str], list[str]]]], None] = lambda scenarios: None,
    ) -> None:
        self.targets, self.role, self.takes_scenario = list(targets), role, takes_scenario
        self.selected, self.fails_run, self.watch, self.prepare = selected, fails_run, watch, prepare
        self.outcomes: list[Outcome] = []
        self._deviating: set[str] = set()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        """Seconds that the scenarios of each requirement took."""
        self.faults: dict[str, str] = {}
        """Name of a target that could not be opened → error of the suite."""
        self.fault = ""
        """Error of the suite that ended the session."""
        self.total, self.started = 0, 0
        """The number of scenarios of the session, and of those that have started."""
        self.begun: float | None = None
        """The time at which the first scenario began (``time.perf_counter``)."""

    def add(self, requirement: str, outcomes: Iterable[Outcome], started: float) -> None:
        """Keep the outcomes of a scenario that began at ``started``."""
        new = list(outcomes)
        self.outcomes += new
        self._deviating |= {outcome.requirement for outcome in new if outcome.findings}
        self.begun = self.begun or started
        self.seconds[requirement] += time.perf_counter() - started

    def note_unpicked(self, picked: Counter[str], all_of_them: Counter[str]) -> None:
        """Add to each requirement of which scenarios were left out that it is judged in part only."""
        from conformance.core.verdict import Outcome

        for requirement, count in all_of_them.items():
            if picked[requirement] < count:
                reason = f"--scenario picked {picked[requirement]} of its {count} scenarios"
                self.outcomes += [
                    Outcome(requirement=requirement, scenario="", target=target.name, reason=reason)
                    for target in self.targets
                ]

    @property
    def requests(self) -> int:
        """The number of requests so far."""
        return sum(len(target.exchanges) for target in self.targets)

    @property
    def deviations(self) -> int:
        """The number of requirements that deviate so far."""
        return len(self._deviating)
