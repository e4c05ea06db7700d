"""The report as text for a terminal of any width, with or without colour.

It has the order of every view: the verdict, what deviates, what was not exercised, and then the table by feature.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core.exit_status import CONFORMING, DEVIATING, FAILED
from conformance.report.advice import skip_reasons
from conformance.report.console import OutputLine, print_lines
from conformance.report.grouping import (
    Cause,
    GroupedFinding,
    RequirementEntry,
    Status,
    causes_of,
    entries_by_error,
    entries_of,
    figure_text,
    figures_of,
    group_by_feature,
    table_columns,
    version_range,
)
from conformance.report.model import Report
from conformance.report.summary import failing_levels
from conformance.report.text_diff import mark_differences
from conformance.report.wording import (
    ACCEPTED_TITLE,
    ERROR_TITLES,
    HOW_TO_ACCEPT,
    HOW_TO_LEARN_MORE,
    KNOWN_TITLE,
    SAME_ERROR,
    SHOULD_TITLE,
    STALE,
    accepted_reasons,
    cause_sentence,
    common_place,
    common_versions,
    count,
    cut,
    exit_words,
    gate_level,
    headline,
    more_words,
    one_line,
    outside_sentence,
    row_label,
    run_facts,
    skip_text,
    table_note,
    value_text,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MAX_CAUSES = 6
"""Causes of one requirement that are shown."""
MAX_ROWS = 5
"""Findings of the first cause that are shown in a table; report.html has the others."""
MAX_FINDINGS = 3
"""Findings of the first cause that are shown below each other; report.html has the others."""
MAX_TEXT = 240
"""Characters shown of a message or value."""
MAX_SHORT_TEXT = 160
"""Characters shown of an observation or of a baseline's reason."""
MAX_NOTICE = 400
"""Characters shown of a notice."""
USUAL_WIDTH = 80
"""Columns of a terminal from which on no name of a feature is wrapped."""

_STYLES: dict[Status, str] = {
    "deviates": "red",
    "error": "magenta",
    "known": "yellow",
    "not-exercised": "yellow",
    "accepted": "yellow",
    "out-of-scope": "dim",
    "conforms": "green",
}
_HEADS: dict[Status, str] = {
    "deviates": "deviates",
    "error": "error",
    "known": "known",
    "not-exercised": "not\nexercised",
    "accepted": "accepted",
    "out-of-scope": "out of\nscope",
    "conforms": "conforms",
}


def _table(entries: Sequence[RequirementEntry], width: int) -> Table:
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    columns, padding = _fitting_columns(entries, width)
    table = Table(box=SIMPLE, padding=(0, padding, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("\nFeature", overflow="fold", no_wrap=width >= USUAL_WIDTH, min_width=16)
    for status in columns:
        head = _HEADS[status]
        table.add_column(head if "\n" in head else f"\n{head}", justify="right", no_wrap=True)

    def row(name: Text, of: Sequence[RequirementEntry]) -> None:
        cells = zip(columns, figures_of(of, columns), strict=True)
        table.add_row(name, *(Text(figure_text(*n), style=_STYLES[s] if any(n) else "dim") for s, n in cells))

    features = [(feature, of) for feature, of in group_by_feature(entries) if _has_judged_level(of)]
    for feature, of in features:
        row(Text(one_line(feature)), of)
    if len(features) > 1:
        table.add_section()
        row(Text("All", style="bold"), entries)
    return table


def _fitting_columns(entries: Sequence[RequirementEntry], width: int) -> tuple[tuple[Status, ...], int]:
    """Return the columns of the table, and the padding of each.

    If the columns don't fit, they have no padding; then the one of the scope is left out: a sentence has its number.
    """
    columns = table_columns(entries)
    names = max((len(one_line(entry.requirement.feature)) for entry in entries), default=0)

    def needed(padding: int) -> int:
        return names + sum(1 + padding + max(map(len, _HEADS[status].split("\n"))) for status in columns)

    if needed(1) < width:
        return columns, 1
    return (columns if needed(0) < width else tuple(status for status in columns if status != "out-of-scope")), 0


def _has_judged_level(of: Sequence[RequirementEntry]) -> bool:
    return any(map(_is_judged_level, of))


def _is_judged_level(entry: RequirementEntry) -> bool:
    return entry.requirement.level != "info"


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


def _below_each_other(cause: Cause, findings: Sequence[GroupedFinding], report: Report) -> Iterator[OutputLine]:
    """Yield the findings, each with its values below."""
    for finding in findings:
        evidence = finding.evidence
        label = row_label(finding, cause, report.store_versions)
        if label:
            yield OutputLine(label, indent=4)
        if evidence.message and not cause.message:
            yield OutputLine(cut(evidence.message, MAX_TEXT), indent=6)
        if evidence.xpath and not common_place(cause):
            yield OutputLine(cut(evidence.xpath, MAX_TEXT), indent=6, label="at      ")
        yield from _values(finding)


def _as_table(
    cause: Cause, findings: Sequence[GroupedFinding], report: Report, width: int
) -> Iterator[OutputLine] | None:
    """Return the findings as a table with a line for each; None if they don't fit."""
    if not cause.message or not common_place(cause) or any(each.evidence.expected is None for each in findings):
        return None
    rows = [("", "expected", "actual")]
    for each in findings:
        values = (each.evidence.expected, each.evidence.actual)
        label = row_label(each, cause, report.store_versions)
        rows.append((one_line(label), *(one_line(value_text(value)) for value in values)))  # type: ignore[arg-type]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    if 4 + sum(widths) + 4 > width:
        return None
    lines = ["  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]
    return (OutputLine(line, indent=4, style="" if number else "dim") for number, line in enumerate(lines))


def _cause(cause: Cause, report: Report, width: int, *, is_first: bool) -> Iterator[OutputLine]:
    if cause.message:
        yield OutputLine(cut(cause.message, MAX_TEXT) + common_versions(cause, report.store_versions), indent=4)
    if place := common_place(cause):
        yield OutputLine(cut(place, MAX_TEXT), indent=4, label="at")
    for hint in cause.hints[:MAX_FINDINGS]:
        yield OutputLine(cut(hint, MAX_TEXT), indent=4, label="What to do:")
    shown = cause.findings[: MAX_ROWS if is_first else 2]
    table = _as_table(cause, shown, report, width)
    if table is None:
        shown = cause.findings[: MAX_FINDINGS if is_first else 1]
        yield from _below_each_other(cause, shown, report)
    else:
        yield from table
    if more := more_words(cause, len(shown)):
        yield OutputLine(f"… and {more}", indent=4, style="dim")
    yield from _reply(cause, report)


def _reply(cause: Cause, report: Report) -> Iterator[OutputLine]:
    """Yield the reply at the place of the first fault."""
    for finding in cause.findings:
        part = finding.evidence.excerpt
        if part is not None:
            spans = ((False, f"…{part.before}"), (True, cut(part.fault, MAX_SHORT_TEXT)), (False, f"{part.after}…"))
            where = [f"exchange {finding.exchanges[0][1]}"] if finding.exchanges else []
            where += [f"of {finding.exchanges[0][0]}"] if finding.exchanges and len(report.store_versions) > 1 else []
            where += [f"order {cut(part.order, 60)}"] if part.order else []
            yield OutputLine(f"In the reply ({', '.join(where).replace(', of', ' of')}):", indent=4, style="dim")
            yield OutputLine(spans, indent=6)
            return


def _requirement(
    entry: RequirementEntry, findings: Sequence[GroupedFinding], report: Report, style: str, width: int
) -> Iterator[OutputLine]:
    requirement = entry.requirement
    yield OutputLine()
    label = f"{requirement.id} {requirement.level.upper()}"
    yield OutputLine(requirement.title, indent=2, label=label, style=f"bold {style}")
    for remark in entry.remarks[:MAX_FINDINGS]:
        yield OutputLine(cut(remark.text, MAX_TEXT), indent=4)
    causes = causes_of(findings, entry.shared)
    for previous, cause in zip([None, *causes], causes[:MAX_CAUSES], strict=False):
        if said := cause_sentence(cause, previous):
            yield OutputLine(cut(said, MAX_TEXT), indent=4, style="bold")
        yield from _cause(cause, report, width, is_first=previous is None)
    if left := sum(len(cause.findings) for cause in causes[MAX_CAUSES:]):
        yield OutputLine(f"… and {left} more in report.html", indent=4, style="dim")


def _deviations(entries: Sequence[RequirementEntry], report: Report, width: int) -> Iterator[OutputLine]:
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
            yield from _requirement(entry, entry.new, report, "red", width)


def _errors(entries: Sequence[RequirementEntry], report: Report, width: int) -> Iterator[OutputLine]:
    found = entries_by_error(entries)
    if found:
        yield OutputLine()
        yield OutputLine(ERROR_TITLES[report.role], style="bold")
    for first, *others in found:
        yield from _requirement(first, first.errors, report, "magenta", width)
        if others:
            yield OutputLine(" ".join(entry.requirement.id for entry in others), indent=4, label=SAME_ERROR)


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
    reasons = tuple(skip_reasons(entries, report.command))
    if reasons:
        yield OutputLine()
        yield OutputLine("Not exercised", style="bold")
    for reason in reasons:
        yield OutputLine(cut(skip_text(reason), MAX_TEXT), indent=2, style="yellow")
        all_of_them = reason.is_everything and len(report.store_versions) == 1
        ids = " ".join(_id_with_versions(entry, reason.text, report) for entry in reason.entries)
        yield OutputLine(f"all {len(reason.entries)} requirements" if all_of_them else ids, indent=4)
        for remedy in reason.remedies:
            yield OutputLine(remedy, indent=4, label="possible with")
    if any(not reason.fix_first and reason.remedies for reason in reasons):
        yield OutputLine(HOW_TO_ACCEPT, indent=2, style="dim")


def _accepted(entries: Sequence[RequirementEntry]) -> Iterator[OutputLine]:
    reasons = accepted_reasons(entries)
    if reasons:
        yield OutputLine()
        yield OutputLine(ACCEPTED_TITLE, style="bold")
    for text, of in reasons:
        yield OutputLine(cut(text, MAX_SHORT_TEXT), indent=2)
        yield OutputLine(" ".join(entry.requirement.id for entry in of), indent=4)


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


def _packed(facts: str, width: int) -> Iterator[str]:
    """Yield lines that break only between the facts, which `` · `` separates."""
    line = ""
    for fact in facts.split(" · "):
        if line and len(line) + 3 + len(fact) > width:
            yield line
            line = fact
        else:
            line = f"{line} · {fact}" if line else fact
    yield line


def render(report: Report, console: Console, report_dir: Path | None) -> None:
    """Print the whole view. The first line is the verdict; the last ones are exit status and place of the report.

    ``report_dir`` is None if the report can't be written. The exit status is another one then.
    """
    entries = entries_of(report)

    def lines() -> Iterator[OutputLine | Table]:
        yield OutputLine(headline(report), style=_style(report))
        yield OutputLine(report.target)
        for facts in _packed(run_facts(report), console.width):
            yield OutputLine(facts, style="dim")
        for notice in report.notices:
            yield OutputLine(cut(notice, MAX_NOTICE), label="!", style="red" if notice.startswith(STALE) else "yellow")
        yield from _deviations(entries, report, console.width)
        yield from _errors(entries, report, console.width)
        yield from _known(entries, report)
        yield from _not_exercised(entries, report)
        yield from _accepted(entries)
        if any(entry.status not in ("not-exercised", "out-of-scope") for entry in entries if _is_judged_level(entry)):
            yield OutputLine()
            yield _table(entries, console.width)
            yield OutputLine(table_note(entries, report), style="dim")
            if outside := outside_sentence(entries, report):
                yield OutputLine(outside, style="dim")
        yield from _observations(entries, report)
        if report_dir is not None:
            yield OutputLine()
            if any(entry.findings for entry in entries):
                yield OutputLine(HOW_TO_LEARN_MORE, style="dim")
            yield OutputLine(exit_words(report).replace("exit status", "Exit status", 1))
            yield OutputLine(f"Report: {report_dir / 'report.html'}", wrap=False)

    print_lines(lines(), console)
