"""report.html: one file that needs no network, for whoever has to mend a deviation.

What comes from the target is hostile text: everything is escaped, invisible characters are spelled
out, and the page's own policy forbids any script or request but its own.
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
    Standing,
    by_feature,
    columns,
    entries,
    version_range,
)
from conformance.report.model import ExchangeRecord, Report
from conformance.report.sources import describe
from conformance.report.terminal import not_exercised
from conformance.report.text_diff import Span, mark
from conformance.report.wording import (
    ERRORS,
    STANDINGS,
    again,
    count,
    cut,
    exit_words,
    facts,
    verdict_detail,
    verdict_word,
    visible,
)

if TYPE_CHECKING:
    from jinja2 import Template

LIMIT = 5_000_000
"""Bytes that the page must stay under."""


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """How much is shown; a page that gets too big is made again with less."""

    findings: int
    excerpts: int
    value: int
    excerpt: int
    body: int
    bodies: int


_ROOMS = (
    SizeLimits(findings=25, excerpts=5, value=1200, excerpt=1600, body=20_000, bodies=1_500_000),
    SizeLimits(findings=10, excerpts=1, value=500, excerpt=1000, body=4_000, bodies=600_000),
    SizeLimits(findings=3, excerpts=0, value=200, excerpt=0, body=500, bodies=100_000),
)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of a reply where the order stands, which is marked."""

    before: str
    order: str
    after: str


@dataclass(frozen=True, slots=True)
class ExchangeView:
    anchor: str
    exchange: ExchangeRecord
    file: str
    request_body: str
    reply_body: str


@dataclass(frozen=True, slots=True)
class FindingView:
    finding: GroupedFinding
    versions: str
    indexes: str
    expected: tuple[Span, ...] | None
    actual: tuple[Span, ...] | None
    exchange: ExchangeView | None
    excerpt: Excerpt | None
    others: tuple[ExchangeView, ...]


@dataclass(frozen=True, slots=True)
class RequirementView:
    entry: RequirementEntry
    standing: Standing
    sources: tuple[str, ...]
    states: str
    by_version: tuple[tuple[Standing, str], ...]
    findings: tuple[FindingView, ...]
    more: int
    errors: tuple[FindingView, ...]
    observations: tuple[FindingView, ...]
    silences: tuple[tuple[str, str], ...]
    again: str
    verdict: str
    tone: str
    """The class that colours it: its standing, or that it was only observed."""


def _anchor(version: str, number: int) -> str:
    return f"exchange-{quote(version, safe='', errors='replace')}-{number}"


class _Exchanges:
    """Those that the page shows, cut to the room there is."""

    def __init__(self, report: Report, room: SizeLimits) -> None:
        self._room = room
        self._left = room.bodies
        self.shown: dict[tuple[str, int], ExchangeView] = {}
        for exchange in report.exchanges:
            self.shown[exchange.version, exchange.number] = self._show(exchange)

    def _cut(self, body: str) -> str:
        text = cut(body.replace("\r\n", "\n"), min(self._room.body, max(200, self._left)))
        self._left -= len(text)
        return text

    def _show(self, exchange: ExchangeRecord) -> ExchangeView:
        return ExchangeView(
            anchor=_anchor(exchange.version, exchange.number),
            exchange=exchange,
            file=f"exchanges/{quote(quote(exchange.version, safe='', errors='replace'))}/{exchange.number}.txt",
            request_body=self._cut(exchange.request_body),
            reply_body=self._cut(exchange.reply_body),
        )


def _excerpt(exchange: ExchangeRecord, order: str | None, room: SizeLimits) -> Excerpt | None:
    """Around the element that names the order; None where the reply is short or doesn't name it."""
    body = exchange.reply_body.replace("\r\n", "\n")
    if not order or len(body) <= room.excerpt or not room.excerpt:
        return None
    named = re.search(rf"(?<=[>\[]){re.escape(order)}(?=[<\]])", body)
    if named is None:
        return None
    at, end = named.span()
    start = max(0, at - room.excerpt // 3)
    rest = end + room.excerpt * 2 // 3
    return Excerpt(
        before=("…" if start else "") + body[start:at],
        order=order,
        after=body[end:rest] + ("…" if rest < len(body) else ""),
    )


def _values(finding: GroupedFinding, room: SizeLimits) -> tuple[tuple[Span, ...] | None, tuple[Span, ...] | None]:
    expected, actual = finding.evidence.expected, finding.evidence.actual
    if expected and actual:
        return mark(expected, actual, room.value)

    def alone(text: str | None) -> tuple[Span, ...] | None:
        return None if text is None else ((False, visible(cut(text, room.value))),) if text else ()

    return alone(expected), alone(actual)


def _finding(
    finding: GroupedFinding, report: Report, exchanges: _Exchanges, room: SizeLimits, in_detail: bool
) -> FindingView:
    expected, actual = _values(finding, room)
    shown = [exchanges.shown[key] for key in finding.exchanges if key in exchanges.shown]
    first = shown[0] if shown else None
    return FindingView(
        finding=finding,
        versions=version_range(finding.versions, report.store_versions),
        indexes=_indexes(finding.versions, report),
        expected=expected,
        actual=actual,
        exchange=first,
        excerpt=_excerpt(first.exchange, finding.evidence.order, room) if first and in_detail else None,
        others=tuple(shown[1:6]),
    )


def _indexes(versions: Sequence[str], report: Report) -> str:
    return " ".join(str(place) for place, version in enumerate(report.store_versions) if version in versions)


def _observed(entry: RequirementEntry) -> bool:
    return entry.requirement.level == "info" and entry.standing == "conforms"


def _verdict(entry: RequirementEntry, report: Report) -> str:
    """``deviates in 3 of 26 versions``."""
    word = "observed" if _observed(entry) else STANDINGS[entry.standing]
    concerned, every = len(entry.versions[entry.standing]), len(report.store_versions)
    return word if every < 2 or concerned == every else f"{word} in {concerned} of {every} versions"


def _requirement(entry: RequirementEntry, report: Report, exchanges: _Exchanges, room: SizeLimits) -> RequirementView:
    def show(findings: Sequence[GroupedFinding]) -> tuple[FindingView, ...]:
        return tuple(
            _finding(finding, report, exchanges, room, in_detail=number < room.excerpts)
            for number, finding in enumerate(findings[: room.findings])
        )

    return RequirementView(
        entry=entry,
        standing=entry.standing,
        sources=describe(entry.requirement.source),
        states=";".join(f"{s}:{_indexes(versions, report)}" for s, versions in entry.versions.items()),
        by_version=tuple((s, version_range(v, report.store_versions)) for s, v in entry.versions.items()),
        findings=show(entry.findings),
        more=max(0, len(entry.findings) - room.findings),
        errors=show(entry.errors),
        observations=show(entry.observations),
        silences=tuple((r.text, version_range(r.versions, report.store_versions)) for r in entry.unexercised),
        again=again(report, entry.requirement.id, _again_version(entry, report)),
        verdict=_verdict(entry, report),
        tone="observed" if _observed(entry) else entry.standing,
    )


def _again_version(entry: RequirementEntry, report: Report) -> str | None:
    """Of several versions, one that shows the worst."""
    return entry.versions[entry.standing][0] if len(report.store_versions) > 1 else None


def _figures(of: Sequence[RequirementEntry], standings: Sequence[Standing]) -> list[list[tuple[Standing, int]]]:
    """Requirements a standing, for MUST and for SHOULD."""
    return [
        [(s, sum(e.standing == s and e.requirement.level == level for e in of)) for s in standings]
        for level in ("must", "should")
    ]


def _hash(text: str) -> str:
    """For the page's policy: the only script and style that may run."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _shown(content: object) -> object:
    """Every text that the template prints goes through here before it is escaped."""
    from markupsafe import Markup

    return visible(content) if isinstance(content, str) and not isinstance(content, Markup) else content


def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("conformance.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["csp"] = _hash
    environment.filters["limit"] = cut
    return environment.get_template("template.html.j2")


def _features(
    folded: Sequence[RequirementEntry], report: Report, exchanges: _Exchanges, room: SizeLimits
) -> Iterator[tuple[str, tuple[RequirementView, ...], list[list[tuple[Standing, int]]]]]:
    for feature, of in by_feature(folded):
        requirements = tuple(_requirement(entry, report, exchanges, room) for entry in of)
        yield feature, requirements, _figures(of, columns(folded))


def _render(report: Report, template: Template, room: SizeLimits) -> str:
    folded = entries(report)
    exchanges = _Exchanges(report, room)
    return template.render(
        report=report,
        word=verdict_word(report),
        detail=verdict_detail(report),
        facts=facts(report),
        errors_title=ERRORS[report.role],
        exit_words=exit_words(report),
        standings=STANDINGS,
        worst_first=WORST_FIRST,
        standing_found={standing for entry in folded for standing in entry.versions},
        columns=columns(folded),
        features=list(_features(folded, report, exchanges, room)),
        total=_figures(folded, columns(folded)),
        silences=list(not_exercised(folded)),
        exchanges=[
            (version, [shown for shown in exchanges.shown.values() if shown.exchange.version == version])
            for version in dict.fromkeys(version for version, _ in exchanges.shown)
        ],
        count=count,
    )


def render(report: Report) -> str:
    """The page; where it would get too big, with fewer findings and shorter bodies."""
    template = _template()
    page = ""
    for room in _ROOMS:
        page = _render(report, template, room)
        if len(page.encode()) < LIMIT:
            break
    return page
