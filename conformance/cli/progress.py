"""Shows the progress of a run: one changing line on a terminal, nothing in CI."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import click

from conformance.core.events import Event, EventHandler, ScenarioStarted, StillWaiting


class Progress:
    """A context whose value handles the events of a run. ``verbose`` prints each scenario and exchange.

    Unless ``quiet``, it prints that the run waits for a service: a person may have to start the service.
    """

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self._quiet, self._verbose = quiet, verbose and not quiet
        self._live = sys.stderr.isatty() and not quiet and not verbose
        self._status: Any = None

    def __enter__(self) -> EventHandler:
        if self._live:
            from rich.console import Console

            self._status = Console(stderr=True, highlight=False).status("starting")
            self._status.start()
        return self._show

    def _show(self, event: Event) -> None:
        if self._status is not None and isinstance(event, StillWaiting):
            from rich.text import Text

            self._status.update(Text(event_line(event)))
        elif self._status is not None and isinstance(event, ScenarioStarted):
            self._status.update(
                f"{event.feature} · {event.requirement} · {event.requests} requests · "
                f"{event.deviations or 'no'} deviation{'' if event.deviations == 1 else 's'} so far"
            )
        elif self._verbose or (isinstance(event, StillWaiting) and not self._quiet):
            with contextlib.suppress(OSError):  # the run matters more than standard error
                click.echo(event_line(event), err=True)

    def __exit__(self, *error: object) -> None:
        if self._status is not None:
            with contextlib.suppress(OSError):
                self._status.stop()


def event_line(event: Event) -> str:
    """Return an event as a line, without characters that a terminal would obey."""
    from conformance.report.wording import one_line

    return one_line(_line(event))


def _line(event: Event) -> str:
    if isinstance(event, ScenarioStarted):
        return event.scenario
    if isinstance(event, StillWaiting):
        return f"{event.what}; waiting {max(0.0, event.limit_s - event.waited_s):.0f} s more"
    return f"  {event.target} #{event.number} {event.method} {event.url} → {event.outcome}, {event.duration_ms:.0f} ms"
