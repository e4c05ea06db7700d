"""The baseline: a TOML file of known deviations, each with the reason why it is accepted.

    [[known]]
    requirement = "ORD-12"
    version = "4.3.*"      # optional, a glob
    order = "CT-*"         # optional, a glob
    reason = "The shop sells in one currency; ticket 4711"
    until = 2027-01-31     # optional, the last day on which the entry is valid

A deviation is known only if an entry covers *each* of its findings, so that an old bug does not hide a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from conformance.core.errors import ConformanceError
from conformance.core.files import read_small_file
from conformance.core.toml_text import parse_toml
from conformance.report.grouping import GroupedFinding, entries_of
from conformance.report.model import FindingRecord, Report, Result
from conformance.report.summary import is_judged
from conformance.report.wording import STALE, one_line
from mockstore.shop.suggestions import did_you_mean

_KEYS = ("requirement", "version", "order", "reason", "until")


class BaselineError(ConformanceError):
    """The baseline cannot be used; the message is one sentence with the reason."""


@dataclass(frozen=True, slots=True)
class KnownDeviation:
    """One entry: accepted findings of a requirement."""

    requirement: str
    reason: str
    version: str | None = None
    order: str | None = None
    until: date | None = None
    number: int = 0
    """The position in the file, from 1."""

    def __str__(self) -> str:
        parts = [self.requirement]
        if self.version is not None:
            parts.append(f"version {self.version}")
        if self.order is not None:
            parts.append(f"order {self.order}")
        return f"{', '.join(parts)} (entry {self.number}: {one_line(self.reason)})"

    def is_about(self, result: Result) -> bool:
        """True if the entry is about the requirement and version of a result."""
        return result.requirement == self.requirement and (
            self.version is None or fnmatchcase(result.version, self.version)
        )

    def covers(self, result: Result, evidence: FindingRecord) -> bool:
        """True if the entry accepts this finding."""
        return self.is_about(result) and (
            self.order is None or (evidence.order is not None and fnmatchcase(evidence.order, self.order))
        )


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of a baseline file."""

    entries: tuple[KnownDeviation, ...] = ()


@dataclass(frozen=True, slots=True)
class AppliedBaseline:
    """Results with ``known`` set, and the entries that no longer apply."""

    results: tuple[Result, ...]
    stale: tuple[KnownDeviation, ...] = ()
    expired: tuple[KnownDeviation, ...] = ()

    @property
    def notices(self) -> tuple[str, ...]:
        """One sentence for the report about each stale or expired entry."""
        return (
            *(f"{STALE}: {known} matches no deviation any more; remove it." for known in self.stale),
            *(f"Baseline entry expired after {known.until}: {known}." for known in self.expired),
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


def _known(entry: object, number: int, path: Path, known_ids: Collection[str]) -> KnownDeviation:
    where = f"The baseline {path}, entry {number}"
    if not isinstance(entry, dict):
        raise BaselineError(f"{where}: an entry must be a table, written [[known]].")
    for key in entry:
        if key not in _KEYS:
            raise BaselineError(f"{where}: unknown key {one_line(key)!r}.{did_you_mean(key, _KEYS)}")
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
        raise BaselineError(f"{where}: the key reason is missing; write why the deviation is accepted.")
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
        if key != "known":
            raise BaselineError(f"The baseline {path}: unknown key {one_line(key)!r}; entries are [[known]].")
    listed = content.get("known", [])
    if not isinstance(listed, list):
        raise BaselineError(f"The baseline {path}: write entries as [[known]], with two brackets.")
    return Baseline(tuple(_known(entry, at, path, known_ids) for at, entry in enumerate(listed, start=1)))


def apply(
    baseline: Baseline | None, results: Sequence[Result], today: date, *, allow_stale: bool = False
) -> AppliedBaseline:
    """Return the results with known deviations marked, and the entries that no longer apply.

    An entry is stale if it covers no finding although its requirement was judged in every version that the entry is
    about. An expired entry is not applied, and never stale. With ``allow_stale``, stale entries are not reported.
    """
    if baseline is None:
        return AppliedBaseline(tuple(results))
    expired = tuple(known for known in baseline.entries if known.until is not None and known.until < today)
    valid = [known for known in baseline.entries if known not in expired]
    used: set[KnownDeviation] = set()
    marked: list[Result] = []
    for result in results:
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

    def was_judged(known: KnownDeviation) -> bool:
        concerned = [result for result in results if known.is_about(result)]
        return bool(concerned) and all(is_judged(result) for result in concerned)

    stale = () if allow_stale else tuple(known for known in valid if known not in used and was_judged(known))
    return AppliedBaseline(tuple(marked), stale, expired)


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


def from_report(report: Report) -> str:
    """Return a baseline of every deviation in the report, for people to complete.

    A reason is empty unless the report has one. An empty reason is refused when the baseline is read: somebody has to
    write why the deviation is accepted.
    """
    blocks: list[str] = [
        f"# Known deviations of {one_line(report.target)}, written from the report of {report.started_at}.\n"
        "# Each entry needs a reason; an entry without a reason is refused. Where you can, restrict it\n"
        '# to some orders (order = "CT-*") and give it an end date (until = 2027-01-31).\n'
    ]
    for entry in entries_of(report):
        by_reason: dict[str, list[GroupedFinding]] = {}
        for finding in entry.findings:
            by_reason.setdefault(finding.known or "", []).append(finding)
        for reason, findings in by_reason.items():
            seen = {version for finding in findings for version in finding.versions}
            for pattern in _globs([v for v in report.store_versions if v in seen], report.store_versions):
                lines = _comment(entry.requirement.level, entry.requirement.title, findings)
                lines += ["[[known]]", f"requirement = {_string(entry.requirement.id)}"]
                if pattern is not None:
                    lines.append(f"version = {_string(pattern)}")
                lines.append(f"reason = {_string(reason)}" + ("" if reason else "  # write why"))
                blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)
