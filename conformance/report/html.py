"""report.html: one file that loads nothing, for people who have to fix a deviation.

Texts from the target may be hostile. Every text is escaped, and its invisible characters are shown as symbols. The
page's content security policy forbids requests and every script except its own.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.report.advice import skip_reasons
from conformance.report.grouping import (
    WORST_FIRST,
    Cause,
    GroupedFinding,
    RequirementEntry,
    Status,
    causes_of,
    entries_of,
    figures_of,
    group_by_feature,
    table_columns,
    version_range,
)
from conformance.report.model import ExchangeRecord, Report
from conformance.report.sources import describe
from conformance.report.summary import failing_levels
from conformance.report.text_diff import Span, mark_differences
from conformance.report.wording import (
    ACCEPTED_TITLE,
    ERROR_TITLES,
    HOW_TO_ACCEPT,
    KNOWN_TITLE,
    SHOULD_TITLE,
    SPECIMENS_NOTE,
    STATUS_WORDS,
    accepted_reasons,
    cause_sentence,
    count,
    cut,
    exchange_folder,
    exit_words,
    gate_level,
    generic_place,
    outside_sentence,
    place_in_order,
    rerun_command,
    run_facts,
    secrets_note,
    skip_text,
    table_note,
    verdict_detail,
    verdict_word,
    visible,
)

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

MAX_PAGE_BYTES = 5_000_000
"""A larger page is made again with smaller limits."""
MAX_OPEN_FINDINGS = 5
"""Findings of one cause are folded from this number on."""


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """The limits of the page; a page that is too big is made again with smaller limits."""

    findings: int
    """Findings of one requirement."""
    value: int
    """Characters of a value."""
    body: int
    """Characters of one body."""
    bodies: int
    """Characters of all bodies together."""


_SIZE_LIMITS = (
    SizeLimits(findings=25, value=1200, body=20_000, bodies=1_500_000),
    SizeLimits(findings=10, value=500, body=4_000, bodies=600_000),
    SizeLimits(findings=3, value=200, body=500, bodies=100_000),
)


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
    """A finding as a row of a table. ``versions`` is "" if the whole cause is in the same versions."""

    finding: GroupedFinding
    versions: str
    all_versions: str
    indexes: str
    position: str
    """Which one it is of several elements, like ``Order[3] Item[2]``."""
    xpath: str
    """The XPath, if the findings of the cause have different ones; "" otherwise."""
    expected: tuple[Span, ...] | None
    actual: tuple[Span, ...] | None
    exchange: ExchangeView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseView:
    """Findings with one cause. ``sentence`` says what their orders share; "" if nothing is known."""

    sentence: str
    message: str
    hints: tuple[str, ...]
    known: str | None
    place: str
    """The XPath of all findings, with ``n`` for positions."""
    versions: str
    """The versions of all findings; "" if they differ, or if the report has one version."""
    rows: tuple[FindingView, ...]
    folded: tuple[FindingView, ...]
    """The findings that a click shows."""
    more: int
    example: FindingView | None
    """The finding whose reply is shown at the place of the fault."""
    has_orders: bool
    has_messages: bool
    has_values: bool
    has_exchanges: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementView:
    """A requirement as the page shows it."""

    entry: RequirementEntry
    feature: int
    status: Status
    is_listed_above: bool
    """True if it stands among the deviations, before the features."""
    sources: tuple[str, ...]
    states: str
    by_version: tuple[tuple[Status, str], ...]
    causes: tuple[CauseView, ...]
    more: int
    errors: tuple[CauseView, ...]
    observations: tuple[FindingView, ...]
    reasons: tuple[tuple[str, str, str], ...]
    """Why the requirement was not judged: the kind, the reason, and the versions."""
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


class _Page:
    """Makes the views of one page: a report, its exchanges, and the limits."""

    def __init__(self, report: Report, limits: SizeLimits) -> None:
        self.report, self.limits, self.exchanges = report, limits, _Exchanges(report, limits)
        self.entries = entries_of(report)
        self.columns = table_columns(self.entries)
        self._several = len(report.store_versions) > 1

    def requirement(self, entry: RequirementEntry, feature: int) -> RequirementView:
        """Return a requirement as the page shows it."""
        kinds = (("Not exercised", entry.unexercised), ("Accepted as not exercised", entry.accepted))
        reasons = [(word, each.text, each.versions) for word, of in kinds for each in of]
        reasons += [("Out of scope", each.text, each.versions) for each in entry.outside]
        causes = causes_of(entry.findings, entry.shared)
        is_observed = _is_observed(entry)
        states = {("observed" if is_observed else status): of for status, of in entry.versions.items()}
        return RequirementView(
            entry=entry,
            feature=feature,
            status=entry.status,
            is_listed_above=entry.status in ("deviates", "error", "known"),
            sources=describe(entry.requirement.source),
            states=";".join(f"{state}:{self._indexes(versions)}" for state, versions in states.items()),
            by_version=tuple((s, self._range(versions)) for s, versions in entry.versions.items()),
            causes=tuple(self._causes(causes)),
            more=self._not_shown(causes),
            errors=tuple(self._causes(causes_of(entry.errors))),
            observations=tuple(self._finding(each, "") for each in entry.observations[: self.limits.findings]),
            reasons=tuple((word, text, self._range(versions)) for word, text, versions in reasons),
            rerun_command=rerun_command(self.report, entry.requirement.id, entry.versions[entry.status][0]),
            verdict=_verdict(entry, self.report),
            tone="observed" if is_observed else entry.status,
        )

    def _not_shown(self, causes: Sequence[Cause]) -> int:
        """Return how many findings the page leaves out, with those that only the last of them would count."""
        left, hidden = self.limits.findings, 0
        for cause in causes:
            hidden += max(0, len(cause.findings) - left)
            hidden += cause.more if cause.findings and left <= 0 else 0
            left -= len(cause.findings)
        return hidden

    def _causes(self, causes: Sequence[Cause]) -> Iterator[CauseView]:
        """Yield the causes with as many findings as the limits allow."""
        left = self.limits.findings
        for previous, cause in zip([None, *causes], causes, strict=False):
            some = replace(cause, findings=cause.findings[:left])
            left -= len(some.findings)
            if some.findings or not cause.findings:
                yield self._cause(some, cause_sentence(cause, previous))

    def _cause(self, cause: Cause, sentence: str) -> CauseView:
        of = [finding.evidence for finding in cause.findings]
        versions = {finding.versions for finding in cause.findings}
        places = {generic_place(each.xpath) for each in of if each.xpath}
        same_versions = len(versions) == 1
        rows = [
            self._finding(each, "" if same_versions else self._range(each.versions), same_place=len(places) < 2)
            for each in cause.findings
        ]
        return CauseView(
            sentence=sentence,
            message=cause.message,
            hints=cause.hints,
            known=cause.known,
            place=places.pop() if len(places) == 1 else "",
            versions=self._range(versions.pop()) if same_versions else "",
            rows=tuple(rows[:MAX_OPEN_FINDINGS]),
            folded=tuple(rows[MAX_OPEN_FINDINGS:]),
            more=cause.more,
            example=next((row for row in rows if row.finding.evidence.excerpt is not None), None),
            has_orders=any(each.order is not None or each.xpath for each in of) or not same_versions,
            has_messages=not cause.message and any(each.message for each in of),
            has_values=any(each.expected is not None or each.actual is not None for each in of),
            has_exchanges=any(finding.exchanges for finding in cause.findings),
        )

    def _finding(self, finding: GroupedFinding, versions: str, *, same_place: bool = True) -> FindingView:
        expected, actual = _values(finding, self.limits)
        shown = [self.exchanges.shown[key] for key in finding.exchanges if key in self.exchanges.shown]
        return FindingView(
            finding=finding,
            versions=versions if self._several else "",
            all_versions=self._range(finding.versions),
            indexes=self._indexes(finding.versions),
            position=place_in_order(finding.evidence.xpath) if same_place else "",
            xpath="" if same_place else finding.evidence.xpath or "",
            expected=expected,
            actual=actual,
            exchange=shown[0] if shown else None,
        )

    def _range(self, versions: Sequence[str]) -> str:
        return version_range(versions, self.report.store_versions) if self._several else ""

    def _indexes(self, versions: Sequence[str]) -> str:
        return " ".join(str(place) for place, each in enumerate(self.report.store_versions) if each in versions)


def _values(finding: GroupedFinding, limits: SizeLimits) -> tuple[tuple[Span, ...] | None, tuple[Span, ...] | None]:
    expected, actual = finding.evidence.expected, finding.evidence.actual
    if expected and actual:
        return mark_differences(expected, actual, limits.value)

    def without_marks(text: str | None) -> tuple[Span, ...] | None:
        return None if text is None else ((False, visible(cut(text, limits.value))),) if text else ()

    return without_marks(expected), without_marks(actual)


def _is_observed(entry: RequirementEntry) -> bool:
    """True for an INFO requirement that was measured."""
    return entry.requirement.level == "info" and entry.status == "conforms"


def _verdict(entry: RequirementEntry, report: Report) -> str:
    """Return the verdict, as in ``deviates in 3 of 26 versions``."""
    word = "observed" if _is_observed(entry) else STATUS_WORDS[entry.status]
    concerned, total = len(entry.versions[entry.status]), len(report.store_versions)
    return word if total < 2 or concerned == total else f"{word} in {concerned} of {total} versions"


def _deviating(
    requirements: Sequence[RequirementView], report: Report
) -> list[tuple[str, tuple[RequirementView, ...]]]:
    """Return the sections that stand first: deviations that fail the run, others, errors, and known deviations."""
    failing = failing_levels(gate_level(report))

    def of(status: Status, *, fails: bool | None = None) -> tuple[RequirementView, ...]:
        return tuple(
            view
            for view in requirements
            if view.is_listed_above
            and view.status == status
            and (fails is None or (view.entry.requirement.level in failing) == fails)
        )

    return [
        ("Deviations", of("deviates", fails=True)),
        (SHOULD_TITLE, of("deviates", fails=False)),
        (ERROR_TITLES[report.role], of("error")),
        (KNOWN_TITLE, of("known")),
    ]


def _hash(text: str) -> str:
    """Return the hash by which the page's policy allows its own script and style."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _make_visible(content: object) -> object:
    """Return a text with its invisible characters shown. The template passes every text through this function."""
    from markupsafe import Markup

    return visible(content) if isinstance(content, str) and not isinstance(content, Markup) else content


def _own_file(name: str) -> Markup:
    """Return a file of the page, which needs no escaping."""
    from markupsafe import Markup

    return Markup((files("conformance.report") / "page" / name).read_text(encoding="utf-8").strip())


def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("conformance.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_make_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["csp"] = _hash
    environment.filters["limit"] = cut
    environment.globals |= {"style": _own_file("style.css"), "script": _own_file("script.js")}
    return environment.get_template("page.html.j2")


def _render(report: Report, template: Template, limits: SizeLimits) -> str:
    page = _Page(report, limits)
    entries = page.entries
    features = [
        (name, tuple(page.requirement(entry, number) for entry in of), figures_of(of, page.columns))
        for number, (name, of) in enumerate(group_by_feature(entries), start=1)
    ]
    requirements = [view for _, views, _ in features for view in views]
    states = {status for entry in entries for status in entry.versions}
    observed = any(view.tone == "observed" for view in requirements)
    shown = page.exchanges.shown
    skipped = list(skip_reasons(entries, report.command))
    return template.render(
        report=report,
        several=len(report.store_versions) > 1,
        word=verdict_word(report),
        detail=verdict_detail(report),
        facts=run_facts(report),
        exit_words=exit_words(report),
        status_words=STATUS_WORDS,
        verdicts=[*(status for status in WORST_FIRST if status in states), *(["observed"] if observed else [])],
        columns=page.columns,
        features=features,
        total=figures_of(entries, page.columns),
        deviating=_deviating(requirements, report),
        skip_reasons=skipped,
        can_accept=any(not each.fix_first and each.remedies for each in skipped),
        how_to_accept=HOW_TO_ACCEPT,
        skip_text=skip_text,
        accepted=accepted_reasons(entries),
        accepted_title=ACCEPTED_TITLE,
        outside=outside_sentence(entries, report),
        table_note=table_note(entries, report),
        secrets_note=secrets_note(report),
        has_specimens=any(finding.evidence.specimen for entry in entries for finding in entry.findings),
        specimens_note=SPECIMENS_NOTE,
        exchanges=[
            (version, [each for each in shown.values() if each.exchange.version == version])
            for version in dict.fromkeys(version for version, _ in shown)
        ],
        count=count,
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
