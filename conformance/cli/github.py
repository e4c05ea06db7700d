"""What a run gives GitHub Actions: a job summary and annotations. Nothing, outside of GitHub Actions."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from conformance.report.model import Report

SUMMARY = "GITHUB_STEP_SUMMARY"
"""Environment variable with the file to which a step appends its summary."""
MAX_SUMMARY_BYTES = 1_000_000
"""Size of a summary; GitHub refuses more than 1 MiB."""


def show_error(sentence: str) -> None:
    """Print the sentence with which a command ends as an annotation."""
    if os.environ.get(SUMMARY):
        from conformance.report.annotations import annotation

        click.echo(annotation("error", "conformance", sentence))


@contextmanager
def commands_off() -> Iterator[None]:
    """Keep GitHub from obeying commands in the output: a store could put them into its replies."""
    if not os.environ.get(SUMMARY):
        yield
        return
    token = secrets.token_hex(16)
    click.echo(f"::stop-commands::{token}")
    try:
        yield
    finally:
        click.echo(f"::{token}::")


def publish(reports: Mapping[str, Report]) -> None:
    """Append reports to the job summary, and print annotations. Keys are names of targets, "" for the only one."""
    file = os.environ.get(SUMMARY)
    if not file:
        return
    from conformance.report import annotations, markdown

    for name, report in reports.items():
        for line in annotations.render(report, name):
            click.echo(line)
    try:
        size = Path(file).stat().st_size if Path(file).exists() else 0
        with Path(file).open("ab") as summary:
            for name, report in reports.items():
                heading = f"# {markdown.escape(name)}\n\n" if name else ""
                page = f"{heading}{markdown.render(report)}\n".encode()
                size += len(page)
                if size > MAX_SUMMARY_BYTES:
                    break
                summary.write(page)
    except OSError as error:
        click.echo(f"!  the job summary {file} can't be written: {error.strerror or error}", err=True)
