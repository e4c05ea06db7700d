"""The checks before a run: ordinary pages and clocks. Whole runs are in test_run_bad_input."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conformance.client.exchange import Exchange
from conformance.runner.preflight import clock_difference, describe_difference, is_ordinary_page
from conformance.runner.targets import unknown_version_notice
from tests.support.judged import reading


def reply_at(date: str, duration_ms: float = 0.0) -> Exchange:
    """Return an exchange whose reply has this Date header."""
    headers = (("Date", date),) if date else ()
    return Exchange(
        number=1,
        method="GET",
        url="http://shop.example/",
        request_headers=(),
        request_body=b"",
        status=200,
        reason="OK",
        reply_headers=headers,
        reply_body=b"",
        duration_ms=duration_ms,
    )


FIRST = reply_at("Tue, 06 Jan 2026 10:00:00 GMT")


@pytest.mark.parametrize(
    ("second", "difference"),
    [
        (reply_at("Tue, 06 Jan 2026 10:05:00 GMT"), timedelta(minutes=5)),
        (reply_at("Tue, 06 Jan 2026 09:59:00 GMT"), timedelta(minutes=-1)),
        (reply_at("Tue, 06 Jan 2026 10:00:10 GMT", duration_ms=10_000), timedelta(0)),
        (reply_at("Tue, 06 Jan 2026 12:00:00 +0200"), timedelta(0)),
        (reply_at(""), None),
        (reply_at("yesterday"), None),
    ],
)
def test_clocks_are_compared_by_the_date_headers(second: Exchange, difference: timedelta | None) -> None:
    """The time that the second reply took is no difference; without a valid Date header, the difference is unknown."""
    assert clock_difference(FIRST, second) == difference


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (timedelta(seconds=40), "40 s ahead of"),
        (timedelta(minutes=-5), "5 min behind"),
        (timedelta(hours=3), "3.0 h ahead of"),
    ],
)
def test_a_difference_is_described_in_its_unit(difference: timedelta, words: str) -> None:
    """Seconds below two minutes, minutes below two hours, else hours."""
    assert describe_difference(difference) == words


@pytest.mark.parametrize(
    ("body", "ordinary"),
    [
        (b"<!DOCTYPE html><html><body>Shop</body></html>", True),
        (b"\xef\xbb\xbf\n<html><body>Shop<br></body></html>", True),
        (b"<Orders/>", False),
        (b"<html><Orders></html>", False),
        (b"Access denied", False),
    ],
)
def test_a_page_of_html_is_ordinary(body: bytes, ordinary: bool) -> None:
    """XML, orders and plain text are not: they come from an add-on, though perhaps a broken one."""
    assert is_ordinary_page(reading(body)) is ordinary


def test_a_version_that_the_suite_does_not_know_is_named() -> None:
    """A shop may be newer than the suite, so the version is accepted, with a notice."""
    assert unknown_version_notice("9.9.9").startswith("'9.9.9' is none of the 26 CS-Cart versions")
    assert unknown_version_notice("4.3.4") == unknown_version_notice("unknown") == ""
