"""report.html: one file that loads nothing, for people who have to fix a deviation.

Texts from the target may be hostile. Every text is escaped, and its invisible characters are shown as symbols. The
page's content security policy forbids requests and every script except its own.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.report.grouping import (
    WORST_FIRST,
    GroupedFinding,
    RequirementEntry,
    Status,
    entries_of,
    group_by_feature,
    group_by_shared,
    skip_reasons,
    table_columns,
    version_range,
)
from conformance.report.model import ExchangeRecord, Report
from conformance.report.sources import describe
from conformance.report.text_diff import Span, mark_differences
from conformance.report.wording import (
    ERROR_TITLES,
    KNOWN_TITLE,
    STATUS_WORDS,
    WORST_COUNTS,
    count,
    cut,
    exchange_folder,
    exit_words,
    rerun_command,
    run_facts,
    shared_sentence,
    verdict_detail,
    verdict_word,
    visible,
)

if TYPE_CHECKING:
    from jinja2 import Template

MAX_PAGE_BYTES = 5_000_000
"""A larger page is made again with smaller limits."""
MAX_OPEN_FINDINGS = 3
"""Findings of orders that share a property are folded from this number on: their cause is the same."""
MAX_OTHER_EXCHANGES = 5
"""Further exchanges of a finding that are linked."""


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """The limits of the page; a page that is too big is made again with smaller limits."""

    findings: int
    """Findings of one requirement."""
    excerpts: int
    """Findings of one requirement that show a part of the reply."""
    value: int
    """Characters of a value."""
    excerpt: int
    """Characters of a part of a reply."""
    body: int
    """Characters of one body."""
    bodies: int
    """Characters of all bodies together."""


_SIZE_LIMITS = (
    SizeLimits(findings=25, excerpts=5, value=1200, excerpt=1600, body=20_000, bodies=1_500_000),
    SizeLimits(findings=10, excerpts=1, value=500, excerpt=1000, body=4_000, bodies=600_000),
    SizeLimits(findings=3, excerpts=0, value=200, excerpt=0, body=500, bodies=100_000),
)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of a reply that contains the order's number."""

    before: str
    order: str
    after: str


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """An exchange as the page shows it."""

    anchor: str
    exchange: ExchangeRecord
    file: str
    request_body: str
    reply_body: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding as the page shows it."""

    finding: GroupedFinding
    versions: str
    indexes: str
    expected: tuple[Span, ...] | None
    actual: tuple[Span, ...] | None
    exchange: ExchangeView | None
    excerpt: Excerpt | None
    others: tuple[ExchangeView, ...]


@dataclass(frozen=True, slots=True)
class GroupView:
    """Findings whose orders share a property; ``sentence`` says so, and is "" for the findings without one."""

    sentence: str
    findings: tuple[FindingView, ...]
    folded: tuple[FindingView, ...]
    """The findings that a click shows."""


@dataclass(frozen=True, slots=True)
class RequirementView:
    """A requirement as the page shows it."""

    entry: RequirementEntry
    status: Status
    sources: tuple[str, ...]
    states: str
    by_version: tuple[tuple[Status, str], ...]
    groups: tuple[GroupView, ...]
    more: int
    errors: tuple[FindingView, ...]
    observations: tuple[FindingView, ...]
    skip_reasons: tuple[tuple[str, str], ...]
    """Each reason why the requirement was not exercised, with the versions."""
    rerun_command: str
    verdict: str
    tone: str
    """The CSS class for its colour: the status, or ``observed``."""


def _anchor(version: str, number: int) -> str:
    return f"exchange-{quote(version, safe='', errors='replace')}-{number}"


class _Exchanges:
    """The exchanges that the page shows, cut to the size limits."""

    def __init__(self, report: Report, limits: SizeLimits) -> None:
        self._limits = limits
        self._left = limits.bodies
        self.shown: dict[tuple[str, int], ExchangeView] = {}
        for exchange in report.exchanges:
            self.shown[exchange.version, exchange.number] = self._show(exchange)

    def _cut(self, body: str) -> str:
        text = cut(body.replace("\r\n", "\n"), min(self._limits.body, max(200, self._left)))
        self._left -= len(text)
        return text

    def _show(self, exchange: ExchangeRecord) -> ExchangeView:
        return ExchangeView(
            anchor=_anchor(exchange.version, exchange.number),
            exchange=exchange,
            file=f"exchanges/{quote(exchange_folder(exchange.version))}/{exchange.number}.txt",
            request_body=self._cut(exchange.request_body),
            reply_body=self._cut(exchange.reply_body),
        )


def _excerpt(exchange: ExchangeRecord, order: str | None, limits: SizeLimits) -> Excerpt | None:
    """Return the reply around the order's number, or None if the reply is short or does not contain the number."""
    body = exchange.reply_body.replace("\r\n", "\n")
    if not order or len(body) <= limits.excerpt or not limits.excerpt:
        return None
    named = re.search(rf"(?<=[>\[]){re.escape(order)}(?=[<\]])", body)
    if named is None:
        return None
    at, end = named.span()
    start = max(0, at - limits.excerpt // 3)
    rest = end + limits.excerpt * 2 // 3
    return Excerpt(
        before=("…" if start else "") + body[start:at],
        order=order,
        after=body[end:rest] + ("…" if rest < len(body) else ""),
    )


def _values(finding: GroupedFinding, limits: SizeLimits) -> tuple[tuple[Span, ...] | None, tuple[Span, ...] | None]:
    expected, actual = finding.evidence.expected, finding.evidence.actual
    if expected and actual:
        return mark_differences(expected, actual, limits.value)

    def without_marks(text: str | None) -> tuple[Span, ...] | None:
        return None if text is None else ((False, visible(cut(text, limits.value))),) if text else ()

    return without_marks(expected), without_marks(actual)


def _finding(
    finding: GroupedFinding, report: Report, exchanges: _Exchanges, limits: SizeLimits, in_detail: bool
) -> FindingView:
    expected, actual = _values(finding, limits)
    shown = [exchanges.shown[key] for key in finding.exchanges if key in exchanges.shown]
    first = shown[0] if shown else None
    return FindingView(
        finding=finding,
        versions=version_range(finding.versions, report.store_versions),
        indexes=_indexes(finding.versions, report),
        expected=expected,
        actual=actual,
        exchange=first,
        excerpt=_excerpt(first.exchange, finding.evidence.order, limits) if first and in_detail else None,
        others=tuple(shown[1 : 1 + MAX_OTHER_EXCHANGES]),
    )


def _indexes(versions: Sequence[str], report: Report) -> str:
    return " ".join(str(place) for place, version in enumerate(report.store_versions) if version in versions)


def _is_observed(entry: RequirementEntry) -> bool:
    """True for an INFO requirement that was measured."""
    return entry.requirement.level == "info" and entry.status == "conforms"


def _verdict(entry: RequirementEntry, report: Report) -> str:
    """Return the verdict, as in ``deviates in 3 of 26 versions``."""
    word = "observed" if _is_observed(entry) else STATUS_WORDS[entry.status]
    concerned, total = len(entry.versions[entry.status]), len(report.store_versions)
    return word if total < 2 or concerned == total else f"{word} in {concerned} of {total} versions"


def _requirement(entry: RequirementEntry, report: Report, exchanges: _Exchanges, limits: SizeLimits) -> RequirementView:
    def show(findings: Sequence[GroupedFinding]) -> tuple[FindingView, ...]:
        return tuple(
            _finding(finding, report, exchanges, limits, in_detail=number < limits.excerpts)
            for number, finding in enumerate(findings[: limits.findings])
        )

    return RequirementView(
        entry=entry,
        status=entry.status,
        sources=describe(entry.requirement.source),
        states=";".join(f"{s}:{_indexes(versions, report)}" for s, versions in entry.versions.items()),
        by_version=tuple((s, version_range(v, report.store_versions)) for s, v in entry.versions.items()),
        groups=tuple(_groups(show(entry.findings), entry)),
        more=max(0, len(entry.findings) - limits.findings),
        errors=show(entry.errors),
        observations=show(entry.observations),
        skip_reasons=tuple(
            (reason.text, version_range(reason.versions, report.store_versions)) for reason in entry.unexercised
        ),
        rerun_command=rerun_command(report, entry.requirement.id, _rerun_version(entry, report)),
        verdict=_verdict(entry, report),
        tone="observed" if _is_observed(entry) else entry.status,
    )


def _groups(findings: Sequence[FindingView], entry: RequirementEntry) -> Iterator[GroupView]:
    for shared, group in group_by_shared(findings, entry.shared, lambda shown: shown.finding.evidence):
        open_findings = MAX_OPEN_FINDINGS if shared is not None else len(group)
        sentence = "" if shared is None else shared_sentence(shared)
        yield GroupView(sentence, tuple(group[:open_findings]), tuple(group[open_findings:]))


def _rerun_version(entry: RequirementEntry, report: Report) -> str | None:
    """Return a version with the worst status, or None if the report has only one version."""
    return entry.versions[entry.status][0] if len(report.store_versions) > 1 else None


def _figures(of: Sequence[RequirementEntry], statuses: Sequence[Status]) -> list[list[tuple[Status, int]]]:
    """Return the number of requirements by status, for MUST and for SHOULD."""
    return [
        [(s, sum(e.status == s and e.requirement.level == level for e in of)) for s in statuses]
        for level in ("must", "should")
    ]


def _hash(text: str) -> str:
    """Return the hash by which the page's policy allows its own script and style."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _make_visible(content: object) -> object:
    """Return a text with its invisible characters shown. The template passes every text through this function."""
    from markupsafe import Markup

    return visible(content) if isinstance(content, str) and not isinstance(content, Markup) else content


def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("conformance.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_make_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["csp"] = _hash
    environment.filters["limit"] = cut
    return environment.get_template("template.html.j2")


def _features(
    entries: Sequence[RequirementEntry], report: Report, exchanges: _Exchanges, limits: SizeLimits
) -> Iterator[tuple[str, tuple[RequirementView, ...], list[list[tuple[Status, int]]]]]:
    for feature, of in group_by_feature(entries):
        requirements = tuple(_requirement(entry, report, exchanges, limits) for entry in of)
        yield feature, requirements, _figures(of, table_columns(entries))


def _render(report: Report, template: Template, limits: SizeLimits) -> str:
    entries = entries_of(report)
    exchanges = _Exchanges(report, limits)
    return template.render(
        report=report,
        word=verdict_word(report),
        detail=verdict_detail(report),
        facts=run_facts(report),
        exit_words=exit_words(report),
        status_words=STATUS_WORDS,
        worst_first=WORST_FIRST,
        statuses_found={status for entry in entries for status in entry.versions},
        columns=table_columns(entries),
        features=list(_features(entries, report, exchanges, limits)),
        total=_figures(entries, table_columns(entries)),
        skip_reasons=list(skip_reasons(entries)),
        exchanges=[
            (version, [shown for shown in exchanges.shown.values() if shown.exchange.version == version])
            for version in dict.fromkeys(version for version, _ in exchanges.shown)
        ],
        count=count,
        titles={"deviates": "Deviations", "error": ERROR_TITLES[report.role], "known": KNOWN_TITLE},
        worst_counts=WORST_COUNTS,
    )


def render(report: Report) -> str:
    """Return the page; if it would be too big, with fewer findings and shorter bodies."""
    template = _template()
    page = ""
    for limits in _SIZE_LIMITS:
        page = _render(report, template, limits)
        if len(page.encode()) < MAX_PAGE_BYTES:
            break
    return page
