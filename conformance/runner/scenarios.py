"""Connects pytest's items with the scenarios of the suite: selects them, begins them, records their outcomes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator
from typing import Any

import pytest
from pytest_bdd.parser import Feature, Scenario
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
        collected = _count(items)
        result = yield
        roles = {role for item in items if (role := _role(item))}
        if not roles or any(getattr(config.option, name, False) for name in ONLY_COLLECTING):
            return result
        for role in roles:
            check_at_collection(role)
        picked = _count(items)
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
        recorder.total = sum(_template(item) is not None for item in items)
        recorder.prepare([_tags_and_sentences(item) for item in items if _template(item)])

    def pytest_runtest_setup(self) -> None:
        """End the session if the run was stopped; also before tests that are none of the suite."""
        check()

    def pytest_bdd_before_scenario(self, request: pytest.FixtureRequest, feature: Feature, scenario: Scenario) -> None:
        """Begin a scenario, for all targets, if it is one of the suite."""
        requirement = _requirement(tags := _tags(scenario))
        if self._recorder is None or requirement is None or _role(request.node) is None:
            return
        check()
        recorder, name = self._recorder, full_name(scenario.name, _example(request.node).values())
        recorder.started += 1
        so_far = (recorder.requests, recorder.deviations, recorder.started, recorder.total)
        recorder.watch(ScenarioStarted(requirement, feature.name, name, *so_far))
        sentences = [step.name for step in scenario.steps]
        request.node.stash[SCENARIO_RUN] = ScenarioRun(requirement, name, tags, recorder.targets, sentences)

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


def names_of(item: pytest.Item) -> tuple[str, str, str] | None:
    """Return requirement, feature and level of an item, or None if it is not one of the suite."""
    if (template := _template(item)) is None:
        return None
    tags = _tags(template)
    return _requirement(tags) or "", template.feature.name, next((level for level in LEVELS if level in tags), "")


def _role(item: pytest.Item) -> Role | None:
    """Return which side an item of the suite judges, or None if it is not one of the suite."""
    name = getattr(getattr(item, "module", None), "__name__", "")
    if name.endswith("conformance.suite.test_store"):
        return "store"
    return "importer" if name.endswith("conformance.suite.test_importer") else None


def _template(item: pytest.Item) -> Any:
    """Return the scenario of an item as pytest-bdd read it, or None if the item is not one of the suite."""
    return (
        scenario_wrapper_template_registry.get(item.obj) if isinstance(item, pytest.Function) and _role(item) else None
    )


def _count(items: list[pytest.Item], role: Role = "store") -> Counter[str]:
    """Return how many scenarios each requirement of a role has."""
    names = (_requirement(_tags(_template(item))) for item in items if _role(item) == role and _template(item))
    return Counter(name for name in names if name)


def _is_selected(item: pytest.Item, recorder: Recorder) -> bool:
    """True for a scenario of a selected requirement, and for every item that is no scenario of the suite."""
    template = _template(item)
    requirement = _requirement(_tags(template)) if template else None
    return requirement is None or (_role(item) == recorder.role and recorder.selected(requirement))


def _is_selected_by_name(item: pytest.Item, recorder: Recorder) -> bool:
    """True for a scenario whose name is selected, and for every item that is no scenario of the suite."""
    template = _template(item)
    return template is None or recorder.takes_scenario(full_name(template.name, _example(item).values()))


def _is_last(item: pytest.Item) -> bool:
    """True for a scenario that judges what other scenarios did."""
    template = _template(item)
    return template is not None and LAST in _tags(template)


def _tags(scenario: Any) -> frozenset[str]:
    return frozenset(scenario.tags) | (frozenset(scenario.rule.tags) if scenario.rule else frozenset())


def _requirement(tags: frozenset[str]) -> str | None:
    return id_of(set(tags))


def _example(item: pytest.Item) -> dict[str, str]:
    """Return the example of a scenario outline; empty for other scenarios."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    example: dict[str, str] = parameters.get("_pytest_bdd_example", {})
    return example


def _tags_and_sentences(item: pytest.Item) -> tuple[frozenset[str], list[str]]:
    """Return the tags of a scenario, and its sentences with the example filled in."""
    template = _template(item)
    return _tags(template), [step.name for step in template.render(_example(item)).steps]
