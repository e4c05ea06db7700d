"""The command ``conformance`` and the table of its subcommands. A subcommand is imported when it is called."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from conformance import __version__
from conformance.cli.errors import close_output, run_command
from conformance.core.exit_status import FAILED
from conformance.core.gc_tuning import GC_THRESHOLDS
from conformance.core.interrupts import ignore_signals, ignored, interruptible, take_signals

COMMANDS = {
    "run": ("run", "run"),
    "importer": ("importer", "importer"),
    "config": ("config", "config"),
    "list": ("requirements", "list_requirements"),
    "explain": ("requirements", "explain"),
    "check-control": ("check_control", "check_control"),
    "worksheet": ("worksheet", "worksheet"),
    "recheck": ("recheck", "recheck"),
    "report": ("reports", "report_again"),
    "tidy": ("tidy", "tidy"),
    "diff": ("reports", "diff"),
    "baseline": ("reports", "baseline"),
    "attest": ("attest", "attest"),
    "verify": ("attest", "verify"),
    "selfcheck": ("selfcheck", "selfcheck"),
}
"""Name → module in :mod:`conformance.cli` and command in it, in the order of ``--help``."""


def check_arguments(words: Sequence[str]) -> None:
    """Check that the arguments are text: no file of a report could hold other bytes.

    Raises:
        click.UsageError: an argument isn't UTF-8.
    """
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise click.UsageError(
                f"an argument isn't UTF-8 text: {word.encode(errors='backslashreplace').decode()}"
            ) from None


class Commands(click.Group):
    """A group that imports a subcommand when it is called."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command line and exit; the parameters are click's.

        Python seldom searches for reference cycles here: most objects stay until the process ends, and the search
        would take a tenth of a run.
        """
        gc.set_threshold(*GC_THRESHOLDS)
        take_signals()
        options["standalone_mode"] = False
        words = sys.argv[1:]

        def command() -> object:
            check_arguments(words)
            with interruptible():
                return super(Commands, self).main(*arguments, **options)

        with ignored():
            status = run_command(command, verbose=bool({"-v", "--verbose"} & set(words)))
        ignore_signals()
        gc.freeze()
        sys.exit(status)

    def invoke(self, context: click.Context) -> Any:
        """Run a subcommand. Without this, click would exit with 1 if the reader of standard output has gone."""
        try:
            return super().invoke(context)
        except BrokenPipeError:
            close_output()
            context.exit(FAILED)

    def list_commands(self, context: click.Context) -> list[str]:
        """Return all names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return the subcommand of that name, or None."""
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
