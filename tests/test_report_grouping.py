"""Results are grouped: one entry for each requirement, one finding for several versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.core.model import Requirement
from conformance.report.advice import OTHER_ORDERS, WITHOUT_REMEDY, needs_met, remedy, skip_reasons
from conformance.report.grouping import NO_RESULT, causes_of, entries_of, version_range
from conformance.report.model import FindingRecord, Result
from tests.support.reports import ALL_VERSIONS, mixed, phone, report, result


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        (("4.3.4",), "4.3.4"),
        (("4.0.1", "4.0.2"), "4.0.1, 4.0.2"),
        (ALL_VERSIONS, "4.0.1 … 4.6.3 (26 versions)"),
        (("4.0.1", "4.0.2", "4.0.3", "4.3.1"), "4.0.1 … 4.0.3, 4.3.1 (4 versions)"),
        (("4.3.10", "4.3.9", "4.3.8"), "4.3.8 … 4.3.10 (3 versions)"),
        (("9.9",), "9.9"),
        ((), ""),
    ],
)
def test_versions_in_few_words(versions: tuple[str, ...], said: str) -> None:
    """Neighbouring versions become a range, in the order of the report."""
    assert version_range(versions, ALL_VERSIONS) == said


def test_the_same_finding_in_several_versions_is_one() -> None:
    """Findings that differ only in their exchange are one finding, which keeps all exchanges."""
    made = report(
        [result("CUS-2", "deviates", v, phone("CT-1", v, n)) for n, v in enumerate(("1", "2", "3"))],
        versions=("1", "2", "3"),
    )
    (finding,) = next(e for e in entries_of(made) if e.requirement.id == "CUS-2").findings
    assert finding.versions == ("1", "2", "3")
    assert finding.exchanges == (("1", 0), ("2", 1), ("3", 2))


def test_a_known_and_a_new_finding_stay_two() -> None:
    """A known and a new finding of a requirement are both listed, the new one first."""
    made = report(
        [
            result("CUS-2", "deviates", "1", phone("CT-1", "1"), known="accepted"),
            result("CUS-2", "deviates", "2", phone("CT-1", "2")),
        ],
        versions=("1", "2"),
    )
    entry = next(e for e in entries_of(made) if e.requirement.id == "CUS-2")
    assert [finding.known for finding in entry.findings] == [None, "accepted"]
    assert entry.status == "deviates"
    assert len(entry.new) == 1


def test_a_missing_result_is_not_exercised() -> None:
    """A requirement in scope without a result counts as not exercised in that version."""
    made = report([result("CUS-1", version="1")], versions=("1", "2"))
    entry = next(e for e in entries_of(made) if e.requirement.id == "CUS-1")
    assert [(r.text, r.versions) for r in entry.unexercised] == [(NO_RESULT, ("2",))]


def test_out_of_scope_and_silent_is_left_out() -> None:
    """A requirement out of scope without a result has no entry."""
    made = report([result("CON-1")], scope="observation")
    assert "SHP-2" not in {e.requirement.id for e in entries_of(made)}


def test_info_never_deviates() -> None:
    """A result of an INFO requirement is an observation, whatever its verdict."""
    made = report([result("CON-11", "deviates", "4.3.4", FindingRecord(scenario="s", message="seen"))])
    entry = next(e for e in entries_of(made) if e.requirement.id == "CON-11")
    assert (entry.status, entry.findings) == ("conforms", ())
    assert [o.evidence.message for o in entry.observations] == ["seen"]


def test_a_reason_beside_evidence_is_kept() -> None:
    """The reason of an error is kept besides its evidence."""
    entry = next(e for e in entries_of(mixed()) if e.requirement.id == "CUS-8")
    assert [remark.text for remark in entry.remarks] == ["AttributeError in 'values are trimmed'"]


@pytest.mark.parametrize(
    ("needs", "reason", "met", "said"),
    [
        ("notify", "read-only", set(), "--allow-writes, with --control or --cscart-api"),
        ("truth", "no truth", {"wire"}, "--control, --cscart-api or --worksheet"),
        ("truth", "the store exported no orders with a gift", {"wire", "truth"}, OTHER_ORDERS),
        ("wire", "no window has more orders than fit on one page", {"wire"}, OTHER_ORDERS),
        ("truth", "the store's records have none of the exported orders", {"wire", "truth"}, ""),
        ("truth", "give --control", set(), ""),
        ("notify", "the notification was refused (SHP-1)", {"wire", "truth", "notify"}, ""),
    ],
)
def test_what_would_make_it_possible(needs: str, reason: str, met: set[str], said: str) -> None:
    """The advice names the needs that the run could not meet, unless the reason names the remedy."""
    assert remedy(Requirement("X", "must", "x", "x", "", needs), reason, frozenset(met)) == said


def test_no_option_is_advised_that_the_run_had() -> None:
    """A run with a source of truth is not told to use one; if it may not write, only that is missing."""
    truth = Requirement("X", "must", "x", "x", "", "truth")
    assert remedy(truth, "no record of it", frozenset(), ("--control", "https://x/")) == ""
    writes = Requirement("X", "must", "x", "x", "", "write")
    assert remedy(writes, "read-only", frozenset(), ("--control", "https://x/")) == "--allow-writes"
    assert remedy(writes, "read-only", frozenset(), ("--control", "https://x/", "--allow-writes")) == ""


def skipped(name: str, reason: str) -> Result:
    return result(name, "not-exercised", reason=reason)


def test_what_to_fix_first_is_followed_to_the_deviation() -> None:
    """A reason may name a requirement that was not exercised either; the advice names the deviation behind it."""
    wrong = result("CUS-2", "deviates", "4.3.4", phone("1", "4.3.4"))
    made = report(
        [wrong, skipped("SHP-2", "fix CUS-2 first"), skipped("STA-4", "fix SHP-2 or LOC-1 first"), result("LOC-1")]
    )
    found = list(skip_reasons(entries_of(made)))
    assert [(each.text, [entry.requirement.id for entry in each.entries]) for each in found[:1]] == [
        ("Fix CUS-2 first, then run again", ["STA-4", "SHP-2"])
    ]


def test_reasons_that_name_each_other_end() -> None:
    """Two requirements that name each other, and one that the run did not select, prevent nothing."""
    made = report([skipped("SHP-2", "fix STA-4 first"), skipped("STA-4", "fix SHP-2 or ZZZ-1 first")])
    assert not any(each.fix_first for each in skip_reasons(entries_of(made)))


def test_findings_with_one_message_are_one_cause() -> None:
    """Each message is a cause of its own; many different ones stand beside their findings."""
    few = [FindingRecord(scenario="s", message=f"wrong {n % 2}", order=str(n)) for n in range(6)]
    many = [FindingRecord(scenario="s", message=f"wrong {n}", order=str(n)) for n in range(6)]
    for findings, expected in ((few, [("wrong 0", 3), ("wrong 1", 3)]), (many, [("", 6)])):
        made = report([result("CUS-2", "deviates", "4.3.4", *findings)])
        (entry,) = (each for each in entries_of(made) if each.findings)
        assert [(cause.message, len(cause.findings)) for cause in causes_of(entry.findings)] == expected


def test_findings_that_are_only_counted_belong_to_the_last_cause() -> None:
    """A record that stands for further findings makes no cause of its own."""
    more = FindingRecord(scenario="s", message="… and 9 more findings of this kind", more=9)
    one = FindingRecord(scenario="s", message="wrong", order="1")
    (entry,) = (e for e in entries_of(report([result("CUS-2", "deviates", "4.3.4", one, more)])) if e.findings)
    assert [(cause.message, cause.more) for cause in causes_of(entry.findings)] == [("wrong", 9)]


@pytest.mark.parametrize("words", WITHOUT_REMEDY)
def test_no_option_helps_where_the_recording_lacks_a_reply(words: str) -> None:
    """These words are part of a reason that replaying a recording gives."""
    sources = (Path(__file__).parents[1] / "conformance" / "client" / "recording").glob("*.py")
    assert any(words in source.read_text(encoding="utf-8") for source in sources)
    assert remedy(Requirement("X", "must", "x", "x", ""), f"the {words} of it", frozenset()) == ""


def test_which_needs_a_run_met_shows_in_what_it_judged() -> None:
    """The needs that a run could meet are inferred from the requirements that it judged."""
    assert needs_met(entries_of(mixed())) == {"wire", "truth"}
