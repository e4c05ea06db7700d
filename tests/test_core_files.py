"""Tests of reading files that the user names."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import msgspec
import pytest
from click import UsageError

from conformance.cli.credentials import read_secret
from conformance.cli.multi_target import read_targets
from conformance.client.recording import FOLDER, tape, traffic
from conformance.client.recording.tape import FORMAT, Header, Tape, UnreadableTape
from conformance.client.recording.traffic import UnreadableTraffic, read_traffic
from conformance.core.files import MAX_BYTES, read_small_file
from conformance.importer.mapping import WrongMapping, read_mapping
from conformance.report.baseline import BaselineError, read_baseline
from conformance.report.views import UnreadableReport
from conformance.report.views import read as read_report
from conformance.runner.run_record import RUN_FILE, NoRecord
from conformance.runner.run_record import read as read_record
from conformance.truth.worksheet.form import WorksheetError, read_form
from tests.fuzz.suite_surfaces import run_options

ENDLESS = Path("/dev/zero")
endless = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/zero")


@endless
def test_a_file_without_end_is_refused() -> None:
    """Every kind of file that an option names is read up to a limit."""
    why = "it has more than 16 MB"
    with pytest.raises(BaselineError, match=why):
        read_baseline(ENDLESS, ())
    with pytest.raises(WorksheetError, match=why):
        read_form(ENDLESS)
    with pytest.raises(WrongMapping, match=why):
        read_mapping(ENDLESS)
    with pytest.raises(UsageError, match=why):
        read_targets(ENDLESS, run_options())
    with pytest.raises(UsageError, match=why):
        read_secret(None, str(ENDLESS), "", "password")


@endless
def test_evidence_without_end_is_refused(tmp_path: Path) -> None:
    """A report, the record of a run, recorded traffic and a tape are read up to a limit, too."""
    why = "it has more than 512 MB"
    (tmp_path / FOLDER).mkdir()
    for name in ("report.json", f"{FOLDER}/{RUN_FILE}", "1.request"):
        (tmp_path / name).symlink_to(ENDLESS)
    with pytest.raises(UnreadableReport, match=why):
        read_report(tmp_path)
    with pytest.raises(NoRecord, match=why):
        read_record(tmp_path)
    with pytest.raises(UnreadableTraffic, match="it has more than 64 MB"):
        read_traffic(tmp_path)
    with pytest.raises(UnreadableTape, match="can't be read"):
        Tape(ENDLESS)


def test_a_tape_that_expands_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few bytes can be a line of many gigabytes, or very many lines, when they are uncompressed."""
    monkeypatch.setattr(tape, "MAX_LINE_BYTES", 1000)
    monkeypatch.setattr(tape, "MAX_TAPE_BYTES", 5000)
    head = msgspec.json.encode(Header(FORMAT, "1", "http://shop.example/", "user"))
    for number, content in enumerate((b" " * 2000, b"\n".join([head] * 100))):
        path = tmp_path / str(number)
        path.write_bytes(gzip.compress(head + b"\n" + content))
        with pytest.raises(UnreadableTape, match="is longer than any recording"):
            list(tape._lines(path))


def test_traffic_of_many_files_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All bodies are kept in memory, so their sum is limited."""
    monkeypatch.setattr(traffic, "MAX_TRAFFIC_BYTES", 1500)
    for number in (1, 2):
        (tmp_path / f"{number}.request").write_text("GET /?action=export HTTP/1.1\n\n")
        (tmp_path / f"{number}.reply").write_text(f"HTTP/1.1 200 OK\n\n{' ' * 1000}")
    with pytest.raises(UnreadableTraffic, match="has more than"):
        read_traffic(tmp_path)


def test_a_file_up_to_the_limit_is_read(tmp_path: Path) -> None:
    """A byte order mark is no part of its text."""
    path = tmp_path / "x"
    path.write_bytes(b"\xef\xbb\xbf" + b"a" * (MAX_BYTES - 3))
    assert len(read_small_file(path)) == MAX_BYTES - 3
    path.write_bytes(b"a" * (MAX_BYTES + 1))
    with pytest.raises(OSError, match="it has more than 16 MB"):
        read_small_file(path)
