"""The last changes of the clocks of a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conformance.core.clock_changes import ClockChange, last_clock_changes

BEFORE = datetime(2026, 11, 20, tzinfo=UTC)


def test_changes_of_berlin() -> None:
    """In spring, 02:00 to 02:59 do not exist there; in autumn they come twice, and the day has 25 hours."""
    hour = timedelta(hours=1)
    assert last_clock_changes("Europe/Berlin", BEFORE) == (
        ClockChange(
            datetime(2026, 3, 29, 1, tzinfo=UTC),
            datetime(2026, 3, 29, 2, tzinfo=UTC),
            hour,
            datetime(2026, 3, 29, 22, tzinfo=UTC),
        ),
        ClockChange(
            datetime(2026, 10, 25, 1, tzinfo=UTC),
            datetime(2026, 10, 25, 2, tzinfo=UTC),
            hour,
            datetime(2026, 10, 25, 23, tzinfo=UTC),
        ),
    )


def test_a_change_of_half_an_hour() -> None:
    """Clocks of Lord Howe are set by 30 minutes, at half past in UTC."""
    forward, _ = last_clock_changes("Australia/Lord_Howe", BEFORE)
    assert forward is not None
    assert (forward.moment.minute, forward.length) == (30, timedelta(minutes=30))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "Nowhere/Land", "../etc"])
def test_a_zone_without_changes(zone: str) -> None:
    """The zone has no summer time, or is unknown."""
    assert last_clock_changes(zone, BEFORE) == (None, None)
