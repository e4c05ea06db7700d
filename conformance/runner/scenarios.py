"""Connects pytest's items with the scenarios of the suite: selects them, begins them, records their outcomes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_bdd.parser import Feature, Scenario, ScenarioTemplate
from pytest_bdd.scenario import scenario_wrapper_template_registry

from conformance.contract.requirements import LAST, LEVELS, FeatureError, full_name, id_of, is_known_tag
from conformance.core.events import ScenarioStarted
from conformance.core.interrupts import check
from conformance.core.model import Role
from conformance.core.pytest_options import WrongUse
from conformance.core.verdict import Outcome
from conformance.report.wording import visible
from conformance.runner.recorder import Recorder
from conformance.suite.feature_check import check_features
from conformance.suite.scenario import ScenarioRun
from conformance.suite.steps import SCENARIO_RUN

MAX_FINDINGS = 3
"""Findings that pytest prints of a scenario."""

ONLY_COLLECTING = ("collectonly", "showfixtures", "show_fixtures_per_test")
"""Options of pytest with which nothing is run."""

Begin = Callable[[pytest.Config, "Picked"], Recorder]
"""Starts a run for the scenarios that pytest picked, and returns its recorder."""
Picked = dict[str, tuple[int, int]]
"""Requirement → the number of its scenarios that pytest's own options picked, and of all that it collected."""


@dataclass(frozen=True, slots=True)
class SuiteScenario:
    """The scenario of an item, with the side that it judges, and with the row of its examples if it is an outline."""

    role: Role
    template: ScenarioTemplate
    requirement: str | None
    tags: frozenset[str]
    example: dict[str, str]

    @property
    def full_name(self) -> str:
        """The name with the example."""
        return full_name(self.template.name, self.example.values())

    @property
    def sentences(self) -> list[str]:
        """The sentences with the example filled in."""
        return [step.name for step in self.template.render(self.example).steps]


_KNOWN = pytest.StashKey[SuiteScenario | None]()
"""Key of an item's scenario in its stash."""


class ScenarioPlugin:
    """A pytest plug-in that runs the scenarios of the suite. ``begin`` is called when they are collected.

    ``begin`` is not called if there is no scenario to run.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._recorder: Recorder | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_bdd_apply_tag(self, tag: str, function: Any) -> bool | None:
        """Keep the tags of the suite's features from becoming pytest markers."""
        return True if is_known_tag(tag) else None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Leave out the scenarios of requirements that aren't selected, after pytest's own selection."""
        collected = _count(items, "store")
        result = yield
        roles = {found.role for item in items if (found := scenario_of(item))}
        if not roles or any(getattr(config.option, name, False) for name in ONLY_COLLECTING):
            return result
        for role in roles:
            check_at_collection(role)
        picked = _count(items, "store")
        self._recorder = self._begin(config, {name: (picked[name], collected[name]) for name in picked})
        self._select(config, items, self._recorder)
        return result

    def _select(self, config: pytest.Config, items: list[pytest.Item], recorder: Recorder) -> None:
        selected = [item for item in items if _is_selected(item, recorder)]
        kept = [item for item in selected if _is_selected_by_name(item, recorder)]
        recorder.note_unpicked(_count(kept, recorder.role), _count(selected, recorder.role))
        if len(kept) < len(items):
            config.hook.pytest_deselected(items=[item for item in items if item not in kept])
            items[:] = kept
        items.sort(key=_is_last)
        scenarios = [found for item in items if (found := scenario_of(item))]
        recorder.total = len(scenarios)
        recorder.prepare([(each.tags, each.sentences) for each in scenarios])

    def pytest_runtest_setup(self) -> None:
        """End the session if the run was stopped; also before tests that are none of the suite."""
        check()

    def pytest_bdd_before_scenario(self, request: pytest.FixtureRequest, feature: Feature, scenario: Scenario) -> None:
        """Begin a scenario, for all targets, if it is one of the suite."""
        found, recorder = scenario_of(request.node), self._recorder
        if recorder is None or found is None or found.requirement is None:
            return
        check()
        recorder.started += 1
        so_far = (recorder.requests, recorder.deviations, recorder.started, recorder.total)
        recorder.watch(ScenarioStarted(found.requirement, feature.name, found.full_name, *so_far))
        sentences = [step.name for step in scenario.steps]
        request.node.stash[SCENARIO_RUN] = ScenarioRun(
            found.requirement, found.full_name, found.tags, recorder.targets, sentences
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """End a scenario: record its outcomes, and let the item pass, fail or be skipped accordingly."""
        recorder, started = self._recorder, time.perf_counter()
        try:
            result = yield
        except Exception as error:
            if recorder is not None:
                recorder.outcomes += _outcomes(pyfuncitem, f"{type(error).__name__}: {error}")
            raise
        if recorder is not None and (outcomes := _outcomes(pyfuncitem)):
            requirement = outcomes[0].requirement
            recorder.add(requirement, outcomes, started)
            _show(outcomes, fails=recorder.fails_run(requirement))
        return result


def _outcomes(item: pytest.Item, fault: str = "") -> list[Outcome]:
    """Take the scenario from its item, and return its outcomes; none if the item is no scenario.

    Pytest keeps each item, and the frames of functions that failed, until its session ends. The evidence of a scenario
    is freed at its end only because neither refers to it.
    """
    run = item.stash.get(SCENARIO_RUN, None)
    if run is None:
        return []
    del item.stash[SCENARIO_RUN]
    if fault:
        run.fail(fault)
    return run.outcomes


def _show(outcomes: list[Outcome], *, fails: bool) -> None:
    """Let the item fail, be skipped or pass, according to its outcomes."""
    if errors := [outcome for outcome in outcomes if outcome.error]:
        pytest.fail(visible(f"error of the suite: {errors[0].error}"), pytrace=False)
    if deviating := [outcome for outcome in outcomes if outcome.findings]:
        text = visible("\n".join(describe(outcome) for outcome in deviating))
        if fails:
            pytest.fail(text, pytrace=False)
        pytest.xfail(text)
    if not any(outcome.judged for outcome in outcomes):
        pytest.skip(visible("; ".join(dict.fromkeys(outcome.reason for outcome in outcomes))))


def describe(outcome: Outcome) -> str:
    """Return a deviating scenario in a few lines."""
    lines = [f"{outcome.requirement} deviates, version {outcome.target}:"]
    for finding in outcome.findings[:MAX_FINDINGS]:
        lines.append(f"  {finding.message}")
        if finding.order:
            lines.append(f"    order     {finding.order}")
        if finding.xpath:
            lines.append(f"    at        {finding.xpath}")
        if finding.expected is not None or finding.actual is not None:
            lines += [f"    expected  {finding.expected}", f"    actual    {finding.actual}"]
    if (more := len(outcome.findings) - MAX_FINDINGS) > 0:
        lines.append(f"  … and {more} more")
    return "\n".join(lines)


def check_at_collection(role: Role) -> None:
    """Check the sentences of the features of a role.

    Raises:
        pytest.UsageError: they don't fit together.
    """
    try:
        check_features(role)
    except FeatureError as error:
        raise pytest.UsageError(str(error)) from WrongUse()


def scenario_of(item: pytest.Item) -> SuiteScenario | None:
    """Return the scenario of an item, or None if the item is not one of the suite."""
    if _KNOWN not in item.stash:
        item.stash[_KNOWN] = _scenario_of(item)
    return item.stash[_KNOWN]


def _scenario_of(item: pytest.Item) -> SuiteScenario | None:
    role = _role(item)
    template = scenario_wrapper_template_registry.get(item.obj) if role and isinstance(item, pytest.Function) else None
    if role is None or template is None:
        return None
    tags = frozenset(template.tags) | (frozenset(template.rule.tags) if template.rule else frozenset())
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return SuiteScenario(role, template, id_of(tags), tags, parameters.get("_pytest_bdd_example", {}))


def _role(item: pytest.Item) -> Role | None:
    """Return which side an item of the suite judges, or None if it is not one of the suite."""
    name = getattr(getattr(item, "module", None), "__name__", "")
    if name.endswith("conformance.suite.test_store"):
        return "store"
    return "importer" if name.endswith("conformance.suite.test_importer") else None


def names_of(item: pytest.Item) -> tuple[str, str, str] | None:
    """Return requirement, feature and level of an item, or None if it is not one of the suite."""
    if (found := scenario_of(item)) is None:
        return None
    level = next((level for level in LEVELS if level in found.tags), "")
    return found.requirement or "", found.template.feature.name, level


def _count(items: list[pytest.Item], role: Role) -> Counter[str]:
    """Return how many scenarios each requirement of a role has."""
    found = (scenario_of(item) for item in items)
    return Counter(each.requirement for each in found if each and each.role == role and each.requirement)


def _is_selected(item: pytest.Item, recorder: Recorder) -> bool:
    """True for a scenario of a selected requirement, and for every item that is no scenario of the suite."""
    found = scenario_of(item)
    if found is None or found.requirement is None:
        return True
    return found.role == recorder.role and recorder.selected(found.requirement)


def _is_selected_by_name(item: pytest.Item, recorder: Recorder) -> bool:
    """True for a scenario whose name is selected, and for every item that is no scenario of the suite."""
    found = scenario_of(item)
    return found is None or recorder.takes_scenario(found.full_name)


def _is_last(item: pytest.Item) -> bool:
    """True for a scenario that judges what other scenarios did."""
    found = scenario_of(item)
    return found is not None and LAST in found.tags
