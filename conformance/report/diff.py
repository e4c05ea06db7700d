"""Compares two reports: which requirements deviate newly, are fixed, or are no longer judged.

A requirement that only the newer suite has is listed separately and never counts as worse. Store versions that only one
report has, and INFO requirements, are not compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.core.model import Requirement
from conformance.report.console import OutputLine, print_lines
from conformance.report.grouping import version_range
from conformance.report.model import Report, Result
from conformance.report.wording import count, one_line, verdict_word

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A requirement whose verdict changed from ``before`` to ``after`` in some versions."""

    requirement: Requirement
    before: str
    after: str
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """The facts about one of the two runs."""

    target: str
    suite_version: str
    scope: str
    started_at: str
    store_versions: tuple[str, ...]
    verdict: str


@dataclass(frozen=True, slots=True)
class Diff:
    """The differences between two reports."""

    old: ComparedRun
    new: ComparedRun
    newly_deviating: tuple[VerdictChange, ...]
    fixed: tuple[VerdictChange, ...]
    newly_judged: tuple[VerdictChange, ...]
    """Requirements that conform now and were not judged before."""
    no_longer_judged: tuple[VerdictChange, ...]
    still_deviating: tuple[VerdictChange, ...]
    added: tuple[VerdictChange, ...]
    """Requirements that only the newer run has; ``before`` is empty."""
    dropped: tuple[Requirement, ...]
    """Requirements that only the older run has."""
    unchanged: int
    """Number of equal verdicts, counted by requirement and version."""
    compared: tuple[str, ...]
    """Store versions of the newer run that were compared."""

    @property
    def worse(self) -> bool:
        """True if a requirement that both runs have deviates only in the newer run."""
        return bool(self.newly_deviating)

    @property
    def changed(self) -> bool:
        """True if any verdict changed."""
        return bool(self.newly_deviating or self.fixed or self.newly_judged or self.no_longer_judged)


def _side(report: Report) -> ComparedRun:
    return ComparedRun(
        report.target,
        report.suite_version,
        report.scope,
        report.started_at,
        report.store_versions,
        verdict_word(report),
    )


def _pairs(old: Report, new: Report) -> dict[str, str]:
    """Return new version → old version to compare: the same one, or the only one of each run (an upgraded shop)."""
    if len(old.store_versions) == 1 == len(new.store_versions):
        return {new.store_versions[0]: old.store_versions[0]}
    return {version: version for version in new.store_versions if version in old.store_versions}


def _changes(changes: dict[tuple[str, str, str], list[str]], by_id: dict[str, Requirement]) -> Iterator[VerdictChange]:
    order = {name: place for place, name in enumerate(by_id)}
    for name, before, after in sorted(changes, key=lambda key: order[key[0]]):
        yield VerdictChange(by_id[name], before, after, tuple(changes[name, before, after]))


def _state(result: Result | None) -> str:
    return "missing" if result is None else result.verdict


def _kind(before: str, after: str) -> str | None:
    judged = ("conforms", "deviates")
    if after == "deviates":
        return "still" if before == "deviates" else "worse"
    if after == "conforms":
        return None if before == "conforms" else "fixed" if before == "deviates" else "judged"
    return "lost" if before in judged else None


def compare(old: Report, new: Report) -> Diff:
    """Return the differences between two reports, by requirement and version."""
    by_id = {r.id: r for r in new.requirements if r.level != "info"}
    known_before = {r.id for r in old.requirements}
    then = {(r.requirement, r.version): r for r in old.results}
    now = {(r.requirement, r.version): r for r in new.results}
    pairs = _pairs(old, new)
    found: dict[str, dict[tuple[str, str, str], list[str]]] = {}
    unchanged = 0
    for name in by_id:
        for version in new.store_versions:
            result = now.get((name, version))
            if name not in known_before:
                if result is not None:
                    found.setdefault("added", {}).setdefault((name, "", result.verdict), []).append(version)
                continue
            if version not in pairs:
                continue
            before, after = _state(then.get((name, pairs[version]))), _state(result)
            unchanged += before == after != "missing"
            if (kind := _kind(before, after)) is not None:
                found.setdefault(kind, {}).setdefault((name, before, after), []).append(version)

    def of(kind: str) -> tuple[VerdictChange, ...]:
        return tuple(_changes(found.get(kind, {}), by_id))

    declared = {r.id for r in new.requirements}
    return Diff(
        old=_side(old),
        new=_side(new),
        newly_deviating=of("worse"),
        fixed=of("fixed"),
        newly_judged=of("judged"),
        no_longer_judged=of("lost"),
        still_deviating=of("still"),
        added=of("added"),
        dropped=tuple(r for r in old.requirements if r.id not in declared),
        unchanged=unchanged,
        compared=tuple(pairs),
    )


def headline(diff: Diff) -> str:
    """Return the comparison in one line."""
    if not diff.compared:
        return "NOT COMPARABLE: the two runs have no common store version"
    parts = [
        f"{len({c.requirement.id for c in changes})} {words}"
        for words, changes in (
            ("newly deviating", diff.newly_deviating),
            ("fixed", diff.fixed),
            ("newly judged", diff.newly_judged),
            ("no longer judged", diff.no_longer_judged),
        )
        if changes
    ]
    if not parts:
        return "NO CHANGE: every requirement of both runs has the same verdict"
    word = "WORSE" if diff.worse else "LESS JUDGED" if diff.no_longer_judged else "BETTER"
    return f"{word}: {', '.join(parts)}"


def _context(diff: Diff) -> Iterator[str]:
    for name, side in (("old", diff.old), ("new", diff.new)):
        yield (
            f"{name}  {one_line(side.verdict)} · {side.started_at} · scope {side.scope} · "
            f"suite {one_line(side.suite_version)} · {one_line(side.target)}"
        )
    if diff.old.suite_version != diff.new.suite_version:
        yield "The suite versions differ: a change may come from the suite, not from the target."
    if diff.old.scope != diff.new.scope:
        yield f"The scopes differ: {diff.old.scope} before, {diff.new.scope} now."
    if len(diff.compared) < len(diff.new.store_versions):
        unmatched = [v for v in diff.new.store_versions if v not in diff.compared]
        yield f"Only in the new run, not compared: {version_range(unmatched, diff.new.store_versions)}."
    gone = [v for v in diff.old.store_versions if v not in diff.new.store_versions]
    if gone and len(diff.new.store_versions) > 1:
        yield f"Only in the old run, not compared: {version_range(gone, diff.old.store_versions)}."
    elif gone and diff.compared:
        yield f"Version {one_line(gone[0])} before is compared with {one_line(diff.compared[0])} now."


def _section(title: str, changes: tuple[VerdictChange, ...], diff: Diff) -> Iterator[OutputLine]:
    if not changes:
        return
    yield OutputLine()
    yield OutputLine(title, style="bold")
    for change in changes:
        before = f"{change.before.replace('-', ' ')} → " if change.before else ""
        several = len(diff.new.store_versions) > 1
        where = f" in {version_range(change.versions, diff.new.store_versions)}" if several else ""
        requirement = change.requirement
        yield OutputLine(requirement.title, indent=2, label=f"{requirement.id} {requirement.level.upper()}")
        yield OutputLine(f"{before}{change.after.replace('-', ' ')}{where}", indent=4, style="dim")


def lines(diff: Diff) -> Iterator[OutputLine]:
    """Yield the comparison line by line."""
    yield OutputLine(headline(diff), style="bold red" if diff.worse else "bold")
    yield from (OutputLine(text, style="dim") for text in _context(diff))
    yield from _section("Newly deviating", diff.newly_deviating, diff)
    yield from _section("Fixed", diff.fixed, diff)
    yield from _section("Newly judged, conforming", diff.newly_judged, diff)
    yield from _section("No longer judged", diff.no_longer_judged, diff)
    yield from _section("New in the suite (do not count as worse)", diff.added, diff)
    if diff.dropped:
        yield OutputLine()
        yield OutputLine("Only in the old run", style="bold")
        yield OutputLine(" ".join(requirement.id for requirement in diff.dropped), indent=2)
    still = len({change.requirement.id for change in diff.still_deviating})
    yield OutputLine()
    same = count(diff.unchanged, "verdict")
    yield OutputLine(f"{same} unchanged; {count(still, 'requirement')} still deviating.")


def render(diff: Diff, console: Console) -> None:
    """Print the comparison to a terminal."""
    print_lines(lines(diff), console)
