"""The parts of steps that the features of both roles share, for pytest-bdd."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_bdd import parsers

from conformance.contract.requirements import Keyword
from conformance.suite.scenario import ScenarioRun
from conformance.suite.sentences import Vocabulary

SCENARIO_RUN = pytest.StashKey[ScenarioRun]()
"""Key of the scenario in the stash of the item that runs it."""


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
