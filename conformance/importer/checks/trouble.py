"""Checks of the feature *Trouble*: IMP-10 and IMP-11."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.importer.checks.lost_orders import lost_orders
from conformance.importer.evidence import ImportsInTrouble, RefusedImport
from conformance.importer.harness import require_accepted
from conformance.importer.occasions.trouble import MAX_REFUSED_REQUESTS
from conformance.importer.program import end_of
from mockstore.traffic.requests import Poll, polls

REFUSAL_WORDS = (
    *("401", "403", "unauthor", "unauthenticated", "authent", "refus", "denied", "forbidden", "credential"),
    *("password", "passwort", "user name", "username", "login", "log in", "logon"),
)
"""Parts of words by which an importer can report a refusal."""


def refusal_is_reported(evidence: RefusedImport) -> Iterator[Finding]:
    """IMP-10: the importer reports that user name and password were refused."""
    if not evidence.pulls:
        raise NotExercised("the suite can't see whether a service reports a refusal: run with --import-command")
    pull = evidence.pulls[-1]
    if pull.cut_short:
        return  # the suite had to end it, which ``gives_up_when_refused`` reports
    if not pull.failed:
        yield Finding(
            message="The store refused user name and password, but the importer reports success.",
            expected="an exit status other than 0, or a problem in the result",
            actual="status 0, no problem",
        )
    elif not any(word in pull.messages.casefold() for word in REFUSAL_WORDS):
        yield Finding(
            message="The store refused user name and password, but the importer reports something else.",
            expected="a message about the refusal, or the problem 'refused'",
            actual=end_of(pull.messages) or "(nothing)",
        )


def gives_up_when_refused(evidence: RefusedImport) -> Iterator[Finding]:
    """IMP-10: an importer that is refused gives up before the suite ends it."""
    if evidence.pulls and evidence.pulls[-1].cut_short:
        yield Finding(
            message=f"The importer went on after {MAX_REFUSED_REQUESTS} refused requests, and the suite had to end it.",
            expected="it gives up, or waits",
            actual=f"{len(evidence.requests)} requests",
        )


def no_order_lost_to_trouble(evidence: ImportsInTrouble) -> Iterator[Finding]:
    """IMP-11: once the store works again, every order is imported."""
    if evidence.failed:
        last = evidence.pulls[-1]
        require_accepted(last.requests)
        yield Finding(
            message=f"The importer still fails after {evidence.trouble}, although the store works again.",
            expected="the window is requested again, and imported",
            actual=end_of(last.messages) or f"status {last.process.status}",
        )
        return
    if not all(_got_its_pages(poll) for poll in polls(evidence.requests)):
        raise NotExercised("not every page was requested: see IMP-3")
    yield from lost_orders(evidence, evidence.expected(), f"The order was lost by {evidence.trouble}.")


def _got_its_pages(poll: Poll) -> bool:
    """True if a poll met a failure, or requested each page from its first to the last one.

    A poll that does not begin with page 1 continues after a failure. Only its pages from the first
    requested one on are expected.
    """
    stated = [each.stated_pages or 1 for each in poll.requests]
    pages = {each.page for each in poll.requests}
    return poll.has_failed_page or pages >= set(range(min(pages), max(stated) + 1))
