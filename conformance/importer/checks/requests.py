"""Checks of the feature *Requests*: IMP-1, IMP-2 and IMP-14."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from conformance.core.errors import NotExercised
from conformance.core.finding import Finding, shorten
from conformance.importer.evidence import Evidence, ImportEvidence, ImportsInTrouble, RedirectedImports, Visit
from conformance.importer.occasions.trouble import RETRY_AFTER_S
from mockstore.traffic.requests import LoggedRequest, polls
from mockstore.traffic.rules import LOOP_INTERVAL, uncovered_times

RETRY_AFTER_TOLERANCE = timedelta(milliseconds=150)
"""A retry may come this much too early: clocks and rounding differ."""


def password_arrives(evidence: Evidence) -> Iterator[Finding]:
    """IMP-1: a password with special characters arrives unchanged."""
    for each in evidence.requests:
        if each.refused:
            yield Finding(
                message="The store did not get user name and password as they were given.",
                expected="Basic authentication with the password, character for character",
                actual=f"status {each.entry.status}",
                exchange=evidence.offset + each.number,
            )
            return


def credentials_accepted(visit: Visit) -> Iterator[Finding]:
    """IMP-1: a store that the importer has the right password for refuses none of its requests."""
    if visit.has_right_password:
        yield from password_arrives(visit)


def credentials_stay(evidence: RedirectedImports) -> Iterator[Finding]:
    """IMP-1: a redirect to another host gets no credentials: the importer was given them for the store."""
    for each in evidence.elsewhere:
        if each.header("authorization"):
            yield Finding(
                message="The store redirected the importer to another host, and the importer sent user name and "
                "password there.",
                expected="no Authorization header for another host",
                actual=f"{each.entry.method} with an Authorization header",
            )
            return


def requests_understood(visit: Visit) -> Iterator[Finding]:
    """IMP-2: no request for orders is one that a store refuses. Refused credentials are IMP-1."""
    for each in visit.requests:
        status = each.entry.status
        if each.action != "shipnotify" and 400 <= status < 500 and not each.refused and not each.entry.fault:
            yield Finding(
                message="The store refused the request.",
                expected="a request that the store can answer",
                actual=shorten(f"{each.shown}: status {status}"),
                exchange=visit.offset + each.number,
            )
            return


def window_requested_in_utc(evidence: ImportEvidence) -> Iterator[Finding]:
    """IMP-2: the importer requests at least the window that was to be imported, in UTC."""
    if not evidence.takes_window:
        raise NotExercised("the import command has no {start} and {end}, so the right window is not known")
    for pull in evidence.pulls:
        windows = polls(pull.requests)
        if not windows or not uncovered_times(pull.requests, pull.start, pull.end):
            continue
        # the longest one: a test of the connection may ask for some minutes of any time
        asked = max(windows, key=lambda poll: poll.end - poll.start)
        start, end = asked.start, asked.end
        if start > pull.start or end < pull.end:
            shift = (end - pull.end) if end < pull.end else (start - pull.start)
            minutes = abs(round(shift.total_seconds() / 60))
            yield Finding(
                message=f"The requested window is not the one to be imported: it is off by {minutes} minutes. "
                "Window bounds are in UTC; the importer's time zone must not matter.",
                expected=f"{_utc(pull.start)} to {_utc(pull.end)}",
                actual=f"{_utc(start)} to {_utc(end)}",
                exchange=evidence.offset + asked.requests[0].number,
            )


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%m/%d/%Y %H:%M}"


def retry_after_respected(evidence: ImportsInTrouble) -> Iterator[Finding]:
    """IMP-14: after a 429, the next request of the same call comes no sooner than Retry-After allows."""
    if not any(each.entry.status == 429 for each in evidence.requests):
        raise NotExercised("the store never answered with status 429")
    for pull in evidence.pulls:
        for before, after in pairwise(pull.requests):
            waited = after.entry.time - before.entry.time
            if before.entry.status == 429 and waited < timedelta(seconds=RETRY_AFTER_S) - RETRY_AFTER_TOLERANCE:
                yield Finding(
                    message="The importer sent its next request sooner than Retry-After allows.",
                    expected=f"after {RETRY_AFTER_S} s",
                    actual=f"after {waited.total_seconds():.2f} s",
                    exchange=evidence.offset + after.number,
                )


MAX_TRIES = 10
"""Most tries of one request within :data:`LOOP_INTERVAL` that are no hammering."""


def tries_are_paced(evidence: Evidence) -> Iterator[Finding]:
    """IMP-14: an importer does not repeat a failing request again and again without a pause."""
    tries: dict[tuple[object, ...], deque[LoggedRequest]] = defaultdict(lambda: deque(maxlen=MAX_TRIES + 1))
    for each in evidence.requests:
        if not each.failed:
            continue
        row = tries[each.action, each.window, each.page, each.parameter("order_number")]
        row.append(each)
        took = each.entry.time - row[0].entry.time
        if len(row) > MAX_TRIES and took < LOOP_INTERVAL:
            yield Finding(
                message="A failing request was repeated again and again without a pause.",
                expected=f"at most {MAX_TRIES} tries within {LOOP_INTERVAL.seconds} s",
                actual=f"{len(row)} within {took.total_seconds():.1f} s",
                exchange=evidence.offset + each.number,
            )
            return
