"""The sentences of the store's features: which fit together, which are refused, and that all are bound and used."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from conformance.checks.order_properties import EXPLAINING, NO_SCENARIO
from conformance.client.parsing.order import ExportedOrder
from conformance.contract.paths import FEATURES
from conformance.contract.requirements import FeatureError, features
from conformance.probes.items import PROPERTIES, exported_lines, exported_lines_that_are
from conformance.probes.missing_orders import GROUPS, store_orders, store_orders_with
from conformance.runner.scenarios import check_at_collection
from conformance.runner.session import open_targets
from conformance.runner.settings import EmbeddedTarget, RunSettings
from conformance.suite import feature_check, given, then, when
from conformance.suite.feature_check import check_features
from conformance.suite.store_sentences import STORE as VOCABULARY
from conformance.survey.survey import Survey

ROOT = Path(__file__).parents[1]
STORE = FEATURES / "store"


def feature_with(folder: Path, *steps: str, examples: str = "") -> Path:
    """A folder with one feature file, of one scenario with these steps."""
    kind = "Scenario Outline" if examples else "Scenario"
    listed = "\n".join(f"      {step}" for step in steps)
    table = f"\n\n      Examples:\n        | word |\n        | {examples} |\n" if examples else ""
    text = (
        "Feature: A feature\n\n  @WIN-5 @must\n  Rule: WIN-5 · A rule\n    Source: guide, a section\n\n"
        f"    @truth\n    {kind}: WIN-5, A scenario\n{listed}{table}\n"
    )
    (folder / "a_feature.feature").write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path) -> str:
    """Why the feature files of a folder are refused; empty if they aren't."""
    try:
        check_features("store", folder)
    except FeatureError as error:
        return str(error)
    return ""


def used_sentences() -> Counter[tuple[str, str]]:
    """Every sentence of the features with its keyword, and how often it is used."""
    return Counter((step.keyword, step.sentence) for scenario in features(STORE).scenarios for step in scenario.steps)


# ---------------------------------------------------------------------- what is refused


def test_the_features_of_the_store_fit_together() -> None:
    """Every scenario, with every example."""
    assert refusal(STORE) == ""


def test_another_when_is_an_error(tmp_path: Path) -> None:
    """WIN-5 can't be judged from two parcels: the message names the file, the scenario and both sentences."""
    original = (STORE / "time_window.feature").read_text(encoding="utf-8")
    right = "When ShipStation asks for the minutes around, before and after the last change of an order"
    assert right in original
    other = "When ShipStation sends notifications for two parcels of an order"
    changed = original.replace(right, other)
    (tmp_path / "time_window.feature").write_text(changed, encoding="utf-8")
    told = refusal(tmp_path)
    assert told.startswith("time_window.feature: WIN-5, ")
    assert '"Then the bounds are exact to the minute" doesn\'t fit' in told
    assert f'"{other}"' in told


def test_an_unknown_example_is_an_error(tmp_path: Path) -> None:
    """WIN-10 with ``no end-date``: the message says which examples are known."""
    original = (STORE / "time_window.feature").read_text(encoding="utf-8")
    changed = original.replace("| no end_date   ", "| no end-date   ")
    assert changed != original
    (tmp_path / "time_window.feature").write_text(changed, encoding="utf-8")
    told = refusal(tmp_path)
    assert told.startswith("time_window.feature: WIN-10, ")
    assert '"no end-date" is no known example' in told
    assert "no end_date" in told


@pytest.mark.parametrize("form", VOCABULARY.forms)
def test_every_form_knows_its_examples(form: str, tmp_path: Path) -> None:
    """A word that no table has is refused, whichever sentence it stands in."""
    keyword = "Given" if form in given.GIVEN_ONE_OF else "When"
    sentence = re.sub(r"{\w+}", "<word>", form)
    told = refusal(
        feature_with(tmp_path, f"{keyword} {sentence}", "Then the store does not fail", examples="what nobody knows")
    )
    assert '"what nobody knows" is no known example' in told or "no function is bound to" in told


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (
            (
                "Given the exported orders",
                "When ShipStation asks for all pages",
                "Then ShipStation gets the same orders",
            ),
            '"When ShipStation asks for all pages" replaces the evidence of "Given the exported orders"',
        ),
        (
            ("Given the store's orders with a coupon", "Then the bounds are exact to the minute"),
            "doesn't fit",
        ),
        (
            ("Given the exported orders", "And only those with a coupon", "Then OrderTotal is a plain decimal"),
            '"Given only those with a coupon" doesn\'t fit "Given the exported orders"',
        ),
        (
            ("Given the store's orders", "And only those with lines", "Then OrderTotal is a plain decimal"),
            "doesn't fit",
        ),
        (
            ("Given the exported orders", "Then the bounds are exact to the minute"),
            "but the evidence is several ExportedOrder",
        ),
        (("Given only those with lines", "Then OrderTotal is a plain decimal"), "comes before any Given or When"),
        (("Then OrderTotal is a plain decimal",), "comes before any Given or When"),
        (("Given the exported orders",), "it has no Then"),
        (("Given the exported orders", "Then OrderTotal is plain"), "Did you mean OrderTotal is a plain decimal?"),
        (("When the moon is full", "Then the store does not fail"), 'no function is bound to "When the moon is full"'),
        (
            ("Given the exported orders", "Then OrderTotal is what the customer was charged"),
            "it needs Pair, but the evidence is several ExportedOrder",
        ),
    ],
)
def test_sentences_that_do_not_fit_are_an_error(steps: tuple[str, ...], told: str, tmp_path: Path) -> None:
    """A Given that the rest ignores, a Then about something else, a sentence without a function."""
    assert told in refusal(feature_with(tmp_path, *steps))


def test_two_occasions_may_follow_each_other(tmp_path: Path) -> None:
    """If each is judged."""
    steps = (
        *("Given the exported orders", "Then OrderTotal is a plain decimal"),
        *("When ShipStation asks for each page twice", "Then each page holds the same orders both times"),
    )
    assert refusal(feature_with(tmp_path, *steps)) == ""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("@truth", "@thruth", "unknown tag @thruth"),
        ("    Source: guide, a section\n", "", "lacks its id, its level or its source"),
        ("guide, a section", "S1 G", "unreadable source: S1 G"),
        ("@WIN-5 @must", "@WIN-5", "lacks its id, its level or its source"),
        ("    @truth\n", "", "no scenario that says what it needs"),
        ("Given the", "* the", "begin 'the exported orders' with Given, When, Then or And"),
        ("Feature: A feature", "Feeture", "a_feature.feature: "),
    ],
)
def test_mistakes_of_form_are_an_error(old: str, new: str, told: str, tmp_path: Path) -> None:
    """In tags, in what a rule declares, and in Gherkin itself."""
    feature_with(tmp_path, "Given the exported orders", "Then OrderTotal is a plain decimal")
    path = tmp_path / "a_feature.feature"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert told in refusal(tmp_path)


RUN = """
import sys
from pathlib import Path
import conformance.suite.feature_check
conformance.suite.feature_check.FEATURES = Path(sys.argv.pop(1))
from conformance.cli.main import main
main()
"""
"""The command line with another folder of features."""


def test_a_run_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """Before anything is sent, with exit status 2."""
    (tmp_path / "store").mkdir()
    feature_with(tmp_path / "store", "Given the exported orders", "Then the bounds are exact to the minute")
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path), "run", "--store-version", "4.3.4", "--only", "WIN-5"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("conformance: a_feature.feature: WIN-5, A scenario: ")
    assert len(done.stderr.splitlines()) == 1


def test_plain_pytest_is_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a usage error of pytest, at collection."""
    (tmp_path / "store").mkdir()
    feature_with(tmp_path / "store", "Given the exported orders", "Then the bounds are exact to the minute")
    monkeypatch.setattr(feature_check, "FEATURES", tmp_path)
    with pytest.raises(pytest.UsageError, match=r"a_feature\.feature: WIN-5, A scenario"):
        check_at_collection("store")


# ---------------------------------------------------------------------- tables


def test_every_row_of_the_tables_is_used() -> None:
    """Every plain sentence by a scenario, every form with at least one of its examples."""
    used = used_sentences()
    plain = {("Given", sentence) for table in (given.GIVEN, given.ONLY, given.ONLY_BY_SURVEY) for sentence in table} | {
        ("When", sentence) for sentence in when.WHEN
    }
    tables = (then.PER_ORDER, then.ALL_TOGETHER, then.OF_EVIDENCE, then.OBSERVED)
    plain |= {("Then", sentence) for table in tables for sentence in table}
    assert not plain - used.keys()
    known = {(keyword, sentence) for keyword, table in VOCABULARY.sentences.items() for sentence in table}
    assert not used.keys() - known
    for form in VOCABULARY.forms:
        pattern = re.compile(re.sub(r"\\{\w+\\}", ".+", re.escape(form)))
        assert any(pattern.fullmatch(sentence) for _, sentence in used), form


def test_every_example_of_a_when_is_used() -> None:
    """What the suite can do and no scenario asks for is dead code."""
    used = used_sentences()
    unused = [
        (form, example)
        for form, (_, examples) in when.WHEN_ONE_OF.items()
        for example in examples
        if ("When", re.sub(r"{\w+}", lambda _, text=example: text, form)) not in used  # type: ignore[misc]
    ]
    assert not unused


def test_no_judge_sees_the_survey() -> None:
    """A Then is a pure function of the evidence: it can't send anything."""
    tables = (then.PER_ORDER, then.ALL_TOGETHER, then.OF_EVIDENCE, then.OBSERVED)
    judges = [function for table in tables for function in table.values()]
    wrong = [judge for judge in judges if "Survey" in str(getattr(judge, "__annotations__", {}))]
    assert not wrong
    assert len(judges) > 100


@pytest.fixture(scope="module")
def survey() -> Iterator[Survey]:
    """The survey of an embedded store."""
    with open_targets(RunSettings(targets=(EmbeddedTarget("4.3.4"),))) as recorder:
        yield recorder.targets[0].survey


@pytest.mark.parametrize("sentence", given.ONLY)
def test_every_filter_keeps_some_orders_and_drops_others(sentence: str, survey: Survey) -> None:
    """A filter that is always true would be a Given that the scenario ignores."""
    wanted = given.ONLY[sentence]
    of_exports = ExportedOrder in get_type_hints(wanted).values()
    orders: tuple[Any, ...] = (
        given.exported_orders(survey) if of_exports else given.exported_orders_beside_records(survey)
    )
    kept = [order for order in orders if wanted(order)]
    assert kept
    if sentence != "only those with a shipping address":  # a right store exports no others
        assert len(kept) < len(orders)


@pytest.mark.parametrize("group", GROUPS)
def test_every_property_chooses_some_orders_and_not_others(group: str, survey: Survey) -> None:
    """And the orders that it chooses are those that the Then judges."""
    chosen = store_orders_with(survey, group)
    assert chosen.group == group
    assert 0 < len(chosen.orders) < len(store_orders(survey).orders)


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_property_of_lines_chooses_some_orders_and_not_others(name: str, survey: Survey) -> None:
    """Those that hold such lines."""
    assert 0 < len(exported_lines_that_are(survey, name).orders) < len(exported_lines(survey).orders)


def test_every_reason_for_a_missing_order_is_reported() -> None:
    """By a scenario of its own, or by WIN-1: otherwise an order could get lost and no requirement be about it."""
    used = used_sentences()
    assert not [group for group in GROUPS if ("Given", f"the store's orders with {group}") not in used]
    assert not [each.name for each in EXPLAINING if each.group == NO_SCENARIO and each.is_must]
