"""A report as a person wants it: one entry a requirement, equal findings of several versions as one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import msgspec

from conformance.core.model import Requirement
from conformance.report.model import FindingRecord, Report, Result
from conformance.report.summary import in_scope, is_judged, needs

Standing = Literal["deviates", "error", "known", "not-exercised", "conforms"]
"""A verdict, with a deviation that the baseline knows told apart."""

WORST_FIRST: tuple[Standing, ...] = ("deviates", "error", "known", "not-exercised", "conforms")

NO_RESULT = "no result: the run ended before it"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedFinding:
    """One piece of evidence, and every version that gave it."""

    evidence: FindingRecord
    versions: tuple[str, ...]
    exchanges: tuple[tuple[str, int], ...] = ()
    known: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    text: str
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequirementEntry:
    """One requirement over all versions; ``standing`` is that of its worst version."""

    requirement: Requirement
    versions: dict[Standing, tuple[str, ...]]
    findings: tuple[GroupedFinding, ...]
    """New ones first."""
    unexercised: tuple[Reason, ...]
    errors: tuple[GroupedFinding, ...]
    remarks: tuple[Reason, ...]
    """What deviating and faulty results say beside their evidence."""
    observations: tuple[GroupedFinding, ...]
    """What was measured for an INFO requirement."""

    @property
    def standing(self) -> Standing:
        return next((s for s in WORST_FIRST if s in self.versions), "not-exercised")

    @property
    def new(self) -> tuple[GroupedFinding, ...]:
        return tuple(f for f in self.findings if f.known is None)


def standing(result: Result) -> Standing:
    return "known" if result.verdict == "deviates" and result.known is not None else result.verdict


def is_observation(result: Result) -> bool:
    return result.verdict in ("conforms", "deviates") and bool(result.evidence or result.reason)


def fold(results: Iterable[Result]) -> tuple[GroupedFinding, ...]:
    """Equal evidence once; the number of the exchange differs from version to version and doesn't count."""
    found: dict[tuple[FindingRecord, str | None], tuple[list[str], list[tuple[str, int]]]] = {}
    for result in results:
        for evidence in result.evidence or (FindingRecord(scenario="", message=result.reason),):
            key = (msgspec.structs.replace(evidence, exchange=None), result.known)
            versions, exchanges = found.setdefault(key, ([], []))
            if result.version not in versions:
                versions.append(result.version)
            if evidence.exchange is not None and (result.version, evidence.exchange) not in exchanges:
                exchanges.append((result.version, evidence.exchange))
    return tuple(
        GroupedFinding(evidence=evidence, versions=tuple(versions), exchanges=tuple(exchanges), known=known)
        for (evidence, known), (versions, exchanges) in found.items()
    )


def _reasons(pairs: Iterable[tuple[str, str]]) -> tuple[Reason, ...]:
    found: dict[str, list[str]] = {}
    for reason, version in pairs:
        found.setdefault(reason, []).append(version)
    return tuple(Reason(text, tuple(versions)) for text, versions in found.items())


def _entry(requirement: Requirement, results: Sequence[Result], report: Report) -> RequirementEntry:
    position = {version: place for place, version in enumerate(report.store_versions)}
    ordered = sorted(results, key=lambda r: position.get(r.version, len(position)))
    versions: dict[Standing, list[str]] = {}
    for result in ordered:
        # INFO is measured, never judged: whatever was seen is no deviation
        held: Standing = "conforms" if requirement.level == "info" and is_judged(result) else standing(result)
        versions.setdefault(held, []).append(result.version)
    there = {result.version for result in ordered}
    missing = [version for version in report.store_versions if version not in there]
    silent = [(r.reason, r.version) for r in ordered if r.verdict == "not-exercised"]
    if missing and in_scope(requirement, report.scope):
        versions.setdefault("not-exercised", []).extend(missing)
        silent += [(NO_RESULT, version) for version in missing]
    deviating = [r for r in ordered if r.verdict == "deviates" and requirement.level != "info"]
    return RequirementEntry(
        requirement=requirement,
        versions={s: tuple(versions[s]) for s in WORST_FIRST if s in versions},
        findings=tuple(sorted(fold(deviating), key=lambda f: f.known is not None)),
        unexercised=_reasons(silent),
        remarks=_reasons(
            (r.reason, r.version) for r in ordered if r.verdict == "error" or r in deviating if r.reason and r.evidence
        ),
        errors=fold(r for r in ordered if r.verdict == "error"),
        observations=fold(r for r in ordered if requirement.level == "info" and is_observation(r)),
    )


def entries(report: Report) -> tuple[RequirementEntry, ...]:
    """One for every requirement that has a result or should have one, in the catalogue's order."""
    by_requirement: dict[str, list[Result]] = {}
    for result in report.results:
        by_requirement.setdefault(result.requirement, []).append(result)
    made = (_entry(r, by_requirement.get(r.id, ()), report) for r in report.requirements)
    return tuple(entry for entry in made if entry.versions)


def columns(folded: Iterable[RequirementEntry]) -> tuple[Standing, ...]:
    """Of a table by feature: what every report has, and what this one has besides."""
    there = {entry.standing for entry in folded if entry.requirement.level != "info"}
    besides: tuple[Standing, ...] = ("known", "error")
    return ("conforms", "deviates", "not-exercised", *(standing for standing in besides if standing in there))


def by_feature(folded: Iterable[RequirementEntry]) -> Iterator[tuple[str, tuple[RequirementEntry, ...]]]:
    """Features in the order in which the report names them first."""
    found: dict[str, list[RequirementEntry]] = {}
    for entry in folded:
        found.setdefault(entry.requirement.feature, []).append(entry)
    for feature, of in found.items():
        yield feature, tuple(of)


def version_range(versions: Sequence[str], every: Sequence[str]) -> str:
    """``4.0.1 … 4.6.3 (26 versions)``: runs of neighbours among ``every`` are drawn together."""
    position = {version: place for place, version in enumerate(every)}
    known = sorted((v for v in dict.fromkeys(versions) if v in position), key=position.__getitem__)
    parts: list[str] = []
    for _, run in groupby(enumerate(known), key=lambda pair: position[pair[1]] - pair[0]):
        names = [name for _, name in run]
        parts += names if len(names) < 3 else [f"{names[0]} … {names[-1]}"]
    parts += [v for v in dict.fromkeys(versions) if v not in position]
    count = len(set(versions))
    return ", ".join(parts) + (f" ({count} versions)" if count > 2 else "")


def exercised(folded: Iterable[RequirementEntry]) -> frozenset[str]:
    """The needs that this run could meet, going by what it judged."""
    met: set[str] = set()
    for entry in folded:
        wanted = needs(entry.requirement)
        if len(wanted) == 1 and entry.versions.keys() & {"conforms", "deviates", "known"}:
            met |= wanted
    return frozenset(met | {"truth"} if met & {"write", "notify"} else met)


OF_RECORDINGS = ("recorded traffic", "the recording has no reply", "too long to be recorded")
"""Words of reasons that no option of the run mends."""


def remedy(requirement: Requirement, reason: str, met: frozenset[str]) -> str:
    """What would make a requirement judged, in a run that met these needs; empty where the reason says it."""
    if "--" in reason or reason == NO_RESULT or any(words in reason for words in OF_RECORDINGS):
        return ""
    if requirement.id.startswith("IMP-"):
        return ""  # of an importer the reason says what it doesn't report
    lacking = needs(requirement) - met
    if "notify" in lacking or "write" in lacking:
        return "--allow-writes, with --control or --cscart-api"
    if "truth" in lacking:
        return "--control, --cscart-api or --worksheet"
    return "a wider --window, or an order in the store that shows it"
