"""Sentences and characters that all views share. Pure."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache
from urllib.parse import quote

from conformance.core.exit_status import CONFORMING, DEVIATING, FAILED, INCOMPLETE
from conformance.core.model import Role
from conformance.report.advice import SkipReason
from conformance.report.grouping import Cause, GroupedFinding, RequirementEntry, Status, entries_of, version_range
from conformance.report.model import EMBEDDED, TRAFFIC, Report, SharedProperty
from conformance.report.summary import GateLevel, is_new

MAX_FOLDER_NAME = 200
"""Characters of a folder's name; file systems allow 255."""
MAX_REASON = 160
"""Characters of a reason in a headline, if the reason stands again below it."""
MAX_ONLY_REASON = 1_000
"""Characters of a reason in a headline that is all that is printed."""
STALE = "Stale baseline entry"
"""Beginning of the notice about a baseline entry whose deviation no longer occurs."""
EXERCISED = "Stale acceptance in the baseline"
"""Beginning of the notice about a baseline entry whose requirement was exercised after all; it fails no run."""
HOW_TO_ACCEPT = "If your shop can never exercise one of these: conformance baseline DIR --not-exercised"
HOW_TO_LEARN_MORE = "conformance explain ID: where a requirement comes from, and how it is tested"
SPECIMENS_NOTE = "Orders with a name, like plain-1, are specimens: the suite made them, and deletes them at its end."
TABLE_NOTE = "Each cell counts MUST requirements, and after the + SHOULD requirements."
WORST_COUNTS = "Each requirement is counted once, by its worst result in any version."
"""Explains the table by feature of a report on several versions."""
SHOULD_TITLE = "SHOULD deviations (reported; they don't fail the run)"
KNOWN_TITLE = "Known deviations (listed in the baseline)"
ACCEPTED_TITLE = "Accepted as not exercised here (listed in the baseline)"
OUTSIDE_TITLE = "Out of scope"

STATUS_WORDS: dict[Status, str] = {
    "deviates": "deviates",
    "error": "error",
    "known": "known deviation",
    "not-exercised": "not exercised",
    "accepted": "accepted as not exercised",
    "out-of-scope": "out of scope",
    "conforms": "conforms",
}
ERROR_EXIT_WORDS: dict[Role, str] = {
    "store": "an error of the suite, not of the target",
    "importer": "the importer or the suite failed in a scenario",
}
SAME_ERROR = "The same error in"
"""Stands before the ids of further requirements with an error that was just shown."""
ERROR_TITLES: dict[Role, str] = {
    "store": "Errors of the suite itself; please report them",
    "importer": "Errors: the importer failed, so these requirements could not be judged",
}

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000-\u200c\u200e\u200f"
    "\u2028-\u202f\u205f-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


@cache
def _symbol_for(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def visible(text: str) -> str:
    """Return a text with every invisible or dangerous character replaced by a visible symbol.

    It replaces control characters, unusual spaces, direction marks and lone surrogates. Line feeds and tabs stay.
    """
    return _INVISIBLE.sub(lambda found: _symbol_for(found[0]), text)


def one_line(text: str) -> str:
    """Return a text without invisible characters, line feeds or tabs."""
    return visible(text).replace("\n", "␊").replace("\t", "␉")


def exchange_folder(version: str) -> str:
    """Return the name of the folder with the exchanges of a version: one folder, whatever the name of the version."""
    name = quote(version, safe="", errors="replace")[:MAX_FOLDER_NAME]
    return name if name.strip(".") else name.replace(".", "%2E") or "%20"


def cut(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of a text, and the number of characters left out."""
    if len(text) <= limit:
        return text
    end = limit
    while end > limit - 8 and unicodedata.combining(text[end]):
        end -= 1
    return f"{text[:end]} … ({len(text) - end:,} more characters)"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun, as in ``1 request`` or ``2 requests``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def gate_level(report: Report) -> GateLevel:
    """Return the ``--level`` of the run, inferred from its exit status and results."""
    if report.summary.exit_status != DEVIATING or has_stale_baseline(report):
        return "must"
    levels = {each.id: each.level for each in report.requirements}
    deviating = {levels.get(result.requirement) for result in report.results if is_new(result)}
    return "should" if "should" in deviating and "must" not in deviating else "must"


def has_stale_baseline(report: Report) -> bool:
    """True if the baseline lists deviations that no longer occur, and this failed the run."""
    return any(notice.startswith(STALE) for notice in report.notices)


def verdict_word(report: Report) -> str:
    """Return the verdict on the whole run in one word."""
    status = report.summary.exit_status
    if status == CONFORMING:
        return "CONFORMS" if report.summary.conformant else "PASSES"
    return {DEVIATING: "DEVIATES", FAILED: "ERROR", INCOMPLETE: "INCOMPLETE"}.get(status, "UNKNOWN")


def _status_count(entries: Sequence[RequirementEntry], status: Status, level: str | None = None) -> int:
    return sum(status in entry.versions and level in (None, entry.requirement.level) for entry in entries)


def _deviate(number: int, level: str = "") -> str:
    return f"{number}{level} {'deviates' if number == 1 else 'deviate'}"


def verdict_detail(report: Report, max_reason: int = MAX_REASON) -> str:
    """Return how many MUST requirements were judged, and how many requirements deviate or failed.

    A reason is cut at ``max_reason`` characters.
    """
    entries = entries_of(report)
    must = _status_count(entries, "deviates", "must")
    should = _status_count(entries, "deviates", "should")
    known = _status_count(entries, "known")
    errors = _status_count(entries, "error") or report.summary.error
    parts: list[str] = []
    if must:
        parts.append(_deviate(must))
    if has_stale_baseline(report):
        parts.append("the baseline is stale")
    if should and not must:
        parts.append(_deviate(should, " SHOULD"))
    if known:
        parts.append(count(known, "known deviation") if not parts else f"{known} known")
    accepted = [f"{report.summary.must_accepted}"] if report.summary.must_accepted else []
    if should_accepted := _status_count(entries, "accepted", "should"):
        accepted.append(f"{should_accepted} SHOULD")
    if accepted:
        parts.append(f"{' and '.join(accepted)} accepted as not exercised here")
    if errors:
        failed = count(errors, "suite error" if report.role == "store" else "error")
        reason = _first_error(report) if report.summary.exit_status == FAILED else ""
        parts.append(f"{failed}: {cut(one_line(reason), max_reason)}" if reason else failed)
    if report.summary.conformant:
        parts.insert(0, "all conform")
    if report.summary.exit_status == INCOMPLETE and (missing := _missing(entries, max_reason)):
        parts.append(missing)
    summary = report.summary
    judged = f"{summary.must_judged} of {count(summary.must_in_scope, 'MUST requirement')} judged"
    return "; ".join([judged, *([", ".join(parts)] if parts else [])])


def _first_error(report: Report) -> str:
    """Return the most frequent reason of the verdict "error"."""
    reasons = Counter(result.reason for result in report.results if result.verdict == "error" and result.reason)
    return reasons.most_common(1)[0][0] if reasons else next(iter(report.notices), "")


def _missing(entries: Sequence[RequirementEntry], max_reason: int) -> str:
    """Return how many MUST requirements in scope were not judged, and the most frequent reason."""
    missing = [entry for entry in entries if entry.requirement.level == "must" and "not-exercised" in entry.versions]
    reasons = Counter(reason.text for entry in missing for reason in entry.unexercised if reason.text)
    if not reasons:
        return ""
    reason, frequency = reasons.most_common(1)[0]
    share = "" if frequency >= len(missing) else f" ({frequency} of them)"
    return f"{len(missing)} not judged, because{share}: {cut(reason, max_reason)}"


def headline(report: Report, max_reason: int = MAX_REASON) -> str:
    """Return the verdict in one line. A reason is cut at ``max_reason`` characters."""
    stopped = f"{report.stopped}; " if report.stopped else ""
    return f"{verdict_word(report)}: {stopped}{verdict_detail(report, max_reason)}"


def exit_words(report: Report) -> str:
    """Return the exit status and what it means for this run."""
    status = report.summary.exit_status
    if status == CONFORMING:
        if report.summary.conformant:
            words = "every MUST requirement in scope was judged and conforms"
        elif not report.summary.must_in_scope:
            words = "no MUST requirement was selected, and no other requirement fails the run"
        elif report.summary.must_accepted:
            words = "nothing deviates beyond the baseline, and it accepts what was not exercised"
        else:
            words = "every deviation that would fail the run is listed in the baseline"
    elif status == DEVIATING:
        words = f"a {gate_level(report).upper()} requirement deviates"
        if has_stale_baseline(report) and not _status_count(entries_of(report), "deviates", "must"):
            words = "the baseline lists deviations that no longer occur: remove these entries, or use --allow-stale"
    elif status == FAILED:
        words = ERROR_EXIT_WORDS[report.role]
    else:
        words = f"incomplete: {report.stopped or 'a MUST in scope could not be judged'}"
    return f"exit status {status}: {words}"


def run_facts(report: Report) -> str:
    """Return versions, scope, number of requests, time and suite version in one line."""
    versions = report.store_versions
    if len(versions) > 2:
        listed = f"{versions[0]} … {versions[-1]} ({len(versions)} versions)"
    else:
        listed = ", ".join(versions) or "unknown"
    named = "store version not given" if listed == "unknown" else f"store version {listed}"
    return (
        f"{named} · scope {report.scope} · {count(report.requests, 'request')} in "
        f"{report.duration_s:.1f} s · {report.started_at} · suite {report.suite_version}"
    )


def rerun_command(report: Report, requirement: str, version: str | None = None) -> str:
    """Return the command that judges one requirement again. It works as it is, where the run's secrets are set.

    ``version`` names an embedded store; without it, the report's first one. Reports of old suites hold no command.
    """
    if not report.command:
        return f"conformance run … --only {shlex.quote(one_line(requirement))}"
    words = list(report.command)
    if report.target.startswith(TRAFFIC):
        return _joined(words)
    if report.role == "importer" or report.target.startswith(EMBEDDED):
        words += ["--store-version", version or report.store_versions[0]]
    return _joined([*words, "--only", requirement])


def _joined(words: Sequence[str]) -> str:
    return " ".join(shlex.quote(one_line(word)) for word in words)


def secrets_note(report: Report) -> str:
    """Return which variables a command needs that is pasted from the report, as the end of a sentence; "" if none."""
    names = {
        "--username": "CONFORMANCE_PASSWORD",
        "--control": "CONFORMANCE_CONTROL_TOKEN",
        "--cscart-api": "CONFORMANCE_CSCART_KEY",
    }
    needed = [name for option, name in names.items() if option in report.command]
    return f" (with {' and '.join(needed)} set)" if needed and report.role == "store" else ""


def table_note(entries: Sequence[RequirementEntry], report: Report) -> str:
    """Return what explains the table by feature."""
    measured = sum(entry.requirement.level == "info" for entry in entries)
    notes = [TABLE_NOTE]
    if measured:
        notes.append(f"{count(measured, 'INFO requirement')} {'is' if measured == 1 else 'are'} measured, not counted.")
    if len(report.store_versions) > 1:
        notes.append(WORST_COUNTS)
    return " ".join(notes)


def accepted_reasons(entries: Sequence[RequirementEntry]) -> list[tuple[str, list[RequirementEntry]]]:
    """Return the baseline's reasons for accepted requirements, each with its requirements."""
    found: dict[str, list[RequirementEntry]] = {}
    for entry in entries:
        for reason in entry.accepted:
            found.setdefault(reason.text, []).append(entry)
    return list(found.items())


def outside_sentence(entries: Sequence[RequirementEntry], report: Report) -> str:
    """Return how many requirements are out of scope, in a sentence; "" if none is."""
    outside = sum(entry.status == "out-of-scope" and entry.requirement.level != "info" for entry in entries)
    total = sum(entry.requirement.level != "info" for entry in entries)
    if not outside:
        return ""
    return (
        f"Out of scope: {outside} of {total} requirements need more than --scope {report.scope}; "
        "they don't count towards the verdict."
    )


_POSITION = re.compile(r"\[\d+\]")
_POSITIONED = re.compile(r"[^/\[\]]+\[\d+\]")


def generic_place(xpath: str | None) -> str:
    """Return an XPath with ``n`` for each position."""
    return _POSITION.sub("[n]", xpath or "")


def place_in_order(xpath: str | None) -> str:
    """Return the positions in an XPath, like ``Order[3] Item[2]``."""
    return " ".join(_POSITIONED.findall(xpath or ""))


def shared_sentence(shared: SharedProperty) -> str:
    """Return in a sentence what the failing orders have in common."""
    if not shared.property:
        every = "Both" if shared.failing == 2 else f"All {shared.failing}"
        return f"{every} judged orders fail{f' at {shared.place}' if shared.place else ''}."
    if shared.among:
        every = f"{shared.failing} of the {shared.among}"
    else:
        every = "Both" if shared.failing == 2 else f"All {shared.failing}"
    failing = f"orders that fail at {shared.place}" if shared.place else "failing orders"
    others = f"none of the {shared.others} other orders does" if shared.others > 1 else "the other order does not"
    return f"{every} {failing} have {shared.property}; {others}."


OTHER_FINDINGS = "Other findings:"
"""Stands above findings without a known cause, if others have one."""


def cause_sentence(cause: Cause, previous: Cause | None) -> str:
    """Return what the orders of a cause have in common; "" if nothing is known, or the cause before has said it."""
    if cause.shared is None:
        return OTHER_FINDINGS if previous is not None and previous.shared is not None else ""
    return "" if previous is not None and previous.shared == cause.shared else shared_sentence(cause.shared)


def value_text(text: str | None) -> str:
    """Return a value for a line of its own: missing, empty and surrounding spaces are shown."""
    if text is None:
        return "(nothing)"
    if not text:
        return "(empty)"
    return f"“{text}”" if text != text.strip() else text


def common_place(cause: Cause) -> str:
    """Return the XPath of all findings of a cause, with ``n`` for positions; "" if they have different ones."""
    places = {generic_place(finding.evidence.xpath) for finding in cause.findings}
    return places.pop() if len(places) == 1 else ""


def common_versions(cause: Cause, every: Sequence[str]) -> str:
    """Return the versions of all findings in brackets; "" if they differ, or if the report has one version."""
    versions = {finding.versions for finding in cause.findings}
    return f" [{version_range(versions.pop(), every)}]" if len(versions) == 1 and len(every) > 1 else ""


def row_label(finding: GroupedFinding, cause: Cause, every: Sequence[str]) -> str:
    """Return which finding of its cause it is: order, specimen, position, versions, exchange, as far as they differ."""
    evidence = finding.evidence
    parts = [f"order {evidence.order}"] if evidence.order is not None else []
    if evidence.specimen:
        parts[-1:] = [f"{parts[-1]} ({evidence.specimen})" if parts else evidence.specimen]
    lines = [each for each in _POSITIONED.findall(evidence.xpath or "") if not each.startswith("Order[")]
    parts += [" ".join(lines)] if lines and common_place(cause) else []
    if not (cause.message and common_versions(cause, every)) and len(every) > 1:
        parts.append(version_range(finding.versions, every))
    if not parts and finding.exchanges:
        parts.append(f"exchange {finding.exchanges[0][1]}")
    return " · ".join(parts)


def more_words(cause: Cause, shown: int) -> str:
    """Return how many findings of a cause are not shown, and where they are; "" if all are shown."""
    left = len(cause.findings) - shown
    parts = [f"{left} more in report.html"] if left > 0 else []
    parts += [f"{cause.more} that {'is' if cause.more == 1 else 'are'} only counted"] if cause.more else []
    return ", ".join(parts)


def skip_text(reason: SkipReason) -> str:
    """Return why requirements were not exercised, with their number if something has to be fixed first."""
    if not reason.fix_first:
        return reason.text or "no reason given"
    return f"{reason.text}; {count(len(reason.entries), 'requirement')} could not be judged:"
