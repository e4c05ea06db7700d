"""Targets are distributed to processes, and durations are summed."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from conformance.core.events import Event, ScenarioStarted
from conformance.runner.settings import EmbeddedTarget
from conformance.runner.timing import Durations, as_text, join_durations
from conformance.runner.workers import batches_of, progress_of_batch


@given(st.integers(1, 60), st.integers(1, 5), st.integers(1, 30))
def test_every_target_is_in_one_portion(targets: int, jobs: int, max_batch: int) -> None:
    """Each target is in exactly one batch; no batch is empty, and sizes differ by one at most."""
    every = tuple(EmbeddedTarget("4.3.4", label=str(number)) for number in range(targets))
    portions = list(batches_of(every, jobs, max_batch))
    assert Counter(each for portion in portions for each in portion) == Counter(every)
    sizes = {len(portion) for portion in portions}
    assert min(sizes) > 0
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) <= max_batch
    assert len(portions) >= min(jobs, targets)


def test_progress_goes_on_from_batch_to_batch() -> None:
    """Two batches of two scenarios are shown as four scenarios."""
    shown: list[Event] = []
    for batch in range(2):
        for number in (1, 2):
            progress_of_batch(shown.append, batch, 2)(ScenarioStarted("CON-1", "Connection", "it", 0, 0, number, 2))
    assert [(event.number, event.total) for event in shown if isinstance(event, ScenarioStarted)] == [
        *((1, 4), (2, 4), (3, 4), (4, 4)),
    ]


def test_durations_of_processes_are_summed() -> None:
    """Durations are summed for each requirement, and the text lists the slowest first."""
    parts = [Durations(1.0, 2.0, 3.0, {"CON-1": 1.0}, 10), Durations(1.0, 1.0, 1.0, {"CON-1": 0.5, "WIN-1": 9.0}, 5)]
    whole = join_durations(parts)
    assert (whole.start_up, whole.asking, whole.judging, whole.exchanges, whole.processes) == (2.0, 3.0, 4.0, 15, 2)
    assert whole.requirements == {"CON-1": 1.5, "WIN-1": 9.0}
    assert list(as_text(whole, 0.5))[-1] == "Slowest: WIN-1 9.00, CON-1 1.50"
