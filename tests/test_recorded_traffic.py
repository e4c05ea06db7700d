"""Judging the recorded traffic of a real shop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.client.exchange import Masked
from conformance.client.recording.traffic import TrafficSession, UnreadableTraffic, meaning_of, read_traffic
from conformance.client.session import EventLoop
from conformance.core.errors import NotRecorded
from conformance.runner.run import run
from conformance.runner.settings import RunSettings, TrafficTarget
from tests.support.example_report import PAGE, ROOT, page, report_on

RECORDINGS = ROOT / "tests" / "recordings"
EMPTY = "HTTP/1.1 200 OK\nContent-Type: text/xml\n\n<Orders/>"
EXPORT = "/?dispatch=shipstation&action=export&start_date=03/10/2026+00:00&end_date=03/10/2026+23:59"


def put(folder: Path, name: str, request: str, reply: str = EMPTY) -> None:
    """Record an exchange."""
    (folder / f"{name}.request").write_text(request)
    (folder / f"{name}.reply").write_text(reply)


def test_the_example_in_the_docs_is_current() -> None:
    """docs/example-report.md is the report of the recordings."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_requirements_without_recorded_exchanges_are_not_exercised() -> None:
    """None of them is an error."""
    report = report_on("addon-1.0.12")
    verdicts = {result.requirement: result.verdict for result in report.results}
    assert "error" not in verdicts.values()
    assert verdicts["CON-9"] == verdicts["WIN-8"] == verdicts["SHP-1"] == "not-exercised"
    assert verdicts["CON-1"] == "conforms"
    assert {name for name, verdict in verdicts.items() if verdict == "deviates"} >= {"CON-2", "CON-3", "ITM-8"}


def test_exports_before_and_after_a_notification_are_not_compared(tmp_path: Path) -> None:
    """The notification may have changed the reply, so the second export is no repetition of the first."""
    put(tmp_path, "1", f"GET {EXPORT} HTTP/1.1\nAuthorization: Basic …\n\n")
    put(tmp_path, "2", "POST /?dispatch=shipstation&action=shipnotify&order_number=1 HTTP/1.1\n\n<ShipNotice/>")
    put(tmp_path, "3", f"GET {EXPORT}&page=1 HTTP/1.1\nAuthorization: Basic …\n\n")
    traffic = read_traffic(tmp_path)
    loop = EventLoop()
    session = TrafficSession(traffic, loop)
    url, headers = traffic.exchanges[0].url, (("Authorization", Masked("x", "Basic …")),)
    assert session.send("GET", url, headers).number == 1
    with pytest.raises(NotRecorded):
        session.send("GET", url, headers)
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
def test_requests_are_compared_by_their_meaning(one: str, other: str, same: bool) -> None:
    """Their spelling doesn't matter."""
    place = "http://shop.example/"
    assert (meaning_of("GET", place + one, ()) == meaning_of("GET", place + other, ())) is same


def test_the_kind_of_credentials_is_part_of_the_meaning() -> None:
    """Right, wrong, by header and none are four requests."""
    kinds = [(), (("Authorization", "Basic …"),), (("Authorization", "Basic … (wrong)"),), (("SS-AUTH-USER", "x"),)]
    assert len({meaning_of("GET", "http://shop.example/?action=export", headers) for headers in kinds}) == 4


def test_a_file_that_is_no_message_is_named(tmp_path: Path) -> None:
    """The error is one sentence."""
    put(tmp_path, "odd", "hello\n\n")
    with pytest.raises(UnreadableTraffic, match=r"odd in .* can't be read"):
        read_traffic(tmp_path)


def test_the_command_judges_a_folder_of_traffic(tmp_path: Path) -> None:
    """It exits like a run, and writes a report folder."""
    main = "import sys; from conformance.cli.main import main; sys.argv[0] = 'conformance'; main()"
    command = [sys.executable, "-c", main, "recheck", str(RECORDINGS / "addon-1.0.10"), "--report-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert done.returncode == 1, done.stderr
    assert "CON-1" in done.stdout
    assert (tmp_path / "report.html").is_file()


NO_DOCUMENTS = (
    ("HTTP/1.1 200 OK\nContent-Type: text/html\n\n<!DOCTYPE html><html><body>Sorry</body></html>", "CON-7"),
    ("HTTP/1.1 200 OK\nContent-Type: text/xml\n\n<Orders><Order><OrderID>1</OrderID>", "CON-7"),
    ("HTTP/1.1 200 OK\nContent-Type: text/xml\n\n", "CON-7"),
    ("HTTP/1.1 500 Internal Server Error\n\n", "CON-12"),
    ("HTTP/1.1 504 Gateway Time-out\nContent-Type: text/html\n\n<html/>", "CON-12"),
)


def test_a_recorded_reply_that_is_no_document_is_judged(tmp_path: Path) -> None:
    """Also where nothing else was recorded, neither Test Connection nor smaller windows."""
    targets = []
    for number, (reply, _) in enumerate(NO_DOCUMENTS):
        for kind in ("alone", "after Test Connection"):
            folder = tmp_path / f"{number} {kind}"
            folder.mkdir()
            if kind != "alone":
                empty = "/?dispatch=shipstation&action=export&start_date=01/01/2026+00:00&end_date=01/01/2026+00:05"
                put(folder, "1", f"GET {empty} HTTP/1.1\nAuthorization: Basic …\n\n")
            put(folder, "2", f"GET {EXPORT}&page=1 HTTP/1.1\nAuthorization: Basic …\n\n", reply)
            targets.append(TrafficTarget(str(folder), folder.name))
    report = run(RunSettings(tuple(targets), scope="observation"))
    found = {
        (result.version, result.requirement) for result in report.results if result.verdict in ("deviates", "error")
    }
    assert found == {(target.name, NO_DOCUMENTS[int(target.name.partition(" ")[0])][1]) for target in targets}
