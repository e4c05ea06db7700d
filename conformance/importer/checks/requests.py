"""Checks of the feature *Requests*: IMP-1, IMP-2 and IMP-14."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.importer.evidence import Evidence, ImportEvidence, ImportsInTrouble
from conformance.importer.occasions.trouble import RETRY_AFTER_S
from mockstore.traffic.requests import polls

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


def window_requested_in_utc(evidence: ImportEvidence) -> Iterator[Finding]:
    """IMP-2: the importer requests at least the window that was to be imported, in UTC."""
    if not evidence.takes_window:
        raise NotExercised("the import command has no {start} and {end}, so the right window is not known")
    for pull in evidence.pulls:
        windows = polls(pull.requests)
        if not windows:
            continue
        start, end = min(poll.start for poll in windows), max(poll.end for poll in windows)
        if start > pull.start or end < pull.end:
            shift = (end - pull.end) if end < pull.end else (start - pull.start)
            minutes = abs(round(shift.total_seconds() / 60))
            yield Finding(
                message=f"The requested window is not the one to be imported: it is off by {minutes} minutes. "
                "Window bounds are in UTC; the importer's time zone must not matter.",
                expected=f"{_utc(pull.start)} to {_utc(pull.end)}",
                actual=f"{_utc(start)} to {_utc(end)}",
                exchange=evidence.offset + windows[0].requests[0].number,
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
