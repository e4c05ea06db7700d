"""Commands about reports that are there already: their views again, the difference of two, a baseline of one."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from conformance.cli.errors import UsageError
from conformance.cli.output import show


@click.command("report")
@click.argument("directory", metavar="DIR", type=click.Path())
def report_again(directory: str) -> None:
    """Make the views of a report again from its report.json."""
    from conformance.report import views

    try:
        report = views.read(Path(directory))
        folder = Path(directory) if Path(directory).is_dir() else Path(directory).parent
        views.write(report, folder)
    except (views.UnreadableReport, views.UnwritableReport) as error:
        raise UsageError(str(error)) from None
    show(report, folder)


@click.command()
@click.argument("before", type=click.Path())
@click.argument("after", type=click.Path())
def diff(before: str, after: str) -> None:
    """Say what got better or worse between two reports. Exit status 1 if something got worse."""
    from rich.console import Console

    from conformance.report import diff as diffs
    from conformance.report import views

    try:
        found = diffs.compare(views.read(Path(before)), views.read(Path(after)))
    except views.UnreadableReport as error:
        raise UsageError(str(error)) from None
    diffs.render(found, Console(highlight=False))
    sys.exit(1 if found.worse else 0)


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path())
def baseline(directory: str) -> None:
    """Write a baseline of a report's deviations to standard output; each needs a reason before it counts."""
    from conformance.report import views
    from conformance.report.baseline import from_report

    try:
        click.echo(from_report(views.read(Path(directory))), nl=False)
    except views.UnreadableReport as error:
        raise UsageError(str(error)) from None
