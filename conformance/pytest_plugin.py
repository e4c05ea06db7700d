"""Runs the suite under pytest: gives each scenario its case, and takes down how it came out.

Light to import: it is loaded into every pytest run of an environment where the package is
installed, and does nothing there unless the suite itself is collected.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_bdd.parser import Feature, Scenario

    from conformance.suite.case import Case
    from conformance.verdict import Outcome

CASE = pytest.StashKey["Case"]()


class Recorder:
    """One session's way of judging: which subjects, which requirements, and what came out."""

    def __init__(
        self,
        subjects: Iterable[Any],
        *,
        selected: Callable[[str], bool] = lambda requirement: True,
        gated: Callable[[str], bool] = lambda requirement: True,
        watch: Callable[[str, str], None] = lambda requirement, scenario: None,
    ) -> None:
        self.subjects = list(subjects)
        self.selected, self.gated, self.watch = selected, gated, watch
        self.outcomes: list[Outcome] = []


RECORDER = pytest.StashKey[Recorder]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options for who runs the suite with pytest itself."""
    group = parser.getgroup("conformance", "ShipStation-CS-Cart conformance (pytest --pyargs conformance)")
    group.addoption("--target", metavar="URL", help="the endpoint to judge; without it, the embedded mock store")
    group.addoption("--store-version", action="append", metavar="V", help="CS-Cart version (repeatable)")
    group.addoption("--control", metavar="URL", help="the store's control protocol")
    group.addoption("--allow-writes", action="store_true", help="let the suite make and change orders")
    group.addoption("--scope", choices=("observation", "truth", "full"), default="full")
    group.addoption("--report-dir", metavar="DIR", help="write the report here")


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """The scenario under way."""
    return request.node.stash[CASE]


def pytest_bdd_apply_tag(tag: str, function: Any) -> bool:
    """Tags of the suite's features are its own, and no markers."""
    return True if tag in _OWN_TAGS or "-" in tag else None  # type: ignore[return-value]


_OWN_TAGS = frozenset({"must", "should", "info", "wire", "truth", "write", "notify", "hostile", "new"})


def _identity(scenario: Any) -> tuple[str, frozenset[str]] | None:
    tags = set(scenario.tags) | (set(scenario.rule.tags) if scenario.rule else set())
    requirement = next((tag for tag in tags if "-" in tag), None)
    return (requirement, frozenset(tags)) if requirement else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the scenarios of requirements that aren't selected."""
    recorder = config.stash.get(RECORDER, None)
    if recorder is None:
        return
    from pytest_bdd.scenario import scenario_wrapper_template_registry

    kept, left = [], []
    for item in items:
        template = scenario_wrapper_template_registry.get(getattr(item, "obj", None))
        identity = _identity(template) if template else None
        (kept if identity is None or recorder.selected(identity[0]) else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Feature, scenario: Scenario) -> None:
    """Open the case."""
    recorder = _recorder(request.config)
    identity = _identity(scenario)
    if recorder is None or identity is None:
        return
    from conformance.suite.case import Case

    requirement, tags = identity
    name = scenario.name
    if (example := request.node.callspec.params.get("_pytest_bdd_example") if hasattr(request.node, "callspec") else None):
        name = f"{name}: {', '.join(example.values())}"
    recorder.watch(requirement, name)
    request.node.stash[CASE] = Case(requirement, name, tags, recorder.subjects)


def _recorder(config: pytest.Config) -> Recorder | None:
    return config.stash.get(RECORDER, None)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Close the case: record how it came out, and make the item say so."""
    recorder = _recorder(pyfuncitem.config)
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
    lines = [f"{outcome.requirement} deviates, version {outcome.version}:"]
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
