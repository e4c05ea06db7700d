"""Says why requirements were not exercised, and what would make judging them possible. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.core.model import REQUIREMENT_ID, Requirement
from conformance.report.grouping import NO_RESULT, RequirementEntry
from conformance.report.summary import needs


@dataclass(frozen=True, slots=True)
class SkipReason:
    """A reason why requirements were not exercised, and what would make judging them possible."""

    text: str
    entries: tuple[RequirementEntry, ...]
    remedies: tuple[str, ...]
    fix_first: tuple[str, ...] = ()
    """The deviating requirements that prevent it. The text says so."""
    is_everything: bool = False
    """True if nothing in scope could be judged for this reason."""


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


ABOUT_ORDERS = re.compile(
    r"^(?:the store (?:holds|exported|exports|has) (?:no|neither|too few|only)\b|no (?:exported )?order\b|no window\b|"
    r"the window has too few|the suite found no window|there was nothing to judge)"
)
"""Reasons that another order, or another window, can remove."""
OTHER_ORDERS = "a suitable order in the store, or a wider --window"
TRUTH_OPTIONS = ("--control", "--cscart-api", "--worksheet")


def remedy(requirement: Requirement, reason: str, met: frozenset[str], command: Collection[str] = ()) -> str:
    """Return what would make judging a requirement possible; "" if the reason states it or nothing is known to help.

    ``met`` are the needs that the run could meet, ``command`` are the words of its command.
    """
    if "--" in reason or reason == NO_RESULT or any(words in reason for words in WITHOUT_REMEDY):
        return ""
    if _ID.search(reason):
        return ""  # the reason names the requirement that must be fixed first
    if requirement.id.startswith("IMP-"):
        return ""  # the reason names the field that the importer doesn't report
    if ABOUT_ORDERS.search(reason):
        return OTHER_ORDERS
    lacking = needs(requirement) - met
    has_truth = any(option in command for option in TRUTH_OPTIONS)
    if lacking & {"notify", "write"} and "--allow-writes" not in command:
        return "--allow-writes" if has_truth else "--allow-writes, with --control or --cscart-api"
    if "truth" in lacking and not has_truth:
        return "--control, --cscart-api or --worksheet"
    return ""


def skip_reasons(entries: Sequence[RequirementEntry], command: Collection[str] = ()) -> Iterator[SkipReason]:
    """Yield each reason why requirements were not exercised, with these requirements and what would help.

    Requirements that a deviation prevents come first, all of them with their deviation.
    """
    met = needs_met(entries)
    wanted = sum(entry.status != "out-of-scope" for entry in entries)
    by_id = {entry.requirement.id: entry for entry in entries}
    by_reason: dict[tuple[tuple[str, ...], str], list[RequirementEntry]] = {}
    for entry in entries:
        if entry.requirement.level == "info" and entry.observations:
            continue
        for reason in entry.unexercised:
            blocking = first_to_fix(reason.text, by_id)
            of = by_reason.setdefault((blocking, "" if blocking else reason.text), [])
            if entry not in of:
                of.append(entry)
    for (blocking, text), of in sorted(by_reason.items(), key=lambda each: not each[0][0]):
        if blocking:
            yield SkipReason(fix_first_text(blocking), tuple(of), (), blocking)
            continue
        if len(of) == wanted > 1:  # the target as a whole could not be judged: no option would help
            yield SkipReason(text, tuple(of), (), is_everything=True)
            continue
        remedies = dict.fromkeys(remedy(entry.requirement, text, met, command) for entry in of)
        yield SkipReason(text, tuple(of), tuple(each for each in remedies if each))


def fix_first_text(ids: Sequence[str]) -> str:
    """Return the sentence that names what to fix first."""
    return f"Fix {' and '.join(ids)} first, then run again"
