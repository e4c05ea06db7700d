"""The baseline: a TOML file of what is accepted, each entry with the reason why.

    [[known]]              # a deviation that is known
    requirement = "ORD-12"
    version = "4.3.*"      # optional, a glob
    order = "CT-*"         # optional, a glob
    reason = "The shop sells in one currency; ticket 4711"
    until = 2027-01-31     # optional, the last day on which the entry is valid

    [[not_exercised]]      # a requirement that can't be exercised in this shop
    requirement = "GIF-1"
    reason = "The shop sells no gift wrapping"
    # version and until as above

A deviation is known only if an entry covers *each* of its findings, so that an old bug does not hide a new one. An
accepted requirement that was not exercised no longer makes the run incomplete; if it deviates, the entry has no effect.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from conformance.core.errors import ConformanceError
from conformance.core.files import read_small_file
from conformance.core.toml_text import parse_toml
from conformance.report.advice import first_to_fix
from conformance.report.grouping import NO_RESULT, GroupedFinding, RequirementEntry, entries_of
from conformance.report.model import FindingRecord, Report, Result
from conformance.report.summary import is_judged
from conformance.report.wording import EXERCISED, STALE, one_line
from mockstore.shop.suggestions import did_you_mean

KNOWN, NOT_EXERCISED = "known", "not_exercised"
"""The tables of a baseline."""
_KEYS = {
    KNOWN: ("requirement", "version", "order", "reason", "until"),
    NOT_EXERCISED: ("requirement", "version", "reason", "until"),
}
_WHY = {
    KNOWN: "write why the deviation is accepted",
    NOT_EXERCISED: "write why the requirement can't be exercised here",
}


class BaselineError(ConformanceError):
    """The baseline cannot be used; the message is one sentence with the reason."""


@dataclass(frozen=True, slots=True)
class KnownDeviation:
    """An entry of the table ``known``: accepted findings of a requirement."""

    requirement: str
    reason: str
    version: str | None = None
    order: str | None = None
    until: date | None = None
    number: int = 0
    """The position in its table, from 1."""

    def __str__(self) -> str:
        return _entry_text(self, () if self.order is None else (f"order {self.order}",))

    def is_about(self, result: Result) -> bool:
        """True if the entry is about the requirement and version of a result."""
        return _is_about(self, result)

    def covers(self, result: Result, evidence: FindingRecord) -> bool:
        """True if the entry accepts this finding."""
        return self.is_about(result) and (
            self.order is None or (evidence.order is not None and fnmatchcase(evidence.order, self.order))
        )


@dataclass(frozen=True, slots=True)
class AcceptedGap:
    """An entry of the table ``not_exercised``: a requirement that can't be exercised in this shop."""

    requirement: str
    reason: str
    version: str | None = None
    until: date | None = None
    number: int = 0
    """The position in its table, from 1."""

    def __str__(self) -> str:
        return _entry_text(self)

    def is_about(self, result: Result) -> bool:
        """True if the entry is about the requirement and version of a result."""
        return _is_about(self, result)


Entry = KnownDeviation | AcceptedGap


def _entry_text(entry: Entry, more: Sequence[str] = ()) -> str:
    parts = [entry.requirement, *(() if entry.version is None else (f"version {entry.version}",)), *more]
    table = "" if isinstance(entry, KnownDeviation) else f" of {NOT_EXERCISED}"
    return f"{', '.join(parts)} (entry {entry.number}{table}: {one_line(entry.reason)})"


def _is_about(entry: Entry, result: Result) -> bool:
    return result.requirement == entry.requirement and (
        entry.version is None or fnmatchcase(result.version, entry.version)
    )


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of a baseline file, those of each table."""

    entries: tuple[KnownDeviation, ...] = ()
    not_exercised: tuple[AcceptedGap, ...] = ()


@dataclass(frozen=True, slots=True)
class AppliedBaseline:
    """Results with ``known`` and ``accepted`` set, and the entries that no longer apply."""

    results: tuple[Result, ...]
    stale: tuple[KnownDeviation, ...] = ()
    """Entries whose deviation no longer occurs: they fail the run."""
    exercised: tuple[AcceptedGap, ...] = ()
    """Entries whose requirement was exercised after all: they are reported."""
    expired: tuple[Entry, ...] = ()

    @property
    def notices(self) -> tuple[str, ...]:
        """One sentence for the report about each stale or expired entry."""
        return (
            *(f"{STALE}: {known} matches no deviation any more; remove it." for known in self.stale),
            *(f"{EXERCISED}: {gap} was exercised after all; remove it." for gap in self.exercised),
            *(f"Baseline entry expired after {entry.until}: {entry}." for entry in self.expired),
        )


def _read(path: Path) -> dict[str, object]:
    try:
        return parse_toml(read_small_file(path))
    except OSError as error:
        raise BaselineError(f"The baseline {path} can't be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BaselineError(f"The baseline {path} is not UTF-8 text.") from error
    except ValueError as error:
        raise BaselineError(f"The baseline {path} isn't valid TOML: {error}.") from error


def _text(entry: dict[str, object], key: str, where: str) -> str | None:
    value = entry.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise BaselineError(f"{where}: {key} must be a text that is not empty.")
    return value.strip()


def _until(entry: dict[str, object], where: str) -> date | None:
    value = entry.get("until")
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise BaselineError(f"{where}: until must be a date such as 2027-01-31, not {one_line(str(value))}.")


def _entry(table: str, entry: object, number: int, path: Path, known_ids: Collection[str]) -> KnownDeviation:
    """Return an entry of a table; the entries of both tables have the same keys, but for ``order``."""
    where = f"The baseline {path}, entry {number}" + (f" of {table}" if table != KNOWN else "")
    if not isinstance(entry, dict):
        raise BaselineError(f"{where}: an entry must be a table, written [[{table}]].")
    for key in entry:
        if key not in _KEYS[table]:
            raise BaselineError(f"{where}: unknown key {one_line(key)!r}.{did_you_mean(key, _KEYS[table])}")
    requirement = _text(entry, "requirement", where)
    if requirement is None:
        raise BaselineError(f"{where}: the key requirement is missing.")
    if requirement not in known_ids:
        raise BaselineError(
            f"{where}: there is no requirement {one_line(requirement)!r}.{did_you_mean(requirement, known_ids)}"
        )
    where = f"{where} ({requirement})"
    reason = entry.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise BaselineError(f"{where}: the key reason is missing; {_WHY[table]}.")
    return KnownDeviation(
        requirement=requirement,
        reason=reason.strip(),
        version=_text(entry, "version", where),
        order=_text(entry, "order", where),
        until=_until(entry, where),
        number=number,
    )


def read_baseline(path: Path, known_ids: Collection[str]) -> Baseline:
    """Return the baseline in a file.

    Raises:
        BaselineError: the file cannot be read, or an entry is wrong.
    """
    content = _read(path)
    for key in content:
        if key not in _KEYS:
            tables = " or ".join(f"[[{table}]]" for table in _KEYS)
            raise BaselineError(
                f"The baseline {path}: unknown key {one_line(key)!r}; entries are {tables}.{did_you_mean(key, _KEYS)}"
            )
    known = _entries(KNOWN, content, path, known_ids)
    gaps = _entries(NOT_EXERCISED, content, path, known_ids)
    return Baseline(
        tuple(known),
        tuple(AcceptedGap(each.requirement, each.reason, each.version, each.until, each.number) for each in gaps),
    )


def _entries(
    table: str, content: dict[str, object], path: Path, known_ids: Collection[str]
) -> Iterator[KnownDeviation]:
    listed = content.get(table, [])
    if not isinstance(listed, list):
        raise BaselineError(f"The baseline {path}: write entries as [[{table}]], with two brackets.")
    for number, entry in enumerate(listed, start=1):
        yield _entry(table, entry, number, path, known_ids)


def apply(
    baseline: Baseline | None, results: Sequence[Result], today: date, *, allow_stale: bool = False
) -> AppliedBaseline:
    """Return the results with known deviations and accepted gaps marked, and the entries that no longer apply.

    An entry is stale if it covers nothing although its requirement was judged in every version that the entry is
    about. An expired entry is not applied, and never stale. With ``allow_stale``, stale entries are not reported.
    """
    if baseline is None:
        return AppliedBaseline(tuple(results))
    everything: tuple[Entry, ...] = (*baseline.entries, *baseline.not_exercised)
    expired = tuple(entry for entry in everything if entry.until is not None and entry.until < today)
    valid = [known for known in baseline.entries if known not in expired]
    gaps = [gap for gap in baseline.not_exercised if gap not in expired]
    used: set[Entry] = set()
    marked: list[Result] = []
    for result in results:
        if result.verdict == "not-exercised":
            accepting = [gap for gap in gaps if gap.is_about(result)]
            used.update(accepting)
            marked.append(msgspec.structs.replace(result, accepted=accepting[0].reason) if accepting else result)
            continue
        if result.verdict != "deviates":
            marked.append(result)
            continue
        reasons: dict[str, None] = {}
        complete = True
        for evidence in result.evidence or (FindingRecord(scenario=""),):
            covering = [known for known in valid if known.covers(result, evidence)]
            used.update(covering)
            complete = complete and bool(covering)
            if covering:
                reasons[covering[0].reason] = None
        marked.append(msgspec.structs.replace(result, known="; ".join(reasons)) if complete else result)

    def is_stale(entry: Entry) -> bool:
        concerned = [result for result in results if entry.is_about(result)]
        return entry not in used and bool(concerned) and all(is_judged(result) for result in concerned)

    if allow_stale:
        return AppliedBaseline(tuple(marked), expired=expired)
    return AppliedBaseline(tuple(marked), tuple(filter(is_stale, valid)), tuple(filter(is_stale, gaps)), expired)


def _string(text: str) -> str:
    escaped = "".join(
        f"\\u{ord(c):04X}" if ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 else "\\" + c if c in '"\\' else c
        for c in text.encode("utf-8", "replace").decode("utf-8")
    )
    return f'"{escaped}"'


def _globs(versions: Collection[str], every: Sequence[str]) -> list[str | None]:
    """Return few patterns for some versions: None for all versions, ``4.3.*`` for all of a minor version."""
    if set(every) <= set(versions):
        return [None]
    families: dict[str, list[str]] = {}
    for version in every:
        families.setdefault(".".join(version.split(".")[:2]), []).append(version)
    patterns: list[str | None] = []
    for family, members in families.items():
        here = [version for version in members if version in versions]
        whole = len(here) == len(members) > 1
        patterns += [f"{family}.*"] if whole else [_literal(version) for version in here]
    return patterns + [_literal(version) for version in versions if version not in every]


def _literal(version: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in version)


def _comment(level: str, title: str, findings: Sequence[GroupedFinding]) -> list[str]:
    orders = list(dict.fromkeys(one_line(f.evidence.order) for f in findings if f.evidence.order is not None))
    lines = [f"# {level.upper()} · {one_line(title)}"]
    if orders:
        more = f" and {len(orders) - 5} more" if len(orders) > 5 else ""
        lines.append(f"# orders: {', '.join(orders[:5])}{more}")
    return lines


def _gaps(report: Report, entries: Sequence[RequirementEntry]) -> Iterator[str]:
    """Yield an entry for each MUST requirement that leaves the run incomplete, unless a deviation prevents it."""
    by_id = {entry.requirement.id: entry for entry in entries}
    for entry in entries:
        if entry.requirement.level != "must":
            continue
        reasons = [(each.text, "", each.versions) for each in entry.unexercised]
        reasons += [(each.text, each.text, each.versions) for each in entry.accepted]
        for text, reason, versions in reasons:
            if text == NO_RESULT or first_to_fix(text, by_id):
                continue
            lines = [f"# {one_line(entry.requirement.title)}", f"# {one_line(text)}"] if not reason else []
            for pattern in _globs(versions, report.store_versions):
                yield _block(NOT_EXERCISED, entry, pattern, reason, lines)


def _block(table: str, entry: RequirementEntry, version: str | None, reason: str, comments: Sequence[str]) -> str:
    lines = [*comments, f"[[{table}]]", f"requirement = {_string(entry.requirement.id)}"]
    if version is not None:
        lines.append(f"version = {_string(version)}")
    lines.append(f"reason = {_string(reason)}" + ("" if reason else "  # write why"))
    return "\n".join(lines) + "\n"


def from_report(report: Report, *, not_exercised: bool = False) -> str:
    """Return a baseline of every deviation in the report, for people to complete.

    With ``not_exercised``, also of every MUST requirement that leaves the run incomplete. A reason is empty unless the
    report has one. An empty reason is refused when the baseline is read: somebody has to write why.
    """
    blocks: list[str] = [
        f"# Known deviations of {one_line(report.target)}, written from the report of {report.started_at}.\n"
        "# Each entry needs a reason; an entry without a reason is refused. Where you can, restrict it\n"
        '# to some orders (order = "CT-*") and give it an end date (until = 2027-01-31).\n'
    ]
    entries = entries_of(report)
    for entry in entries:
        by_reason: dict[str, list[GroupedFinding]] = {}
        for finding in entry.findings:
            by_reason.setdefault(finding.known or "", []).append(finding)
        for reason, findings in by_reason.items():
            seen = {version for finding in findings for version in finding.versions}
            for pattern in _globs([v for v in report.store_versions if v in seen], report.store_versions):
                comments = _comment(entry.requirement.level, entry.requirement.title, findings)
                blocks.append(_block(KNOWN, entry, pattern, reason, comments))
    if not_exercised:
        blocks += _gaps(report, entries)
    return "\n".join(blocks)
