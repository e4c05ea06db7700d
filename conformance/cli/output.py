"""The end of a command that makes a report: write it, print it, return its exit status."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli import github
from conformance.core.interrupts import abandonable, force_no_longer, ignored

if TYPE_CHECKING:
    from conformance.report.model import Report
    from conformance.report.summary import GateLevel
    from conformance.runner.timing import Durations


def check_writable(folder: Path) -> None:
    """Check before a run that its report can be written.

    Raises:
        click.UsageError: it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise click.UsageError(
            f"the report folder {folder} can't be written: {error.strerror}; choose another with --report-dir"
        ) from None


def check_writable_file(path: Path, option: str) -> None:
    """Check before a run that a file can be written.

    Raises:
        click.UsageError: it cannot.
    """
    if path.exists() and not path.is_file():
        raise click.UsageError(f"{path} isn't a file; choose another with {option}")
    try:
        probe = path.with_name(f".{path.name}.writable")
        probe.touch()
        probe.unlink()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise click.UsageError(f"{path} can't be written: {why}; choose another file with {option}") from None


def show(report: Report, folder: Path | None, *, quiet: bool = False) -> None:
    """Print the report, or only its verdict; ``folder`` is where the report can be read."""
    from rich.console import Console

    from conformance.report import terminal, wording

    with abandonable(), github.commands_off():
        if quiet:
            click.echo(wording.one_line(wording.headline(report, wording.MAX_ONLY_REASON)))
        else:
            terminal.render(report, Console(highlight=False), folder)


def publish(
    report: Report,
    folder: Path,
    *,
    level: GateLevel | None = None,
    quiet: bool = False,
    durations: Durations | None = None,
) -> None:
    """Write the report and print it, also after a stop.

    Raises:
        UnwritableReport: the report cannot be written; it is printed all the same.
    """
    from conformance.report import views
    from conformance.report.wording import headline

    started = time.perf_counter()
    with ignored():
        unwritable: Exception | None = None
        try:
            views.write(report, folder, level)
        except Exception as error:  # the verdict is printed, whatever prevents the report
            unwritable = error
        try:
            show(report, None if unwritable else folder, quiet=quiet)
        except OSError:
            raise
        except Exception:
            click.echo(headline(report))
            raise
        if durations is not None:
            from conformance.runner.timing import as_text

            click.echo("\n".join(as_text(durations, time.perf_counter() - started)))
        force_no_longer()
        if unwritable:
            raise unwritable


def finish(
    report: Report,
    folder: Path,
    *,
    level: GateLevel | None = None,
    quiet: bool = False,
    durations: Durations | None = None,
) -> int:
    """Write the report, print it, and return its exit status.

    Raises:
        UnwritableReport: the report cannot be written; it is printed all the same.
    """
    try:
        publish(report, folder, level=level, quiet=quiet, durations=durations)
    finally:
        github.publish({"": report})
    return report.summary.exit_status
