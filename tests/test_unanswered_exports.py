"""CON-12 over a real connection: a time-out, a reply that breaks off, a closed connection, and a 500."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from conformance.runner.run import run
from conformance.runner.settings import RunSettings, Selection, UrlTarget
from conformance.truth.settings import Secret
from tests.support.scripted import Asked, Reply, scripted

START = datetime(2026, 3, 10, 12, tzinfo=UTC)
ORDERS = b'<?xml version="1.0"?><Orders pages="1"><Order><OrderID>1</OrderID>'
"""The beginning of a document."""


@pytest.mark.parametrize(
    ("kind", "actual"),
    [
        ("time-out", "time-out: no reply within 0.5 s"),
        ("broken off", "the reply broke off"),
        ("500", "status 500"),
    ],
)
def test_a_request_for_orders_without_an_answer_is_reported(kind: str, actual: str) -> None:
    """Test Connection is answered, so the store works; the window with orders isn't."""
    over = Event()

    def wait() -> Iterator[bytes]:
        over.wait(20)
        yield b""

    def answer(asked: Asked) -> Reply:
        if "start_date=03%2F10%2F2026" not in asked.path:
            return Reply()
        match kind:
            case "time-out":
                return Reply(body=b"", pieces=wait)
            case "broken off":
                return Reply(body=ORDERS, headers={"Content-Length": "9999"}, pieces=lambda: iter(()))
            case _:
                return Reply(500, b"")

    with scripted(answer) as server:
        target = UrlTarget(f"{server.place}/", "ship-user", Secret("S3cret-Pass"))
        settings = RunSettings(
            (target,),
            timeout_s=0.5,
            window_start=START,
            window_end=START + timedelta(minutes=30),
            scope="observation",
            selection=Selection(only=("CON-12",)),
        )
        report = run(settings)
        over.set()
    (result,) = report.results
    assert result.verdict == "deviates"
    assert all((finding.actual or "").startswith(actual) for finding in result.evidence)
