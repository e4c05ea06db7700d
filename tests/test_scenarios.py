"""The scenarios that a run carries out: the same, in the same order, as under plain pytest, and without pytest."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pytest_bdd.feature import get_features

from conformance.contract.paths import FEATURES
from conformance.core.model import Role
from conformance.core.verdict import Outcome
from conformance.runner.recorder import Recorder
from conformance.runner.scenarios import in_order_of_features, run_scenarios

Read = tuple[str, str, tuple[str, ...], frozenset[str], list[str]]
"""Feature, name, example, tags and sentences of a scenario."""


def read_by_pytest_bdd(role: Role) -> list[Read]:
    found: list[Read] = []
    for feature in get_features([str(FEATURES / role)]):
        for template in feature.scenarios.values():
            examples = [row for table in template.examples for row in table.as_contexts()] or [{}]
            for example in examples:
                scenario = template.render(example)
                tags = frozenset(scenario.tags) | (scenario.rule.tags if scenario.rule else frozenset())
                sentences = [step.name for step in scenario.steps]
                found.append((feature.name, scenario.name, tuple(map(str, example.values())), tags, sentences))
    return found


@pytest.mark.parametrize("role", ["store", "importer"])
def test_a_run_has_the_scenarios_of_plain_pytest(role: Role) -> None:
    """In the same order: what a store answers may depend on earlier requests."""
    read: list[Read] = [
        (each.feature, each.name, each.example, each.tags, [step.sentence for step in each.steps])
        for each in in_order_of_features(role)
    ]
    assert read == read_by_pytest_bdd(role)
    assert len(read) > 50


def test_an_error_of_the_suite_ends_only_its_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scenarios after it are run."""
    outcomes: list[Outcome] = []

    class Failing:
        def __init__(self, requirement: str, name: str, *rest: object) -> None:
            self.requirement, self.name, self.error = requirement, name, ""

        def fail(self, why: str) -> None:
            self.error = why

        @property
        def outcomes(self) -> list[Outcome]:
            outcomes.append(
                Outcome(requirement=self.requirement, scenario=self.name, target="a store", error=self.error)
            )
            return outcomes[-1:]

    def fail(*arguments: object) -> None:
        raise ZeroDivisionError("broken by the test")

    monkeypatch.setattr("conformance.runner.scenarios.ScenarioRun", Failing)
    monkeypatch.setattr("conformance.runner.scenarios.carry_out_scenario", fail)
    recorder = Recorder([], selected=lambda requirement: requirement.startswith("GIF-"))
    run_scenarios(recorder)
    assert recorder.outcomes == outcomes
    assert {each.requirement for each in outcomes} > {"GIF-1", "GIF-2"}
    assert {each.error for each in outcomes} == {"ZeroDivisionError: broken by the test"}
    assert recorder.started == recorder.total == len(outcomes)


def test_a_run_loads_no_pytest() -> None:
    """Loading it takes longer than judging most features."""
    code = (
        "import sys; from conformance.runner.session import run_session; "
        "from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection; "
        "result = run_session(RunSettings(targets=(EmbeddedTarget('4.3.4'),), selection=Selection(('GIF-1',)))); "
        "assert result.outcomes and not result.faults, result; "
        "print(*sorted({name.partition('.')[0] for name in sys.modules} & {'_pytest', 'pytest', 'pytest_bdd', 'mako'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr
