"""Runs the suite under pytest: gives each scenario its :class:`ScenarioRun`, and records the outcome.

Light to import: it is loaded into every pytest run of an environment where the package is
installed, and does nothing there unless the suite itself is collected.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from conformance.cli import plain_pytest
from conformance.runner.recorder import RECORDER, Recorder

if TYPE_CHECKING:
    from pytest_bdd.parser import Feature, Scenario

    from conformance.core.model import Role
    from conformance.core.verdict import Outcome
    from conformance.suite.scenario import ScenarioRun

SCENARIO_RUN = pytest.StashKey["ScenarioRun"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options ``--conformance-…``."""
    plain_pytest.add_options(parser)


@pytest.fixture
def scenario_run(request: pytest.FixtureRequest) -> ScenarioRun:
    """Return the scenario that runs."""
    found: ScenarioRun = request.node.stash[SCENARIO_RUN]
    return found


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_apply_tag(tag: str, function: Any) -> bool:
    """Keep the tags of the suite's features from becoming pytest markers."""
    from conformance.contract.requirements import is_tag

    return True if is_tag(tag) else None  # type: ignore[return-value]


def _identity(scenario: Any) -> tuple[str, frozenset[str]] | None:
    """Return the requirement of a scenario, and its tags."""
    from conformance.contract.requirements import id_of

    tags = set(scenario.tags) | (set(scenario.rule.tags) if scenario.rule else set())
    requirement = id_of(tags)
    return (requirement, frozenset(tags)) if requirement else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the scenarios of requirements that aren't selected.

    Raises:
        pytest.UsageError: if the sentences of a feature file don't fit together.
    """
    if "pytest_bdd" not in sys.modules:
        return
    from pytest_bdd.scenario import scenario_wrapper_template_registry

    if not any(_is_ours(item) for item in items):
        return
    if any(_role(item) == "store" for item in items):
        _check_features()
    recorder = _recorder(config) or plain_pytest.begin(config)
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        template = scenario_wrapper_template_registry.get(getattr(item, "obj", _is_ours))
        identity = _identity(template) if template and _is_ours(item) else None
        wanted = identity is None or (_role(item) == recorder.role and recorder.selected(identity[0]))
        (kept if wanted else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept
    templates = [(item, scenario_wrapper_template_registry.get(getattr(item, "obj", _is_ours))) for item in kept]
    recorder.prepare([_told(item, template) for item, template in templates if template and _is_ours(item)])


def _check_features() -> None:
    from conformance.contract.requirements import FeatureError
    from conformance.suite.sentences import check_features

    try:
        check_features()
    except FeatureError as error:
        raise pytest.UsageError(str(error)) from None


def _told(item: pytest.Item, template: Any) -> tuple[frozenset[str], list[str]]:
    """The tags of a scenario, and its sentences with the examples filled in."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    scenario = template.render(parameters.get("_pytest_bdd_example", {}))
    identity = _identity(template)
    return identity[1] if identity else frozenset(), [step.name for step in scenario.steps]


def _is_ours(item: pytest.Item) -> bool:
    return _role(item) is not None


def _role(item: pytest.Item) -> Role | None:
    """Whose side an item of the suite judges."""
    name = getattr(getattr(item, "module", None), "__name__", "")
    if name.endswith("conformance.suite.test_store"):
        return "store"
    return "importer" if name.endswith("conformance.suite.test_importer") else None


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """End a run that plain pytest drove; its exit status is the suite's."""
    plain_pytest.end(session, exitstatus)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the verdict of a run that plain pytest drove."""
    plain_pytest.print_verdict(terminalreporter, config)


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Feature, scenario: Scenario) -> None:
    """Begin a scenario, for all targets."""
    recorder = _recorder(request.config)
    identity = _identity(scenario)
    if recorder is None or identity is None:
        return
    from conformance.suite.scenario import ScenarioRun

    requirement, tags = identity
    name = scenario.name
    if (
        example := request.node.callspec.params.get("_pytest_bdd_example")
        if hasattr(request.node, "callspec")
        else None
    ):
        name = f"{name}: {', '.join(example.values())}"
    from conformance.core.events import ScenarioStarted

    recorder.watch(ScenarioStarted(requirement, feature.name, name, recorder.requests, recorder.deviations))
    sentences = [step.name for step in scenario.steps]
    request.node.stash[SCENARIO_RUN] = ScenarioRun(requirement, name, tags, recorder.subjects, sentences)


def _recorder(config: pytest.Config) -> Recorder | None:
    return config.stash.get(RECORDER, None)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """End a scenario: record its outcomes, and let the test item pass, fail or be skipped accordingly."""
    recorder = _recorder(pyfuncitem.config)
    started = time.perf_counter()
    try:
        result = yield
    except Exception as error:
        if (run := pyfuncitem.stash.get(SCENARIO_RUN, None)) is not None and recorder is not None:
            run.fail(f"{type(error).__name__}: {error}")
            recorder.outcomes += run.outcomes
        raise
    run = pyfuncitem.stash.get(SCENARIO_RUN, None)
    if run is None or recorder is None:
        return result
    outcomes = run.outcomes
    recorder.outcomes += outcomes
    recorder.begun = recorder.begun or started
    recorder.seconds[run.requirement] += time.perf_counter() - started
    if errors := [outcome for outcome in outcomes if outcome.error]:
        pytest.fail(f"fault of the suite: {errors[0].error}", pytrace=False)
    if deviating := [outcome for outcome in outcomes if outcome.findings]:
        text = "\n".join(describe(outcome) for outcome in deviating)
        if recorder.gated(run.requirement):
            pytest.fail(text, pytrace=False)
        pytest.xfail(text)
    if not any(outcome.judged for outcome in outcomes):
        pytest.skip("; ".join(dict.fromkeys(outcome.reason for outcome in outcomes)))
    return result


def describe(outcome: Outcome) -> str:
    """Return a deviating scenario in a few lines."""
    lines = [f"{outcome.requirement} deviates, version {outcome.target}:"]
    for finding in outcome.findings[:3]:
        lines.append(f"  {finding.message}")
        if finding.order:
            lines.append(f"    order     {finding.order}")
        if finding.xpath:
            lines.append(f"    at        {finding.xpath}")
        if finding.expected is not None or finding.actual is not None:
            lines += [f"    expected  {finding.expected}", f"    actual    {finding.actual}"]
    if len(outcome.findings) > 3:
        lines.append(f"  … and {len(outcome.findings) - 3} more")
    return "\n".join(lines)
