"""Checks of the feature *Pages and windows*: IMP-3 and IMP-4."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from conformance.core.errors import NotExercised
from conformance.core.finding import Finding, shorten
from conformance.importer.checks.breaches import obeys
from conformance.importer.checks.lost_orders import lost_orders
from conformance.importer.evidence import ConsecutiveImports, ImportEvidence, ImportsInTrouble
from mockstore.traffic.requests import LoggedRequest, polls
from mockstore.traffic.rules import every_page_requested, gaps_between_windows, pages_in_bounds


def every_page_arrives(evidence: ImportEvidence) -> Iterator[Finding]:
    """IMP-3: every page is requested, and none past the last; a page that the store refuses was not requested."""
    for poll in polls(evidence.requests):
        for each in poll.requests:
            status = each.entry.status
            if 400 <= status < 500 and not each.entry.fault and each.page not in _pages_that_came(poll.requests):
                yield Finding(
                    message="A page was requested in a way that the store refused, so that its orders never arrived.",
                    expected="every page with status 200",
                    actual=shorten(f"{each.shown}: status {status}"),
                    exchange=evidence.offset + each.number,
                )
    yield from obeys(every_page_requested, pages_in_bounds, requirement="IMP-3")(evidence)


def _pages_that_came(requests: tuple[LoggedRequest, ...]) -> set[int]:
    return {each.page for each in requests if not each.failed}


def consecutive_windows_leave_no_gap(evidence: ConsecutiveImports) -> Iterator[Finding]:
    """IMP-4: consecutive windows leave no time out, and no order at their bounds is lost."""
    gaps = list(_gaps(evidence))
    yield from gaps
    if not gaps and not evidence.failed:
        yield from lost_orders(evidence, evidence.expected(), "An order at the bound between two windows was lost.")


def failed_poll_leaves_no_gap(evidence: ImportsInTrouble) -> Iterator[Finding]:
    """IMP-4: after a failed poll, the next windows leave no time out."""
    if evidence.failed:
        raise NotExercised("the importer still failed after the store worked again")
    yield from _gaps(evidence)


def _gaps(evidence: ImportEvidence) -> Iterator[Finding]:
    """Yield the times between the windows that were not covered.

    They lie between the first and the last bound that the commands were given, or, if the importer chooses its windows,
    after the first order: an importer may also ask for other times, for example to test the connection.
    """
    since: datetime | None
    until: datetime | None = None
    if evidence.takes_window:
        since, until = min(pull.start for pull in evidence.pulls), max(pull.end for pull in evidence.pulls)
    else:
        since = min((each.modified_at for each in evidence.stored.values()), default=None)
    for _, breach in gaps_between_windows(evidence.requests, since, until):
        yield Finding(
            message=breach.sentence,
            expected=shorten(breach.expected),
            actual=shorten(breach.actual),
            exchange=evidence.offset + breach.number,
        )
