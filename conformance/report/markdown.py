"""report.md: for a pull request or a job summary, short enough for either."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from conformance.report.grouping import (
    GroupedFinding,
    RequirementEntry,
    Standing,
    by_feature,
    columns,
    entries,
    version_range,
)
from conformance.report.model import Report
from conformance.report.sources import describe
from conformance.report.terminal import not_exercised, place, value
from conformance.report.wording import (
    ERRORS,
    STANDINGS,
    again,
    count,
    cut,
    exit_words,
    facts,
    gate_level,
    one_line,
    verdict_detail,
    verdict_word,
)

LIMIT = 60_000
"""Characters; GitHub cuts a comment at 65,536."""

SHOWN = 3
_VALUE = 300
_MARKS = {"CONFORMS": "✅", "PASSES": "☑️", "DEVIATES": "❌", "ERROR": "💥", "INCOMPLETE": "⚠️"}
_SPECIAL = re.compile(r"([\\`*_\[\]#!|~$]|:(?=//)|(?<=www)\.)")


def text(raw: str, limit: int = _VALUE) -> str:
    """Text that is nothing but text: no mark-up, and nobody notified by an @."""
    escaped = html.escape(cut(one_line(raw), limit), quote=False)
    return _SPECIAL.sub(r"\\\1", escaped).replace("@", "@&#8203;")


def _plain(raw: str) -> str:
    """The same inside HTML, where Markdown's own marks mean nothing but for the bar's sake."""
    return html.escape(cut(one_line(raw), _VALUE)).replace("@", "@&#8203;")


def code(raw: str, limit: int = _VALUE) -> str:
    """Inline code that its content can't end; a bar would end the cell of a table."""
    shown = cut(one_line(raw), limit).replace("|", "¦")
    fence = "`" * (max((len(run) for run in re.findall(r"`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{pad}{shown or ' '}{pad}{fence}"


def _cell(of: Sequence[RequirementEntry], level: str, standing: Standing) -> str:
    number = sum(e.requirement.level == level and e.standing == standing for e in of)
    return str(number) if number else "·"


def _row(name: str, of: Sequence[RequirementEntry], standings: Sequence[Standing]) -> str:
    cells = [_cell(of, level, standing) for level in ("must", "should") for standing in standings]
    return f"| {name} | {' | '.join(cells)} |"


def _table(folded: Sequence[RequirementEntry]) -> Iterator[str]:
    standings = columns(folded)
    heads = [
        f"{level} {'known' if standing == 'known' else STANDINGS[standing]}"
        for level in ("MUST", "SHOULD")
        for standing in standings
    ]
    yield f"| Feature | {' | '.join(heads)} |"
    yield "|:--|" + "--:|" * len(heads)
    for feature, of in by_feature(folded):
        if any(entry.requirement.level != "info" for entry in of):
            yield _row(text(feature), of, standings)
    yield _row("**All**", folded, standings)


def _finding(finding: GroupedFinding, report: Report) -> Iterator[str]:
    evidence = finding.evidence
    said = f": {text(evidence.message)}" if evidence.message else ""
    yield f"- {text(place(finding, report.store_versions))}{said}"
    if evidence.xpath:
        yield f"  - at {code(evidence.xpath)}"
    if evidence.expected is not None:
        yield f"  - expected {code(value(evidence.expected))}"
    if evidence.actual is not None or evidence.expected is not None:
        yield f"  - actual {code(value(evidence.actual))}"
    if evidence.hint:
        yield f"  - hint: {text(evidence.hint)}"


def _requirement(entry: RequirementEntry, findings: Sequence[GroupedFinding], report: Report) -> str:
    requirement = entry.requirement
    lines = [
        "<details>",
        f"<summary><b>{_plain(requirement.id)}</b> {requirement.level.upper()} · {_plain(requirement.title)}"
        f" · {count(len(findings), 'finding')}</summary>",
        "",
        *(f"{text(line)}  " for line in describe(requirement.source)),
        "",
    ]
    lines += [f"{text(remark.text)}\n" for remark in entry.remarks[:SHOWN]]
    for finding in findings[:SHOWN]:
        lines += _finding(finding, report)
    if (more := len(findings) - SHOWN) > 0:
        lines.append(f"- … and {more} more in report.html")
    lines += ["", f"Again: {code(again(report, requirement.id), 600)}", "", "</details>", "", ""]
    return "\n".join(lines)


def _deviations(folded: Sequence[RequirementEntry], report: Report) -> Iterator[str]:
    gated = ("must", "should") if gate_level(report) == "should" else ("must",)
    new = [entry for entry in folded if "deviates" in entry.versions]
    deciding = [entry for entry in new if entry.requirement.level in gated]
    others = [entry for entry in new if entry.requirement.level not in gated]
    faulty = [entry for entry in folded if entry.errors]
    for title, of in (
        ("Deviations", deciding),
        ("Deviations from SHOULD requirements, which don't decide", others),
        (ERRORS[report.role], faulty),
    ):
        if of:
            yield f"### {title}\n\n"
        for entry in of:
            yield _requirement(entry, entry.errors if of is faulty else entry.new, report)


def _known(folded: Sequence[RequirementEntry], report: Report) -> Iterator[str]:
    for entry in folded:
        if "known" in entry.versions:
            reasons = "; ".join(dict.fromkeys(f.known for f in entry.findings if f.known is not None))
            where = version_range(entry.versions["known"], report.store_versions)
            yield f"- **{text(entry.requirement.id)}** {text(where)}: {text(reasons)}"


def _silences(folded: Sequence[RequirementEntry]) -> Iterator[str]:
    for silence in not_exercised(folded):
        ids = " ".join(text(entry.requirement.id) for entry in silence.entries)
        possible = "".join(f"; possible with {text(remedy)}" for remedy in silence.remedies)
        yield f"- {text(silence.reason or 'no reason given')}: {ids}{possible}"


def _sections(folded: Sequence[RequirementEntry], report: Report) -> Iterator[str]:
    yield from _deviations(folded, report)
    for title, lines in (
        ("Known deviations, by the baseline", list(_known(folded, report))),
        ("Not exercised", list(_silences(folded))),
    ):
        if lines:
            yield "\n".join([f"### {title}", "", *lines, "", ""])


def render(report: Report) -> str:
    """The whole page; what doesn't fit is left to the HTML report, and said."""
    folded = entries(report)
    word = verdict_word(report)
    lines = [
        f"## {_MARKS.get(word, '')} {word}: {text(verdict_detail(report))}",
        "",
        f"{code(report.target)}  ",
        text(facts(report)),
        "",
        *(f"> {text(notice, 600)}\n" for notice in report.notices),
        *_table(folded),
        "",
    ]
    if len(report.store_versions) > 1:
        lines += ["A requirement counts by its worst version.", ""]
    page = "\n".join(lines) + "\n"
    end = f"\n{text(exit_words(report))}\n"
    left = 0
    for section in _sections(folded, report):
        if len(page) + len(section) + len(end) + 100 > LIMIT:
            left += 1
        else:
            page += section
    if left:
        page += f"\n… {count(left, 'section')} left out for length; see report.html.\n"
    return page + end
