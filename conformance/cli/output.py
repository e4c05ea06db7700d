"""A report in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from conformance.report.model import Report


def show(report: Report, folder: Path, *, quiet: bool = False) -> None:
    """Print the report for a person."""
    from rich.console import Console

    from conformance.report import terminal, wording

    if quiet:
        click.echo(wording.headline(report))
        return
    terminal.render(report, Console(highlight=False), folder)
