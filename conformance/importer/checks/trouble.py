"""IMP-10, IMP-11: what becomes of an importer that is refused, and of one that meets trouble."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.importer.checks.lost_orders import lost
from conformance.importer.evidence import OccasionEvidence
from conformance.importer.importer_run import require_accepted
from conformance.importer.occasions.trouble import SOON
from conformance.importer.program import end_of
from mockstore.traffic.requests import Poll, polls


def _paged(poll: Poll) -> bool:
    """Whether an importer that met no failure asked for every page that there was, from where it began.

    Who begins in the middle goes on where a failure was: that isn't how it pages, but what becomes of a failure.
    """
    stated = [each.stated_pages or 1 for each in poll.requests]
    pages = {each.page for each in poll.requests}
    return poll.failing or pages >= set(range(min(pages), max(stated) + 1))


def nothing_lost(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-11: when the store has come back, every order is imported."""
    if evidence.failed:
        require_accepted(evidence.pulls[-1].requests)
        yield Finding(
            message=f"The store had come back after {evidence.about}, and the importer still fails.",
            expected="the window is asked for again, and imported",
            actual=end_of(evidence.pulls[-1].said) or f"status {evidence.pulls[-1].ended.status}",
        )
        return
    if any(not _paged(poll) for poll in polls(evidence.requests)):
        raise NotExercised("not every page was asked for: that is IMP-3")
    yield from lost(evidence, f"The order got lost by {evidence.about}.")


REFUSAL_WORDS = (
    *("401", "403", "unauthor", "unauthenticated", "authent", "refus", "denied", "forbidden", "credential"),
    *("password", "passwort", "user name", "username", "login", "log in", "logon"),
)


def reported_refusal(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-10: a refusal is reported as one."""
    if not evidence.pulls:
        raise NotExercised("how a service reports a refusal can't be seen: run with --import-command")
    pull = evidence.pulls[-1]
    if pull.cut_short:
        return  # it went on until it was ended: that is the other half
    said = pull.said.casefold()
    if not pull.failed:
        yield Finding(
            message="The store refused user name and password, and the importer says success.",
            expected="an exit status other than 0, or a problem in the result",
            actual="status 0, no problem",
        )
    elif not any(word in said for word in REFUSAL_WORDS):
        yield Finding(
            message="The store refused user name and password, and the importer says something else.",
            expected="words of the refusal, or the problem 'refused'",
            actual=end_of(pull.said) or "(nothing)",
        )


def no_loop(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-10: who was refused doesn't go on until somebody ends it."""
    if evidence.pulls and evidence.pulls[-1].cut_short:
        yield Finding(
            message=f"The importer asked {SOON} times and more though it was refused, and had to be ended.",
            expected="it gives up, or waits",
            actual=f"{len(evidence.requests)} requests",
        )
