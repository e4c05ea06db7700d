"""Runs the suite under pytest: gives each scenario its case, and takes down how it came out.

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

CASE = pytest.StashKey["ScenarioRun"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options ``--conformance-…``."""
    plain_pytest.add_options(parser)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> ScenarioRun:
    """The scenario under way."""
    found: ScenarioRun = request.node.stash[CASE]
    return found


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_apply_tag(tag: str, function: Any) -> bool:
    """Tags of the suite's features are its own, and no markers."""
    return True if tag in _OWN_TAGS or "-" in tag else None  # type: ignore[return-value]


_OWN_TAGS = frozenset({"must", "should", "info", "wire", "truth", "write", "notify", "hostile", "new", "command"})


def _identity(scenario: Any) -> tuple[str, frozenset[str]] | None:
    tags = set(scenario.tags) | (set(scenario.rule.tags) if scenario.rule else set())
    requirement = next((tag for tag in tags if "-" in tag), None)
    return (requirement, frozenset(tags)) if requirement else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the scenarios of requirements that aren't selected."""
    if "pytest_bdd" not in sys.modules:
        return
    from pytest_bdd.scenario import scenario_wrapper_template_registry

    if not any(_is_ours(item) for item in items):
        return
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
    """Open the case."""
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
    request.node.stash[CASE] = ScenarioRun(requirement, name, tags, recorder.subjects)


def _recorder(config: pytest.Config) -> Recorder | None:
    return config.stash.get(RECORDER, None)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Close the case: record how it came out, and make the item say so."""
    recorder = _recorder(pyfuncitem.config)
    started = time.perf_counter()
    try:
        result = yield
    except Exception as error:
        if (case := pyfuncitem.stash.get(CASE, None)) is not None and recorder is not None:
            case.fail(f"{type(error).__name__}: {error}")
            recorder.outcomes += case.outcomes
        raise
    case = pyfuncitem.stash.get(CASE, None)
    if case is None or recorder is None:
        return result
    outcomes = case.outcomes
    recorder.outcomes += outcomes
    recorder.begun = recorder.begun or started
    recorder.seconds[case.requirement] += time.perf_counter() - started
    if errors := [outcome for outcome in outcomes if outcome.error]:
        pytest.fail(f"fault of the suite: {errors[0].error}", pytrace=False)
    if deviating := [outcome for outcome in outcomes if outcome.findings]:
        text = "\n".join(describe(outcome) for outcome in deviating)
        if recorder.gated(case.requirement):
            pytest.fail(text, pytrace=False)
        pytest.xfail(text)
    if not any(outcome.judged for outcome in outcomes):
        pytest.skip("; ".join(dict.fromkeys(outcome.reason for outcome in outcomes)))
    return result


def describe(outcome: Outcome) -> str:
    """A deviating scenario in a few lines."""
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
