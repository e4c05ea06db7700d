"""``conformance run``: judges an endpoint, or embedded stores."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli import options
from conformance.cli.baseline_file import baseline_from
from conformance.cli.config_file import Configured
from conformance.cli.github import commands_off
from conformance.cli.multi_target import judge_targets
from conformance.cli.output import check_writable, check_writable_file, finish
from conformance.cli.progress import Progress
from conformance.cli.run_options import RunOptions
from conformance.core.interrupts import ignored, set_deadline

if TYPE_CHECKING:
    from conformance.runner.settings import RunSettings
    from conformance.runner.timing import Durations

EPILOG = """
\b
Exit status:
  0  every MUST requirement in scope was judged and conforms, or the
     baseline accepts that it was not exercised
  1  a MUST requirement deviates (beyond the baseline)
  2  wrong use, or an error of the suite itself
  3  incomplete: a MUST in scope could not be judged, the endpoint is
     not reachable, a signal stopped the run, or its deadline was reached
\b
Options may also be set in CONFORMANCE_RUN_… variables, in the table [run] of
conformance.toml, or in [tool.conformance.run] of pyproject.toml.
'conformance config' prints each effective value.
"""


@click.command(cls=Configured, epilog=EPILOG, short_help="Judge an endpoint, or embedded mock stores.")
@click.argument("url", required=False, envvar="CONFORMANCE_RUN_URL")
@options.endpoint
@options.truth
@options.permission
@options.bounds
@options.scope
@options.judging
@options.embedded
@options.watching
@options.report
def run(**params: Any) -> None:
    """Judge the endpoint at URL; without URL, the embedded mock store in every supported version."""
    given = RunOptions.of(params)
    folder = Path(given.report_dir)
    if given.deadline:
        set_deadline(given.deadline)
    if given.targets:
        if given.url:
            raise click.UsageError("--targets has the URLs: leave out the other URL")
        if given.har:
            raise click.UsageError("--har is the file of a single run: leave out --targets")
        if given.watch:
            raise click.UsageError("--watch is for a single endpoint: leave out --targets")
        check_writable(folder)
        sys.exit(judge_targets(given))
    if given.watch_dir and not given.watch:
        raise click.UsageError("--watch-dir needs --watch")
    settings = given.settings()
    check_writable(folder)
    if given.har:
        check_writable_file(Path(given.har), "--har")
    if given.watch:
        from conformance.cli.watching import judge_on_changes, open_watch, wait_for_shop

        written = [folder, *([Path(given.har)] if given.har else [])]
        changes = open_watch([Path(each) for each in given.watch_dir or (".",)], written)
        settle = partial(wait_for_shop, given.url or "", given.watch_delay)
        sys.exit(judge_on_changes(partial(judge, given, settings, alone=True), changes, settle))
    sys.exit(judge(given, settings))


def judge(given: RunOptions, settings: RunSettings, *, alone: bool = False) -> int:
    """Judge once, write the report, print it, and return the exit status. ``alone`` judges in a process of its own."""
    folder, known = Path(given.report_dir), baseline_from(given.baseline)
    measured: list[Durations] = []
    with ignored(), ExitStack() as at_the_end:  # judging can be stopped, but its report is written
        if given.har:
            settings = with_recording(settings, at_the_end)
        with commands_off(), Progress(quiet=given.quiet, verbose=given.verbose) as watch:
            if not given.url:
                from conformance.client.aiohttp_import import import_without_certificates

                import_without_certificates()  # embedded stores are reached without TLS
            from conformance.runner.run import run as run_suite
            from conformance.runner.workers import run_in_one_worker, run_in_workers

            report = run_suite(
                settings,
                baseline=known,
                allow_stale=given.allow_stale,
                watch=watch,
                measured=measured.append,
                judge=run_in_one_worker if alone else run_in_workers,
            )
        if given.har:
            at_the_end.callback(write_har, Path(settings.record), Path(given.har))
        durations = measured[0] if given.durations else None
        return finish(report, folder, level=settings.level, quiet=given.quiet, durations=durations)


def with_recording(settings: RunSettings, at_the_end: ExitStack) -> RunSettings:
    """Return the settings of a run that records its exchanges, if need be in a folder that is deleted at the end."""
    import msgspec

    from conformance.core.guardian import temporary_folder

    if settings.record:
        return settings
    folder = at_the_end.enter_context(temporary_folder("conformance-"))
    return msgspec.structs.replace(settings, record=str(folder))


def write_har(recording: Path, file: Path) -> None:
    """Write the exchanges of a run as a HAR file; the report is written before.

    Raises:
        OSError, ConformanceError: this is not possible.
    """
    from conformance.runner import har_files

    har_files.write_har(recording, file)
