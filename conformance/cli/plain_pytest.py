"""Runs the suite under plain pytest: ``pytest --pyargs conformance --conformance-url URL``.

The plug-in :mod:`conformance.pytest_plugin` calls this module when pytest itself collects the suite's scenarios. It is
loaded into every pytest run, so this module imports everything else only when the suite runs.
"""

from __future__ import annotations

import re
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import pytest

from conformance.core.errors import ConformanceError
from conformance.core.interrupts import ignored, set_deadline, stop_reason, take_signals
from conformance.runner.recorder import RECORDER, Recorder

OPTIONS = {
    "url": "URL of the endpoint to judge [default: the embedded mock store in all versions]",
    "username": "user name of the add-on; the password comes from CONFORMANCE_PASSWORD",
    "store-version": "CS-Cart version",
    "control": "URL of the store's control protocol; the token comes from CONFORMANCE_CONTROL_TOKEN",
    "scope": "observation, truth or full",
    "report-dir": "folder to write the report to",
}
"""Option of pytest without ``--conformance-`` → its help text; most are options of ``conformance run``."""


def add_options(parser: pytest.Parser) -> None:
    """Add the options ``--conformance-…`` to pytest."""
    group = parser.getgroup("conformance", "ShipStation-CS-Cart conformance (pytest --pyargs conformance)")
    for name, text in OPTIONS.items():
        group.addoption(f"--conformance-{name}", metavar=name.upper(), help=text)
    group.addoption(
        "--conformance-allow-writes", action="store_true", help="allow the suite to create and change orders"
    )


class PlainRun:
    """A run that plain pytest drives: it opens the target at collection and reports when the session ends."""

    def __init__(self, config: pytest.Config) -> None:
        import msgspec

        from conformance.cli.run import run as command
        from conformance.cli.run_options import RunOptions
        from conformance.runner.session import check_targets, open_targets

        # a run under plain pytest records no exchanges: it has a report folder only on request
        context = command.make_context("run", [*_arguments(config), "--no-record"])
        self._started, self._clock = datetime.now(UTC), perf_counter()
        options = RunOptions.of(context.params)
        self._settings = msgspec.structs.replace(options.settings(), started_at=self._started)
        if options.deadline:
            set_deadline(options.deadline)
        self._folder: str | None = config.getoption("--conformance-report-dir")
        self._stack = ExitStack()
        try:
            self.recorder = self._stack.enter_context(open_targets(self._settings))
            with suppress(KeyboardInterrupt):  # a stop takes effect at the first scenario, so that there is a report
                check_targets(self.recorder)
        except BaseException:
            self._stack.close()
            raise
        self.headline = ""

    def finish(self, *, interrupted: bool) -> int:
        """Delete the suite's orders, close the target, write the report if requested, and return the exit status."""
        with ignored():
            return self._finish(interrupted=interrupted)

    def _finish(self, *, interrupted: bool) -> int:
        from conformance.core.exit_status import CONFORMING, FAILED, INCOMPLETE
        from conformance.report import views
        from conformance.report.wording import headline, one_line
        from conformance.runner.build_report import build_report_or_fault
        from conformance.runner.known_secrets import hide_in_result, secrets_of_all
        from conformance.runner.run import describe_run
        from conformance.runner.session import delete_specimens, session_result

        delete_specimens(self.recorder)
        result = session_result(self.recorder, self._clock, interrupted=interrupted, redact=self._settings.redact)
        secrets = secrets_of_all(self._settings.targets)
        result = hide_in_result(result, secrets)
        self._stack.close()
        seconds = (datetime.now(UTC) - self._started).total_seconds()
        description = describe_run(self._settings)
        report = build_report_or_fault(description, result, self._started, seconds, secrets=secrets)
        self.headline = one_line(headline(report))
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


PLAIN_RUN = pytest.StashKey[PlainRun]()


def _arguments(config: pytest.Config) -> list[str]:
    """Return the options as arguments of ``conformance run``."""
    url = config.getoption("--conformance-url")
    arguments = [url] if url else []
    for name in ("username", "store-version", "control", "scope"):
        if value := config.getoption(f"--conformance-{name}"):
            arguments += [f"--{name}", value]
    return [*arguments, "--allow-writes"] if config.getoption("--conformance-allow-writes") else arguments


def begin(config: pytest.Config) -> Recorder:
    """Open the target that pytest's options name, and return the recorder of the run.

    Raises:
        pytest.UsageError: the options cannot be used.
    """
    import click

    config.add_cleanup(take_signals())
    try:
        run = PlainRun(config)
    except (click.ClickException, ConformanceError) as error:
        message = error.format_message() if isinstance(error, click.ClickException) else str(error)
        names = "|".join([*OPTIONS, "allow-writes"])
        raise pytest.UsageError(re.sub(rf"--({names})\b", r"--conformance-\1", message)) from None
    config.stash[PLAIN_RUN] = run
    config.stash[RECORDER] = run.recorder
    return run.recorder


def end(session: pytest.Session, exitstatus: int) -> None:
    """End the run if plain pytest drove one, and set pytest's exit status to that of the suite."""
    if (run := session.config.stash.get(PLAIN_RUN, None)) is not None:
        session.exitstatus = run.finish(interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)


def print_verdict(reporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the verdict in one line if plain pytest drove a run."""
    if (run := config.stash.get(PLAIN_RUN, None)) is not None:
        reporter.section("conformance")
        reporter.line(run.headline)
