"""Commands on existing reports: make the views again, compare two, write a baseline."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from conformance.cli.output import publish


@click.command("report")
@click.argument("directory", metavar="DIR", type=click.Path())
def report_again(directory: str) -> None:
    """Make the views of a report again from its report.json."""
    from conformance.report import views

    path = Path(directory)
    publish(views.read(path), path if path.is_dir() else path.parent)


@click.command(short_help="Show what differs between two reports.")
@click.argument("before", type=click.Path())
@click.argument("after", type=click.Path())
def diff(before: str, after: str) -> None:
    """Show what is better or worse in the second of two reports. Exit status 1 if a requirement newly deviates."""
    from rich.console import Console

    from conformance.report import diff as diffs
    from conformance.report import views

    found = diffs.compare(views.read(Path(before)), views.read(Path(after)))
    diffs.render(found, Console(highlight=False))
    sys.exit(1 if found.worse else 0)


@click.command(short_help="Print a baseline of a report's deviations.")
@click.argument("directory", metavar="DIR", type=click.Path())
@click.option(
    "--not-exercised",
    is_flag=True,
    help="Also print entries for the MUST requirements that can't be exercised in this shop.",
)
def baseline(directory: str, *, not_exercised: bool) -> None:
    """Print a baseline of a report's deviations. Each entry needs a reason before it can be used."""
    from conformance.report import views
    from conformance.report.baseline import from_report

    click.echo(from_report(views.read(Path(directory)), not_exercised=not_exercised), nl=False)
