"""Connects pytest's items with the scenarios of the suite: selects them, begins them, records their outcomes.

The plug-in :mod:`conformance.pytest_plugin` calls these functions. It is loaded into every pytest run, so heavy modules
are imported only if there is a scenario to run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

from conformance.core.interrupts import check
from conformance.runner.recorder import RECORDER, Recorder

if TYPE_CHECKING:
    from pytest_bdd.parser import Feature, Scenario

    from conformance.core.model import Role
    from conformance.core.verdict import Outcome
    from conformance.suite.scenario import ScenarioRun

SCENARIO_RUN = pytest.StashKey["ScenarioRun"]()
MAX_FINDINGS = 3
"""Findings that pytest prints of a scenario."""


def scenario_run_of(item: pytest.Item) -> ScenarioRun:
    """Return the scenario of an item that runs."""
    run: ScenarioRun = item.stash[SCENARIO_RUN]
    return run


def is_own_tag(tag: str) -> bool | None:
    """True if a tag belongs to the suite's features, None if pytest-bdd may handle it."""
    from conformance.contract.requirements import is_known_tag

    return True if is_known_tag(tag) else None


def select(config: pytest.Config, items: list[pytest.Item], *, begin: Callable[[pytest.Config], Recorder]) -> None:
    """Deselect the scenarios of requirements that are not selected; ``begin`` starts a run if none is going on.

    Raises:
        pytest.UsageError: the sentences of a feature file don't fit together.
    """
    roles = {role for item in items if (role := _role(item))}
    if not roles:
        return
    for role in roles:
        check_at_collection(role)
    recorder = config.stash.get(RECORDER, None) or begin(config)
    kept = [item for item in items if _is_selected(item, recorder)]
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
    items.sort(key=_is_last)
    recorder.prepare([_tags_and_sentences(item) for item in items if _template(item)])


def begin(request: pytest.FixtureRequest, feature: Feature, scenario: Scenario) -> None:
    """Begin a scenario for all targets, if it is one of the suite."""
    recorder = request.config.stash.get(RECORDER, None)
    tags = _tags(scenario)
    requirement = _requirement(tags)
    if recorder is None or requirement is None:
        return
    check()
    from conformance.core.events import ScenarioStarted
    from conformance.suite.scenario import ScenarioRun

    example = _example(request.node)
    name = f"{scenario.name}: {', '.join(example.values())}" if example else scenario.name
    recorder.watch(ScenarioStarted(requirement, feature.name, name, recorder.requests, recorder.deviations))
    sentences = [step.name for step in scenario.steps]
    request.node.stash[SCENARIO_RUN] = ScenarioRun(requirement, name, tags, recorder.targets, sentences)


def record(item: pytest.Function) -> Generator[None, object, object]:
    """Run a test function; if it is a scenario of the suite, record its outcomes and let the item show them."""
    recorder = item.config.stash.get(RECORDER, None)
    started = time.perf_counter()
    try:
        result = yield
    except Exception as error:
        if (run := item.stash.get(SCENARIO_RUN, None)) is not None and recorder is not None:
            run.fail(f"{type(error).__name__}: {error}")
            recorder.outcomes += run.outcomes
        raise
    run = item.stash.get(SCENARIO_RUN, None)
    if run is None or recorder is None:
        return result
    outcomes = run.outcomes
    recorder.add(run.requirement, outcomes, started)
    _show(outcomes, fails=recorder.fails_run(run.requirement))
    return result


def _show(outcomes: list[Outcome], *, fails: bool) -> None:
    """Let the item fail, be skipped or pass, according to its outcomes."""
    from conformance.report.wording import visible

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
    from conformance.contract.requirements import FeatureError
    from conformance.suite.feature_check import check_features

    try:
        check_features(role)
    except FeatureError as error:
        raise pytest.UsageError(str(error)) from None


def _role(item: pytest.Item) -> Role | None:
    """Return which side an item of the suite judges, or None if it is not one of the suite."""
    name = getattr(getattr(item, "module", None), "__name__", "")
    if name.endswith("conformance.suite.test_store"):
        return "store"
    return "importer" if name.endswith("conformance.suite.test_importer") else None


def _template(item: pytest.Item) -> Any:
    """Return the scenario of an item as pytest-bdd read it, or None if the item is not one of the suite."""
    from pytest_bdd.scenario import scenario_wrapper_template_registry

    return (
        scenario_wrapper_template_registry.get(item.obj) if isinstance(item, pytest.Function) and _role(item) else None
    )


def _is_selected(item: pytest.Item, recorder: Recorder) -> bool:
    """True for a scenario of a selected requirement, and for every item that is no scenario of the suite."""
    template = _template(item)
    requirement = _requirement(_tags(template)) if template else None
    return requirement is None or (_role(item) == recorder.role and recorder.selected(requirement))


def _is_last(item: pytest.Item) -> bool:
    """True for a scenario that judges what other scenarios did."""
    from conformance.contract.requirements import LAST

    template = _template(item)
    return template is not None and LAST in _tags(template)


def _tags(scenario: Any) -> frozenset[str]:
    return frozenset(scenario.tags) | (frozenset(scenario.rule.tags) if scenario.rule else frozenset())


def _requirement(tags: frozenset[str]) -> str | None:
    from conformance.contract.requirements import id_of

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
