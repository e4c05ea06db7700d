"""Results are grouped: one entry for each requirement, one finding for several versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.core.model import Requirement
from conformance.report.grouping import NO_RESULT, WITHOUT_REMEDY, entries_of, needs_met, remedy, version_range
from conformance.report.model import FindingRecord
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
        ("truth", "no gift", {"wire", "truth"}, "a wider --window, or a suitable order in the store"),
        ("wire", "no order", {"wire"}, "a wider --window, or a suitable order in the store"),
        ("truth", "give --control", set(), ""),
        ("notify", "the notification was refused (SHP-1)", {"wire", "truth", "notify"}, ""),
    ],
)
def test_what_would_make_it_possible(needs: str, reason: str, met: set[str], said: str) -> None:
    """The advice names the needs that the run could not meet, unless the reason names the remedy."""
    assert remedy(Requirement("X", "must", "x", "x", "", needs), reason, frozenset(met)) == said


@pytest.mark.parametrize("words", WITHOUT_REMEDY)
def test_no_option_helps_where_the_recording_lacks_a_reply(words: str) -> None:
    """These words are part of a reason that replaying a recording gives."""
    sources = (Path(__file__).parents[1] / "conformance" / "client" / "recording").glob("*.py")
    assert any(words in source.read_text(encoding="utf-8") for source in sources)
    assert remedy(Requirement("X", "must", "x", "x", ""), f"the {words} of it", frozenset()) == ""


def test_which_needs_a_run_met_shows_in_what_it_judged() -> None:
    """The needs that a run could meet are inferred from the requirements that it judged."""
    assert needs_met(entries_of(mixed())) == {"wire", "truth"}
