"""A recording that is judged again gives the same report, byte for byte, without a network."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.client.exchange import Exchange, Headers, Masked
from conformance.client.recording import FOLDER
from conformance.client.recording.tape import FORMAT, MAX_RECORDED_REPLY_BYTES, Header, Tape, TapeWriter, UnreadableTape
from conformance.report import views
from conformance.runner import run_record as records
from conformance.runner.run import judge_again, run
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection, UrlTarget
from conformance.truth.settings import ControlAccess, Secret
from tests.support import warm

ROOT = Path(__file__).parents[1]
HEAD = Header(FORMAT, "0", "http://shop.example/", "ship-user")


def recheck(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return warm.run("conformance", ["recheck", *arguments], env=os.environ, cwd=ROOT, timeout=120)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report folder of a run with deviations, changes of orders, and wrong credentials."""
    folder = tmp_path_factory.mktemp("recorded")
    recorded_run = RunSettings(
        targets=(EmbeddedTarget("4.3.4", ("shipnotify-refused-after-booking",)), EmbeddedTarget("4.0.3")),
        selection=Selection(("CON", "SHP", "SEC-3", "SEC-4", "WIN", "PAG", "ORD-9")),
        record=str(folder / FOLDER),
    )
    views.write(run(recorded_run), folder)
    return folder


def test_the_same_exchanges_give_the_same_report(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report depends only on the exchanges: nothing is sent, and every byte is the same."""

    def no_network(*address: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    report = judge_again(records.read(recorded))
    assert any(result.verdict == "deviates" for result in report.results)
    assert views.encode(report) == (recorded / "report.json").read_bytes()


def test_the_command_says_that_nothing_changed(recorded: Path, tmp_path: Path) -> None:
    """Other processes, with another hash seed and the targets divided between two, give the same report."""
    done = recheck(str(recorded), "--quiet", "--jobs", "2", "--report-dir", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "The same report, byte for byte" in done.stdout
    assert (tmp_path / "report.json").read_bytes() == (recorded / "report.json").read_bytes()


def test_a_report_that_cannot_be_written_is_printed(recorded: Path, tmp_path: Path) -> None:
    """The work is not lost: the report is printed before the command fails."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = recheck(str(recorded), "--jobs", "1", "--report-dir", str(blocked / "folder"))
    assert done.returncode == 2
    assert "DEVIATES" in done.stdout
    assert done.stderr.startswith("conformance: The report can't be written to ")


def test_other_verdicts_than_in_the_report_are_printed(recorded: Path, tmp_path: Path) -> None:
    """An earlier suite had another verdict: the command prints what got better or worse, and exits with 1."""
    report = views.read(recorded)
    results = tuple(
        msgspec.structs.replace(each, verdict="deviates") if each.requirement == "CON-1" else each
        for each in report.results
    )
    (tmp_path / FOLDER).symlink_to(recorded / FOLDER)
    (tmp_path / "report.json").write_bytes(
        views.encode(msgspec.structs.replace(report, results=results, suite_version="0.0.9"))
    )
    done = recheck(str(tmp_path), "--quiet", "--jobs", "1")
    assert done.returncode == 1
    assert "Recorded with suite 0.0.9" in done.stdout
    assert "CON-1" in done.stdout


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda folder: (folder / FOLDER / "run.json").unlink(), "has no recorded exchanges"),
        (lambda folder: (folder / FOLDER / "run.json").write_text("{"), "run.json can't be read"),
        (lambda folder: (folder / FOLDER / "4.0.3.jsonl.gz").unlink(), "the recording of version 4.0.3 is missing"),
        (lambda folder: (folder / FOLDER / "4.0.3.jsonl.gz").write_bytes(b"no"), "4.0.3.jsonl.gz can't be read"),
        (lambda folder: (folder / FOLDER / "4.0.3.jsonl.gz").write_bytes(gzip.compress(b"{}")), "isn't a recording"),
    ],
)
def test_a_folder_without_a_readable_recording_is_wrong_use(
    recorded: Path, tmp_path: Path, damage: Callable[[Path], object], sentence: str
) -> None:
    """The command prints one sentence with the file, and exits with 2."""
    (tmp_path / FOLDER).mkdir()
    for file in (recorded / FOLDER).iterdir():
        (tmp_path / FOLDER / file.name).write_bytes(file.read_bytes())
    (tmp_path / "report.json").write_bytes((recorded / "report.json").read_bytes())
    damage(tmp_path)
    done = recheck(str(tmp_path), "--quiet", "--jobs", "1")
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_no_secret_is_recorded(tmp_path: Path) -> None:
    """Neither the password nor the token is in the folder."""
    target = UrlTarget(
        "http://127.0.0.1:1/",
        "ship-user",
        Secret("hush-hush"),
        truth=ControlAccess("http://127.0.0.1:1/", Secret("t0p")),
    )
    run(RunSettings(targets=(target,), selection=Selection(("CON",)), record=str(tmp_path)))
    kept = b"".join(
        gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes() for file in tmp_path.iterdir()
    )
    assert b"ship-user" in kept
    assert b"hush-hush" not in kept
    assert b"t0p" not in kept


def exchanged(
    number: int, body: bytes = b"", *, request_headers: Headers = (), reply_headers: Headers = ()
) -> Exchange:
    """A successful export."""
    return Exchange(
        number=number,
        method="GET",
        url="http://shop.example/",
        request_headers=request_headers,
        request_body=b"",
        status=200,
        reason="OK",
        reply_headers=reply_headers,
        reply_body=body,
        duration_ms=1.5,
    )


bodies = st.one_of(st.binary(max_size=400), st.text(max_size=400).map(lambda text: text.encode("utf-8", "replace")))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(bodies, st.text(max_size=20).filter(str.isprintable)), max_size=6))
def test_a_tape_keeps_every_body(tmp_path_factory: pytest.TempPathFactory, written: list[tuple[bytes, str]]) -> None:
    """Any bytes are read back as they were written, also if an earlier exchange had the same."""
    path = tmp_path_factory.mktemp("tape") / "tape.gz"
    writer = TapeWriter(path, HEAD)
    twice = [*written, *written]
    for number, (body, value) in enumerate(twice, start=1):
        reply = (("X-Value", value), ("Set-Cookie", "id=1"))
        writer(exchanged(number, body, reply_headers=reply))
    writer.close()
    tape = Tape(path)
    assert [tape.body(taped) for taped in tape.exchanges] == [body for body, _ in twice]
    assert [taped.reply_headers for taped in tape.exchanges] == [
        (("X-Value", value), ("Set-Cookie", "…")) for _, value in twice
    ]


def test_a_truncated_tape_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """A killed run leaves a tape that ends within a line."""
    path = tmp_path / "tape.gz"
    writer = TapeWriter(path, HEAD)
    for number in range(1, 4):
        writer(exchanged(number, b"<Orders/>"))
    writer.close()
    lines = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(lines[:-20]))
    assert [taped.number for taped in Tape(path).exchanges] == [1, 2]


def test_a_body_over_the_limit_is_left_out(tmp_path: Path) -> None:
    """The tape says that the body was cut, so that it doesn't count as an empty reply."""
    path = tmp_path / "tape.gz"
    writer = TapeWriter(path, HEAD)
    writer(exchanged(1, b" " * (MAX_RECORDED_REPLY_BYTES + 1)))
    writer.close()
    assert Tape(path).exchanges[0].body.cut_of == MAX_RECORDED_REPLY_BYTES + 1


def test_kinds_of_credentials_are_different_requests(tmp_path: Path) -> None:
    """The kind is part of the recorded header; the credentials are not."""
    path = tmp_path / "tape.gz"
    writer = TapeWriter(path, HEAD)
    for number, kind in enumerate(("", "an empty password", "a wrong password"), start=1):
        headers = (("Authorization", Masked(f"Basic {number}", f"Basic … {kind}")),)
        writer(exchanged(number, request_headers=headers))
    writer.close()
    assert len({taped.ask for taped in Tape(path).exchanges}) == 3


def test_another_format_is_refused(tmp_path: Path) -> None:
    """A recording by a later version of the suite is not read."""
    path = tmp_path / "tape.gz"
    TapeWriter(path, msgspec.structs.replace(HEAD, recording=99)).close()
    with pytest.raises(UnreadableTape, match="another format"):
        Tape(path)


@pytest.mark.parametrize(
    "line",
    [b'{"number": ' + b"[" * 5000 + b"]" * 5000 + b"}\n", b"\xff\n", b"[]\n"],
    ids=["deep", "no UTF-8", "a list"],
)
def test_a_line_that_is_no_exchange_is_refused(tmp_path: Path, line: bytes) -> None:
    """The error names the file."""
    path = tmp_path / "tape.jsonl.gz"
    path.write_bytes(gzip.compress(msgspec.json.encode(HEAD) + b"\n" + line))
    with pytest.raises(UnreadableTape, match="isn't a recording of exchanges"):
        Tape(path)
