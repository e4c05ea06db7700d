"""Says what is under way while a run lasts."""

from __future__ import annotations

import sys
from typing import Any

import click


class progress:  # noqa: N801 -- used like a function
    """Says what is under way: on a terminal as a line that changes, in CI not at all."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self._verbose = verbose and not quiet
        self._live = sys.stderr.isatty() and not quiet and not verbose
        self._status: Any = None

    def __enter__(self) -> Any:
        if self._live:
            from rich.console import Console

            self._status = Console(stderr=True).status("starting")
            self._status.start()
        return self._watch

    def _watch(self, requirement: str, scenario: str) -> None:
        if self._status is not None:
            self._status.update(f"{requirement}  {scenario.partition(', ')[2]}")
        elif self._verbose:
            click.echo(scenario, err=True)

    def __exit__(self, *error: object) -> None:
        if self._status is not None:
            self._status.stop()
