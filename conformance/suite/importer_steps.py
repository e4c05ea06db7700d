"""The steps of the importer's features, for pytest-bdd: each looks up its sentence in the tables and carries it out."""

from __future__ import annotations

from pytest_bdd import then, when

from conformance.suite.carry_out import call_importer, carry_out
from conformance.suite.importer_sentences import IMPORTER
from conformance.suite.scenario import ScenarioRun
from conformance.suite.sentences import Meaning
from conformance.suite.steps import KnownSentence


@when(KnownSentence("When", IMPORTER))
def when_step(scenario_run: ScenarioRun, meaning: Meaning) -> None:
    call_importer(scenario_run, meaning)


@then(KnownSentence("Then", IMPORTER))
def then_step(scenario_run: ScenarioRun, sentence: str, meaning: Meaning) -> None:
    carry_out(scenario_run, sentence, meaning)
