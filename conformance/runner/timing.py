"""Where the time of a run went: measured, told where it is asked for, and never part of a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

SLOWEST = 10
"""Requirements that are named."""


class Durations(msgspec.Struct, frozen=True):
    """Seconds, summed over the processes of a run.

    ``start_up`` is what comes before the first scenario, ``asking`` the time in exchanges (the
    work of embedded stores included), ``judging`` the rest until orders are taken back, ``requirements``
    what each one's scenarios took, exchanges included.
    """

    start_up: float = 0.0
    asking: float = 0.0
    judging: float = 0.0
    requirements: dict[str, float] = {}
    exchanges: int = 0
    processes: int = 1


def joined(parts: Iterable[Durations]) -> Durations:
    """Those of several processes."""
    listed = list(parts)
    requirements: Counter[str] = Counter()
    for part in listed:
        requirements.update(part.requirements)
    return Durations(
        sum(part.start_up for part in listed),
        sum(part.asking for part in listed),
        sum(part.judging for part in listed),
        dict(requirements),
        sum(part.exchanges for part in listed),
        sum(part.processes for part in listed),
    )


def as_text(spent: Durations, report: float) -> Iterator[str]:
    """For a terminal; ``report`` is what summing up and writing took."""
    processes = f", over {spent.processes} processes" if spent.processes > 1 else ""
    yield f"Seconds{processes}:"
    yield f"  start-up  {spent.start_up:7.2f}"
    yield f"  asking    {spent.asking:7.2f}  ({spent.exchanges} exchanges, the stores' own work included)"
    yield f"  judging   {spent.judging:7.2f}"
    yield f"  report    {report:7.2f}"
    slowest = sorted(spent.requirements.items(), key=lambda each: -each[1])[:SLOWEST]
    yield f"Slowest: {', '.join(f'{name} {seconds:.2f}' for name, seconds in slowest)}"
