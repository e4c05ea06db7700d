"""``conformance recheck``: judges recorded exchanges without a network."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from conformance.cli.options import DEFAULT_DIR, jobs_option
from conformance.cli.output import finish, publish, show

if TYPE_CHECKING:
    from conformance.report.model import Report


@click.command(short_help="Judge recorded exchanges without a network.")
@click.argument("evidence", metavar="DIR|FILE", type=click.Path())
@click.option(
    "--report-dir",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Write the new report to this folder. [default: it is not written]",
)
@jobs_option("Processes.")
@click.option("-q", "--quiet", is_flag=True, help="Print only whether the verdicts are the same.")
def recheck(evidence: str, report_dir: str | None, jobs: int, quiet: bool) -> None:
    """Judge recorded exchanges without a network: those of a report folder, or the traffic of a real shop.

    The same suite makes the same report.json, byte for byte. If a newer suite decides differently, the differences
    are printed. Exit status 0 if every verdict is the same, 1 if a verdict differs.

    The traffic of a shop is a HAR file, as browsers, mitmproxy, Insomnia or Charles export it, or a folder of files
    NAME.request and NAME.reply, each a whole HTTP message. It is judged in the scope observation, with the exit status
    of 'conformance run'. Of a HAR file, only the exchanges with the add-on are judged. Write "Authorization: Basic …
    (wrong)" where the credentials were wrong. A HAR file of 'conformance run --har' is judged like that run's
    recording.
    """
    import msgspec

    from conformance.client.recording.traffic import has_traffic
    from conformance.report import views
    from conformance.runner import run_record as records
    from conformance.runner.run import judge_again

    folder = Path(evidence)
    if folder.exists() and not folder.is_dir():
        judge_har(folder, report_dir, jobs=jobs, quiet=quiet)
    if has_traffic(folder):
        judge_traffic({folder.resolve().name: folder}, report_dir, quiet=quiet)
    record = records.read(folder)
    before = views.read(folder)
    settings = msgspec.structs.replace(record.settings, jobs=jobs)
    after = judge_again(msgspec.structs.replace(record, settings=settings))
    if report_dir is not None and quiet:
        views.write(after, Path(report_dir), settings.level)
    elif report_dir is not None:
        publish(after, Path(report_dir), level=settings.level)
    elif not quiet:
        show(after, folder)
    if views.encode(before) == views.encode(after):
        click.echo(f"The same report, byte for byte: {len(after.results)} results.")
        sys.exit(0)
    if settings.redact:
        click.echo("The recording is redacted: verdicts about names, streets, phones and e-mails may differ.")
    sys.exit(0 if print_differences(before, after) else 1)


def print_differences(before: Report, after: Report) -> bool:
    """Print which verdicts differ, and return True if all are the same."""
    from rich.console import Console

    from conformance.report import diff as diffs

    verdicts = [
        {(each.requirement, each.version): each.verdict for each in report.results} for report in (before, after)
    ]
    if before.suite_version != after.suite_version:
        click.echo(f"Recorded with suite {before.suite_version}, judged again with {after.suite_version}.")
    if verdicts[0] == verdicts[1]:
        click.echo(f"The same verdicts: {len(after.results)} results; their texts or evidence differ.")
        return True
    diffs.render(diffs.compare(before, after), Console(highlight=False))
    return False


def judge_har(file: Path, report_dir: str | None, *, jobs: int, quiet: bool) -> NoReturn:
    """Judge a HAR file, and exit with the status of a run. One that a run wrote is judged like the run's recording.

    Raises:
        UnreadableHar: it is damaged, or has no exchange that can be judged.
    """
    import msgspec

    from conformance.client.recording.har import read_har
    from conformance.client.recording.har_traffic import har_traffic
    from conformance.core.guardian import temporary_folder
    from conformance.runner.har_files import restore_recording
    from conformance.runner.run import judge_again

    har = read_har(file)
    if not har.own:
        judge_traffic(dict.fromkeys(har_traffic(har), file), report_dir, quiet=quiet)
    with temporary_folder("conformance-") as folder:
        record = restore_recording(har, folder)
        settings = msgspec.structs.replace(record.settings, jobs=jobs)
        report = judge_again(msgspec.structs.replace(record, settings=settings))
    sys.exit(finish(report, Path(report_dir or DEFAULT_DIR), level=settings.level, quiet=quiet))


def judge_traffic(places: Mapping[str, Path], report_dir: str | None, *, quiet: bool) -> NoReturn:
    """Judge the recorded traffic of shops, given the place of each, and exit with the status of a run."""
    from conformance.runner.run import run
    from conformance.runner.settings import RunSettings, TrafficTarget

    targets = tuple(TrafficTarget(str(place), name) for name, place in places.items())
    report = run(RunSettings(targets, scope="observation"))
    sys.exit(finish(report, Path(report_dir or DEFAULT_DIR), quiet=quiet))
