"""report.md: the report for a pull request or a job summary, short enough for both."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from conformance.report.advice import skip_reasons
from conformance.report.grouping import (
    GroupedFinding,
    RequirementEntry,
    Status,
    abridge,
    entries_of,
    group_by_feature,
    group_by_shared,
    table_columns,
    version_range,
)
from conformance.report.model import Report
from conformance.report.sources import describe
from conformance.report.summary import failing_levels
from conformance.report.wording import (
    ERROR_TITLES,
    KNOWN_TITLE,
    SHOULD_TITLE,
    STATUS_WORDS,
    WORST_COUNTS,
    count,
    cut,
    exit_words,
    gate_level,
    location_of,
    one_line,
    rerun_command,
    run_facts,
    shared_sentence,
    value_text,
    verdict_detail,
    verdict_word,
)

MAX_PAGE_CHARS = 60_000
"""Characters of the page; GitHub cuts a comment at 65,536."""
MAX_FINDINGS = 3
"""Findings of one requirement that are shown, of those with the first cause."""
MAX_TEXT = 300
"""Characters shown of a message or value."""
MAX_NOTICE = 600
"""Characters shown of a notice or command."""

_MARKS = {"CONFORMS": "✅", "PASSES": "☑️", "DEVIATES": "❌", "ERROR": "💥", "INCOMPLETE": "⚠️"}
_SPECIAL = re.compile(r"([\\`*_\[\]#!|~$]|:(?=//)|(?<=www)\.)")


def escape(raw: str, limit: int = MAX_TEXT) -> str:
    """Return a text as Markdown that shows it literally: no mark-up, and an @ notifies nobody."""
    escaped = html.escape(cut(one_line(raw), limit), quote=False)
    return _SPECIAL.sub(r"\\\1", escaped).replace("@", "@&#8203;")


def _plain(raw: str) -> str:
    """Return a text as HTML that shows it literally; Markdown's own marks have no meaning there."""
    return html.escape(cut(one_line(raw), MAX_TEXT)).replace("@", "@&#8203;")


def inline_code(raw: str, limit: int = MAX_TEXT) -> str:
    """Return a text as inline code that its content cannot end. A bar is replaced: it would end the cell of a table."""
    shown = cut(one_line(raw), limit).replace("|", "¦")
    fence = "`" * (max((len(run) for run in re.findall(r"`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{pad}{shown or ' '}{pad}{fence}"


def _cell(of: Sequence[RequirementEntry], level: str, status: Status) -> str:
    number = sum(e.requirement.level == level and e.status == status for e in of)
    return str(number) if number else "·"


def _row(name: str, of: Sequence[RequirementEntry], statuses: Sequence[Status]) -> str:
    cells = [_cell(of, level, status) for level in ("must", "should") for status in statuses]
    return f"| {name} | {' | '.join(cells)} |"


def _table(entries: Sequence[RequirementEntry]) -> Iterator[str]:
    statuses = table_columns(entries)
    heads = [
        f"{level} {'known' if status == 'known' else STATUS_WORDS[status]}"
        for level in ("MUST", "SHOULD")
        for status in statuses
    ]
    yield f"| Feature | {' | '.join(heads)} |"
    yield "|:--|" + "--:|" * len(heads)
    for feature, of in group_by_feature(entries):
        if any(entry.requirement.level != "info" for entry in of):
            yield _row(escape(feature), of, statuses)
    yield _row("**All**", entries, statuses)


def _finding(finding: GroupedFinding, report: Report) -> Iterator[str]:
    evidence = finding.evidence
    message = f": {escape(evidence.message)}" if evidence.message else ""
    yield f"- {escape(location_of(finding, report.store_versions))}{message}"
    if evidence.xpath:
        yield f"  - at {inline_code(evidence.xpath)}"
    if evidence.expected is not None:
        yield f"  - expected {inline_code(value_text(evidence.expected))}"
    if evidence.actual is not None or evidence.expected is not None:
        yield f"  - actual {inline_code(value_text(evidence.actual))}"
    if evidence.hint:
        yield f"  - hint: {escape(evidence.hint)}"


def _requirement(entry: RequirementEntry, findings: Sequence[GroupedFinding], report: Report) -> str:
    requirement = entry.requirement
    lines = [
        "<details>",
        f"<summary><b>{_plain(requirement.id)}</b> {requirement.level.upper()} · {_plain(requirement.title)}"
        f" · {count(len(findings), 'finding')}</summary>",
        "",
        *(f"{escape(line)}  " for line in describe(requirement.source)),
        "",
    ]
    lines += [f"{escape(remark.text)}\n" for remark in entry.remarks[:MAX_FINDINGS]]
    groups = group_by_shared(findings, entry.shared, lambda finding: finding.evidence)
    for shared, shown, more in abridge(groups, MAX_FINDINGS):
        if shared is not None:
            lines += ["", f"**{escape(shared_sentence(shared))}**", ""]
        for finding in shown:
            lines += _finding(finding, report)
        if more:
            lines.append(f"- … and {more} more in report.html")
    lines += [
        "",
        f"Run again: {inline_code(rerun_command(report, requirement.id), MAX_NOTICE)}",
        "",
        "</details>",
        "",
        "",
    ]
    return "\n".join(lines)


def _deviations(entries: Sequence[RequirementEntry], report: Report) -> Iterator[str]:
    failing = failing_levels(gate_level(report))
    deviating = [(entry, entry.new) for entry in entries if "deviates" in entry.versions]
    for title, found in (
        ("Deviations", [(entry, new) for entry, new in deviating if entry.requirement.level in failing]),
        (SHOULD_TITLE, [(entry, new) for entry, new in deviating if entry.requirement.level not in failing]),
        (ERROR_TITLES[report.role], [(entry, entry.errors) for entry in entries if entry.errors]),
    ):
        if found:
            yield f"### {title}\n\n"
        for entry, findings in found:
            yield _requirement(entry, findings, report)


def _known(entries: Sequence[RequirementEntry], report: Report) -> Iterator[str]:
    for entry in entries:
        if "known" in entry.versions:
            where = version_range(entry.versions["known"], report.store_versions)
            yield f"- **{escape(entry.requirement.id)}** {escape(where)}: {escape('; '.join(entry.known_reasons))}"


def _not_exercised(entries: Sequence[RequirementEntry]) -> Iterator[str]:
    for reason in skip_reasons(entries):
        ids = " ".join(escape(entry.requirement.id) for entry in reason.entries)
        remedies = "".join(f"; possible with {escape(remedy)}" for remedy in reason.remedies)
        yield f"- {escape(reason.text or 'no reason given')}: {ids}{remedies}"


def _sections(entries: Sequence[RequirementEntry], report: Report) -> Iterator[str]:
    yield from _deviations(entries, report)
    for title, lines in (
        (KNOWN_TITLE, list(_known(entries, report))),
        ("Not exercised", list(_not_exercised(entries))),
    ):
        if lines:
            yield "\n".join([f"### {title}", "", *lines, "", ""])


def render(report: Report) -> str:
    """Return the page. If it would be too long, it leaves out sections and says so."""
    entries = entries_of(report)
    word = verdict_word(report)
    lines = [
        f"## {_MARKS.get(word, '')} {word}: {escape(verdict_detail(report))}",
        "",
        f"{inline_code(report.target)}  ",
        escape(run_facts(report)),
        "",
        *(f"> {escape(notice, MAX_NOTICE)}\n" for notice in report.notices),
        *_table(entries),
        "",
    ]
    if len(report.store_versions) > 1:
        lines += [WORST_COUNTS, ""]
    page = "\n".join(lines) + "\n"
    end = f"\n{escape(exit_words(report))}\n"
    left_out = 0
    for section in _sections(entries, report):
        if len(page) + len(section) + len(end) + 100 > MAX_PAGE_CHARS:
            left_out += 1
        else:
            page += section
    if left_out:
        page += f"\n… {count(left_out, 'section')} left out for length; see report.html.\n"
    return page + end
