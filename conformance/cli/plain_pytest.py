"""Runs the suite under plain pytest: ``pytest --pyargs conformance --conformance-url URL``.

The plug-in :mod:`conformance.pytest_plugin` loads this module when pytest collects a module of the suite.
"""

from __future__ import annotations

import re
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import click
import msgspec
import pytest

from conformance.cli import github
from conformance.cli.baseline_file import baseline_from
from conformance.cli.run import run as run_command
from conformance.cli.run_options import RunOptions
from conformance.contract.requirements import LEVELS
from conformance.core.errors import ConformanceError
from conformance.core.exit_status import CONFORMING, FAILED, INCOMPLETE
from conformance.core.interrupts import ignored, set_deadline, stop_reason, take_signals
from conformance.core.pytest_options import LISTS, SWITCHES, VALUES, WrongUse
from conformance.core.verdict import Outcome
from conformance.report import views
from conformance.report.model import Report
from conformance.report.wording import headline, one_line
from conformance.runner.build_report import build_report_or_fault
from conformance.runner.known_secrets import hide_in_result, secrets_of_all
from conformance.runner.recorder import Recorder
from conformance.runner.results import SessionResult
from conformance.runner.run import describe_run
from conformance.runner.scenarios import Picked, ScenarioPlugin, names_of
from conformance.runner.session import INTERRUPT, check_targets, delete_specimens, open_targets, session_result
from conformance.runner.settings import Selection

MAX_NAMED = 8
"""Requirements that a notice names, at most."""


def load(config: pytest.Config) -> None:
    """Load the plug-ins that run the suite.

    Raises:
        pytest.Collector.CollectError: the plug-in of pytest-bdd is turned off.
    """
    if not config.pluginmanager.hasplugin("pytest-bdd") and not config.pluginmanager.hasplugin("pytest_bdd.plugin"):
        raise pytest.Collector.CollectError("the suite needs the plug-in of pytest-bdd: leave out -p no:pytest-bdd")
    for level in LEVELS:
        config.addinivalue_line("markers", f"{level}: a scenario of the conformance suite of this level")
    plugin = PlainPytest()
    config.pluginmanager.register(ScenarioPlugin(plugin.begin), "conformance-scenarios")
    config.pluginmanager.register(plugin, "conformance-run")


class PlainPytest:
    """A pytest plug-in that judges an endpoint while plain pytest runs the scenarios of the suite."""

    def __init__(self) -> None:
        self._run: PlainRun | None = None
        self._of_suite: set[str] = set()
        self._failed = 0
        """Failures of the suite's items."""

    def begin(self, config: pytest.Config, picked: Picked) -> Recorder:
        """Open the target that pytest's options name, and return the recorder of the run.

        Raises:
            pytest.UsageError: the options cannot be used.
        """
        config.add_cleanup(take_signals())
        try:
            self._run = PlainRun(config, picked)
        except (click.ClickException, ConformanceError) as error:
            message = error.format_message() if isinstance(error, click.ClickException) else str(error)
            names = "|".join([*VALUES, *LISTS, *SWITCHES])
            message = re.sub(rf"--({names})\b", r"--conformance-\1", message)
            raise pytest.UsageError(message) from WrongUse()
        return self._run.recorder

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Let ``-k`` find a scenario by its requirement and feature, and ``-m`` by its level."""
        if (names := names_of(item)) is not None:
            requirement, feature, level = names
            self._of_suite.add(item.nodeid)
            item.extra_keyword_matches |= {requirement, feature}
            item.add_marker(level)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the failures of the suite's items, as pytest counts those of all."""
        self._failed += report.failed and not hasattr(report, "wasxfail") and report.nodeid in self._of_suite

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """End the run. Pytest's exit status becomes that of the suite, unless something else fails."""
        if self._run is None:
            return
        status = self._run.finish(stopped=_why_stopped(session, exitstatus))
        if exitstatus == pytest.ExitCode.INTERNAL_ERROR:
            session.exitstatus = FAILED
        elif session.testsfailed == self._failed:
            session.exitstatus = status

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the verdict."""
        if self._run is not None:
            terminalreporter.section("conformance")
            terminalreporter.line(self._run.headline)
            github.publish({"": report} if (report := self._run.report) else {})


def _why_stopped(session: pytest.Session, exitstatus: int) -> str:
    """Return why pytest ended before all scenarios had run; "" if it did not."""
    if why := session.shouldfail or session.shouldstop:
        return f"pytest ended early ({why if isinstance(why, str) else 'by an option'})"
    return INTERRUPT if exitstatus == pytest.ExitCode.INTERRUPTED else ""


class PlainRun:
    """A run that plain pytest drives: it opens the target at collection and reports when the session ends."""

    headline: str
    report: Report | None

    def __init__(self, config: pytest.Config, picked: Picked) -> None:
        # a run under plain pytest records no exchanges: it has a report folder only on request
        words = [*_arguments(config), "--no-record"]
        context = run_command.make_context("run", words, auto_envvar_prefix="CONFORMANCE_RUN")
        self._started, self._clock = datetime.now(UTC), perf_counter()
        options = RunOptions.of(context.params)
        self._settings = msgspec.structs.replace(options.settings(), started_at=self._started)
        self._baseline, self._allow_stale = baseline_from(options.baseline), options.allow_stale
        if options.deadline:
            set_deadline(options.deadline)
        self._folder: str | None = config.getoption("--conformance-report-dir")
        self._stack = ExitStack()
        try:
            self.recorder = self._stack.enter_context(open_targets(self._settings))
            self._select(picked)
            with suppress(KeyboardInterrupt):  # a stop takes effect at the first scenario, so that there is a report
                check_targets(self.recorder)
        except BaseException:
            self._stack.close()
            raise
        self.headline, self.report = "", None

    def _select(self, picked: Picked) -> None:
        """Select what both pytest's own options and those of the suite select.

        Raises:
            click.UsageError: this is nothing.
        """
        selected = self.recorder.selected
        self._picked = {name: counts for name, counts in picked.items() if selected(name)}
        if not self._picked:
            raise click.UsageError("no scenario is left: -k, -m, --deselect and --only leave out all of them")
        self.recorder.selected = lambda requirement: requirement in self._picked

    def finish(self, *, stopped: str) -> int:
        """Delete the suite's orders, close the target, write the report if requested, and return the exit status."""
        with ignored():
            return self._finish(stopped=stopped)

    def _finish(self, *, stopped: str) -> int:
        delete_specimens(self.recorder)
        result = session_result(self.recorder, self._clock, stopped=stopped, redact=self._settings.redact)
        secrets = secrets_of_all(self._settings.targets)
        result, only = judged_in_full(hide_in_result(result, secrets), self._picked)
        self._stack.close()
        report = build_report_or_fault(
            replace(describe_run(self._settings), selection=only),
            result,
            self._started,
            (datetime.now(UTC) - self._started).total_seconds(),
            baseline=self._baseline,
            allow_stale=self._allow_stale,
            secrets=secrets,
        )
        self.headline, self.report = one_line(headline(report)), report
        if self._folder:
            try:
                views.write(report, Path(self._folder), self._settings.level)
            except views.UnwritableReport as error:
                self.headline += f"\n{error}"
                return FAILED
        if stop_reason() and report.summary.exit_status == CONFORMING:
            self.headline += f"\n{stop_reason()}, when the report was complete"
            return INCOMPLETE
        return report.summary.exit_status


def judged_in_full(result: SessionResult, picked: Picked) -> tuple[SessionResult, Selection]:
    """Return the result without requirements that only some scenarios judged, and the selection that remains.

    A requirement conforms only if all of its scenarios were picked. If some were left out, it counts only if it
    deviates or has an error. If there is no other requirement, it is not exercised.
    """
    failing = {outcome.requirement for outcome in result.outcomes if outcome.findings or outcome.error}
    in_part = {name: counts for name, counts in picked.items() if counts[0] < counts[1] and name not in failing}
    whole = picked.keys() - in_part.keys()
    if not in_part:
        return result, Selection(tuple(sorted(whole)))
    kept = tuple(outcome for outcome in result.outcomes if outcome.requirement in whole)
    if not whole:
        kept = tuple(
            Outcome(
                requirement=each.requirement, scenario=each.scenario, target=each.target, reason=_share(each, in_part)
            )
            for each in result.outcomes
        )
    named = sorted(in_part)[:MAX_NAMED] + (["…"] if len(in_part) > MAX_NAMED else [])
    notice = f"pytest's options leave out some scenarios of {', '.join(named)}: they count only if they deviate"
    return (
        replace(result, outcomes=kept, notices=(*result.notices, notice)),
        Selection(tuple(sorted(whole or in_part))),
    )


def _share(outcome: Outcome, picked: Picked) -> str:
    some, all_of_them = picked[outcome.requirement]
    return f"pytest's options picked only {some} of its {all_of_them} scenarios"


def _arguments(config: pytest.Config) -> list[str]:
    """Return the options as arguments of ``conformance run``."""
    url = config.getoption("--conformance-url")
    arguments = [url] if url else []
    for name in VALUES.keys() - {"url"}:
        if value := config.getoption(f"--conformance-{name}"):
            arguments += [f"--{name}", value]
    for name in LISTS:
        for value in config.getoption(f"--conformance-{name}"):
            arguments += [f"--{name}", value]
    return [*arguments, *(f"--{name}" for name in SWITCHES if config.getoption(f"--conformance-{name}"))]
