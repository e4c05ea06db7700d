"""A tape is read, or refused in words, whatever its bytes are."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.client.recording.tape import (
    FORMAT,
    MAX_RECORDED_REQUEST_BYTES,
    Header,
    Tape,
    TapeWriter,
    UnreadableTape,
    request_key,
)
from conformance.client.recording.traffic import UnreadableTraffic, read_traffic
from conformance.report.views import UnreadableReport
from conformance.report.views import read as read_report
from conformance.runner.run_record import NoRecord
from conformance.runner.run_record import read as read_record
from tests.support.judged import exchange

HEAD = b'{"recording":%d,"suite_version":"1","url":"http://shop.example/","username":"u"}\n' % FORMAT


def taped(path: Path) -> bytes:
    """Return the lines of a tape with two exchanges."""
    tape = TapeWriter(path, Header(FORMAT, "1", "http://shop.example/", "user"))
    tape(exchange(b"<Orders/>"))
    tape(exchange(b"\xff\xfe"))
    tape.close()
    return gzip.decompress(path.read_bytes())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the files of this module."""
    return tmp_path_factory.mktemp("tape")


@given(st.data())
def test_any_bytes_are_a_tape_or_are_refused(folder: Path, data: st.DataObject) -> None:
    """Also if only one byte of a right tape is another one."""
    path = folder / "tape.jsonl.gz"
    lines = bytearray(taped(path))
    for _ in range(data.draw(st.integers(1, 3))):
        lines[data.draw(st.integers(0, len(lines) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(gzip.compress(bytes(lines)) if data.draw(st.booleans()) else bytes(lines))
    with contextlib.suppress(UnreadableTape):
        for each in (tape := Tape(path)).exchanges:
            tape.body(each)


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"number":' + b"9" * 5000 + b"}", b'{"number":1,"body":{"base64":"%"}}', b"\xff"]
)
def test_a_line_that_is_no_exchange_is_refused(line: bytes, folder: Path) -> None:
    """The message names the file."""
    path = folder / "wrong.jsonl.gz"
    path.write_bytes(gzip.compress(HEAD + line + b"\n"))
    with pytest.raises(UnreadableTape, match="wrong"):
        Tape(path)


@pytest.mark.parametrize("content", [b"[" * 100_000, b"\xff", b"9" * 5000, b"null", b""])
def test_reports_and_records_that_cannot_be_read_are_refused(content: bytes, tmp_path: Path) -> None:
    """Whatever they hold."""
    (tmp_path / "recording").mkdir()
    (tmp_path / "recording" / "run.json").write_bytes(content)
    (tmp_path / "report.json").write_bytes(content)
    with pytest.raises(NoRecord):
        read_record(tmp_path)
    with pytest.raises(UnreadableReport):
        read_report(tmp_path)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"",
        b"\xff",
        b"GET http://[::1/ HTTP/1.1\r\n\r\n",
        b"GET /?action=export HTTP/1.1\r\nHost: [\r\n\r\n",
        b"GET /?action=export&start_date=01/01/9999%2000:00&end_date=12/31/9999%2023:59 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_traffic_that_cannot_be_read_is_refused(request_bytes: bytes, tmp_path: Path) -> None:
    """A window at the limits of the calendar is not judged."""
    (tmp_path / "1.request").write_bytes(request_bytes)
    (tmp_path / "1.reply").write_bytes(b"HTTP/1.1 200 OK\r\n\r\n<Orders/>")
    with contextlib.suppress(UnreadableTraffic):
        assert read_traffic(tmp_path).windows == ()


def test_a_request_is_known_by_all_that_is_recorded_of_it() -> None:
    """Of a body that is too long to be recorded, beginning and length count."""
    url, headers = "https://shop.example/?action=shipnotify", (("Content-Type", "application/xml"),)
    long = b"w" * (MAX_RECORDED_REQUEST_BYTES + 1)
    bodies = (b"", b"<ShipNotice/>", long[:-1], long, long + b"w", b"v" + long[1:])
    keys = [request_key("POST", url, headers, body) for body in bodies]
    assert len(set(keys)) == len(bodies)
    assert keys == [request_key("POST", url, headers, bytes(bytearray(body))) for body in bodies]
