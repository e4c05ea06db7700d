"""Groups the results of a report for people. Pure.

Each requirement has one entry. Equal findings of several versions are one finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeVar, get_args

import msgspec

from conformance.core.model import REQUIREMENT_ID, Requirement, Scope
from conformance.report.model import FindingRecord, Report, Result, SharedProperty
from conformance.report.summary import in_scope, is_judged, needs

Status = Literal["deviates", "error", "known", "not-exercised", "accepted", "out-of-scope", "conforms"]
"""A verdict, with the baseline and the scope regarded.

``known`` is a deviation that the baseline names. ``accepted`` was not exercised, and the baseline accepts that.
``out-of-scope`` was not exercised, and the scope does not ask for it.
"""

WORST_FIRST: tuple[Status, ...] = get_args(Status)

NO_RESULT = "no result: the run ended too early"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedFinding:
    """A finding, and every version in which it was made."""

    evidence: FindingRecord
    versions: tuple[str, ...]
    exchanges: tuple[tuple[str, int], ...] = ()
    """Version and number of each exchange that shows the finding."""
    known: str | None = None
    """The baseline's reason if the deviation is a known one."""


@dataclass(frozen=True, slots=True)
class Reason:
    """The reason that some versions give for a result."""

    text: str
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequirementEntry:
    """One requirement over all versions."""

    requirement: Requirement
    versions: dict[Status, tuple[str, ...]]
    findings: tuple[GroupedFinding, ...]
    """The findings of deviating versions; those that no baseline names come first."""
    unexercised: tuple[Reason, ...]
    """Why the requirement was not exercised, in versions in which it should have been."""
    accepted: tuple[Reason, ...]
    """The baseline's reasons why it can't be exercised."""
    outside: tuple[Reason, ...]
    """Why it was not exercised, if it is out of scope."""
    errors: tuple[GroupedFinding, ...]
    remarks: tuple[Reason, ...]
    """Reasons that deviating versions and errors give besides their findings."""
    observations: tuple[GroupedFinding, ...]
    """The measurements for an INFO requirement."""
    shared: tuple[SharedProperty, ...] = ()
    """What the failing orders have in common."""

    @property
    def status(self) -> Status:
        """The worst status in any version."""
        return next((status for status in WORST_FIRST if status in self.versions), "not-exercised")

    @property
    def new(self) -> tuple[GroupedFinding, ...]:
        """The findings that no baseline names."""
        return tuple(finding for finding in self.findings if finding.known is None)

    @property
    def known_reasons(self) -> tuple[str, ...]:
        """The reasons that the baseline gives for known deviations, each once."""
        return tuple(dict.fromkeys(finding.known for finding in self.findings if finding.known is not None))


@dataclass(frozen=True, slots=True)
class SkipReason:
    """A reason why requirements were not exercised, and what would make judging them possible."""

    text: str
    entries: tuple[RequirementEntry, ...]
    remedies: tuple[str, ...]


def status_of(requirement: Requirement, result: Result, scope: Scope) -> Status:
    """Return the verdict of a result, with the baseline and the scope regarded."""
    if requirement.level == "info" and is_judged(result):
        return "conforms"  # it is measured, not judged: it never counts as a deviation
    if result.verdict == "deviates" and result.known is not None:
        return "known"
    if result.verdict == "not-exercised" and not in_scope(requirement, scope):
        return "out-of-scope"
    if result.verdict == "not-exercised" and result.accepted is not None:
        return "accepted"
    return result.verdict


def is_observation(result: Result) -> bool:
    """True if a result of an INFO requirement has something to show."""
    return is_judged(result) and bool(result.evidence or result.reason)


def group_findings(results: Iterable[Result]) -> tuple[GroupedFinding, ...]:
    """Return the findings of several versions, equal ones once.

    Findings that differ only in the number of their exchange, or in what their orders share, are equal.
    """
    found: dict[tuple[FindingRecord, str | None], tuple[list[str], list[tuple[str, int]], str | None]] = {}
    for result in results:
        for evidence in result.evidence or (FindingRecord(scenario="", message=result.reason),):
            key = (msgspec.structs.replace(evidence, exchange=None, shared=None), result.known)
            versions, exchanges, _ = found.setdefault(key, ([], [], evidence.shared))
            if result.version not in versions:
                versions.append(result.version)
            if evidence.exchange is not None and (result.version, evidence.exchange) not in exchanges:
                exchanges.append((result.version, evidence.exchange))
    return tuple(
        GroupedFinding(
            evidence=msgspec.structs.replace(evidence, shared=shared),
            versions=tuple(versions),
            exchanges=tuple(exchanges),
            known=known,
        )
        for (evidence, known), (versions, exchanges, shared) in found.items()
    )


Shown = TypeVar("Shown")


def group_by_shared(
    findings: Iterable[Shown], shared: Iterable[SharedProperty], evidence_of: Callable[[Shown], FindingRecord]
) -> list[tuple[SharedProperty | None, list[Shown]]]:
    """Return the findings of a requirement by what their orders have in common. Findings without that come last."""
    groups: dict[tuple[str, str | None], tuple[SharedProperty | None, list[Shown]]] = {}
    for each in shared:
        groups.setdefault((each.scenario, each.property), (each, []))
    rest: list[Shown] = []
    for finding in findings:
        evidence = evidence_of(finding)
        group = groups.get((evidence.scenario, evidence.shared))
        (rest if group is None else group[1]).append(finding)
    return [group for group in (*groups.values(), (None, rest)) if group[1]]


MAX_GROUPS = 6
"""Groups of findings with different causes that a short view shows of one requirement."""


def abridge(
    groups: Sequence[tuple[SharedProperty | None, list[Shown]]], most: int
) -> Iterator[tuple[SharedProperty | None, list[Shown], int]]:
    """Yield the groups for a short view, each with the number of findings that it leaves out.

    The first group shows ``most`` findings, each other one shows one. The last group that is shown counts the findings
    of those that are left out.
    """
    left_out = sum(len(findings) for _, findings in groups[MAX_GROUPS:])
    for number, (shared, findings) in enumerate(groups[:MAX_GROUPS], start=1):
        shown = findings[: most if number == 1 else 1]
        yield shared, shown, len(findings) - len(shown) + (left_out if number == MAX_GROUPS else 0)


def _reasons(pairs: Iterable[tuple[str, str]]) -> tuple[Reason, ...]:
    found: dict[str, list[str]] = {}
    for reason, version in pairs:
        found.setdefault(reason, []).append(version)
    return tuple(Reason(text, tuple(versions)) for text, versions in found.items())


def _entry(requirement: Requirement, results: Sequence[Result], report: Report) -> RequirementEntry:
    position = {version: place for place, version in enumerate(report.store_versions)}
    ordered = sorted(results, key=lambda result: position.get(result.version, len(position)))
    versions: dict[Status, list[str]] = {}
    skipped: dict[Status, list[tuple[str, str]]] = {"not-exercised": [], "accepted": [], "out-of-scope": []}
    for result in ordered:
        status = status_of(requirement, result, report.scope)
        versions.setdefault(status, []).append(result.version)
        if status in skipped:
            skipped[status].append((result.accepted or result.reason, result.version))
    seen = {result.version for result in ordered}
    missing = [version for version in report.store_versions if version not in seen]
    if missing and in_scope(requirement, report.scope):
        versions.setdefault("not-exercised", []).extend(missing)
        skipped["not-exercised"] += [(NO_RESULT, version) for version in missing]
    deviating = [result for result in ordered if result.verdict == "deviates" and requirement.level != "info"]
    errors = [result for result in ordered if result.verdict == "error"]
    return RequirementEntry(
        requirement=requirement,
        versions={status: tuple(versions[status]) for status in WORST_FIRST if status in versions},
        findings=tuple(sorted(group_findings(deviating), key=lambda finding: finding.known is not None)),
        unexercised=_reasons(skipped["not-exercised"]),
        accepted=_reasons(skipped["accepted"]),
        outside=_reasons(skipped["out-of-scope"]),
        remarks=_reasons(
            (result.reason, result.version)
            for result in ordered
            if (result in errors or result in deviating) and result.reason and result.evidence
        ),
        errors=group_findings(errors),
        shared=tuple(dict.fromkeys(each for result in deviating for each in result.shared)),
        observations=group_findings(
            result for result in ordered if requirement.level == "info" and is_observation(result)
        ),
    )


def entries_of(report: Report) -> tuple[RequirementEntry, ...]:
    """Return an entry for each requirement that has a result, or is in scope, in the order of the features."""
    by_requirement: dict[str, list[Result]] = {}
    for result in report.results:
        by_requirement.setdefault(result.requirement, []).append(result)
    entries = (_entry(each, by_requirement.get(each.id, ()), report) for each in report.requirements)
    return tuple(entry for entry in entries if entry.versions)


def table_columns(entries: Iterable[RequirementEntry]) -> tuple[Status, ...]:
    """Return the columns of the table by feature: the three of every report, and others that this report needs."""
    seen = {entry.status for entry in entries if entry.requirement.level != "info"}
    optional: tuple[Status, ...] = ("known", "error", "accepted", "out-of-scope")
    return ("conforms", "deviates", "not-exercised", *(status for status in optional if status in seen))


def group_by_feature(entries: Iterable[RequirementEntry]) -> Iterator[tuple[str, tuple[RequirementEntry, ...]]]:
    """Yield each feature with its entries, in the order in which the report first names the features."""
    found: dict[str, list[RequirementEntry]] = {}
    for entry in entries:
        found.setdefault(entry.requirement.feature, []).append(entry)
    for feature, of in found.items():
        yield feature, tuple(of)


def version_range(versions: Sequence[str], every: Sequence[str]) -> str:
    """Return versions in few words, as in ``4.0.1 … 4.6.3 (26 versions)``; ``every`` gives their order."""
    position = {version: place for place, version in enumerate(every)}
    listed = sorted((each for each in dict.fromkeys(versions) if each in position), key=position.__getitem__)
    parts: list[str] = []
    for _, run in groupby(enumerate(listed), key=lambda pair: position[pair[1]] - pair[0]):
        names = [name for _, name in run]
        parts += names if len(names) < 3 else [f"{names[0]} … {names[-1]}"]
    parts += [each for each in dict.fromkeys(versions) if each not in position]
    count = len(set(versions))
    return ", ".join(parts) + (f" ({count} versions)" if count > 2 else "")


def needs_met(entries: Iterable[RequirementEntry]) -> frozenset[str]:
    """Return the needs that the run could meet, inferred from the requirements that it judged."""
    met: set[str] = set()
    for entry in entries:
        wanted = needs(entry.requirement)
        if len(wanted) == 1 and entry.versions.keys() & {"conforms", "deviates", "known"}:
            met |= wanted
    return frozenset(met | {"truth"} if met & {"write", "notify"} else met)


_ID = re.compile(rf"\b{REQUIREMENT_ID}\b")
WITHOUT_REMEDY = ("recorded traffic", "a request that wasn't recorded", "too long to be recorded")
"""Parts of reasons that no option of a run can remove."""


def first_to_fix(reason: str, entries: Mapping[str, RequirementEntry]) -> tuple[str, ...]:
    """Return the deviating requirements that prevent a judgement, in the order in which the reason names them.

    A reason names the requirement to fix first. If that one was not exercised either, its own reasons are followed.
    """
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = _ID.findall(reason)
    while waiting:
        name = waiting.pop(0)
        entry = entries.get(name)
        if entry is None or name in seen:
            continue
        seen.add(name)
        if entry.versions.keys() & {"deviates", "known", "error"}:
            found[name] = None
        elif entry.status == "not-exercised":
            waiting += [each for reason in entry.unexercised for each in _ID.findall(reason.text)]
    return tuple(found)


def remedy(requirement: Requirement, reason: str, met: frozenset[str]) -> str:
    """Return what would make judging a requirement possible; "" if the reason states it or nothing would help.

    ``met`` are the needs that the run could meet.
    """
    if "--" in reason or reason == NO_RESULT or any(words in reason for words in WITHOUT_REMEDY):
        return ""
    if _ID.search(reason):
        return ""  # the reason names the requirement that must be fixed first
    if requirement.id.startswith("IMP-"):
        return ""  # the reason names the field that the importer doesn't report
    lacking = needs(requirement) - met
    if "notify" in lacking or "write" in lacking:
        return "--allow-writes, with --control or --cscart-api"
    if "truth" in lacking:
        return "--control, --cscart-api or --worksheet"
    return "a wider --window, or a suitable order in the store"


def skip_reasons(entries: Sequence[RequirementEntry]) -> Iterator[SkipReason]:
    """Yield each reason why requirements were not exercised, with these requirements and what would help."""
    met = needs_met(entries)
    by_reason: dict[str, list[RequirementEntry]] = {}
    for entry in entries:
        if entry.requirement.level == "info" and entry.observations:
            continue
        for reason in entry.unexercised:
            by_reason.setdefault(reason.text, []).append(entry)
    for text, of in by_reason.items():
        if len(of) == len(entries) > 1:  # the target as a whole could not be judged: no option would help
            yield SkipReason(text, tuple(of), ())
            continue
        remedies = dict.fromkeys(remedy(entry.requirement, text, met) for entry in of)
        yield SkipReason(text, tuple(of), tuple(each for each in remedies if each))
