"""What a run read and made is freed when the run ends, so that a process can judge many batches."""

from __future__ import annotations

import gc

from conformance.client.exchange import Exchange
from conformance.client.parsing.document import Document
from conformance.runner.session import run_session
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection
from conformance.survey.survey import Survey
from mockstore.store.store import Store

SELECTED = Selection(("CON-1", "WIN-1", "SHP-1", "ORD-5"))


def alive(*kinds: type) -> dict[str, int]:
    """Return how many objects of these classes the process has."""
    found = dict.fromkeys((kind.__name__ for kind in kinds), 0)
    for each in gc.get_objects():
        if type(each) in kinds:
            found[type(each).__name__] += 1
    return found


def test_a_session_leaves_no_evidence_and_no_store() -> None:
    """The evidence is freed without the garbage collector, which runs rarely; the stores with it, once they stopped."""
    settings = RunSettings(targets=(EmbeddedTarget("4.3.4", defects=("quantity-is-line-number",)),), selection=SELECTED)
    run_session(settings)  # loads modules
    gc.collect()
    evidence, stores = alive(Survey, Exchange, Document), alive(Store)
    gc.disable()
    try:
        assert run_session(settings).requests > 20
        assert alive(Survey, Exchange, Document) == evidence
    finally:
        gc.enable()
    gc.collect()
    assert alive(Store) == stores
