"""The steps of the store's features, for pytest-bdd: each looks up its sentence in the tables and carries it out."""

from __future__ import annotations

from functools import partial
from typing import Any

from pytest_bdd import given, parsers, then, when

from conformance.checks.cache import CheckCache
from conformance.contract.requirements import Keyword
from conformance.suite.scenario import ScenarioRun
from conformance.suite.sentences import SENTENCES, Meaning, Use

CHECK_CACHE = CheckCache()
"""What this process knows of contents, whichever store they came from."""


class KnownSentence(parsers.StepParser):
    """Matches the sentences of one keyword that stand in the tables."""

    def __init__(self, keyword: Keyword) -> None:
        super().__init__(keyword)
        self._sentences = SENTENCES[keyword]

    def is_matching(self, name: str) -> bool:
        """True if the sentence stands in a table."""
        return name in self._sentences

    def parse_arguments(self, name: str) -> dict[str, Any]:
        """Return the sentence and its meaning, as arguments of the step."""
        return {"sentence": name, "meaning": self._sentences[name]}


@given(KnownSentence("Given"))
def given_step(scenario_run: ScenarioRun, sentence: str, meaning: Meaning) -> None:
    carry_out(scenario_run, sentence, meaning)


@when(KnownSentence("When"))
def when_step(scenario_run: ScenarioRun, sentence: str, meaning: Meaning) -> None:
    carry_out(scenario_run, sentence, meaning)


@then(KnownSentence("Then"))
def then_step(scenario_run: ScenarioRun, sentence: str, meaning: Meaning) -> None:
    carry_out(scenario_run, sentence, meaning)


def carry_out(run: ScenarioRun, sentence: str, meaning: Meaning) -> None:
    """Do what a sentence means, for every target that is still in."""
    function = meaning.function
    match meaning.use:
        case Use.OBTAIN if meaning.example is not None:
            run.obtain(lambda survey: function(survey, meaning.example))
        case Use.OBTAIN:
            run.obtain(function)
        case Use.FILTER:
            run.filter(partial(CHECK_CACHE.holds, function), sentence.removeprefix("only those "))
        case Use.NARROW:
            run.narrow(function)
        case Use.JUDGE_EACH:
            run.judge_each(partial(CHECK_CACHE.judged, function))
        case Use.JUDGE:
            run.judge(function)
        case Use.OBSERVE:
            run.observe(function)
