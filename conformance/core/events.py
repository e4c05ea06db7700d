"""What a run says while it works, for whoever watches; a judgement never depends on it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Began(msgspec.Struct, frozen=True, tag="began"):
    """A scenario begins; so many requests were made by then, so many requirements found to deviate."""

    requirement: str
    feature: str
    scenario: str
    requests: int
    deviations: int


class Exchanged(msgspec.Struct, frozen=True, tag="exchanged"):
    """A request got its reply; said only where somebody asked for each."""

    target: str
    number: int
    method: str
    url: str
    outcome: str
    duration_ms: float


class Waits(msgspec.Struct, frozen=True, tag="waits"):
    """Nothing goes on until somebody else does something: what they did so far, and how long is still waited."""

    what: str
    waited_s: float
    limit_s: float


Event = Began | Exchanged | Waits
Watch = Callable[[Event], None]


def ignore_event(event: Event) -> None:
    """Nobody watches."""
