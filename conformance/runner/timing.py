"""The durations of the parts of a run (``--durations``). No verdict depends on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

MAX_SLOWEST = 10
"""Requirements that are listed."""


class Durations(msgspec.Struct, frozen=True):
    """Seconds, summed over the processes of a run."""

    start_up: float = 0.0
    """Before the first scenario."""
    asking: float = 0.0
    """In exchanges, including the work of embedded stores."""
    judging: float = 0.0
    """The rest, until the suite's orders are deleted."""
    requirements: dict[str, float] = {}
    """In the scenarios of each requirement, including exchanges."""
    exchanges: int = 0
    """Number of exchanges."""
    processes: int = 1
    """Number of processes."""


def join_durations(parts: Iterable[Durations]) -> Durations:
    """Return the durations of several processes as one."""
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
    """Yield lines for a terminal; ``report`` is the time to write and print the report."""
    processes = f", over {spent.processes} processes" if spent.processes > 1 else ""
    yield f"Seconds{processes}:"
    yield f"  start-up  {spent.start_up:7.2f}"
    yield f"  asking    {spent.asking:7.2f}  ({spent.exchanges} exchanges, including the work of embedded stores)"
    yield f"  judging   {spent.judging:7.2f}"
    yield f"  report    {report:7.2f}"
    slowest = sorted(spent.requirements.items(), key=lambda each: -each[1])[:MAX_SLOWEST]
    yield f"Slowest: {', '.join(f'{name} {seconds:.2f}' for name, seconds in slowest)}"
