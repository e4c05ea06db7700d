"""Tests of the sentences of the importer's features: which fit together, which are refused, and that all are used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.contract.paths import FEATURES
from conformance.contract.requirements import FeatureError, features
from conformance.importer.occasions.imported_orders import FORM_MODULES, variants_that_write_differently
from conformance.suite.feature_check import check_features
from conformance.suite.importer_sentences import IMPORTER, occasion_of

SCENARIOS = features(FEATURES / "importer").scenarios
PLAIN_IMPORT = "When the importer imports three plain orders"


def problem_of(folder: Path, *steps: str) -> str:
    """Return why a feature file with one scenario of these steps is refused; empty if it is not."""
    text = "Feature: A feature\n\n  @IMP-6 @must\n  Rule: IMP-6 · A rule\n    Source: guide, time window\n\n"
    text += "    @truth\n"
    text += "    Scenario: IMP-6, A scenario\n" + "".join(f"      {step}\n" for step in steps)
    (folder / "a_feature.feature").write_text(text, encoding="utf-8")
    try:
        check_features("importer", folder)
    except FeatureError as error:
        return str(error)
    return ""


def test_the_features_of_the_importer_fit_together() -> None:
    """Every scenario is accepted, with each of its examples."""
    check_features("importer")


@pytest.mark.parametrize(
    "then",
    [
        "the changed order is imported once, with its new values",
        "no order is lost once the store works again",
        "the windows leave no gap, and no order at their bounds is lost",
        "the importer reports that it was refused",
        "the orders are imported as from a plain store",
        "the notification carries the items",
    ],
)
def test_a_then_that_needs_other_evidence_is_an_error(then: str, tmp_path: Path) -> None:
    """An import of plain orders shows nothing about a change, a failure, a refusal or a notification."""
    assert f'"Then {then}" doesn\'t fit "{PLAIN_IMPORT}"' in problem_of(tmp_path, PLAIN_IMPORT, f"Then {then}")


@pytest.mark.parametrize("form", IMPORTER.forms)
def test_an_unknown_word_is_an_error(form: str, tmp_path: Path) -> None:
    """The message names the word, and the words that are known."""
    sentence = re.sub(r"{\w+}", "something else", form)
    is_then = any(function in form for function in ("the imported orders have", "the notification carries"))
    steps = (PLAIN_IMPORT, f"Then {sentence}") if is_then else (f"When {sentence}", "Then every order is imported")
    assert '"something else" is no known example' in problem_of(tmp_path, *steps)


def test_every_sentence_is_used() -> None:
    """Each sentence stands in a scenario; of a sentence with a word that varies, at least one."""
    used = {(step.keyword, step.sentence) for scenario in SCENARIOS for step in scenario.steps}
    with_words = {
        sentence
        for form in IMPORTER.forms
        for table in IMPORTER.sentences.values()
        for sentence in table
        if re.fullmatch(re.sub(r"\\{\w+\\}", ".+", re.escape(form)), sentence)
    }
    plain = {
        (keyword, sentence)
        for keyword, table in IMPORTER.sentences.items()
        for sentence in table
        if sentence not in with_words
    }
    assert not plain - used
    for form in IMPORTER.forms:
        pattern = re.compile(re.sub(r"\\{\w+\\}", ".+", re.escape(form)))
        assert any(pattern.fullmatch(sentence) for _, sentence in used), form


def test_every_when_runs_an_occasion() -> None:
    """The runner runs the occasions of all scenarios beforehand, so it must find them by their sentences."""
    for scenario in SCENARIOS:
        for step in scenario.steps:
            assert (occasion_of(step.sentence) is not None) == (step.keyword == "When")


@pytest.mark.parametrize("part", FORM_MODULES)
def test_every_part_is_written_differently_by_some_variant(part: str) -> None:
    """Without variants the scenario would pass without any import from another store."""
    assert len(variants_that_write_differently(part)) > 5
