"""The steps of the store's features, for pytest-bdd: each looks up its sentence in the tables and carries it out."""

from __future__ import annotations

from pytest_bdd import given, then, when

from conformance.suite.scenario import ScenarioRun
from conformance.suite.sentences import Meaning
from conformance.suite.steps import KnownSentence, carry_out
from conformance.suite.store_sentences import STORE


@given(KnownSentence("Given", STORE))
def given_step(scenario_run: ScenarioRun, sentence: str, meaning: Meaning) -> None:
    carry_out(scenario_run, sentence, meaning)


@when(KnownSentence("When", STORE))
def when_step(scenario_run: ScenarioRun, sentence: str, meaning: Meaning) -> None:
    carry_out(scenario_run, sentence, meaning)


@then(KnownSentence("Then", STORE))
def then_step(scenario_run: ScenarioRun, sentence: str, meaning: Meaning) -> None:
    carry_out(scenario_run, sentence, meaning)
