"""Defects in combination: each is reported by its own requirements, and by no other."""

from __future__ import annotations

from collections import defaultdict

from conformance.core.events import ignore_event
from conformance.core.verdict import Outcome, verdict_of
from conformance.runner.session import run_session
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection
from mockstore.behaviours.defects import defects

NEW_YORK = "4.0.1"
UTC_AHEAD = "4.3.4"
MIXES: tuple[tuple[str, tuple[str, ...], frozenset[str]], ...] = (
    # where the suite divides a window, orders lie in the first and last minute of the parts
    (UTC_AHEAD, ("cancelled-left-out", "no-address-breaks-export", "window-bounds-exclusive"), frozenset()),
    # a notification without credentials ships the order, and the store then refuses anything about it
    (UTC_AHEAD, ("shipnotify-open-to-all", "malformed-body-of-open-order-200"), frozenset()),
    # orders are in other parts than the store's record says: a failing window is divided by the store's own shift
    (NEW_YORK, ("window-in-shop-zone", "cdata-ended-early"), frozenset()),
)
"""CS-Cart version, defects, and the requirements that can't report them together."""


def test_a_mix_of_defects_accuses_no_other_requirement() -> None:
    """And each requirement of the defects reports them, as far as that is possible."""
    targets = tuple(EmbeddedTarget(version, defects=names, label=" + ".join(names)) for version, names, _ in MIXES)
    heard: dict[str, dict[str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for outcome in run_session(RunSettings(targets), ignore_event).outcomes:
        heard[outcome.target][outcome.requirement].append(outcome)
    for _, names, hidden in MIXES:
        verdicts = {name: verdict_of(outcomes)[0] for name, outcomes in heard[" + ".join(names)].items()}
        declared = frozenset[str]().union(*(defects()[name].caught_by for name in names))
        assert {name for name, verdict in verdicts.items() if verdict in ("deviates", "error")} == declared - hidden


def test_order_data_is_found_in_any_encoding() -> None:
    """A store that exports in UTF-16, and needs no password for another spelling of the action, leaks order data."""
    broken = EmbeddedTarget(UTC_AHEAD, defects=("login-for-small-letters-only",), variants=("utf-16",))
    heard = run_session(RunSettings((broken,), selection=Selection(("CON-3", "SEC-6"))), ignore_event).outcomes
    verdicts = {
        name: verdict_of([each for each in heard if each.requirement == name])[0] for name in ("CON-3", "SEC-6")
    }
    assert verdicts == {"CON-3": "deviates", "SEC-6": "deviates"}
