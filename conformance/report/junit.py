"""JUnit XML, as CI systems read it.

One test suite a feature and store version, one test case a requirement. A deviation is a failure,
an error of ours an error, what was not exercised is skipped with its reason. A known deviation is
skipped with the baseline's reason; a SHOULD that deviates passes with the finding in its
``system-out``, unless the run gates on SHOULD; INFO passes with what was observed.

The file is red exactly if the exit status isn't 0: CI systems count skipped as passed, so a run that
is incomplete, or fails for its baseline, says so in a test case of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from conformance.core.model import Requirement
from conformance.report.grouping import NO_RESULT
from conformance.report.model import FindingRecord, Report, Result
from conformance.report.sources import describe
from conformance.report.summary import GateLevel, in_scope
from conformance.report.wording import again, cut, exit_words, facts, gate_level, headline, visible

SHOWN = 5
"""Findings a test case tells of."""

_VALUE = 300
_TEXT = 4000


def _evidence(evidence: FindingRecord) -> Iterator[str]:
    if evidence.message:
        yield cut(evidence.message, _VALUE)
    for label, text in (
        ("order", evidence.order),
        ("at", evidence.xpath),
        ("expected", evidence.expected),
        ("actual", evidence.actual),
        ("exchange", None if evidence.exchange is None else str(evidence.exchange)),
        ("hint", evidence.hint),
    ):
        if text is not None:
            yield f"  {label + ':':<10}{cut(text, _VALUE)}"


def _text(requirement: Requirement, result: Result, report: Report) -> str:
    lines = [f"{requirement.id} ({requirement.level.upper()}): {requirement.title}"]
    lines += describe(requirement.source)
    if result.reason:
        lines.append(cut(result.reason, _VALUE))
    for evidence in result.evidence[:SHOWN]:
        lines += ["", *_evidence(evidence)]
    if (more := len(result.evidence) - SHOWN) > 0:
        lines.append(f"\n… and {more} more in report.html")
    end = ["", again(report, requirement.id, result.version)] if result.verdict != "conforms" else []
    return visible("\n".join([cut("\n".join(lines), _TEXT), *end]).replace("\r\n", "\n"))


def _message(result: Result) -> str:
    first = result.evidence[0].message if result.evidence else ""
    more = f" (and {len(result.evidence) - 1} more)" if len(result.evidence) > 1 else ""
    return visible(cut(result.reason or first or result.verdict, _VALUE)) + more


def _judge(case: ET.Element, requirement: Requirement, result: Result, gate: GateLevel, report: Report) -> str:
    """Put the verdict into the test case; the name of the element that decides, or nothing."""
    text = _text(requirement, result, report)
    if result.verdict == "error":
        ET.SubElement(case, "error", message=_message(result), type="error").text = text
        return "error"
    if result.verdict == "not-exercised":
        ET.SubElement(case, "skipped", message=_message(result))
        return "skipped"
    gated = requirement.level == "must" or (requirement.level == "should" and gate == "should")
    if result.verdict == "deviates" and gated and result.known is None:
        ET.SubElement(case, "failure", message=_message(result), type="deviates").text = text
        return "failure"
    if result.verdict == "deviates" and gated:
        ET.SubElement(case, "skipped", message=visible(f"Known deviation: {cut(result.known or '', _VALUE)}"))
        ET.SubElement(case, "system-out").text = text
        return "skipped"
    if result.verdict == "deviates" or (requirement.level == "info" and result.evidence):
        ET.SubElement(case, "system-out").text = text
    return ""


def _suite(root: ET.Element, name: str, decisions: Sequence[tuple[ET.Element, str]], report: Report) -> None:
    counted = [decision for _, decision in decisions]
    suite = ET.SubElement(
        root,
        "testsuite",
        name=visible(name),
        tests=str(len(counted)),
        failures=str(counted.count("failure")),
        errors=str(counted.count("error")),
        skipped=str(counted.count("skipped")),
        time="0",
        timestamp=visible(report.started_at.removesuffix("Z")),
    )
    suite.extend(case for case, _ in decisions)


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
                classname=visible(f"{feature} ({version})"),
                name=visible(f"{requirement.id} {requirement.title}"),
                time="0",
            )
            yield case, _judge(case, requirement, result, gate, report)


def _whole(report: Report, decided: bool) -> tuple[ET.Element, str]:
    """The run as a test case: it fails where nothing else does although the exit status isn't 0."""
    case = ET.Element("testcase", classname="conformance", name="The run as a whole", time="0")
    decision = ""
    if report.summary.exit_status and not decided:
        decision = "failure" if report.summary.exit_status == 1 else "error"
        ET.SubElement(
            case, decision, message=visible(exit_words(report)), type=f"exit-{report.summary.exit_status}"
        ).text = visible("\n".join([headline(report), *report.notices]))
    ET.SubElement(case, "system-out").text = visible(
        "\n".join([headline(report), report.target, facts(report), *report.notices])
    )
    return case, decision


def render(report: Report, gate: GateLevel | None = None) -> bytes:
    """The XML document. Without ``gate`` it is taken from what the exit status gives away."""
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
                _suite(root, f"{feature} ({version})", decisions, report)
                every += [decision for _, decision in decisions]
    whole = _whole(report, "failure" in every or "error" in every)
    _suite(root, "Run", [whole], report)
    every.append(whole[1])
    root.set("tests", str(len(every)))
    root.set("failures", str(every.count("failure")))
    root.set("errors", str(every.count("error")))
    root.set("skipped", str(every.count("skipped")))
    root.set("time", f"{report.duration_s:.3f}")
    ET.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode").encode() + b"\n"
