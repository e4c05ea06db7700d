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

from conformance.runner.recorder import RECORDER, Recorder

if TYPE_CHECKING:
    from pytest_bdd.parser import Feature, Scenario

    from conformance.core.model import Role
    from conformance.core.verdict import Outcome
    from conformance.report.model import Report
    from conformance.suite.scenario import ScenarioRun

CASE = pytest.StashKey["ScenarioRun"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options for who runs the suite with pytest itself."""
    group = parser.getgroup("conformance", "ShipStation-CS-Cart conformance (pytest --pyargs conformance)")
    options = {
        "url": "the endpoint to judge; without it, the embedded mock store in all versions",
        "username": "the add-on's user name; the password comes from CONFORMANCE_PASSWORD",
        "store-version": "CS-Cart version",
        "control": "the store's control protocol; its token comes from CONFORMANCE_CONTROL_TOKEN",
        "scope": "observation, truth or full",
        "report-dir": "write the report here",
    }
    for name, text in options.items():
        group.addoption(f"--conformance-{name}", metavar=name.upper(), help=text)
    group.addoption("--conformance-allow-writes", action="store_true", help="let the suite make and change orders")


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
    recorder = _recorder(config) or _open_own(config)
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


OWN_RUN = pytest.StashKey["OwnRun"]()


class OwnRun:
    """A run that plain pytest drives: opened with the session, reported at its end."""

    def __init__(self, config: pytest.Config) -> None:
        from contextlib import ExitStack
        from datetime import UTC, datetime

        import msgspec

        from conformance.cli.run import run as command
        from conformance.cli.run_settings import settings_of
        from conformance.runner.session import opened, reach

        # pytest's own runs keep no exchanges: their report folder is asked for apart
        context = command.make_context("run", [*_arguments(config), "--no-record"])
        self.started, self.clock = datetime.now(UTC), time.perf_counter()
        self.settings = msgspec.structs.replace(settings_of(context.params), started_at=self.started)
        self.folder: str | None = config.getoption("--conformance-report-dir")
        self.stack = ExitStack()
        self.recorder = self.stack.enter_context(opened(self.settings))
        reach(self.recorder)
        self.headline = ""

    def finish(self, *, interrupted: bool) -> Report:
        """Take back, close, and make the report."""
        from datetime import UTC, datetime
        from pathlib import Path

        from conformance.report import views
        from conformance.runner.run import report_of
        from conformance.runner.session import session_result, take_back

        take_back(self.recorder)
        redact = self.settings.redact
        judged = session_result(self.recorder, self.clock, interrupted=interrupted, redact=redact)
        self.stack.close()
        seconds = (datetime.now(UTC) - self.started).total_seconds()
        report = report_of(self.settings, judged, self.started, seconds)
        if self.folder:
            views.write(report, Path(self.folder), self.settings.level)
        return report


def _arguments(config: pytest.Config) -> list[str]:
    """The options as ``conformance run`` takes them."""
    found = [config.getoption("--conformance-url")] if config.getoption("--conformance-url") else []
    for name in ("username", "store-version", "control", "scope"):
        if value := config.getoption(f"--conformance-{name}"):
            found += [f"--{name}", value]
    return [*found, "--allow-writes"] if config.getoption("--conformance-allow-writes") else found


def _open_own(config: pytest.Config) -> Recorder:
    import click

    try:
        own = OwnRun(config)
    except click.ClickException as wrong:
        message = wrong.format_message()
        raise pytest.UsageError(message.replace("Give --", "Give --conformance-")) from None
    config.stash[OWN_RUN] = own
    config.stash[RECORDER] = own.recorder
    return own.recorder


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """End a run that plain pytest drove; its exit status is the suite's."""
    if (own := session.config.stash.get(OWN_RUN, None)) is not None:
        report = own.finish(interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)
        own.headline = _headline(report)
        session.exitstatus = report.summary.exit_status


def _headline(report: Report) -> str:
    from conformance.report.wording import headline

    return headline(report)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The verdict in one line."""
    if (own := config.stash.get(OWN_RUN, None)) is not None:
        terminalreporter.section("conformance")
        terminalreporter.line(own.headline)


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
    from conformance.core.events import Began

    recorder.watch(Began(requirement, feature.name, name, recorder.requests, recorder.deviations))
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
