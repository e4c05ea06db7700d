"""Shows the progress of a run: one changing line on a terminal, nothing in CI."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import click

from conformance.core.events import Event, EventHandler, ImporterTried, RequestsMade, ScenarioStarted, StillWaiting


class Progress:
    """A context whose value handles the events of a run. ``verbose`` prints each scenario and exchange.

    Unless ``quiet``, it prints that the run waits for a service: a person may have to start the service.
    """

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self._quiet, self._verbose = quiet, verbose and not quiet
        self._live = sys.stderr.isatty() and not quiet and not verbose
        self._status: Any = None
        self._scenario: ScenarioStarted | None = None
        self._requests: dict[str, int] = {}
        """Target → requests so far, as far as they were told since the scenario started."""

    def __enter__(self) -> EventHandler:
        if self._live:
            from rich.console import Console

            self._status = Console(stderr=True, highlight=False).status("starting")
            self._status.start()
        return self._show

    def _show(self, event: Event) -> None:
        if self._status is not None:
            self._update(event)
        elif isinstance(event, RequestsMade):
            return
        elif self._verbose or (isinstance(event, StillWaiting) and not self._quiet):
            with contextlib.suppress(OSError):  # the run matters more than standard error
                click.echo(event_line(event), err=True)

    def _update(self, event: Event) -> None:
        from rich.text import Text

        if isinstance(event, ScenarioStarted):
            self._scenario = event
        elif isinstance(event, RequestsMade):
            self._requests[event.target] = event.requests
        if isinstance(event, StillWaiting | ImporterTried):
            self._status.update(Text(event_line(event)))
        elif self._scenario is not None:
            self._status.update(Text(progress_line(self._scenario, sum(self._requests.values()))))

    def __exit__(self, *error: object) -> None:
        if self._status is not None:
            with contextlib.suppress(OSError):
                self._status.stop()


def progress_line(scenario: ScenarioStarted, requests: int = 0) -> str:
    """Return how far the run is, in one line: which scenario of how many, and what was found so far."""
    place = f"{scenario.number} of {scenario.total}: " if scenario.total else ""
    parts = [f"{place}{scenario.requirement} {scenario.feature}", f"{max(requests, scenario.requests)} requests"]
    if scenario.deviations:
        parts.append(f"{scenario.deviations} {'deviates' if scenario.deviations == 1 else 'deviate'}")
    return " · ".join(parts)


def event_line(event: Event) -> str:
    """Return an event as a line, without characters that a terminal would obey."""
    from conformance.report.wording import one_line

    return one_line(_line(event))


def _line(event: Event) -> str:
    if isinstance(event, ScenarioStarted):
        return event.scenario
    if isinstance(event, RequestsMade):
        return f"{event.target}: {event.requests} requests"
    if isinstance(event, StillWaiting):
        return f"{event.what}; waiting {max(0.0, event.limit_s - event.waited_s):.0f} s more"
    if isinstance(event, ImporterTried):
        return f"{event.number} of {event.total}: {event.what}"
    return f"  {event.target} #{event.number} {event.method} {event.url} → {event.outcome}, {event.duration_ms:.0f} ms"
