"""``conformance run``: judge an endpoint, or the embedded stores."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli import options
from conformance.cli.config_file import Configured
from conformance.cli.errors import UsageError
from conformance.cli.multi_target import judge_several
from conformance.cli.output import show
from conformance.cli.progress import Progress
from conformance.cli.run_settings import settings_of

if TYPE_CHECKING:
    from conformance.core.model import Role
    from conformance.report.baseline import Baseline

EXIT_STATUSES = """
\b
Exit status:
  0  every MUST requirement in scope was judged and conforms
  1  a MUST requirement deviates (beyond the baseline)
  2  wrong use, or a fault of the suite itself
  3  incomplete: not reached, or something in scope couldn't be judged
"""


@click.command(cls=Configured, epilog=EXIT_STATUSES)
@click.argument("url", required=False)
@options.endpoint
@options.truth
@options.permission
@options.bounds
@options.scope
@options.judging
@options.embedded
@options.report
def run(**given: Any) -> None:
    """Judge the endpoint at URL; without URL, the embedded mock store in every supported version."""
    from conformance.report import views
    from conformance.runner.timing import Durations, as_text

    if given["targets"]:
        if given["url"]:
            raise UsageError("--targets has the URLs: leave the other out")
        check_writable(Path(given["report_dir"]))
        sys.exit(judge_several(given, baseline_of))
    settings = settings_of(given)
    folder = Path(given["report_dir"])
    check_writable(folder)
    known = baseline_of(given["baseline"])
    measured: list[Durations] = []
    with Progress(quiet=given["quiet"], verbose=given["verbose"]) as watch:
        from conformance.runner.run import run as run_it
        from conformance.runner.workers import WorkerCrashed

        try:
            report = run_it(
                settings, baseline=known, allow_stale=given["allow_stale"], watch=watch, measured=measured.append
            )
        except WorkerCrashed as fault:
            raise UsageError(f"a worker process failed (a fault of the suite):\n{fault}") from None
    clock = time.perf_counter()
    try:
        views.write(report, folder, settings.level)
    except views.UnwritableReport as error:
        raise UsageError(str(error)) from None
    show(report, folder, quiet=given["quiet"])
    if given["durations"]:
        click.echo("\n".join(as_text(measured[0], time.perf_counter() - clock)))
    sys.exit(report.summary.exit_status)


def check_writable(folder: Path) -> None:
    """Find out before the run that the report can be written.

    Raises:
        Stop: where it can't.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(
            f"the report folder {folder} can't be written: {error.strerror}; choose another with --report-dir"
        ) from None


def baseline_of(path: str | None, role: Role = "store") -> Baseline | None:
    """The baseline in a file, None without one; it names requirements of this role.

    Raises:
        Stop: where it can't be taken.
    """
    if path is None:
        return None
    from conformance.contract.requirements import requirements
    from conformance.report.baseline import BaselineError, read_baseline

    try:
        return read_baseline(Path(path), {requirement.id for requirement in requirements(role)})
    except BaselineError as error:
        raise UsageError(str(error)) from None
