"""Traffic that somebody recorded of a real shop, judged as observation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.client.exchange import Masked
from conformance.client.recording.traffic import TrafficSession, UnreadableTraffic, meaning, read_traffic
from conformance.client.session import EventLoop
from conformance.core.errors import NotRecorded
from tests.support.example_report import PAGE, ROOT, page, report_on

RECORDINGS = ROOT / "tests" / "recordings"
EMPTY = "HTTP/1.1 200 OK\nContent-Type: text/xml\n\n<Orders/>"
EXPORT = "/?dispatch=shipstation&action=export&start_date=03/10/2026+00:00&end_date=03/10/2026+23:59"


def put(folder: Path, name: str, request: str, reply: str = EMPTY) -> None:
    """Record an exchange."""
    (folder / f"{name}.request").write_text(request)
    (folder / f"{name}.reply").write_text(reply)


def test_the_example_in_the_docs_is_current() -> None:
    """docs/example-report.md is what the recordings give today."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_nothing_is_said_of_what_was_not_recorded() -> None:
    """Every requirement of which no exchange was recorded is not exercised, none an error."""
    report = report_on("addon-1.0.12")
    verdicts = {result.requirement: result.verdict for result in report.results}
    assert "error" not in verdicts.values()
    assert verdicts["CON-9"] == verdicts["WIN-8"] == verdicts["SHP-1"] == "not-exercised"
    assert verdicts["CON-1"] == "conforms"
    assert {name for name, verdict in verdicts.items() if verdict == "deviates"} >= {"CON-2", "CON-3", "ITM-8"}


def test_a_shop_that_was_told_something_in_between_is_not_compared(tmp_path: Path) -> None:
    """The same request after a notification may be answered otherwise: it isn't the second time."""
    put(tmp_path, "1", f"GET {EXPORT} HTTP/1.1\nAuthorization: Basic …\n\n")
    put(tmp_path, "2", "POST /?dispatch=shipstation&action=shipnotify&order_number=1 HTTP/1.1\n\n<ShipNotice/>")
    put(tmp_path, "3", f"GET {EXPORT}&page=1 HTTP/1.1\nAuthorization: Basic …\n\n")
    traffic = read_traffic(tmp_path)
    loop = EventLoop()
    replay = TrafficSession(traffic, loop)
    url, headers = traffic.exchanges[0].url, (("Authorization", Masked("x", "Basic …")),)
    assert replay.send("GET", url, headers).number == 1
    with pytest.raises(NotRecorded):
        replay.send("GET", url, headers)
    loop.close()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "?action=Export&start_date=03%2f10%2f2026+00%3a00",
            "?start_date=03/10/2026%2000:00&action=export&page=1",
            True,
        ),
        ("?action=export&page=1", "?action=export&page=2", False),
        ("?action=nonsense", "?action=export2&page=3", True),
        ("?action=export", "?action=shipnotify", False),
    ],
)
def test_requests_are_told_apart_by_what_they_mean(one: str, other: str, same: bool) -> None:
    """Not by their spelling."""
    place = "http://shop.example/"
    assert (meaning("GET", place + one, ()) == meaning("GET", place + other, ())) is same


def test_credentials_are_part_of_what_a_request_means() -> None:
    """Right, wrong and none are three requests."""
    kinds = [(), (("Authorization", "Basic …"),), (("Authorization", "Basic … (wrong)"),), (("SS-AUTH-USER", "x"),)]
    assert len({meaning("GET", "http://shop.example/?action=export", headers) for headers in kinds}) == 4


def test_a_file_that_is_no_message_is_named(tmp_path: Path) -> None:
    """In one sentence."""
    put(tmp_path, "odd", "hello\n\n")
    with pytest.raises(UnreadableTraffic, match=r"odd in .* can't be read"):
        read_traffic(tmp_path)


def test_the_command_judges_a_folder_of_traffic(tmp_path: Path) -> None:
    """Status as of a run, and a report folder."""
    main = "import sys; from conformance.cli.main import main; sys.argv[0] = 'conformance'; main()"
    command = [sys.executable, "-c", main, "recheck", str(RECORDINGS / "addon-1.0.10"), "--report-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert done.returncode == 1, done.stderr
    assert "CON-1" in done.stdout
    assert (tmp_path / "report.html").is_file()
