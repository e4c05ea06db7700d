"""Runs the selected scenarios of a role for all targets of a session."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable

from conformance.contract.paths import FEATURES
from conformance.contract.requirements import LAST, Scenario, features
from conformance.core.events import ScenarioStarted
from conformance.core.gc_tuning import infrequent_gc
from conformance.core.interrupts import check
from conformance.core.model import Role
from conformance.runner.recorder import Recorder
from conformance.suite.carry_out import carry_out_scenario
from conformance.suite.scenario import ScenarioRun


def run_scenarios(recorder: Recorder) -> None:
    """Run the scenarios that the recorder selects. Those that judge what others did run last.

    Raises:
        KeyboardInterrupt: the run was stopped.
    """
    selected = [each for each in in_order_of_features(recorder.role) if recorder.selected(each.requirement)]
    kept = [each for each in selected if recorder.takes_scenario(each.full_name)]
    recorder.note_unpicked(_count(kept), _count(selected))
    kept.sort(key=lambda scenario: LAST in scenario.tags)
    recorder.total = len(kept)
    recorder.prepare([(each.tags, [step.sentence for step in each.steps]) for each in kept])
    with infrequent_gc():
        for scenario in kept:
            _run(recorder, scenario)


def in_order_of_features(role: Role) -> list[Scenario]:
    """Return the scenarios of a role, by the names of their features. Under plain pytest, pytest-bdd sorts them so."""
    return sorted(features(FEATURES / role).scenarios, key=lambda scenario: scenario.feature)


def begin(
    recorder: Recorder, requirement: str, feature: str, name: str, tags: frozenset[str], sentences: list[str]
) -> ScenarioRun:
    """Begin a scenario for all targets.

    Raises:
        KeyboardInterrupt: the run was stopped.
    """
    check()
    recorder.started += 1
    so_far = (recorder.requests, recorder.deviations, recorder.started, recorder.total)
    recorder.watch(ScenarioStarted(requirement, feature, name, *so_far))
    return ScenarioRun(requirement, name, tags, recorder.targets, sentences)


def _run(recorder: Recorder, scenario: Scenario) -> None:
    """Run one scenario, and keep its outcomes. Its evidence is freed at the end: only ``run`` refers to it."""
    sentences = [step.sentence for step in scenario.steps]
    run = begin(recorder, scenario.requirement, scenario.feature, scenario.full_name, scenario.tags, sentences)
    started = time.perf_counter()
    try:
        carry_out_scenario(run, scenario, recorder.role)
    except Exception as error:  # an error of the suite in one scenario must not stop the others
        run.fail(f"{type(error).__name__}: {error}")
    recorder.add(scenario.requirement, run.outcomes, started)


def _count(scenarios: Iterable[Scenario]) -> Counter[str]:
    """Return how many scenarios each requirement has."""
    return Counter(scenario.requirement for scenario in scenarios)
