"""report.md: the report for a pull request or a job summary, short enough for both."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from conformance.report.advice import skip_reasons
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
from conformance.report.sources import describe
from conformance.report.summary import failing_levels
from conformance.report.wording import (
    ACCEPTED_TITLE,
    ERROR_TITLES,
    HOW_TO_ACCEPT,
    KNOWN_TITLE,
    SAME_ERROR,
    SHOULD_TITLE,
    STATUS_WORDS,
    accepted_reasons,
    cause_sentence,
    common_place,
    common_versions,
    count,
    cut,
    exit_words,
    gate_level,
    more_words,
    one_line,
    outside_sentence,
    rerun_command,
    row_label,
    run_facts,
    secrets_note,
    skip_text,
    table_note,
    value_text,
    verdict_detail,
    verdict_word,
)

MAX_PAGE_CHARS = 60_000
"""Characters of the page; GitHub cuts a comment at 65,536."""
MAX_FINDINGS = 5
"""Findings of the first cause of a requirement that are shown; of each other one, two are."""
MAX_CAUSES = 6
"""Causes of one requirement that are shown."""
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


def _row(name: str, of: Sequence[RequirementEntry], statuses: Sequence[Status]) -> str:
    cells = [figure_text(*numbers) for numbers in figures_of(of, statuses)]
    return f"| {name} | {' | '.join(cells)} |"


def _table(entries: Sequence[RequirementEntry], report: Report) -> Iterator[str]:
    statuses = table_columns(entries)
    short: dict[Status, str] = {"known": "known", "accepted": "accepted"}
    heads = [short.get(status, STATUS_WORDS[status]) for status in statuses]
    yield from ("### By feature", "")
    yield f"| Feature | {' | '.join(heads)} |"
    yield "|:--|" + "--:|" * len(heads)
    for feature, of in group_by_feature(entries):
        if any(entry.requirement.level != "info" for entry in of):
            yield _row(escape(feature), of, statuses)
    yield _row("**All**", entries, statuses)
    yield ""
    for note in (table_note(entries, report), outside_sentence(entries, report)):
        if note:
            yield from (escape(note), "")


def _findings(cause: Cause, findings: Sequence[GroupedFinding], report: Report) -> Iterator[str]:
    """Yield the findings as a table, with the columns that they need."""
    labels = [row_label(finding, cause, report.store_versions) for finding in findings]
    which = "Order" if any(finding.evidence.order is not None for finding in findings) else "Which"
    columns = [which] if any(labels) else []
    columns += [] if cause.message else ["Finding"]
    columns += ["At"] if not common_place(cause) and any(finding.evidence.xpath for finding in findings) else []
    has_values = any(f.evidence.expected is not None or f.evidence.actual is not None for f in findings)
    columns += ["Expected", "Actual"] if has_values else []
    rows = []
    for finding, label in zip(findings, labels, strict=True):
        evidence = finding.evidence
        cells = {
            which: escape(label.removeprefix("order ")),
            "Finding": escape(evidence.message),
            "At": inline_code(evidence.xpath) if evidence.xpath else "",
            "Expected": inline_code(value_text(evidence.expected)),
            "Actual": inline_code(value_text(evidence.actual)),
        }
        rows.append([cells[column] for column in columns])
    if not columns:
        return
    yield f"| {' | '.join(columns)} |"
    yield "|" + ":--|" * len(columns)
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _cause(cause: Cause, report: Report, *, is_first: bool) -> Iterator[str]:
    place = common_place(cause)
    where = f" at {inline_code(place)}" if place else ""
    versions = common_versions(cause, report.store_versions)
    if cause.message or where:
        yield from (f"{escape(cause.message)}{where}{escape(versions)}", "")
    for hint in cause.hints:
        yield from (f"What to do: {escape(hint)}", "")
    shown = cause.findings[: MAX_FINDINGS if is_first else 2]
    yield from _findings(cause, shown, report)
    if more := more_words(cause, len(shown)):
        yield from (f"… and {more}", "")
    for finding in cause.findings:
        part = finding.evidence.excerpt
        if part is not None:
            order = f" (order {escape(part.order)})" if part.order else ""
            text = f"…{part.before}{cut(part.fault, MAX_TEXT)}{part.after}…"
            yield from (f"In the reply{order}: {inline_code(text, MAX_NOTICE)}", "")
            return


def _requirement(entry: RequirementEntry, findings: Sequence[GroupedFinding], report: Report) -> str:
    requirement = entry.requirement
    lines = [
        "<details>",
        f"<summary><b>{_plain(requirement.id)}</b> {requirement.level.upper()} · {_plain(requirement.title)}"
        f" · {count(len(findings), 'finding')}</summary>",
        "",
    ]
    lines += [f"{escape(remark.text)}\n" for remark in entry.remarks[:MAX_FINDINGS]]
    causes = causes_of(findings, entry.shared)
    for previous, cause in zip([None, *causes], causes[:MAX_CAUSES], strict=False):
        if said := cause_sentence(cause, previous):
            lines += [f"**{escape(said)}**", ""]
        lines += _cause(cause, report, is_first=previous is None)
    if left := sum(len(cause.findings) for cause in causes[MAX_CAUSES:]):
        lines += [f"… and {left} more in report.html", ""]
    lines += [
        f"Run again{secrets_note(report)}: {inline_code(rerun_command(report, requirement.id), MAX_NOTICE)}",
        "",
        *(f"{escape(line)}  " for line in describe(requirement.source)),
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
    ):
        if found:
            yield f"### {title}\n\n"
        for entry, findings in found:
            yield _requirement(entry, findings, report)
    if errors := entries_by_error(entries):
        yield f"### {ERROR_TITLES[report.role]}\n\n"
    for first, *others in errors:
        yield _requirement(first, first.errors, report)
        if others:
            yield f"{SAME_ERROR} {' '.join(escape(entry.requirement.id) for entry in others)}\n\n"


def _known(entries: Sequence[RequirementEntry], report: Report) -> Iterator[str]:
    for entry in entries:
        if "known" in entry.versions:
            where = version_range(entry.versions["known"], report.store_versions)
            yield f"- **{escape(entry.requirement.id)}** {escape(where)}: {escape('; '.join(entry.known_reasons))}"


def _not_exercised(entries: Sequence[RequirementEntry], report: Report) -> Iterator[str]:
    reasons = list(skip_reasons(entries, report.command))
    for reason in reasons:
        ids = " ".join(escape(entry.requirement.id) for entry in reason.entries)
        remedies = "".join(f"; possible with {escape(remedy)}" for remedy in reason.remedies)
        yield f"- {escape(skip_text(reason)).removesuffix(':')}: {ids}{remedies}"
    if any(not reason.fix_first and reason.remedies for reason in reasons):
        yield f"\n{escape(HOW_TO_ACCEPT)}"


def _accepted(entries: Sequence[RequirementEntry]) -> Iterator[str]:
    for text, of in accepted_reasons(entries):
        yield f"- {escape(text)}: {' '.join(escape(entry.requirement.id) for entry in of)}"


def _sections(entries: Sequence[RequirementEntry], report: Report) -> Iterator[str]:
    yield from _deviations(entries, report)
    for title, lines in (
        (KNOWN_TITLE, list(_known(entries, report))),
        ("Not exercised", list(_not_exercised(entries, report))),
        (ACCEPTED_TITLE, list(_accepted(entries))),
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
        "",
    ]
    page = "\n".join(lines)
    end = "\n".join([*_table(entries, report), escape(exit_words(report)), ""])
    left_out = 0
    for section in _sections(entries, report):
        if len(page) + len(section) + len(end) + 100 > MAX_PAGE_CHARS:
            left_out += 1
        else:
            page += section
    if left_out:
        page += f"… {count(left_out, 'section')} left out for length; see report.html.\n\n"
    return page + end
