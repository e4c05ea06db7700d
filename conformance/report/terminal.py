"""The report for a person in a hurry, at a terminal of any width, with or without colour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.report.grouping import (
    GroupedFinding,
    RequirementEntry,
    Standing,
    by_feature,
    entries,
    exercised,
    remedy,
    version_range,
)
from conformance.report.model import Report
from conformance.report.sources import describe
from conformance.report.text_diff import Span, mark
from conformance.report.wording import ERRORS, count, cut, exit_words, facts, gate_level, headline, is_stale, one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

SHOWN = 3
"""Findings of one requirement before the rest is left to the HTML report."""

_VALUE = 240
_STYLES: dict[Standing, str] = {
    "deviates": "red",
    "error": "magenta",
    "known": "yellow",
    "not-exercised": "yellow",
    "conforms": "green",
}
_PLAIN = str.maketrans(
    {"…": "...", "·": "-", "–": "-", "→": "->", "␊": "\\n", "␍": "\\r", "␉": "\\t", "“": '"', "”": '"'}
)


@dataclass(frozen=True, slots=True)
class OutputLine:
    """A line of output; what doesn't fit goes on below its own beginning."""

    text: str | tuple[Span, ...] = ""
    indent: int = 0
    label: str = ""
    style: str = ""
    wrap: bool = True


def _body(line: OutputLine) -> Text:
    from rich.text import Text

    if isinstance(line.text, str):
        return Text(one_line(line.text), style=line.style)
    body = Text(style=line.style)
    for differs, text in line.text:
        body.append(one_line(text), style="bold underline" if differs else None)
    return body


def _print(line: OutputLine, console: Console) -> None:
    from rich.text import Text

    prefix = " " * line.indent + (f"{one_line(line.label)}  " if line.label else "")
    body = _body(line)
    if not line.wrap:
        console.print(Text(prefix) + body, soft_wrap=True)
        return
    room = max(20, console.width - len(prefix))
    for number, part in enumerate(body.wrap(console, room) or [Text()]):
        part.rstrip()
        lead = Text(prefix if number == 0 else " " * len(prefix), style=line.style if line.label else "")
        console.print(lead + part, soft_wrap=True)


def show(lines: Iterable[OutputLine | Table], console: Console) -> None:
    """Print; where the terminal can't show a character, something that it can stands in."""

    def out() -> None:
        for line in lines:
            if isinstance(line, OutputLine):
                _print(line, console)
            else:
                console.print(line)

    if "utf" in console.encoding.lower():
        out()
        return
    with console.capture() as capture:
        out()
    plain = capture.get().translate(_PLAIN).encode(console.encoding, "backslashreplace")
    console.file.write(plain.decode(console.encoding))


def _counts(of: Sequence[RequirementEntry], level: str) -> Counter[Standing]:
    counted: Counter[Standing] = Counter()
    for entry in of:
        if entry.requirement.level == level:
            counted["deviates" if entry.standing == "known" else entry.standing] += 1
    return counted


def _table(folded: Sequence[RequirementEntry]) -> Table:
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    shown: list[tuple[Standing, str]] = [
        ("conforms", "conform"),
        ("deviates", "deviate"),
        ("not-exercised", "not ex."),
    ]
    if any(entry.standing == "error" for entry in folded):
        shown.append(("error", "error"))
    gap = 1 if len(shown) == 3 else 0
    table = Table(box=SIMPLE, padding=(0, gap, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("\nFeature", overflow="fold", min_width=16)
    for level in ("MUST", "SHOULD"):
        for place, (_, word) in enumerate(shown):
            table.add_column(f"{level if place == 0 else ''}\n{word}", justify="right", no_wrap=True)
    features = [(feature, of) for feature, of in by_feature(folded) if _judgeable(of)]
    for feature, of in features:
        table.add_row(Text(one_line(feature)), *_cells(of, shown))
    if len(features) > 1:
        table.add_section()
        table.add_row(Text("All", style="bold"), *_cells(folded, shown))
    return table


def _judgeable(of: Sequence[RequirementEntry]) -> bool:
    return any(entry.requirement.level != "info" for entry in of)


def _cells(of: Sequence[RequirementEntry], shown: Sequence[tuple[Standing, str]]) -> Iterator[Text]:
    from rich.text import Text

    for level in ("must", "should"):
        counted = _counts(of, level)
        for standing, _ in shown:
            number = counted[standing]
            yield Text(str(number) if number else "·", style=_STYLES[standing] if number else "dim")


def value(text: str | None) -> str:
    if text is None:
        return "(nothing)"
    if not text:
        return "(empty)"
    return f"“{text}”" if text != text.strip() else text


def _values(finding: GroupedFinding) -> Iterator[OutputLine]:
    expected, actual = finding.evidence.expected, finding.evidence.actual
    if expected is None and actual is None:
        return
    if expected and actual:
        one, two = mark(value(expected), value(actual), _VALUE)
    else:
        one, two = ((False, cut(value(expected), _VALUE)),), ((False, cut(value(actual), _VALUE)),)
    if expected is not None:
        yield OutputLine(one, indent=6, label="expected")
    yield OutputLine(two, indent=6, label="actual  ")


def place(finding: GroupedFinding, every: Sequence[str]) -> str:
    """Where a finding was made, in a line: versions, order, exchange."""
    parts = [version_range(finding.versions, every)]
    if finding.evidence.order is not None:
        parts.append(f"order {finding.evidence.order}")
    if finding.exchanges:
        version, number = finding.exchanges[0]
        alone = len(finding.exchanges) == 1 and len(finding.versions) == 1
        parts.append(f"exchange {number}" if alone else f"exchange {number} of {version}")
    return " · ".join(parts)


def _finding(finding: GroupedFinding, previous: GroupedFinding | None, report: Report) -> Iterator[OutputLine]:
    """What the finding before has said already isn't said again."""
    evidence = finding.evidence
    said = previous.evidence if previous is not None else None
    yield OutputLine(place(finding, report.store_versions), indent=4)
    if evidence.message and (said is None or said.message != evidence.message):
        yield OutputLine(cut(evidence.message, _VALUE), indent=6)
    if evidence.xpath:
        yield OutputLine(cut(evidence.xpath, _VALUE), indent=6, label="at      ")
    yield from _values(finding)
    if evidence.hint and (said is None or said.hint != evidence.hint):
        yield OutputLine(cut(evidence.hint, _VALUE), indent=6, label="hint    ")


def _requirement(
    entry: RequirementEntry, findings: Sequence[GroupedFinding], report: Report, style: str
) -> Iterator[OutputLine]:
    requirement = entry.requirement
    yield OutputLine()
    label = f"{requirement.id} {requirement.level.upper()}"
    yield OutputLine(requirement.title, indent=2, label=label, style=f"bold {style}")
    if sources := describe(requirement.source):
        yield OutputLine("; ".join(sources), indent=4, style="dim")
    for remark in entry.remarks[:SHOWN]:
        yield OutputLine(cut(remark.text, _VALUE), indent=4)
    for previous, finding in zip([None, *findings], findings[:SHOWN], strict=False):
        yield from _finding(finding, previous, report)
    if (more := len(findings) - SHOWN) > 0:
        yield OutputLine(f"… and {more} more in report.html", indent=4)


def _deviations(folded: Sequence[RequirementEntry], report: Report) -> Iterator[OutputLine]:
    gated = gate_level(report) == "should"
    for title, levels in (
        ("Deviations", ("must", "should") if gated else ("must",)),
        ("Deviations from SHOULD requirements, which don't decide", () if gated else ("should",)),
    ):
        found = [e for e in folded if e.requirement.level in levels and "deviates" in e.versions]
        if found:
            yield OutputLine()
            yield OutputLine(title, style="bold")
        for entry in found:
            yield from _requirement(entry, entry.new, report, "red")


def _errors(folded: Sequence[RequirementEntry], report: Report) -> Iterator[OutputLine]:
    found = [entry for entry in folded if entry.errors]
    if found:
        yield OutputLine()
        yield OutputLine(ERRORS[report.role], style="bold")
    for entry in found:
        yield from _requirement(entry, entry.errors, report, "magenta")


def _known(folded: Sequence[RequirementEntry], report: Report) -> Iterator[OutputLine]:
    found = [entry for entry in folded if "known" in entry.versions]
    if found:
        yield OutputLine()
        yield OutputLine("Known deviations, by the baseline", style="bold")
    for entry in found:
        reasons = "; ".join(dict.fromkeys(cut(f.known, 160) for f in entry.findings if f.known is not None))
        where = version_range(entry.versions["known"], report.store_versions)
        yield OutputLine(f"{where} · {reasons}", indent=2, label=entry.requirement.id)


@dataclass(frozen=True, slots=True)
class SkipReason:
    """A reason for which requirements were not exercised, and what would make them possible."""

    reason: str
    entries: tuple[RequirementEntry, ...]
    remedies: tuple[str, ...]


def not_exercised(folded: Sequence[RequirementEntry]) -> Iterator[SkipReason]:
    met = exercised(folded)
    grouped: dict[str, list[RequirementEntry]] = {}
    for entry in folded:
        if entry.requirement.level == "info" and entry.observations:
            continue
        for silent in entry.unexercised:
            grouped.setdefault(silent.text, []).append(entry)
    for reason, of in grouped.items():
        if len(of) == len(folded) > 1:  # the whole target wasn't judged: no option is what is missing
            yield SkipReason(reason, tuple(of), ())
            continue
        remedies = dict.fromkeys(remedy(entry.requirement, reason, met) for entry in of)
        yield SkipReason(reason, tuple(of), tuple(r for r in remedies if r))


def _not_exercised(folded: Sequence[RequirementEntry], report: Report) -> Iterator[OutputLine]:
    silences = tuple(not_exercised(folded))
    if silences:
        yield OutputLine()
        yield OutputLine("Not exercised", style="bold")
    for silence in silences:
        yield OutputLine(cut(silence.reason, _VALUE) or "no reason given", indent=2, style="yellow")
        everything = len(silence.entries) == len(folded) > 1 and len(report.store_versions) == 1
        named = " ".join(_in_part(entry, silence.reason, report) for entry in silence.entries)
        yield OutputLine(f"all {len(folded)} requirements" if everything else named, indent=4)
        for possible in silence.remedies:
            yield OutputLine(possible, indent=4, label="possible with")


def _in_part(entry: RequirementEntry, reason: str, report: Report) -> str:
    """The id; where only some versions are concerned, with their number."""
    lacking = sum(len(r.versions) for r in entry.unexercised if r.text == reason)
    partly = len(report.store_versions) > 1 and lacking < len(report.store_versions)
    level = "" if entry.requirement.level == "must" else f"({entry.requirement.level})"
    return f"{entry.requirement.id}{level}" + (f"[{count(lacking, 'version')}]" if partly else "")


def _observations(folded: Sequence[RequirementEntry], report: Report) -> Iterator[OutputLine]:
    found = [entry for entry in folded if entry.requirement.level == "info" and entry.observations]
    if found:
        yield OutputLine()
        yield OutputLine("Observed, not judged", style="bold")
    for entry in found:
        for finding in entry.observations[:SHOWN]:
            text = finding.evidence.message or finding.evidence.actual or ""
            several = len(report.store_versions) > 1
            where = f" [{version_range(finding.versions, report.store_versions)}]" if several else ""
            yield OutputLine(cut(text, 160) + where, indent=2, label=entry.requirement.id)
        if (more := len(entry.observations) - SHOWN) > 0:
            yield OutputLine(f"… and {more} more in report.html", indent=4)


def _style(report: Report) -> str:
    return {0: "bold green", 1: "bold red", 2: "bold magenta"}.get(report.summary.exit_status, "bold yellow")


def render(report: Report, console: Console, report_dir: Path) -> None:
    """Print the whole view; the verdict is its first line, where the report lies its last."""
    folded = entries(report)

    def lines() -> Iterator[OutputLine | Table]:
        yield OutputLine(headline(report), style=_style(report))
        yield OutputLine(report.target)
        yield OutputLine(facts(report), style="dim")
        for notice in report.notices:
            stale = is_stale(report) and notice.startswith("Stale")
            yield OutputLine(cut(notice, 400), label="!", style="red" if stale else "yellow")
        if any(entry.standing != "not-exercised" for entry in folded if entry.requirement.level != "info"):
            yield OutputLine()
            yield _table(folded)
            if len(report.store_versions) > 1:
                yield OutputLine("A requirement counts by its worst version.", style="dim")
        yield from _deviations(folded, report)
        yield from _errors(folded, report)
        yield from _known(folded, report)
        yield from _not_exercised(folded, report)
        yield from _observations(folded, report)
        yield OutputLine()
        yield OutputLine(exit_words(report).replace("exit status", "Exit status", 1))
        yield OutputLine(f"Report: {report_dir / 'report.html'}", wrap=False)

    show(lines(), console)
