"""What failing orders share stands above their findings in every view, in words that fit the numbers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from conformance.report import terminal
from conformance.report.grouping import MAX_GROUPS, abridge, entries_of, group_by_shared
from conformance.report.model import FindingRecord, Report, SharedProperty
from conformance.report.views import write
from conformance.report.wording import shared_sentence
from conformance.runner import target as runner_target
from conformance.runner.session import run_session
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection
from tests.support.reports import report, result

SCENARIO = "The phone of every order"
LONG = SharedProperty(scenario=SCENARIO, property="more than 15 characters in the phone", failing=22, others=131)


def found(*properties: str | None) -> tuple[FindingRecord, ...]:
    """A finding for each property, about an order of its own."""
    return tuple(
        FindingRecord(scenario=SCENARIO, message="Wrong.", order=f"CT-{n}", shared=each)
        for n, each in enumerate(properties, start=1)
    )


def deviating(*properties: str | None, shared: tuple[SharedProperty, ...] = (LONG,)) -> Report:
    """A report with a finding for each property."""
    return report([result("CUS-2", "deviates", "4.3.4", *found(*properties), shared=shared)])


@pytest.mark.parametrize(
    ("shared", "sentence"),
    [
        (LONG, "All 22 failing orders have more than 15 characters in the phone; none of the 131 other orders does."),
        (
            SharedProperty(scenario="", property="a coupon", failing=2, others=9, place="Items"),
            "Both orders that fail at Items have a coupon; none of the 9 other orders does.",
        ),
        (
            SharedProperty(scenario="", property="a coupon", failing=3, others=1),
            "All 3 failing orders have a coupon; the other order does not.",
        ),
        (
            SharedProperty(scenario="", property="a coupon", failing=9, others=80, among=14),
            "9 of the 14 failing orders have a coupon; none of the 80 other orders does.",
        ),
        (SharedProperty(scenario="", property="", failing=2, others=0), "Both judged orders fail."),
        (
            SharedProperty(scenario="", property="", failing=9, others=0, place="Gift"),
            "All 9 judged orders fail at Gift.",
        ),
    ],
)
def test_the_sentence_fits_the_numbers(shared: SharedProperty, sentence: str) -> None:
    """Singular and plural are right, and the element is named if only its findings share the property."""
    assert shared_sentence(shared) == sentence


def test_findings_are_grouped_by_what_their_orders_share() -> None:
    """Findings without a shared property come last, whatever the sequence."""
    (entry,) = (each for each in entries_of(deviating(None, LONG.property, LONG.property)) if each.findings)
    groups = group_by_shared(entry.findings, entry.shared, lambda finding: finding.evidence)
    assert [(shared, [each.evidence.order for each in of]) for shared, of in groups] == [
        (LONG, ["CT-2", "CT-3"]),
        (None, ["CT-1"]),
    ]


def test_equal_findings_of_several_versions_stay_one() -> None:
    """Also if their orders share something else in each version; the first version's sentence is shown."""
    few = SharedProperty(scenario=SCENARIO, property="a coupon", failing=3, others=9)
    results = [
        result("CUS-2", "deviates", version, *found(each.property), shared=(each,))
        for version, each in (("4.3.4", LONG), ("4.6.3", few))
    ]
    (entry,) = (each for each in entries_of(report(results, versions=("4.3.4", "4.6.3"))) if each.findings)
    ((shared, (finding,)),) = group_by_shared(entry.findings, entry.shared, lambda each: each.evidence)
    assert (shared, finding.versions) == (LONG, ("4.3.4", "4.6.3"))


def test_short_views_show_each_cause_once() -> None:
    """They show several findings of the first cause, one of each other, and count the rest."""
    groups = [(LONG, list("abcde")), *((None, list("fg")) for _ in range(MAX_GROUPS + 1))]
    shown = list(abridge(groups, 3))
    assert [len(findings) for _, findings, _ in shown] == [3, *[1] * (MAX_GROUPS - 1)]
    assert sum(len(findings) + more for _, findings, more in shown) == sum(len(of) for _, of in groups)


def test_every_view_puts_the_sentence_above_the_findings(tmp_path: Path) -> None:
    """In the terminal, in HTML, Markdown and JUnit; HTML folds the findings after the fifth."""
    made = deviating(*[LONG.property] * 7, None)
    write(made, tmp_path)
    printed = io.StringIO()
    terminal.render(made, Console(file=printed, width=200, color_system=None), None)
    pages = {name: (tmp_path / name).read_text("utf-8") for name in ("report.html", "report.md", "junit.xml")}
    for name, text in {**pages, "terminal": printed.getvalue()}.items():
        body = text[text.index("All 22 failing orders have more than 15 characters") :]
        assert "CT-1" in body, name
        assert "CT-8" in body, name
        assert name == "junit.xml" or "Other findings:" in body, name
    assert "2 more findings of the same kind" in pages["report.html"]


def test_a_hostile_property_is_escaped(tmp_path: Path) -> None:
    """The name of a status or of a payment method comes from the target."""
    evil = "<script>alert(1)</script>\x1b[31m"
    shared = SharedProperty(scenario=SCENARIO, property=f"the status {evil}", failing=2, others=9)
    write(deviating(*[shared.property] * 2, shared=(shared,)), tmp_path)
    for name in ("report.html", "report.md", "junit.xml"):
        text = (tmp_path / name).read_text("utf-8")
        assert "<script>alert" not in text
        assert "\x1b" not in text


def test_a_run_says_what_failing_orders_share() -> None:
    """From the endpoint to the report: two defects at once, each with its own property."""
    target = EmbeddedTarget(
        "4.3.4", defects=("address2-dropped", "currency-of-the-shop", "on-hold-left-out", "gift-empty")
    )
    result = run_session(RunSettings((target,), selection=Selection(("CUS-4", "ORD-1", "ORD-12", "WIN-7"))))
    shared: dict[str, list[str]] = {}
    for outcome in result.outcomes:
        if names := [each.name for each in outcome.shared if each.name]:
            shared.setdefault(outcome.requirement, names)
    assert shared["CUS-4"] == ["a second address line in the shipping address"]
    assert shared["ORD-12"] == ["another currency than the shop's"]
    assert shared["ORD-1"] == ["no gift flag"]
    assert "WIN-7" not in shared  # its findings name the two statuses themselves
    told = {each.shared for outcome in result.outcomes for each in outcome.findings if outcome.requirement == "ORD-12"}
    assert told == {"another currency than the shop's"}


def test_an_error_in_the_comparison_costs_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on, and a notice names the error."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("by a strange order")

    monkeypatch.setattr(runner_target, "explain", fail)
    target = EmbeddedTarget("4.3.4", defects=("currency-of-the-shop",))
    result = run_session(RunSettings((target,), selection=Selection(("ORD-12",))))
    assert sum(len(outcome.findings) for outcome in result.outcomes) > 1
    assert "by an error of the suite: ZeroDivisionError: by a strange order" in " ".join(result.notices)
