"""Whatever goes wrong in a command is one line, and an exit status that is not that of a deviation."""

from __future__ import annotations

import errno
from collections.abc import Callable

import click
import pytest

from conformance.cli.errors import run_command
from conformance.core.errors import ConformanceError


def raising(error: BaseException) -> Callable[[], None]:
    """Return a command that ends with this error."""

    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (click.UsageError("no such thing"), 2, "conformance: no such thing"),
        (click.ClickException("no such file"), 2, "conformance: no such file"),
        (ConformanceError("The baseline is odd."), 2, "conformance: The baseline is odd."),
        (KeyboardInterrupt(), 3, "conformance: interrupted"),
        (click.Abort(), 3, "conformance: interrupted"),
        (EOFError(), 3, "conformance: interrupted"),
        (
            OSError(errno.EACCES, "Permission denied", "x"),
            2,
            "conformance: x can't be read or written: Permission denied",
        ),
        (OSError(errno.ENOSPC, "No space left"), 2, "conformance: the output can't be read or written: No space left"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 2, ""),
    ],
)
def test_an_error_is_one_line(error: BaseException, status: int, line: str, capfd: pytest.CaptureFixture[str]) -> None:
    """With the exit status of its kind."""
    assert run_command(raising(error)) == status
    assert capfd.readouterr().err.rstrip("\n") == line


@pytest.mark.parametrize("verbose", [False, True])
def test_an_unexpected_error_is_one_line_and_a_traceback_on_request(
    verbose: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """It says that the suite failed, and where."""
    assert run_command(raising(ZeroDivisionError("by zero")), verbose=verbose) == 2
    said = capfd.readouterr().err
    last = said.splitlines()[-1]
    assert last.startswith("conformance: an error of the suite itself, please report it: ZeroDivisionError: by zero (")
    assert "test_cli_errors.py, line " in last
    assert ("Traceback" in said) is verbose


def test_a_command_that_ends_well_has_status_0() -> None:
    """Otherwise the status with which it exits."""
    assert run_command(lambda: None) == 0
    assert run_command(raising(SystemExit(0))) == 0
    assert run_command(raising(SystemExit(3))) == 3
