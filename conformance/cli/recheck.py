"""``conformance recheck``: judge recorded exchanges again, without a network."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from conformance.cli.errors import UsageError
from conformance.cli.options import DEFAULT_DIR
from conformance.cli.output import show


@click.command(short_help="Judge the recorded exchanges of a report again, without a network.")
@click.argument("directory", metavar="DIR", type=click.Path())
@click.option(
    "--report-dir",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Write the report that it comes to. [default: none is written]",
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes. [default: one a core, four at most]")
@click.option("-q", "--quiet", is_flag=True, help="Print only whether it comes to the same.")
def recheck(directory: str, report_dir: str | None, jobs: int | None, quiet: bool) -> None:
    """Judge recorded exchanges without a network: those of a report folder again, or a real shop's traffic.

    The same suite comes to the same report.json, byte for byte; a newer one says what it decides otherwise.
    Exit status 0 if every verdict is the same, 1 if one isn't.

    A folder of NAME.request and NAME.reply files, each a whole HTTP message, is judged as observation; exit
    status as of 'conformance run'. "Authorization: Basic … (wrong)" says that credentials were wrong ones.
    """
    import msgspec

    from conformance.client.recording.tape import UnreadableTape
    from conformance.client.recording.traffic import holds_traffic
    from conformance.report import views
    from conformance.runner import run_record as records
    from conformance.runner.run import judge_again

    folder = Path(directory)
    if holds_traffic(folder):
        judge_traffic(folder, report_dir, quiet=quiet)
    try:
        record = records.read(folder)
        before = views.read(folder)
        settings = msgspec.structs.replace(record.settings, jobs=jobs or min(4, os.cpu_count() or 1))
        report = judge_again(msgspec.structs.replace(record, settings=settings))
        if report_dir is not None:
            views.write(report, Path(report_dir), settings.level)
    except (records.NoRecord, UnreadableTape, views.UnreadableReport, views.UnwritableReport) as error:
        raise UsageError(str(error)) from None
    if not quiet:
        show(report, Path(report_dir or folder))
    if views.encode(before) == views.encode(report):
        click.echo(f"The same report, byte for byte: {len(report.results)} results.")
        sys.exit(0)
    if record.settings.redact:
        click.echo("The exchanges are redacted: what is judged of names, streets, phones and e-mails may differ.")
    sys.exit(say_differences(before, report))


def say_differences(before: object, after: object) -> int:
    """Print what is decided otherwise; 1 if something is."""
    from rich.console import Console

    from conformance.report import diff as diffs
    from conformance.report.model import Report

    assert isinstance(before, Report)
    assert isinstance(after, Report)
    verdicts = [
        {(each.requirement, each.version): each.verdict for each in report.results} for report in (before, after)
    ]
    if before.suite_version != after.suite_version:
        click.echo(f"Recorded with suite {before.suite_version}, judged again with {after.suite_version}.")
    if verdicts[0] == verdicts[1]:
        click.echo(f"The same verdicts: {len(after.results)} results; their words or evidence differ.")
        return 0
    diffs.render(diffs.compare(before, after), Console(highlight=False))
    return 1


def judge_traffic(folder: Path, report_dir: str | None, *, quiet: bool) -> NoReturn:
    """Judge what somebody recorded of a shop, and end with the exit status that a run would have."""
    from conformance.client.recording.traffic import UnreadableTraffic
    from conformance.report import views
    from conformance.runner.run import run
    from conformance.runner.settings import RunSettings, TrafficTarget

    out = Path(report_dir or DEFAULT_DIR)
    try:
        report = run(RunSettings((TrafficTarget(str(folder), folder.resolve().name),), scope="observation"))
        views.write(report, out)
    except (UnreadableTraffic, views.UnwritableReport) as error:
        raise UsageError(str(error)) from None
    show(report, out, quiet=quiet)
    sys.exit(report.summary.exit_status)
