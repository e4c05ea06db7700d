"""Handles the errors of a command: one line on standard error, and the exit status.

:mod:`conformance.core.errors` lists which step raises which error. Commands raise ``click.UsageError`` for wrong use.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Callable

import click

from conformance.core.errors import ConformanceError, describe_fault
from conformance.core.exit_status import CONFORMING, FAILED, INCOMPLETE
from conformance.core.interrupts import stop_reason


def run_command(command: Callable[[], object], *, verbose: bool = False) -> int:
    """Run a command and return the exit status; print one line if it fails or is stopped.

    ``verbose`` adds the traceback of an unexpected error.
    """
    try:
        result: object = command()
    except SystemExit as end:
        result = end.code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return FAILED
    except click.ClickException as error:
        return _fail(_sentence(error))
    except ConformanceError as error:
        if verbose:
            _print("\n".join(getattr(error, "__notes__", ())))
        return _fail(str(error))
    except (KeyboardInterrupt, click.Abort, EOFError):
        return _fail(stop_reason() or "interrupted", INCOMPLETE)
    except OSError as error:
        if verbose:
            _print(traceback.format_exc())
        # SIGHUP comes when the terminal is gone, and then printing fails, too
        return _fail(_output_failed(error), INCOMPLETE if stop_reason() else FAILED)
    except Exception as error:
        if verbose:
            _print(traceback.format_exc())
        return _fail(describe_fault(error))
    status = result if isinstance(result, int) else CONFORMING
    return _fail(stop_reason(), INCOMPLETE) if stop_reason() and status == CONFORMING else status


def _fail(sentence: str, status: int = FAILED) -> int:
    from conformance.cli.credentials import hide
    from conformance.cli.github import show_error
    from conformance.report.wording import visible

    try:
        if sentence:
            _print(f"conformance: {sentence}")
            show_error(visible(hide(sentence)))
    except OSError:
        pass  # standard error is closed, too: the exit status says enough
    return status


def _print(text: str) -> None:
    """Print a text on standard error, without secrets and without characters that a terminal would obey."""
    from conformance.cli.credentials import hide
    from conformance.report.wording import visible

    click.echo(visible(hide(text)), err=True)


def _sentence(error: click.ClickException) -> str:
    """Return the message of a usage error; for a wrong option or argument, with the command that explains them."""
    message = error.format_message()
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None or type(error) is click.UsageError:
        return message
    return f"{message} See '{context.command_path} --help'."


def _output_failed(error: OSError) -> str:
    """Return what could not be read or written; "" if the reader of standard output has gone."""
    if error.filename is None:
        close_output()
    if error.errno == errno.EPIPE:
        return ""
    return f"{error.filename or 'the output'} can't be read or written: {error.strerror or error}"


def close_output() -> None:
    """Discard what is still to be printed: standard output failed, and Python would fail again when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
