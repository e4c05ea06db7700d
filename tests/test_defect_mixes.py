"""Defects in combination: each is reported by its own requirements, and by no other."""

from __future__ import annotations

from collections import defaultdict

from conformance.core.events import ignore_event
from conformance.core.verdict import Outcome, verdict_of
from conformance.runner.session import run_session
from conformance.runner.settings import EmbeddedTarget, RunSettings
from mockstore.behaviours.defects import defects

MIXES = (("cancelled-left-out", "no-address-breaks-export", "window-bounds-exclusive"),)
"""Defects that meet where the suite divides a window."""


def test_the_suites_own_parts_of_windows_accuse_nobody() -> None:
    """Orders in the first and last minute of such a part are the matter of WIN-6 alone."""
    targets = tuple(EmbeddedTarget("4.3.4", defects=names, label=" + ".join(names)) for names in MIXES)
    heard: dict[str, dict[str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for outcome in run_session(RunSettings(targets), ignore_event).outcomes:
        heard[outcome.target][outcome.requirement].append(outcome)
    for names in MIXES:
        verdicts = {name: verdict_of(outcomes)[0] for name, outcomes in heard[" + ".join(names)].items()}
        declared = frozenset[str]().union(*(defects()[name].caught_by for name in names))
        assert {name for name, verdict in verdicts.items() if verdict in ("deviates", "error")} == declared
