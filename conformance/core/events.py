"""Events that a run reports while it works. They are for the display of its progress. No verdict depends on them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class ScenarioStarted(msgspec.Struct, frozen=True, tag="began"):
    """A scenario has started: the ``number``-th of ``total``, or 0 of 0 if that isn't known.

    ``requests`` and ``deviations`` are how many the run has had so far.
    """

    requirement: str
    feature: str
    scenario: str
    requests: int
    deviations: int
    number: int = 0
    total: int = 0


class RequestsMade(msgspec.Struct, frozen=True, tag="asked"):
    """A target has got so many requests. Reported every few requests, while a scenario goes on."""

    target: str
    requests: int


class ExchangeFinished(msgspec.Struct, frozen=True, tag="exchanged"):
    """A request got its reply, or failed. Reported only with ``--verbose``."""

    target: str
    number: int
    method: str
    url: str
    outcome: str
    duration_ms: float


class StillWaiting(msgspec.Struct, frozen=True, tag="waits"):
    """The run waits for the importer. ``what`` describes its requests so far; ``limit_s`` is the longest wait."""

    what: str
    waited_s: float
    limit_s: float


class ImporterTried(msgspec.Struct, frozen=True, tag="tried"):
    """The importer was tried with something, the ``number``-th of ``total``. ``what`` is the sentence of a scenario."""

    what: str
    number: int
    total: int


Event = ScenarioStarted | RequestsMade | ExchangeFinished | StillWaiting | ImporterTried
EventHandler = Callable[[Event], None]


def ignore_event(event: Event) -> None:
    """Do nothing with an event: the handler of runs that show no progress."""
