"""The figures of a run and its exit status."""

from __future__ import annotations

import pytest

from conformance.core.model import Requirement, Scope
from conformance.report.model import Summary, Tally
from conformance.report.summary import GateLevel, in_scope, summarise
from tests.support.reports import result

MUST = Requirement("A-1", "must", "A", "first", "G")
ALSO = Requirement("A-2", "must", "A", "second", "G")
SHOULD = Requirement("B-1", "should", "B", "third", "G")
INFO = Requirement("B-2", "info", "B", "fourth", "G")
TRUTH = Requirement("C-1", "must", "C", "fifth", "G", "truth")
ALL = (MUST, ALSO, SHOULD, INFO)


def summary(
    *verdicts: str,
    gate: GateLevel = "must",
    scope: Scope = "observation",
    versions: tuple[str, ...] = ("1",),
    stale: bool = False,
) -> Summary:
    """Return the summary of: ``A-1 deviates``, ``A-1 deviates@2`` (in version 2), ``A-1 deviates!`` (known)."""
    results = []
    for verdict in verdicts:
        name, came = verdict.split()
        came, _, version = came.partition("@")
        known = "accepted" if came.endswith("!") else None
        results.append(result(name, came.rstrip("!"), version or "1", known=known))  # type: ignore[arg-type]
    return summarise((*ALL, TRUTH), results, scope, gate, versions, stale=stale)


@pytest.mark.parametrize(
    ("needs", "scope", "inside"),
    [
        ("wire", "observation", True),
        ("truth", "observation", False),
        ("wire, truth", "observation", True),
        ("truth", "truth", True),
        ("write", "truth", False),
        ("notify", "truth", False),
        ("notify", "full", True),
    ],
)
def test_any_need_that_the_scope_covers_puts_a_requirement_in_scope(needs: str, scope: Scope, inside: bool) -> None:
    """A requirement is in scope if the scope covers any of its needs."""
    assert in_scope(Requirement("X", "must", "x", "x", "", needs), scope) is inside


def test_all_conforming_is_conformant() -> None:
    """If every MUST in scope was judged and conforms, the run is conformant and its exit status is 0."""
    made = summary("A-1 conforms", "A-2 conforms", "B-1 conforms", "B-2 conforms")
    assert (made.exit_status, made.conformant, made.must_judged, made.must_in_scope) == (0, True, 2, 2)


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        (["A-1 deviates", "A-2 conforms"], 1),
        (["A-1 deviates", "A-2 error"], 1),
        (["A-1 deviates", "A-2 not-exercised"], 1),
        (["A-1 deviates", "B-1 error"], 1),
        (["A-1 conforms", "A-2 error"], 2),
        (["A-1 not-exercised", "A-2 error"], 2),
        (["A-1 conforms", "A-2 conforms", "B-1 error"], 2),
        (["A-1 conforms", "A-2 conforms", "B-2 error"], 2),
        (["A-1 conforms", "A-2 not-exercised"], 3),
        (["A-1 conforms"], 3),
        ([], 3),
        (["A-1 conforms", "A-2 conforms", "B-1 deviates"], 0),
        (["A-1 conforms", "A-2 conforms", "B-1 not-exercised"], 0),
        (["A-1 conforms", "A-2 conforms", "B-2 deviates"], 0),
        (["A-1 conforms", "A-2 conforms", "C-1 not-exercised"], 0),
        (["A-1 conforms", "A-2 conforms", "C-1 deviates"], 1),
        (["A-1 conforms", "A-2 conforms", "Z-9 conforms"], 2),
    ],
)
def test_what_decides_the_exit_status(verdicts: list[str], status: int) -> None:
    """A deviation decides before an error of the suite, and an error before an incomplete run."""
    made = summary(*verdicts)
    assert made.exit_status == status
    assert made.conformant is (status == 0)


def test_should_decides_only_if_gated_on() -> None:
    """``--level should`` makes a SHOULD deviation fail the run."""
    verdicts = ("A-1 conforms", "A-2 conforms", "B-1 deviates")
    assert summary(*verdicts).exit_status == 0
    assert summary(*verdicts, gate="should").exit_status == 1


def test_a_known_deviation_passes_but_is_not_conformant() -> None:
    """With a known deviation the exit status is 0, but the run is not conformant."""
    made = summary("A-1 deviates!", "A-2 conforms")
    assert (made.exit_status, made.conformant, made.must_judged, made.deviates) == (0, False, 2, 1)


def test_a_stale_baseline_gates_like_a_deviation() -> None:
    """A stale baseline fails the run."""
    assert summary("A-1 conforms", "A-2 conforms", stale=True).exit_status == 1


def test_one_version_without_a_result_is_incomplete() -> None:
    """A requirement counts as judged only if every expected version judged it."""
    made = summary("A-1 conforms", "A-1 conforms@2", "A-2 conforms@1", versions=("1", "2"))
    assert (made.exit_status, made.must_judged) == (3, 1)


def test_nothing_judged_is_never_green() -> None:
    """A run without any verdict is incomplete, even if no MUST was selected."""
    assert summarise((SHOULD,), [], "full", "must", ("1",)).exit_status == 3
    assert summarise((MUST,), [], "full", "must", ()).exit_status == 3
    only_should = summarise((SHOULD,), [result("B-1", version="1")], "full", "must", ("1",))
    assert (only_should.exit_status, only_should.conformant) == (0, False)


def test_info_counts_nowhere_but_by_level() -> None:
    """An INFO requirement is measured, not judged: it counts only under ``by_level``."""
    made = summary("A-1 conforms", "B-2 conforms", "B-1 deviates")
    assert (made.conforms, made.deviates) == (1, 1)
    assert made.by_level["info"] == Tally(conforms=1)
    assert made.by_feature["B"] == Tally(deviates=1)
    assert list(made.by_feature) == ["A", "B", "C"]
