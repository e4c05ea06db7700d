"""IMP-1, IMP-2, IMP-14: what the requests look like."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.importer.evidence import OccasionEvidence
from mockstore.traffic.requests import polls


def let_in(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-1: a password with special characters arrives as it is."""
    for each in evidence.requests:
        if each.refused:
            yield Finding(
                message="User name and password didn't arrive as they were given.",
                expected="Basic authentication with the password, character for character",
                actual=f"status {each.entry.status}",
                exchange=evidence.offset + each.number,
            )
            return


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%m/%d/%Y %H:%M}"


def whole_window(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-2: the windows asked for are those that were to be imported, in UTC."""
    if not evidence.bounded:
        raise NotExercised("the import command takes no {start} and {end}: which window is right isn't known")
    for pull in evidence.pulls:
        asked_for = polls(pull.requests)
        if not asked_for:
            continue
        start, end = min(poll.start for poll in asked_for), max(poll.end for poll in asked_for)
        if start > pull.start or end < pull.end:
            off = round(((end - pull.end) if end < pull.end else (start - pull.start)).total_seconds() / 60)
            yield Finding(
                message=f"The window asked for isn't the one to be imported: it is off by {abs(off)} minutes. "
                "Bounds are UTC, whatever the importer's time zone.",
                expected=f"{_utc(pull.start)} to {_utc(pull.end)}",
                actual=f"{_utc(start)} to {_utc(end)}",
                exchange=evidence.offset + asked_for[0].requests[0].number,
            )


RETRY_AFTER = timedelta(seconds=1)
EARLY = timedelta(milliseconds=150)
"""How much too early is no sooner than it should be: clocks and rounding."""


def waits(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-14: who is told to come back later doesn't come sooner, within one call."""
    for pull in evidence.pulls:
        for before, after in zip(pull.requests, pull.requests[1:], strict=False):
            gone = after.entry.time - before.entry.time
            if before.entry.status == 429 and gone < RETRY_AFTER - EARLY:
                yield Finding(
                    message="The store said when to come back (Retry-After), and the importer came sooner.",
                    expected=f"after {RETRY_AFTER.seconds} s",
                    actual=f"after {gone.total_seconds():.2f} s",
                    exchange=evidence.offset + after.number,
                )
