"""Groups the results of a report for people. Pure.

Each requirement has one entry. Equal findings of several versions are one finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal, TypeVar, get_args

import msgspec

from conformance.core.model import Requirement, Scope
from conformance.report.model import FindingRecord, Report, Result, SharedProperty
from conformance.report.summary import in_scope, is_judged

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


def entries_by_error(entries: Iterable[RequirementEntry]) -> list[tuple[RequirementEntry, ...]]:
    """Return the entries with errors, those with the same errors in the same versions together."""
    found: dict[tuple[object, ...], list[RequirementEntry]] = {}
    for entry in entries:
        if entry.errors:
            same = tuple((each.evidence.message, each.evidence.actual, each.versions) for each in entry.errors)
            found.setdefault((same, tuple(each.text for each in entry.remarks)), []).append(entry)
    return [tuple(of) for of in found.values()]


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

    Findings that differ only in their exchange, or in what their orders share, are equal.
    """
    found: dict[tuple[FindingRecord, str | None], tuple[list[str], list[tuple[str, int]], FindingRecord]] = {}
    for result in results:
        for evidence in result.evidence or (FindingRecord(scenario="", message=result.reason),):
            key = (msgspec.structs.replace(evidence, exchange=None, shared=None, excerpt=None), result.known)
            versions, exchanges, _ = found.setdefault(key, ([], [], evidence))
            if result.version not in versions:
                versions.append(result.version)
            if evidence.exchange is not None and (result.version, evidence.exchange) not in exchanges:
                exchanges.append((result.version, evidence.exchange))
    return tuple(
        GroupedFinding(
            evidence=msgspec.structs.replace(evidence, shared=first.shared, excerpt=first.excerpt),
            versions=tuple(versions),
            exchanges=tuple(exchanges),
            known=known,
        )
        for (evidence, known), (versions, exchanges, first) in found.items()
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


MAX_MESSAGES = 3
"""Messages of one group that are shown apart from each other; if there are more, each stands beside its finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Findings of a requirement that seem to have one cause: their orders share a property, and they say the same."""

    shared: SharedProperty | None
    message: str
    """The message of all findings; "" if they have different ones."""
    hints: tuple[str, ...]
    """What to do, as far as it is known, and as the cause before does not say it, too."""
    known: str | None
    """The baseline's reason if the deviation is a known one."""
    findings: tuple[GroupedFinding, ...]
    more: int = 0
    """Further findings, which the report does not list."""


def causes_of(findings: Sequence[GroupedFinding], shared: Sequence[SharedProperty] = ()) -> tuple[Cause, ...]:
    """Return the findings of a requirement by their causes; those that no baseline names come first."""
    found: list[Cause] = []
    for known in sorted({finding.known for finding in findings}, key=lambda reason: (reason is not None, reason)):
        part = [finding for finding in findings if finding.known == known]
        for common, group in group_by_shared(part, shared, lambda finding: finding.evidence):
            for cause in _by_message(common, group, known):
                if found and not cause.findings:
                    found[-1] = replace(found[-1], more=found[-1].more + cause.more)
                elif found and found[-1].hints == cause.hints:
                    found.append(replace(cause, hints=()))
                else:
                    found.append(cause)
    return tuple(found)


def _by_message(shared: SharedProperty | None, group: Sequence[GroupedFinding], known: str | None) -> Iterator[Cause]:
    listed = [finding for finding in group if not finding.evidence.more]
    more = sum(finding.evidence.more * len(finding.versions) for finding in group)
    parts: dict[str, list[GroupedFinding]] = {}
    for finding in listed:
        parts.setdefault(finding.evidence.message, []).append(finding)
    if len(parts) > MAX_MESSAGES or not parts:
        parts = {"": listed}
    for number, (message, of) in enumerate(parts.items(), start=1):
        hints = dict.fromkeys(finding.evidence.hint for finding in of if finding.evidence.hint)
        yield Cause(
            shared=shared,
            message=message,
            hints=tuple(hints),
            known=known,
            findings=tuple(of),
            more=more if number == len(parts) else 0,
        )


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


def figures_of(of: Sequence[RequirementEntry], columns: Sequence[Status]) -> tuple[tuple[int, int], ...]:
    """Return the numbers of MUST and of SHOULD requirements with each of these statuses."""
    return tuple(
        (
            sum(entry.status == status and entry.requirement.level == "must" for entry in of),
            sum(entry.status == status and entry.requirement.level == "should" for entry in of),
        )
        for status in columns
    )


def figure_text(must: int, should: int) -> str:
    """Return two numbers as a cell of the table by feature: ``9``, ``9+2``, ``+2`` or ``·``."""
    return f"{must or ''}{f'+{should}' if should else ''}" or "·"


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
