"""junit.xml: the report for CI systems.

There is a test suite for each feature and store version, and a test case for each requirement, named after its id: CI
systems follow a test by its name, and the sentence of a requirement may change. They take what stands before the last
dot of a class name for a package, so it has no dot. A deviation is a failure, an error of the suite an error. Skipped
with the reason are requirements that were not exercised, known deviations, and deviations from SHOULD, unless they fail
the run (``--level should``): GitLab shows no text of a test case that passes. INFO passes with what was observed.

The file is red if and only if the exit status is not 0. CI systems count skipped test cases as passed, so one more test
case stands for the run: it fails if the run is incomplete or the baseline is stale.

Why not junitparser: it would replace the 20 lines that create and count elements, and none of those that map verdicts.
It has no type hints that mypy --strict accepts, and imports lxml for a file that the standard library writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from conformance.core.exit_status import DEVIATING
from conformance.core.model import Requirement
from conformance.report.grouping import NO_RESULT, abridge, group_by_shared
from conformance.report.model import FindingRecord, Report, Result
from conformance.report.sources import describe
from conformance.report.summary import GateLevel, failing_levels, in_scope, is_new
from conformance.report.wording import (
    cut,
    exit_words,
    gate_level,
    headline,
    rerun_command,
    run_facts,
    shared_sentence,
    visible,
)

MAX_FINDINGS = 5
"""Findings shown in a test case, of those with the first cause."""
MAX_VALUE = 300
"""Characters shown of a message or value."""
MAX_TEXT = 4000
"""Characters of a test case's text, without the command to run it again."""


def _evidence(evidence: FindingRecord) -> Iterator[str]:
    if evidence.message:
        yield cut(evidence.message, MAX_VALUE)
    for label, text in (
        ("order", evidence.order),
        ("at", evidence.xpath),
        ("expected", evidence.expected),
        ("actual", evidence.actual),
        ("exchange", None if evidence.exchange is None else str(evidence.exchange)),
        ("hint", evidence.hint),
    ):
        if text is not None:
            yield f"  {label + ':':<10}{cut(text, MAX_VALUE)}"


def _text(requirement: Requirement, result: Result, report: Report) -> str:
    lines = [f"{requirement.id} ({requirement.level.upper()}): {requirement.title}"]
    lines += describe(requirement.source)
    if result.reason:
        lines.append(cut(result.reason, MAX_VALUE))
    groups = group_by_shared(result.evidence, result.shared, lambda evidence: evidence)
    for shared, shown, more in abridge(groups, MAX_FINDINGS):
        lines += ["", cut(shared_sentence(shared), MAX_VALUE)] if shared is not None else []
        for evidence in shown:
            lines += ["", *_evidence(evidence)]
        if more:
            lines.append(f"\n… and {more} more in report.html")
    end = ["", rerun_command(report, requirement.id, result.version)] if result.verdict != "conforms" else []
    return visible("\n".join([cut("\n".join(lines), MAX_TEXT), *end]).replace("\r\n", "\n"))


def _message(result: Result) -> str:
    first = result.evidence[0].message if result.evidence else ""
    more = f" (and {len(result.evidence) - 1} more)" if len(result.evidence) > 1 else ""
    return visible(cut(result.reason or first or result.verdict, MAX_VALUE)) + more


def _add_verdict(case: ET.Element, requirement: Requirement, result: Result, gate: GateLevel, report: Report) -> str:
    """Add the verdict to the test case, and return the name of the element that decides, or ""."""
    text = _text(requirement, result, report)
    if result.verdict == "error":
        ET.SubElement(case, "error", message=_message(result), type="error").text = text
        return "error"
    if result.verdict == "not-exercised":
        accepted = f"Accepted as not exercised here: {cut(result.accepted or '', MAX_VALUE)}"
        message = _message(result) if result.accepted is None else visible(accepted)
        ET.SubElement(case, "skipped", message=message)
        return "skipped"
    failing = requirement.level in failing_levels(gate)
    if is_new(result) and failing:
        ET.SubElement(case, "failure", message=_message(result), type="deviates").text = text
        return "failure"
    if result.verdict == "deviates" and (failing or requirement.level == "should"):
        known = f"Known deviation: {cut(result.known or '', MAX_VALUE)}"
        message = visible(known) if result.known is not None else f"SHOULD deviates: {_message(result)}"
        ET.SubElement(case, "skipped", message=message)
        ET.SubElement(case, "system-out").text = text
        return "skipped"
    if result.verdict == "deviates" or (requirement.level == "info" and result.evidence):
        ET.SubElement(case, "system-out").text = text
    return ""


def _figures(decisions: Sequence[str]) -> dict[str, str]:
    """Return the attributes that count test cases."""
    return {
        "tests": str(len(decisions)),
        "failures": str(decisions.count("failure")),
        "errors": str(decisions.count("error")),
        "skipped": str(decisions.count("skipped")),
    }


def _add_suite(root: ET.Element, name: str, decisions: Sequence[tuple[ET.Element, str]], report: Report) -> None:
    suite = ET.SubElement(
        root,
        "testsuite",
        {"name": visible(name), **_figures([decision for _, decision in decisions])},
        time=_seconds(sum(float(case.get("time", "0")) for case, _ in decisions)),
        timestamp=visible(report.started_at.removesuffix("Z")),
    )
    suite.extend(case for case, _ in decisions)


def _group(feature: str, version: str) -> str:
    """Return the name of a test suite; without the version if nobody gave it."""
    return visible(feature if version == "unknown" else f"{feature} ({version})")


def _cases(
    feature: str, version: str, report: Report, found: dict[tuple[str, str], list[Result]], gate: GateLevel
) -> Iterator[tuple[ET.Element, str]]:
    for requirement in report.requirements:
        if requirement.feature != feature:
            continue
        results = found.get((requirement.id, version), [])
        if not results and in_scope(requirement, report.scope):
            results = [Result(requirement=requirement.id, version=version, verdict="not-exercised", reason=NO_RESULT)]
        for result in results:
            case = ET.Element(
                "testcase",
                classname=_group(feature, version).replace(".", "_"),
                name=visible(requirement.id),
                time=_seconds(result.duration_s),
            )
            yield case, _add_verdict(case, requirement, result, gate, report)


def _seconds(duration_s: float) -> str:
    return f"{duration_s:.3f}"


def _run_case(report: Report, decided: bool) -> tuple[ET.Element, str]:
    """Return the run as a test case; it fails if the exit status is not 0 and no other test case failed.

    Its time is what the run took beside judging requirements.
    """
    beside = max(0.0, report.duration_s - sum(result.duration_s for result in report.results))
    case = ET.Element("testcase", classname="Run", name="The run as a whole", time=_seconds(beside))
    decision = ""
    if report.summary.exit_status and not decided:
        decision = "failure" if report.summary.exit_status == DEVIATING else "error"
        ET.SubElement(
            case, decision, message=visible(exit_words(report)), type=f"exit-{report.summary.exit_status}"
        ).text = visible("\n".join([headline(report), *report.notices]))
    ET.SubElement(case, "system-out").text = visible(
        "\n".join([headline(report), report.target, run_facts(report), *report.notices])
    )
    return case, decision


def render(report: Report, gate: GateLevel | None = None) -> bytes:
    """Return the XML document. ``gate`` is the ``--level`` of the run; by default it is inferred from the report."""
    gate = gate or gate_level(report)
    root = ET.Element("testsuites", name="conformance")
    found: dict[tuple[str, str], list[Result]] = {}
    for result in report.results:
        found.setdefault((result.requirement, result.version), []).append(result)
    every: list[str] = []
    for version in report.store_versions:
        for feature in dict.fromkeys(requirement.feature for requirement in report.requirements):
            decisions = list(_cases(feature, version, report, found, gate))
            if decisions:
                _add_suite(root, _group(feature, version), decisions, report)
                every += [decision for _, decision in decisions]
    case, decision = _run_case(report, "failure" in every or "error" in every)
    _add_suite(root, "Run", [(case, decision)], report)
    every.append(decision)
    root.attrib |= {**_figures(every), "time": _seconds(report.duration_s)}
    ET.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode").encode() + b"\n"
