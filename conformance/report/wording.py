"""The sentences and characters that all views share. Pure."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections import Counter
from functools import cache

from conformance.core.model import Role
from conformance.report.grouping import RequirementEntry, Standing, entries
from conformance.report.model import EMBEDDED, TRAFFIC, Report
from conformance.report.summary import CONFORMING, DEVIATING, FAULTY, INCOMPLETE, GateLevel, is_new

_REASON = 160
"""Characters of a reason that stand in a headline."""
STALE = "Stale baseline entry"
"""How the notice of a baseline entry begins whose deviation is gone."""

STANDINGS: dict[Standing, str] = {
    "deviates": "deviates",
    "error": "error",
    "known": "known deviation",
    "not-exercised": "not exercised",
    "conforms": "conforms",
}

_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000-\u200c\u200e\u200f"
    "\u2028-\u202f\u205f-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


@cache
def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def visible(text: str) -> str:
    """Text that no terminal, parser or reading direction can be led astray by.

    What can't be seen is spelled out: control characters, odd blanks, marks of direction,
    lone surrogates. Line feeds and tabs stay.
    """
    return _ODD.sub(lambda found: _shown(found[0]), text)


def one_line(text: str) -> str:
    return visible(text).replace("\n", "␊").replace("\t", "␉")


def cut(text: str, limit: int) -> str:
    """At most ``limit`` characters, and said how many are left out."""
    if len(text) <= limit:
        return text
    end = limit
    while end > limit - 8 and unicodedata.combining(text[end]):
        end -= 1
    return f"{text[:end]} … ({len(text) - end:,} more characters)"


FAULTS: dict[Role, str] = {
    "store": "a fault of the suite, not of the target",
    "importer": "a scenario in which the importer failed, or the suite did",
}
ERRORS: dict[Role, str] = {
    "store": "Errors of the suite itself; please report them",
    "importer": "Errors: what the importer left unjudged by failing",
}


def count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def gate_level(report: Report) -> GateLevel:
    """The level that decided, as far as the exit status gives it away."""
    if report.summary.exit_status != DEVIATING or is_stale(report):
        return "must"
    levels = {r.id: r.level for r in report.requirements}
    deviating = {levels.get(r.requirement) for r in report.results if is_new(r)}
    return "should" if "should" in deviating and "must" not in deviating else "must"


def is_stale(report: Report) -> bool:
    return any(notice.startswith(STALE) for notice in report.notices)


def judged(report: Report) -> str:
    summary = report.summary
    return f"{summary.must_judged} of {count(summary.must_in_scope, 'MUST requirement')} judged"


def verdict_word(report: Report) -> str:
    status = report.summary.exit_status
    if status == CONFORMING:
        return "CONFORMS" if report.summary.conformant else "PASSES"
    return {DEVIATING: "DEVIATES", FAULTY: "ERROR", INCOMPLETE: "INCOMPLETE"}.get(status, "UNKNOWN")


def _standing_count(folded: tuple[RequirementEntry, ...], standing: Standing, level: str | None = None) -> int:
    return sum(standing in e.versions and level in (None, e.requirement.level) for e in folded)


def _deviate(number: int, level: str = "") -> str:
    return f"{number}{level} {'deviates' if number == 1 else 'deviate'}"


def verdict_detail(report: Report) -> str:
    """What stands behind the word: how many MUST were judged at all, and what came out."""
    folded = entries(report)
    must = _standing_count(folded, "deviates", "must")
    should = _standing_count(folded, "deviates", "should")
    known = _standing_count(folded, "known")
    faults = _standing_count(folded, "error")
    parts: list[str] = []
    if must:
        parts.append(_deviate(must))
    if is_stale(report):
        parts.append("the baseline is stale")
    if should and not must:
        parts.append(_deviate(should, " SHOULD"))
    if known:
        parts.append(count(known, "known deviation") if not parts else f"{known} known")
    if faults:
        parts.append(count(faults, "suite error" if report.role == "store" else "error"))
    if report.summary.conformant:
        parts.insert(0, "all conform")
    if report.summary.exit_status == INCOMPLETE and (why := _unjudged(folded)):
        parts.append(why)
    return "; ".join([judged(report), *([", ".join(parts)] if parts else [])])


def _unjudged(folded: tuple[RequirementEntry, ...]) -> str:
    """For how many MUST nothing could be judged, and why most of them."""
    silent = [e for e in folded if e.requirement.level == "must" and e.standing == "not-exercised"]
    reasons = Counter(reason.text for entry in silent for reason in entry.unexercised if reason.text)
    if not reasons:
        return ""
    reason, often = reasons.most_common(1)[0]
    return f"{len(silent)} not, {'' if often >= len(silent) else f'{often} of them '}because: {cut(reason, _REASON)}"


def headline(report: Report) -> str:
    return f"{verdict_word(report)}: {verdict_detail(report)}"


def exit_words(report: Report) -> str:
    status = report.summary.exit_status
    if status == CONFORMING:
        if report.summary.conformant:
            words = "every MUST requirement in scope was judged and conforms"
        elif not report.summary.must_in_scope:
            words = "nothing gated deviates; no MUST requirement was selected"
        else:
            words = "nothing deviates beyond the baseline"
    elif status == DEVIATING:
        level = gate_level(report).upper()
        words = f"a {level} requirement deviates"
        if is_stale(report) and not _standing_count(entries(report), "deviates", "must"):
            words = "the baseline names deviations that are gone; take them out, or --allow-stale"
    elif status == FAULTY:
        words = FAULTS[report.role]
    else:
        words = "incomplete: something in scope could not be judged"
    return f"exit status {status}: {words}"


def facts(report: Report) -> str:
    versions = report.store_versions
    if len(versions) > 2:
        stated = f"{versions[0]} … {versions[-1]} ({len(versions)} versions)"
    else:
        stated = ", ".join(versions) or "unknown"
    side = "importer" if report.role == "importer" else "store version"
    return (
        f"{side} {stated} · scope {report.scope} · {count(report.requests, 'request')} in "
        f"{report.duration_s:.1f} s · {report.started_at} · suite {report.suite_version}"
    )


def again(report: Report, requirement: str, version: str | None = None) -> str:
    """The command that runs one requirement again; credentials and truth are the reader's to add."""
    if report.target.startswith(TRAFFIC):
        return f"conformance recheck {shlex.quote(one_line(report.target.removeprefix(TRAFFIC)))}"
    words = ["conformance", "importer" if report.role == "importer" else "run"]
    if report.role == "importer":
        called = "{url}" in report.target
        words += ["--import-command", shlex.quote(one_line(report.target))] if called else ["--attach"]
        if any(each.id == requirement and "notify" in each.needs for each in report.requirements):
            words += ["--ship-command", "…"]
    if report.target.startswith(("http://", "https://")):
        words.append(shlex.quote(one_line(report.target)))
    if report.target.startswith(EMBEDDED):
        words += one_line(report.target.removeprefix(EMBEDDED)).split()
    if version is not None:
        words += ["--store-version", shlex.quote(one_line(version))]
    if report.role == "store":
        words += ["--scope", report.scope]
    return " ".join([*words, "--only", shlex.quote(one_line(requirement))])
