"""The command ``conformance``: which commands there are. What each does is imported when it is asked for."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import Any

import click

from conformance import __version__
from conformance.cli.errors import WRONG_USE, UsageError
from conformance.core.errors import ConformanceError
from conformance.core.gc_tuning import SELDOM
from conformance.core.interrupts import take_interrupts

COMMANDS = {
    "run": ("run", "run"),
    "importer": ("importer", "importer"),
    "list": ("requirements", "list_requirements"),
    "explain": ("requirements", "explain"),
    "worksheet": ("worksheet", "worksheet"),
    "recheck": ("recheck", "recheck"),
    "report": ("reports", "report_again"),
    "diff": ("reports", "diff"),
    "baseline": ("reports", "baseline"),
    "selfcheck": ("selfcheck", "selfcheck"),
}
"""Name → the module in :mod:`conformance.cli` and the command in it, in the order of ``--help``."""


class Commands(click.Group):
    """A group that imports a command when it is asked for."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Carry out the command line.

        What is imported stays, and what is left at the end goes with the process: looking for cycles in either takes a
        tenth of a run.
        """
        gc.set_threshold(*SELDOM)
        take_interrupts()
        try:
            return super().main(*arguments, **options)
        except click.ClickException:
            raise
        except ConformanceError as error:
            UsageError(str(error)).show()
            sys.exit(WRONG_USE)
        finally:
            gc.freeze()

    def list_commands(self, context: click.Context) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of that name."""
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name]
        found: click.Command = getattr(import_module(f"conformance.cli.{module}"), attribute)
        return found


@click.group(
    cls=Commands,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "CONFORMANCE",
        "max_content_width": 100,
    },
)
@click.version_option(__version__, prog_name="conformance")
def main() -> None:
    """Judge a ShipStation-CS-Cart integration against its contract, and against what the store holds."""
