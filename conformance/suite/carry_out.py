"""Carries out sentences: looks up the function of a sentence in a vocabulary, and calls it for every target."""

from __future__ import annotations

from functools import partial

from conformance.checks.cache import CheckCache
from conformance.contract.requirements import Scenario
from conformance.core.model import Role
from conformance.suite.feature_check import vocabulary_of
from conformance.suite.scenario import ScenarioRun
from conformance.suite.sentences import Meaning, Use

CHECK_CACHE = CheckCache()
"""The results of pure checks in this process, for all stores."""


def carry_out_scenario(run: ScenarioRun, scenario: Scenario, role: Role) -> None:
    """Carry out all steps of a scenario. :func:`conformance.suite.feature_check.check_features` knows its sentences."""
    vocabulary = vocabulary_of(role)
    for step in scenario.steps:
        meaning = vocabulary.sentences[step.keyword][step.sentence]
        if role == "importer" and step.keyword == "When":
            call_importer(run, meaning)
        else:
            carry_out(run, step.sentence, meaning)


def call_importer(run: ScenarioRun, meaning: Meaning) -> None:
    """Carry out a *When* of the importer's features: call every importer on this occasion."""
    from conformance.importer.target import OccasionCall  # runs on stores don't need it

    call = OccasionCall(meaning.function, meaning.example)
    is_must = "must" in run.tags  # an importer that fails does not break a recommendation about its requests
    run.obtain(lambda occasions: occasions.evidence_of(call, failure_deviates=is_must))


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
