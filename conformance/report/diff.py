"""What got better or worse from one run to another.

A requirement that only the newer suite has is said apart and never counts as worse, nor does a
store version that only one of the runs has. INFO is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.core.model import Requirement
from conformance.report.grouping import version_range
from conformance.report.model import Report, Result
from conformance.report.terminal import OutputLine, show
from conformance.report.wording import count, one_line, verdict_word

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """One requirement whose verdict changed, in ``versions``, from ``before`` to ``after``."""

    requirement: Requirement
    before: str
    after: str
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    target: str
    suite_version: str
    scope: str
    started_at: str
    store_versions: tuple[str, ...]
    verdict: str


@dataclass(frozen=True, slots=True)
class Diff:
    old: Side
    new: Side
    newly_deviating: tuple[VerdictChange, ...]
    mended: tuple[VerdictChange, ...]
    newly_judged: tuple[VerdictChange, ...]
    """Conforming now, and not judged before."""
    no_longer_judged: tuple[VerdictChange, ...]
    still_deviating: tuple[VerdictChange, ...]
    added: tuple[VerdictChange, ...]
    """Requirements that only the newer run knows, with their verdict; ``before`` is empty."""
    dropped: tuple[Requirement, ...]
    """Requirements that only the older run knows."""
    unchanged: int
    """Verdicts, one a requirement and version, that are what they were."""
    compared: tuple[str, ...]
    """The store versions of the newer run that were compared."""

    @property
    def worse(self) -> bool:
        """Something that is in both runs deviates now, and didn't."""
        return bool(self.newly_deviating)

    @property
    def changed(self) -> bool:
        return bool(self.newly_deviating or self.mended or self.newly_judged or self.no_longer_judged)


def _side(report: Report) -> Side:
    return Side(
        report.target,
        report.suite_version,
        report.scope,
        report.started_at,
        report.store_versions,
        verdict_word(report),
    )


def _pairs(old: Report, new: Report) -> dict[str, str]:
    """Which old version each new one is held against: its own, or one against one (a shop was upgraded)."""
    if len(old.store_versions) == 1 == len(new.store_versions):
        return {new.store_versions[0]: old.store_versions[0]}
    return {version: version for version in new.store_versions if version in old.store_versions}


def _fold(changes: dict[tuple[str, str, str], list[str]], by_id: dict[str, Requirement]) -> Iterator[VerdictChange]:
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
        return None if before == "conforms" else "mended" if before == "deviates" else "judged"
    return "lost" if before in judged else None


def compare(old: Report, new: Report) -> Diff:
    """Compare two runs, requirement by requirement and version by version."""
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
        return tuple(_fold(found.get(kind, {}), by_id))

    declared = {r.id for r in new.requirements}
    return Diff(
        old=_side(old),
        new=_side(new),
        newly_deviating=of("worse"),
        mended=of("mended"),
        newly_judged=of("judged"),
        no_longer_judged=of("lost"),
        still_deviating=of("still"),
        added=of("added"),
        dropped=tuple(r for r in old.requirements if r.id not in declared),
        unchanged=unchanged,
        compared=tuple(pairs),
    )


def headline(diff: Diff) -> str:
    if not diff.compared:
        return "NOT COMPARABLE: the two runs have no store version in common"
    parts = [
        f"{len({c.requirement.id for c in changes})} {words}"
        for words, changes in (
            ("newly deviating", diff.newly_deviating),
            ("mended", diff.mended),
            ("newly judged", diff.newly_judged),
            ("no longer judged", diff.no_longer_judged),
        )
        if changes
    ]
    if not parts:
        return "NO CHANGE: every requirement in both runs is judged as before"
    word = "WORSE" if diff.worse else "LESS JUDGED" if diff.no_longer_judged else "BETTER"
    return f"{word}: {', '.join(parts)}"


def _context(diff: Diff) -> Iterator[str]:
    for name, side in (("old", diff.old), ("new", diff.new)):
        yield (
            f"{name}  {one_line(side.verdict)} · {side.started_at} · scope {side.scope} · "
            f"suite {one_line(side.suite_version)} · {one_line(side.target)}"
        )
    if diff.old.suite_version != diff.new.suite_version:
        yield "The suite differs: a change may be the suite's, not the target's."
    if diff.old.scope != diff.new.scope:
        yield f"The scope differs: {diff.old.scope} before, {diff.new.scope} now."
    if len(diff.compared) < len(diff.new.store_versions):
        left = [v for v in diff.new.store_versions if v not in diff.compared]
        yield f"Only in the new run, not compared: {version_range(left, diff.new.store_versions)}."
    gone = [v for v in diff.old.store_versions if v not in diff.new.store_versions]
    if gone and len(diff.new.store_versions) > 1:
        yield f"Only in the old run, not compared: {version_range(gone, diff.old.store_versions)}."
    elif gone and diff.compared:
        yield f"Version {one_line(gone[0])} before is held against {one_line(diff.compared[0])} now."


def _section(title: str, changes: tuple[VerdictChange, ...], diff: Diff) -> Iterator[OutputLine]:
    if not changes:
        return
    yield OutputLine()
    yield OutputLine(title, style="bold")
    for change in changes:
        before = f"{change.before.replace('-', ' ')} → " if change.before else ""
        where = version_range(change.versions, diff.new.store_versions)
        requirement = change.requirement
        yield OutputLine(requirement.title, indent=2, label=f"{requirement.id} {requirement.level.upper()}")
        yield OutputLine(f"{before}{change.after.replace('-', ' ')} in {where}", indent=4, style="dim")


def lines(diff: Diff) -> Iterator[OutputLine]:
    yield OutputLine(headline(diff), style="bold red" if diff.worse else "bold")
    yield from (OutputLine(text, style="dim") for text in _context(diff))
    yield from _section("Newly deviating", diff.newly_deviating, diff)
    yield from _section("Mended", diff.mended, diff)
    yield from _section("Newly judged, conforming", diff.newly_judged, diff)
    yield from _section("No longer judged", diff.no_longer_judged, diff)
    yield from _section("New in the suite (not counted as worse)", diff.added, diff)
    if diff.dropped:
        yield OutputLine()
        yield OutputLine("Only in the old run", style="bold")
        yield OutputLine(" ".join(requirement.id for requirement in diff.dropped), indent=2)
    still = len({change.requirement.id for change in diff.still_deviating})
    yield OutputLine()
    same = count(diff.unchanged, "verdict")
    yield OutputLine(f"{same} unchanged; {count(still, 'requirement')} still deviating.")


def render(diff: Diff, console: Console) -> None:
    """The difference, for a person at a terminal."""
    show(lines(diff), console)
