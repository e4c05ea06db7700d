"""Variants in combination: if each variant conforms, so do several at once."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from conformance.core.events import ignore_event
from conformance.core.verdict import Outcome, verdict_of
from conformance.runner.settings import EmbeddedTarget, RunSettings
from conformance.runner.workers import run_in_workers
from mockstore.behaviours.conflicts import ALTERNATIVES
from mockstore.behaviours.variants import variants
from mockstore.shop.versions import VERSIONS


def mixes(seed: int, count: int) -> list[tuple[str, ...]]:
    """Return a number of mixes of about a dozen variants each."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        names = sorted(variants())
        chance.shuffle(names)
        chosen: list[str] = []
        for name in names:
            if not any(name in each and each & set(chosen) for each in ALTERNATIVES):
                chosen.append(name)
        found.append(tuple(chosen[:14]))
    return found


def test_every_alternative_exists() -> None:
    """The table names existing variants."""
    assert {name for each in ALTERNATIVES for name in each} <= set(variants())


@pytest.mark.slow
def test_no_mix_of_variants_is_accused() -> None:
    """Mixes are judged in several versions, with their units, zones and page sizes."""
    chosen = mixes(20261124, 16)
    targets = tuple(
        EmbeddedTarget(VERSIONS[number * 5 % len(VERSIONS)], variants=names, label=" + ".join(names))
        for number, names in enumerate(chosen)
    )
    judged = run_in_workers(RunSettings(targets), ignore_event)
    heard: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in judged.outcomes:
        heard[outcome.target, outcome.requirement].append(outcome)
    accused = {key: verdict_of(outcomes) for key, outcomes in heard.items()}
    wrong = {key: verdict for key, verdict in accused.items() if verdict[0] in ("deviates", "error")}
    assert not wrong
