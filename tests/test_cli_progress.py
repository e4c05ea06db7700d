"""The line that shows how far a run is."""

from __future__ import annotations

import io
import sys

import pytest

from conformance.cli.progress import Progress, event_line, progress_line
from conformance.core.events import Event, RequestsMade, ScenarioStarted, StillWaiting
from conformance.runner.run import run
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection


def started(number: int = 12, total: int = 212, **more: int) -> ScenarioStarted:
    counts = {"requests": 3500, "deviations": 12, **more}
    return ScenarioStarted("SHP-23", "Status update with tracking", "SHP-23, x", number=number, total=total, **counts)


def test_the_line_tells_how_far_the_run_is() -> None:
    """It has the number of the scenario, of all scenarios, of requests and of deviations, and fits 80 columns."""
    line = progress_line(started())
    assert line == "12 of 212: SHP-23 Status update with tracking · 3500 requests · 12 deviate"
    assert len(line) < 80 - len("⠋ ")
    assert progress_line(started(requests=3, deviations=1), 20).endswith("· 20 requests · 1 deviates")
    assert progress_line(started(0, 0, deviations=0)) == "SHP-23 Status update with tracking · 3500 requests"
    assert event_line(RequestsMade("4.3.4", 20)) == "4.3.4: 20 requests"


def test_a_run_tells_each_scenario_and_its_requests() -> None:
    """The last scenario is number n of n; requests are told while a scenario goes on."""
    told: list[Event] = []
    run(RunSettings((EmbeddedTarget("4.3.4"),), selection=Selection(("CON-2",))), watch=told.append)
    scenarios = [event for event in told if isinstance(event, ScenarioStarted)]
    assert [event.number for event in scenarios] == list(range(1, len(scenarios) + 1))
    assert {event.total for event in scenarios} == {len(scenarios)}
    requests = [event.requests for event in told if isinstance(event, RequestsMade)]
    assert requests
    assert requests == sorted(requests)


@pytest.mark.parametrize("verbose", [True, False])
def test_requests_are_no_lines_of_their_own(verbose: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Where standard error is no terminal, they aren't printed: ``--verbose`` prints each exchange."""
    with Progress(quiet=False, verbose=verbose) as show:
        show(RequestsMade("4.3.4", 20))
    assert capsys.readouterr().err == ""


def test_a_terminal_shows_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, events change the line."""
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with Progress(quiet=False, verbose=False) as show:
        for event in (RequestsMade("4.3.4", 10), started(), RequestsMade("4.3.4", 4000), StillWaiting("waits", 1, 5)):
            show(event)
    assert "waits" in terminal.getvalue()
