"""junit.xml, as CI systems read it."""

from __future__ import annotations

import pytest
from lxml import etree
from msgspec.structs import replace

from conformance.report import junit
from conformance.report.model import Report
from conformance.report.summary import GateLevel
from conformance.report.wording import STALE
from tests.support.reports import ALL_VERSIONS, REQUIREMENTS, clean, hostile, mixed, report, result


def parsed(of: Report, gate: GateLevel | None = None) -> etree._Element:
    return etree.fromstring(junit.render(of, gate), etree.XMLParser(resolve_entities=False, huge_tree=True))


def case(root: etree._Element, name: str, version: str = "4.3.4") -> etree._Element:
    (found,) = [
        c
        for c in root.iter("testcase")
        if c.get("name") == name and version.replace(".", "_") in c.get("classname", "")
    ]
    return found


def test_a_suite_for_each_feature_and_version() -> None:
    """There is a test suite for each feature and version, with a test case for each requirement."""
    root = parsed(mixed())
    names = [suite.get("name") for suite in root]
    assert len(names) == len(set(names)) == len(ALL_VERSIONS) * 8 + 1
    assert "Gift (4.3.10)" in names
    assert len(list(root.iter("testcase"))) == len(REQUIREMENTS) * 26 + 1


def test_counts_agree_with_content() -> None:
    """The counts of each test suite, and of the whole file, agree with the test cases."""
    root = parsed(mixed())
    for node in (root, *root):
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(node.get(attribute, "")) == len(list(node.iter(tag)))
        assert int(node.get("tests", "")) == len(list(node.iter("testcase")))


def test_ci_systems_group_by_feature_and_version() -> None:
    """A class name has no dot, before which Jenkins would see a package. A name is an id, which never changes."""
    root = parsed(mixed())
    names = {(c.get("classname") or "", c.get("name") or "") for c in root.iter("testcase")}
    assert not [classname for classname, _ in names if "." in classname]
    assert ("Gift (4_3_10)", "GIF-1") in names
    assert {name for _, name in names} == {each.id for each in REQUIREMENTS} | {"The run as a whole"}


def test_a_version_that_nobody_gave_is_left_out() -> None:
    """A test would get another history as soon as somebody gives the version, but no name says "unknown"."""
    root = parsed(report([result("GIF-1", version="unknown")], versions=("unknown",)))
    assert "Gift" in {c.get("classname") for c in root.iter("testcase")}
    assert "Gift" in {suite.get("name") for suite in root}


def test_times_are_those_of_the_report() -> None:
    """Each test case has the time of its requirement, the run has the rest, and suites have sums."""
    results = [replace(each, duration_s=0.25) for each in clean().results[:4]]
    root = parsed(report(results, duration_s=3.0))
    assert {c.get("time") for c in root.iter("testcase")} == {"0.250", "0.000", "2.000"}
    assert [suite.get("time") for suite in root if suite.get("time") != "0.000"] == ["1.000", "2.000"]
    assert root.get("time") == "3.000"


def test_cases_are_told_apart() -> None:
    """No two test cases have the same class name and name."""
    keys = [(c.get("classname"), c.get("name")) for c in parsed(mixed()).iter("testcase")]
    assert len(keys) == len(set(keys))


def test_each_verdict_has_its_element() -> None:
    """A verdict becomes a failure, an error or a skipped test case; a known deviation is skipped with its reason."""
    root = parsed(mixed())
    failure = case(root, "CUS-2").find("failure")
    assert failure is not None
    assert failure.get("message") == "The phone is not the customer's"
    assert "expected: +49 30 901820" in (failure.text or "")
    assert "--only CUS-2" in (failure.text or "")
    assert case(root, "CUS-8", "4.4.1").find("error") is not None
    skipped = case(root, "SHP-2").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "the run was read-only"
    known = case(root, "LOC-1").find("skipped")
    assert known is not None
    assert known.get("message") == "Known deviation: The add-on has no locations; SHOP-4711"
    assert len(case(root, "CON-1")) == 0


def test_should_fails_only_where_it_is_gated() -> None:
    """A SHOULD deviation is a failure with ``--level should``; otherwise it is skipped, with the finding."""
    (skipped,) = case(parsed(mixed()), "CON-5").iter("skipped")
    assert (skipped.get("message") or "").startswith("SHOULD deviates: ")
    assert "401 or 403" in (case(parsed(mixed()), "CON-5").findtext("system-out") or "")
    assert case(parsed(mixed(), "should"), "CON-5").find("failure") is not None


def verdict(changed: str, came: str, gate: GateLevel = "must", **more: str) -> Report:
    results = [
        result(r.id, came if r.id == changed else "conforms", **(more if r.id == changed else {}))  # type: ignore[arg-type]
        for r in REQUIREMENTS
    ]
    return report(results, gate_level=gate)


@pytest.mark.parametrize(
    "of",
    [
        clean(),
        mixed(),
        hostile(),
        verdict("CUS-1", "deviates"),
        verdict("CUS-1", "deviates", known="why"),
        verdict("CUS-1", "not-exercised"),
        verdict("CUS-1", "error"),
        verdict("CUS-8", "deviates"),
        verdict("CUS-8", "deviates", "should"),
        report([result("CON-1")]),
        report([result("NOPE")]),
    ],
)
def test_red_exactly_if_the_exit_status_is_not_0(of: Report) -> None:
    """The file has a failure or error if and only if the exit status is not 0: CI systems count skipped as passed."""
    root = parsed(of)
    red = any(True for _ in root.iter("failure", "error"))
    assert red is (of.summary.exit_status != 0)


def test_a_stale_baseline_is_red() -> None:
    """With a stale baseline, the test case of the run fails and has the notice."""
    from conformance.report.summary import summarise

    results = clean().results
    of = clean(
        summary=summarise(REQUIREMENTS, results, "full", "must", ("4.3.4",), stale=True),
        notices=(f"{STALE}: ORD-1 matches no deviation any more.",),
    )
    (failure,) = parsed(of).iter("failure")
    assert "baseline" in (failure.get("message") or "")


def test_hostile_text_stays_text() -> None:
    """With hostile text, the document is well-formed and has only JUnit's elements."""
    root = parsed(hostile())
    known = {"testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out"}
    assert {node.tag for node in root.iter()} <= known
    assert "<script>" in (case(root, "ORD-13").findtext("failure") or "")
    assert len(junit.render(hostile())) < 100_000
