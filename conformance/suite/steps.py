"""Carries out sentences: looks up the function of a sentence in a vocabulary, and calls it for every target."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from pytest_bdd import parsers

from conformance.checks.cache import CheckCache
from conformance.contract.requirements import Keyword
from conformance.suite.scenario import ScenarioRun
from conformance.suite.sentences import Meaning, Use, Vocabulary

SCENARIO_RUN = pytest.StashKey[ScenarioRun]()
"""Key of the scenario in the stash of the item that runs it."""
CHECK_CACHE = CheckCache()
"""The results of pure checks in this process, for all stores."""


@pytest.fixture
def scenario_run(request: pytest.FixtureRequest) -> ScenarioRun:
    """Return the scenario that runs. Only the modules of the suite have this fixture."""
    run: ScenarioRun = request.node.stash[SCENARIO_RUN]
    return run


class KnownSentence(parsers.StepParser):
    """Matches the sentences of one keyword in a vocabulary."""

    def __init__(self, keyword: Keyword, vocabulary: Vocabulary) -> None:
        super().__init__(keyword)
        self._sentences = vocabulary.sentences[keyword]

    def is_matching(self, name: str) -> bool:
        """True if the vocabulary has the sentence."""
        return name in self._sentences

    def parse_arguments(self, name: str) -> dict[str, Any]:
        """Return the sentence and its meaning, as arguments of the step."""
        return {"sentence": name, "meaning": self._sentences[name]}


def carry_out(run: ScenarioRun, sentence: str, meaning: Meaning) -> None:
    """Carry out a sentence for every target that still takes part in the scenario."""
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
            thing = meaning.thing
            appears = partial(CHECK_CACHE.holds, thing.appears) if thing is not None else lambda order: True
            run.judge_each(partial(CHECK_CACHE.judged, function), appears, thing.reason if thing is not None else "")
        case Use.JUDGE if meaning.example is not None:
            run.judge(lambda evidence: function(evidence, meaning.example))
        case Use.JUDGE:
            run.judge(function)
        case Use.OBSERVE:
            run.observe(function)
