"""The HAR file of a run: other programs can read it, and the suite judges it like the run's recording."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft6Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT6

from conformance.client.exchange import Masked
from conformance.client.recording import FOLDER
from conformance.client.recording.har import OWN_MEMBER, read_har
from conformance.client.recording.har_traffic import har_traffic
from conformance.client.recording.tape import FORMAT, MAX_RECORDED_REPLY_BYTES, Header, Tape, TapeWriter
from conformance.report import views
from conformance.runner import har_files
from conformance.runner import run_record as records
from conformance.runner.run import run
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection, UrlTarget
from conformance.truth.settings import ControlAccess, Secret
from tests.support.commands import command
from tests.support.judged import exchange

SCHEMAS = Path(__file__).parent / "golden" / "har-1.2.schemas.json"
TARGETS = (EmbeddedTarget("4.3.4", ("shipnotify-refused-after-booking",)), EmbeddedTarget("4.0.3"))


def mistakes(har: object) -> list[str]:
    """Return what contradicts the schema of HAR 1.2."""
    schemas: dict[str, Any] = json.loads(SCHEMAS.read_text(encoding="utf-8"))
    del schemas["$comment"]
    resources = [(f"{name}.json", DRAFT6.create_resource(schema)) for name, schema in schemas.items()]
    validator = Draft6Validator(
        schemas["har"], registry=Registry().with_resources(resources), format_checker=FormatChecker()
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(har)]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report folder of a run with a deviation, with its HAR file beside the report."""
    folder = tmp_path_factory.mktemp("har")
    selection = Selection(("CON", "SHP-1", "SHP-4", "SEC-3", "WIN-1"))
    views.write(run(RunSettings(targets=TARGETS, selection=selection, record=str(folder / FOLDER))), folder)
    har_files.write_har(folder / FOLDER, folder / "run.har")
    return folder


def changed(recorded: Path, path: Path, change: Callable[[Any], object]) -> Path:
    """Write the HAR file with a change."""
    har = json.loads((recorded / "run.har").read_text(encoding="utf-8"))
    change(har["log"])
    path.write_text(json.dumps(har), encoding="utf-8")
    return path


def test_it_is_har_1_2(recorded: Path) -> None:
    """The schema accepts it, with the times of all requests and a page for each target."""
    har = json.loads((recorded / "run.har").read_text(encoding="utf-8"))
    assert mistakes(har) == []
    assert [page["title"] for page in har["log"]["pages"]] == ["4.3.4", "4.0.3"]
    times = [each["startedDateTime"] for each in har["log"]["entries"] if each["pageref"] == "page_1"]
    assert times == sorted(times)
    assert len(set(times)) > len(times) / 4
    del har["log"]["entries"][0]["cache"]
    assert mistakes(har) == ["$.log.entries[0]: 'cache' is a required property"]


def test_a_recheck_of_it_makes_the_report_of_the_run(recorded: Path, tmp_path: Path) -> None:
    """Byte for byte, as a recheck of the recording does."""
    done = command("recheck", str(recorded / "run.har"), "--quiet", "--jobs", "1", "--report-dir", str(tmp_path))
    assert (done.status, done.stderr) == (1, "")
    assert (tmp_path / "report.json").read_bytes() == (recorded / "report.json").read_bytes()


def test_without_the_members_of_the_suite_it_is_traffic(recorded: Path, tmp_path: Path) -> None:
    """A program that reads and writes the file again may leave them out."""

    def without(log: Any) -> None:
        del log[OWN_MEMBER]
        for each in (*log["pages"], *log["entries"]):
            del each[OWN_MEMBER]

    found = har_traffic(read_har(changed(recorded, tmp_path / "x.har", without)))
    assert len(found) == 2
    for traffic in found.values():
        headers = {dict(each.request_headers).get("Authorization") for each in traffic.exchanges}
        assert {"Basic …", "Basic … (a wrong password)", None} <= headers


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda log: log["entries"][3].pop(OWN_MEMBER), "entry 4 of .* can't be read"),
        (lambda log: log["entries"][3][OWN_MEMBER].pop("ask"), "entry 4 of .* can't be read"),
        (lambda log: log["entries"][3].update(response=None), "entry 4 of .* can't be read: it has no reply"),
        (lambda log: log["entries"][3].update(startedDateTime="noon"), "entry 4 of .* can't be read"),
        (lambda log: log["pages"][0].pop(OWN_MEMBER), "isn't as the suite wrote it"),
        (lambda log: log["pages"][0].update(title="../x"), "isn't as the suite wrote it: it has no target '../x'"),
        (lambda log: log["pages"].pop(), "the recording of version 4.0.3 is missing"),
        (lambda log: log[OWN_MEMBER].update(format=2), "isn't as the suite wrote it: its format is 2"),
        (lambda log: log[OWN_MEMBER]["run"].pop("settings"), "isn't as the suite wrote it"),
    ],
)
def test_a_file_that_was_changed_is_refused(
    recorded: Path, tmp_path: Path, change: Callable[[Any], object], sentence: str
) -> None:
    """The command prints one line with the place, and exits with 2."""
    path = changed(recorded, tmp_path / "x.har", change)
    done = command("recheck", str(path), "--report-dir", str(tmp_path / "report"))
    assert (done.status, done.stdout) == (2, "")
    assert re.fullmatch(f"conformance: .*{sentence}.*\n", done.stderr), done.stderr
    assert not (tmp_path / "report").exists()


def test_every_kind_of_exchange_comes_back(tmp_path: Path) -> None:
    """Text, bytes, no reply, a body that was left out, a request with a body, wrong credentials."""
    folder = tmp_path / FOLDER
    records.prepare(folder)
    settings = RunSettings(targets=(EmbeddedTarget("4.3.4"),))
    records.write(records.RunRecord("0", settings, datetime(2026, 4, 2, tzinfo=UTC)), folder)
    head = Header(FORMAT, "0", "http://shop.example/", "ship-user", orders_per_page=10)
    tape = TapeWriter(records.tape_path(folder, "4.3.4"), head)
    plain = exchange(b"<Orders>\xc3\xa9</Orders>")
    written = [
        *(plain, replace(plain, reply_body=b"\xff\xfe\0"), replace(plain, reply_body=b"")),
        replace(plain, status=None, error="time-out: no reply within 1 s", reply_headers=(), reply_body=b""),
        replace(plain, reply_body=b" " * (MAX_RECORDED_REPLY_BYTES + 1)),
        replace(plain, method="POST", request_body=b"<ShipNotice/>", started_at=1_775_000_000.25),
        replace(plain, request_headers=(("Authorization", Masked("secret", "Basic … (an empty password)")),)),
    ]
    for number, each in enumerate(written, start=1):
        tape(replace(each, number=number))
    tape.close()
    har_files.write_har(folder, tmp_path / "run.har")
    assert mistakes(json.loads((tmp_path / "run.har").read_text(encoding="utf-8"))) == []
    har_files.restore_recording(read_har(tmp_path / "run.har"), tmp_path / "again")
    before, after = (Tape(records.tape_path(place / FOLDER, "4.3.4")) for place in (tmp_path, tmp_path / "again"))
    assert after.head == before.head
    began = datetime(2026, 4, 2, tzinfo=UTC).timestamp()  # of exchanges that don't tell their time
    expected = [msgspec.structs.replace(each, started_at=each.started_at or began) for each in before.exchanges]
    found = sorted(after.exchanges, key=lambda each: each.number)
    assert found == expected
    assert [after.body(each) for each in found] == [before.body(each) for each in expected]


def test_no_secret_is_in_it(tmp_path: Path) -> None:
    """Neither the password nor the token, nor what HTTP makes of them."""
    target = UrlTarget(
        "http://127.0.0.1:1/",
        "ship-user",
        Secret("hush-hush"),
        truth=ControlAccess("http://127.0.0.1:1/", Secret("t0p")),
    )
    run(RunSettings(targets=(target,), selection=Selection(("CON",)), record=str(tmp_path)))
    har_files.write_har(tmp_path, tmp_path / "run.har")
    content = (tmp_path / "run.har").read_text(encoding="utf-8")
    assert "no connection to 127.0.0.1:1" in content
    assert not {secret for secret in ("hush-hush", "aHVzaC1odXNo", "t0p") if secret in content}


def test_run_writes_it_with_or_without_a_recording(tmp_path: Path) -> None:
    """After the report; a temporary recording is deleted."""
    file, report = tmp_path / "run.har", tmp_path / "report"
    options = ("--store-version", "4.3.4", "--only", "CON-1", "-q", "--report-dir", str(report), "--har", str(file))
    for recording in ("--no-record", "--record"):
        done = command("run", *options, recording)
        assert (done.status, done.stderr) == (0, "")
        assert har_traffic(read_har(file))
        assert (report / FOLDER).exists() is (recording == "--record")
        file.unlink()


@pytest.mark.parametrize("place", ["/dev/null", "no/such/folder/x.har"])
def test_a_place_that_is_no_file_is_refused_before_the_run(place: str, tmp_path: Path) -> None:
    """Nothing is judged, and nothing is overwritten."""
    done = command("run", "--store-version", "4.3.4", "--report-dir", str(tmp_path / "report"), "--har", place)
    assert (done.status, done.stdout) == (2, "")
    assert re.fullmatch(f"conformance: {place} .*choose another.* with --har\n", done.stderr)


def test_a_full_disk_costs_the_file_but_not_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report is written and printed first."""

    def full(*places: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(places[1]))

    monkeypatch.setattr(har_files, "write_har", full)
    file, report = tmp_path / "run.har", tmp_path / "report"
    options = ("--store-version", "4.3.4", "--only", "CON-1", "-q", "--report-dir", str(report), "--har", str(file))
    done = command("run", *options)
    assert done.status == 2
    assert "CON" in done.stdout
    assert done.stderr == f"conformance: {file} can't be read or written: No space left on device\n"
    assert (report / "report.json").is_file()
