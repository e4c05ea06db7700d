"""The steps of the importer's features, for pytest-bdd: each looks up its sentence in the tables and carries it out."""

from __future__ import annotations

from pytest_bdd import then, when

from conformance.importer.target import OccasionCall
from conformance.suite.importer_sentences import IMPORTER
from conformance.suite.scenario import ScenarioRun
from conformance.suite.sentences import Meaning
from conformance.suite.steps import KnownSentence, carry_out


@when(KnownSentence("When", IMPORTER))
def when_step(scenario_run: ScenarioRun, meaning: Meaning) -> None:
    call = OccasionCall(meaning.function, meaning.example)
    is_must = "must" in scenario_run.tags  # an importer that fails does not break a recommendation about its requests
    scenario_run.obtain(lambda occasions: occasions.evidence_of(call, failure_deviates=is_must))


@then(KnownSentence("Then", IMPORTER))
def then_step(scenario_run: ScenarioRun, sentence: str, meaning: Meaning) -> None:
    carry_out(scenario_run, sentence, meaning)
