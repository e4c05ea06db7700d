"""The report as text for a terminal of any width, with or without colour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core.exit_status import CONFORMING, DEVIATING, FAILED
from conformance.report.advice import skip_reasons
from conformance.report.console import OutputLine, print_lines
from conformance.report.grouping import (
    GroupedFinding,
    RequirementEntry,
    Status,
    abridge,
    entries_of,
    group_by_feature,
    group_by_shared,
    version_range,
)
from conformance.report.model import Report
from conformance.report.sources import describe
from conformance.report.summary import failing_levels
from conformance.report.text_diff import mark_differences
from conformance.report.wording import (
    ERROR_TITLES,
    KNOWN_TITLE,
    SHOULD_TITLE,
    STALE,
    WORST_COUNTS,
    count,
    cut,
    exit_words,
    gate_level,
    headline,
    location_of,
    one_line,
    run_facts,
    shared_sentence,
    value_text,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

MAX_FINDINGS = 3
"""Findings of one requirement that are shown, of those with the first cause; report.html has the others."""
MAX_TEXT = 240
"""Characters shown of a message or value."""
MAX_SHORT_TEXT = 160
"""Characters shown of an observation or of a baseline's reason."""
MAX_NOTICE = 400
"""Characters shown of a notice."""

_STYLES: dict[Status, str] = {
    "deviates": "red",
    "error": "magenta",
    "known": "yellow",
    "not-exercised": "yellow",
    "conforms": "green",
}


def _counts(of: Sequence[RequirementEntry], level: str) -> Counter[Status]:
    counted: Counter[Status] = Counter()
    for entry in of:
        if entry.requirement.level == level:
            counted["deviates" if entry.status == "known" else entry.status] += 1
    return counted


def _table(entries: Sequence[RequirementEntry]) -> Table:
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    shown: list[tuple[Status, str]] = [
        ("conforms", "conform"),
        ("deviates", "deviate"),
        ("not-exercised", "not ex."),
    ]
    if any(entry.status == "error" for entry in entries):
        shown.append(("error", "error"))
    gap = 1 if len(shown) == 3 else 0
    table = Table(box=SIMPLE, padding=(0, gap, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("\nFeature", overflow="fold", min_width=16)
    for level in ("MUST", "SHOULD"):
        for place, (_, word) in enumerate(shown):
            table.add_column(f"{level if place == 0 else ''}\n{word}", justify="right", no_wrap=True)
    features = [(feature, of) for feature, of in group_by_feature(entries) if _has_judged_level(of)]
    for feature, of in features:
        table.add_row(Text(one_line(feature)), *_cells(of, shown))
    if len(features) > 1:
        table.add_section()
        table.add_row(Text("All", style="bold"), *_cells(entries, shown))
    return table


def _has_judged_level(of: Sequence[RequirementEntry]) -> bool:
    return any(entry.requirement.level != "info" for entry in of)


def _cells(of: Sequence[RequirementEntry], shown: Sequence[tuple[Status, str]]) -> Iterator[Text]:
    from rich.text import Text

    for level in ("must", "should"):
        counted = _counts(of, level)
        for status, _ in shown:
            number = counted[status]
            yield Text(str(number) if number else "·", style=_STYLES[status] if number else "dim")


def _values(finding: GroupedFinding) -> Iterator[OutputLine]:
    expected, actual = finding.evidence.expected, finding.evidence.actual
    if expected is None and actual is None:
        return
    if expected and actual:
        one, two = mark_differences(value_text(expected), value_text(actual), MAX_TEXT)
    else:
        one, two = ((False, cut(value_text(expected), MAX_TEXT)),), ((False, cut(value_text(actual), MAX_TEXT)),)
    if expected is not None:
        yield OutputLine(one, indent=6, label="expected")
    yield OutputLine(two, indent=6, label="actual  ")


def _finding(finding: GroupedFinding, previous: GroupedFinding | None, report: Report) -> Iterator[OutputLine]:
    """Yield the lines of a finding, without the message and hint that the previous finding has too."""
    evidence = finding.evidence
    before = previous.evidence if previous is not None else None
    yield OutputLine(location_of(finding, report.store_versions), indent=4)
    if evidence.message and (before is None or before.message != evidence.message):
        yield OutputLine(cut(evidence.message, MAX_TEXT), indent=6)
    if evidence.xpath:
        yield OutputLine(cut(evidence.xpath, MAX_TEXT), indent=6, label="at      ")
    yield from _values(finding)
    if evidence.hint and (before is None or before.hint != evidence.hint):
        yield OutputLine(cut(evidence.hint, MAX_TEXT), indent=6, label="hint    ")


def _requirement(
    entry: RequirementEntry, findings: Sequence[GroupedFinding], report: Report, style: str
) -> Iterator[OutputLine]:
    requirement = entry.requirement
    yield OutputLine()
    label = f"{requirement.id} {requirement.level.upper()}"
    yield OutputLine(requirement.title, indent=2, label=label, style=f"bold {style}")
    if sources := describe(requirement.source):
        yield OutputLine("; ".join(sources), indent=4, style="dim")
    for remark in entry.remarks[:MAX_FINDINGS]:
        yield OutputLine(cut(remark.text, MAX_TEXT), indent=4)
    groups = group_by_shared(findings, entry.shared, lambda finding: finding.evidence)
    for shared, shown, more in abridge(groups, MAX_FINDINGS):
        if shared is not None:
            yield OutputLine(cut(shared_sentence(shared), MAX_TEXT), indent=4, style="bold")
        for previous, finding in zip([None, *shown], shown, strict=False):
            yield from _finding(finding, previous, report)
        if more:
            yield OutputLine(f"… and {more} more in report.html", indent=4)


def _deviations(entries: Sequence[RequirementEntry], report: Report) -> Iterator[OutputLine]:
    failing = failing_levels(gate_level(report))
    deviating = [entry for entry in entries if "deviates" in entry.versions]
    for title, found in (
        ("Deviations", [entry for entry in deviating if entry.requirement.level in failing]),
        (SHOULD_TITLE, [entry for entry in deviating if entry.requirement.level not in failing]),
    ):
        if found:
            yield OutputLine()
            yield OutputLine(title, style="bold")
        for entry in found:
            yield from _requirement(entry, entry.new, report, "red")


def _errors(entries: Sequence[RequirementEntry], report: Report) -> Iterator[OutputLine]:
    found = [entry for entry in entries if entry.errors]
    if found:
        yield OutputLine()
        yield OutputLine(ERROR_TITLES[report.role], style="bold")
    for entry in found:
        yield from _requirement(entry, entry.errors, report, "magenta")


def _known(entries: Sequence[RequirementEntry], report: Report) -> Iterator[OutputLine]:
    found = [entry for entry in entries if "known" in entry.versions]
    if found:
        yield OutputLine()
        yield OutputLine(KNOWN_TITLE, style="bold")
    for entry in found:
        reasons = "; ".join(cut(reason, MAX_SHORT_TEXT) for reason in entry.known_reasons)
        where = version_range(entry.versions["known"], report.store_versions)
        yield OutputLine(f"{where} · {reasons}", indent=2, label=entry.requirement.id)


def _not_exercised(entries: Sequence[RequirementEntry], report: Report) -> Iterator[OutputLine]:
    reasons = tuple(skip_reasons(entries))
    if reasons:
        yield OutputLine()
        yield OutputLine("Not exercised", style="bold")
    for reason in reasons:
        yield OutputLine(cut(reason.text, MAX_TEXT) or "no reason given", indent=2, style="yellow")
        all_of_them = len(reason.entries) == len(entries) > 1 and len(report.store_versions) == 1
        ids = " ".join(_id_with_versions(entry, reason.text, report) for entry in reason.entries)
        yield OutputLine(f"all {len(entries)} requirements" if all_of_them else ids, indent=4)
        for remedy in reason.remedies:
            yield OutputLine(remedy, indent=4, label="possible with")


def _id_with_versions(entry: RequirementEntry, reason: str, report: Report) -> str:
    """Return the id, with the number of versions if the reason holds only for some."""
    skipped = sum(len(each.versions) for each in entry.unexercised if each.text == reason)
    in_part = len(report.store_versions) > 1 and skipped < len(report.store_versions)
    level = "" if entry.requirement.level == "must" else f"({entry.requirement.level})"
    return f"{entry.requirement.id}{level}" + (f"[{count(skipped, 'version')}]" if in_part else "")


def _observations(entries: Sequence[RequirementEntry], report: Report) -> Iterator[OutputLine]:
    found = [entry for entry in entries if entry.requirement.level == "info" and entry.observations]
    if found:
        yield OutputLine()
        yield OutputLine("Observed, not judged", style="bold")
    for entry in found:
        for finding in entry.observations[:MAX_FINDINGS]:
            text = finding.evidence.message or finding.evidence.actual or ""
            several = len(report.store_versions) > 1
            where = f" [{version_range(finding.versions, report.store_versions)}]" if several else ""
            yield OutputLine(cut(text, MAX_SHORT_TEXT) + where, indent=2, label=entry.requirement.id)
        if (more := len(entry.observations) - MAX_FINDINGS) > 0:
            yield OutputLine(f"… and {more} more in report.html", indent=4)


def _style(report: Report) -> str:
    return {CONFORMING: "bold green", DEVIATING: "bold red", FAILED: "bold magenta"}.get(
        report.summary.exit_status, "bold yellow"
    )


def render(report: Report, console: Console, report_dir: Path | None) -> None:
    """Print the whole view. The first line is the verdict; the last ones are exit status and place of the report.

    ``report_dir`` is None if the report can't be written. The exit status is another one then.
    """
    entries = entries_of(report)

    def lines() -> Iterator[OutputLine | Table]:
        yield OutputLine(headline(report), style=_style(report))
        yield OutputLine(report.target)
        yield OutputLine(run_facts(report), style="dim")
        for notice in report.notices:
            yield OutputLine(cut(notice, MAX_NOTICE), label="!", style="red" if notice.startswith(STALE) else "yellow")
        if any(entry.status != "not-exercised" for entry in entries if entry.requirement.level != "info"):
            yield OutputLine()
            yield _table(entries)
            if len(report.store_versions) > 1:
                yield OutputLine(WORST_COUNTS, style="dim")
        yield from _deviations(entries, report)
        yield from _errors(entries, report)
        yield from _known(entries, report)
        yield from _not_exercised(entries, report)
        yield from _observations(entries, report)
        if report_dir is not None:
            yield OutputLine()
            yield OutputLine(exit_words(report).replace("exit status", "Exit status", 1))
            yield OutputLine(f"Report: {report_dir / 'report.html'}", wrap=False)

    print_lines(lines(), console)
