"""Runs a command of the suite in this process, as the command line runs it."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module

import click

from conformance.cli.errors import run_command
from conformance.cli.main import COMMANDS


@dataclass(frozen=True)
class Done:
    """What a command left: its exit status, and what it printed."""

    status: int
    stdout: str
    stderr: str


def command(name: str, *arguments: str) -> Done:
    """Run a command, and return what it left."""
    module, attribute = COMMANDS[name]
    found: click.Command = getattr(import_module(f"conformance.cli.{module}"), attribute)
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        status = run_command(lambda: found.main(list(arguments), prog_name=name, standalone_mode=False))
    return Done(status, out.getvalue(), err.getvalue())
