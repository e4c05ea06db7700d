"""Wrong options and bad endpoints: one clear line, the right exit status, no traceback, and a report."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from conformance.report import views
from conformance.report.model import Report
from tests.support import processes
from tests.support.processes import PASSWORD, TOKEN, USERNAME, conformance, free_port, mock_store
from tests.support.scripted import Asked, Reply, Scripted, scripted

FEW = ("--only", "CON-1", "--only", "ORD-1", "--only", "CON-3")


def wrong_use(*arguments: str, **environment: Any) -> str:
    """Return what the command prints for wrong options; its exit status must be 2."""
    done = conformance("run", *arguments, **environment)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def judged(folder: Path, *arguments: str, status: int, **environment: Any) -> tuple[str, Report]:
    """Return what a run prints, and its report; there must be no traceback."""
    options = ("--username", USERNAME, "--report-dir", str(folder), *FEW)
    done = conformance("run", *arguments, *options, **environment)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for name in ("report.html", "report.md", "junit.xml"):
        assert (folder / name).is_file()
    return " ".join(done.stdout.split()), views.read(folder)


URL = "http://127.0.0.1:9/"
USER = ("--username", USERNAME)

WRONG_USE: dict[str, tuple[tuple[str, ...], str]] = {
    "a version that isn't": (("--store-version", "4.99.1"), "CS-Cart '4.99.1' is not one of the 26"),
    "a URL of another kind": (("ftp://shop.example/", *USER), "is not an http or https URL: ftp://shop.example/"),
    "no URL at all": (("shop", *USER), "is not an http or https URL: shop"),
    "a host that isn't": (("http://[::1/", *USER), "is not an http or https URL: http://[::1/"),
    "a port that isn't": (("http://shop.example:99999/", *USER), "is not an http or https URL"),
    "credentials in the URL": (("http://a:hush@shop.example/", *USER), "contains credentials"),
    "no user name": ((URL,), "give --username"),
    "a password file that isn't there": ((URL, *USER, "--password-file", "/nowhere"), "/nowhere"),
    "a variable that isn't set": ((URL, *USER, "--password-env", "NOT_SET"), "no variable NOT_SET"),
    "two versions for one URL": ((URL, *USER, "--store-version", "4.3.4", "--store-version", "4.3.5"), "one version"),
    "writes without truth": ((URL, *USER, "--allow-writes"), "--allow-writes needs --control"),
    "a control URL that is none": ((URL, *USER, "--control", "control"), "the control protocol's URL is not an http"),
    "two sources of truth": ((URL, *USER, "--control", URL, "--worksheet", "w.toml"), "give one"),
    "a worksheet that isn't there": ((URL, *USER, "--worksheet", "/nowhere.toml"), "/nowhere.toml can't be read"),
    "a selection of nothing": (("--only", "ORD-99"), "no requirement or feature is called 'ORD-99'"),
    "a window that is none": (("--window", "yesterday"), "--window must be FROM..TO"),
    "a window backwards": (("--window", "2026-02-02..2026-02-01"), "ends before it begins"),
    "a defect that isn't": (("--defect", "no-such"), "There is no defect 'no-such'"),
    "a defect of somebody else's": ((URL, *USER, "--defect", "x"), "for embedded stores"),
    "a baseline that isn't there": (("--baseline", "/nowhere.toml"), "/nowhere.toml"),
    "certificates that aren't there": ((URL, *USER, "--ca-file", "/nowhere.pem"), "there is no file /nowhere.pem"),
    "an option that isn't": (("--lvel", "must"), "No such option"),
    "no rate at all": (("--rate", "-1"), "--rate"),
}


@pytest.mark.parametrize("name", WRONG_USE)
def test_wrong_use_is_one_sentence(name: str) -> None:
    """Wrong use is one sentence and exit status 2, before any request."""
    arguments, sentence = WRONG_USE[name]
    said = wrong_use(*arguments)
    assert sentence in said
    assert "hush" not in said


def test_an_argument_that_is_not_text() -> None:
    """The argument is named, with the bytes that aren't UTF-8 written as escapes."""
    said = wrong_use(os.fsdecode(b"http://shop.example/\xff"), *USER)
    assert said.startswith("conformance: an argument isn't UTF-8 text: http://shop.example/")


def test_certificates_that_are_none(tmp_path: Path) -> None:
    """A file without certificates is named."""
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    assert f"{file} holds no certificates" in wrong_use(URL, *USER, "--ca-file", str(file))


def test_a_baseline_with_unknown_ids_or_without_reason(tmp_path: Path) -> None:
    """A mistake in the baseline is named."""
    file = tmp_path / "known.toml"
    file.write_text('[[known]]\nrequirement = "ORD-99"\nreason = "so"\n')
    assert "ORD-99" in wrong_use("--baseline", str(file))
    file.write_text('[[known]]\nrequirement = "ORD-1"\n')
    assert "reason" in wrong_use("--baseline", str(file))


def test_a_report_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A report folder that cannot be written is refused before the run."""
    (tmp_path / "file").write_text("")
    said = wrong_use("--report-dir", str(tmp_path / "file" / "report"))
    assert "can't be written" in said
    assert "--report-dir" in said


def test_a_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    """Options in environment variables are checked like others."""
    assert "--max-orders" in wrong_use(CONFORMANCE_RUN_MAX_ORDERS="many")


def test_an_endpoint_that_is_not_there(tmp_path: Path) -> None:
    """The run is incomplete, and the reason is in the first line."""
    port = free_port()
    said, report = judged(tmp_path, f"http://127.0.0.1:{port}/", "--scope", "observation", status=3)
    assert "the endpoint can't be reached: no connection to 127.0.0.1" in said
    assert {result.verdict for result in report.results} == {"not-exercised"}


def test_tls_that_fails(tmp_path: Path) -> None:
    """The message names the failure of TLS, here a port that speaks plain HTTP."""
    with scripted(lambda asked: Reply()) as server:
        place = server.place.replace("http:", "https:")
        said, _ = judged(tmp_path, place, "--scope", "observation", status=3)
    assert "TLS failed" in said


@pytest.fixture(scope="module")
def store() -> Iterator[tuple[str, str]]:
    """Start a correct store, and return its URL and control URL."""
    with mock_store("--version", "4.3.4", "--orders", "20") as served:
        yield served.url, served.control


def test_credentials_that_are_wrong(store: tuple[str, str], tmp_path: Path) -> None:
    """If the first request is refused, the credentials are probably wrong, so nothing is judged."""
    said, _ = judged(tmp_path, store[0], "--scope", "observation", status=3, CONFORMANCE_PASSWORD="other")
    assert "the endpoint refused the user name and password" in said


def test_a_control_token_that_is_wrong(store: tuple[str, str], tmp_path: Path) -> None:
    """The message names the source of truth, not the endpoint."""
    said, _ = judged(tmp_path, store[0], "--control", store[1], status=3, CONFORMANCE_CONTROL_TOKEN="other")
    assert "the control protocol refused the token" in said


def test_a_control_reply_that_cannot_be_read(store: tuple[str, str], tmp_path: Path) -> None:
    """The message names the URL of the reply."""
    with scripted(lambda asked: Reply(body=b"<html>")) as server:
        said, _ = judged(tmp_path, store[0], "--control", f"{server.place}/control", status=3)
    assert "/control/store can't be read" in said


def test_a_reply_that_is_no_xml(tmp_path: Path) -> None:
    """A reply that is no XML is a deviation from CON-1."""
    with scripted(lambda asked: Reply(body=b"Welcome to our shop")) as server:
        _, report = judged(tmp_path, server.place, "--scope", "observation", status=1)
    (found,) = [each for each in report.results if each.requirement == "CON-1"]
    assert found.verdict == "deviates"
    assert "not well-formed XML" in str(found.evidence[0].actual)


def observed(
    answer: Callable[[Asked], Reply], folder: Path, *options: str, status: int
) -> tuple[str, Report, Scripted]:
    """Run the suite on a scripted endpoint, in the scope observation."""
    with scripted(answer) as server:
        said, report = judged(folder, server.place, "--scope", "observation", *options, status=status)
    return said, report, server


def test_an_endpoint_that_never_answers(tmp_path: Path) -> None:
    """A timeout of the first request ends the run, and is named."""
    end = Event()

    def wait(asked: Asked) -> Reply:
        end.wait(30)
        return Reply()

    said, report, server = observed(wait, tmp_path, "--timeout", "0.5", status=3)
    end.set()
    assert "time-out: no reply within 0.5 s" in said
    assert report.requests == len(server.asked) == 1


def test_a_reply_that_never_ends(tmp_path: Path) -> None:
    """A reply without end is cut, and the report says so."""

    def endless() -> Iterator[bytes]:
        while True:
            yield b"<Order>" * 50_000

    answer = Reply(body=b"<Orders>", pieces=endless)
    said, _, _ = observed(lambda asked: answer, tmp_path, "--timeout", "20", status=3)
    assert "is longer than 67,108,864 bytes" in said or "time-out" in said


def test_another_host_is_not_followed(tmp_path: Path) -> None:
    """Credentials are not sent to another host; the message names the redirect."""
    with scripted(lambda asked: Reply()) as other:
        elsewhere = other.place.replace("127.0.0.1", "localhost")
        said, _, _ = observed(
            lambda asked: Reply(302, b"", {"Location": f"{elsewhere}{asked.path}"}), tmp_path, status=3
        )
        assert f"redirects to {elsewhere}, which was not followed" in said
        assert other.asked == []


def test_the_same_host_is_followed(tmp_path: Path) -> None:
    """A redirect on the same host is followed with credentials."""

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/new"):
            return Reply() if "Authorization" in asked.headers else Reply(401, b"", {"WWW-Authenticate": "Basic"})
        return Reply(301, b"", {"Location": f"/new{asked.path}"})

    _, report, _ = observed(answer, tmp_path, status=3)  # the store has no orders
    verdicts = {result.requirement: result.verdict for result in report.results}
    assert verdicts["CON-1"] == verdicts["CON-3"] == "conforms"


def test_a_store_that_asks_to_wait_is_waited_for(tmp_path: Path) -> None:
    """After a 429 or 503 with Retry-After, the suite waits and judges the next reply."""
    refused: list[str] = []

    def answer(asked: Asked) -> Reply:
        if len(refused) < 2:
            refused.append(asked.path)
            return Reply(429 if len(refused) == 1 else 503, b"slow down", {"Retry-After": "1"})
        return Reply() if "Authorization" in asked.headers else Reply(403, b"")

    began = time.monotonic()
    _, report, _ = observed(answer, tmp_path, status=3)  # the store has no orders
    assert time.monotonic() - began >= 2  # the least that was asked for, not a limit
    verdicts = {result.requirement: result.verdict for result in report.results}
    assert verdicts["CON-1"] == "conforms"


def test_a_store_that_asks_for_too_long_a_wait_is_left_alone(tmp_path: Path) -> None:
    """If Retry-After is too long, the run makes no more requests, and reports what it knows."""

    def answer(asked: Asked) -> Reply:
        if len(server_asked) < 2:
            server_asked.append(asked.path)
            return Reply()
        return Reply(429, b"", {"Retry-After": "3600"})

    server_asked: list[str] = []
    said, report, server = observed(answer, tmp_path, status=3)
    assert "to wait 3600 s" in said
    verdicts = {result.requirement: result.verdict for result in report.results}
    assert verdicts["CON-1"] == "conforms"
    assert verdicts["CON-3"] == "not-exercised"
    assert len(server.asked) == 3


def test_a_failure_without_retry_after_is_judged(tmp_path: Path) -> None:
    """A 503 without Retry-After is judged like any other error."""
    _, report, _ = observed(lambda asked: Reply(503, b""), tmp_path, status=1)
    assert {each.requirement: each.verdict for each in report.results}["CON-1"] == "deviates"


def test_a_charset_that_is_not_true(tmp_path: Path) -> None:
    """A wrong charset is a finding, not an error of the suite."""
    body = '<?xml version="1.0" encoding="utf-8"?><Orders/>'.encode("utf-16")
    answer = Reply(body=body, headers={"Content-Type": "text/xml; charset=klingon"})
    _, report, _ = observed(lambda asked: answer, tmp_path, status=1)
    assert "error" not in {each.verdict for each in report.results}


def test_no_more_requests_than_allowed(store: tuple[str, str], tmp_path: Path) -> None:
    """At the limit of requests, the message names the option that raises it, and verdicts so far are kept."""
    options = ("--scope", "observation", "--max-requests", "2")
    _, report = judged(tmp_path, store[0], *options, status=3)
    assert report.requests == 2
    reasons = {each.requirement: each.reason for each in report.results}
    assert "allow more with --max-requests" in reasons["ORD-1"]
    assert {each.requirement: each.verdict for each in report.results}["CON-1"] == "conforms"


def test_a_rate_is_kept(store: tuple[str, str], tmp_path: Path) -> None:
    """``--rate`` limits the requests per second."""
    began = time.monotonic()
    _, report = judged(tmp_path, store[0], "--scope", "observation", "--rate", "4", status=0)
    assert time.monotonic() - began >= (report.requests - 1) / 4


def test_a_control_that_lies(store: tuple[str, str], tmp_path: Path) -> None:
    """A control protocol that reports orders which it does not have is asked a few times, and nothing deviates."""
    statuses = [{"name": "Processed", "maps_to": "paid"}]
    facts = {"name": "Liar", "statuses": statuses, "capabilities": ["read", "create", "update", "delete"]}

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/store"):
            return Reply(body=json.dumps(facts).encode())
        if asked.method == "POST":
            return Reply(201, b'{"order_number": "L-1"}')
        if "modified_from" in asked.path:
            return Reply(body=b'{"orders": []}')
        return Reply(404, b"{}")

    with scripted(answer) as liar:
        options = ("--control", liar.place, "--allow-writes", "--only", "SHP-1", "--only", "GIF-1")
        said, report = judged(tmp_path, store[0], *options, status=3)
    assert "replied that it made order L-1, but then had no such order" in said
    verdicts = {each.requirement: each.verdict for each in report.results}
    assert verdicts["SHP-1"] == verdicts["GIF-1"] == "not-exercised"
    assert "deviates" not in verdicts.values()
    assert len([asked for asked in liar.asked if asked.method == "POST"]) < 10


def test_clocks_that_differ(store: tuple[str, str], tmp_path: Path) -> None:
    """If the clocks of endpoint and truth differ, requirements about changes made now are not judged."""
    facts = json.dumps({"name": "Late", "capabilities": ["read"]}).encode()
    late = Reply(body=facts, headers={"Date": "Tue, 06 Jan 2026 10:00:00 GMT"})

    def answer(asked: Asked) -> Reply:
        return late if asked.path.endswith("/store") else Reply(body=b'{"orders": []}')

    with scripted(answer) as truth:
        said, report = judged(tmp_path, store[0], "--control", truth.place, "--only", "WIN-11", status=3)
    assert "the clock of the source of truth is" in said
    assert "behind that of the endpoint" in said
    reasons = {each.requirement: each.reason for each in report.results}
    assert "can't search for changes made during the run by the minute" in reasons["WIN-11"]


def test_observation_alone_is_never_green_unless_it_was_asked_for(store: tuple[str, str], tmp_path: Path) -> None:
    """Without truth and without --scope observation a run ends incomplete."""
    options = ("--only", "GIF-1", "--only", "CON-1")
    said, _ = judged(tmp_path, store[0], *options, status=3)
    assert said.startswith("INCOMPLETE")


def test_the_password_may_come_from_netrc_or_a_file(store: tuple[str, str], tmp_path: Path) -> None:
    """A password from netrc or a file is used, and appears in no file of the report."""
    netrc = tmp_path / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login {USERNAME} password {PASSWORD}\n")
    netrc.chmod(0o600)
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    arguments = (
        "run",
        store[0],
        *USER,
        "--scope",
        "observation",
        "--only",
        "CON-1",
        "--report-dir",
        str(tmp_path / "r"),
    )
    nothing = {"CONFORMANCE_PASSWORD": PASSWORD}
    for more, options in (({"HOME": str(tmp_path)}, ()), (nothing, ("--password-file", str(tmp_path / "password")))):
        found = processes.environment(**more)
        if "HOME" in more:
            del found["CONFORMANCE_PASSWORD"]
        done = processes.run_with(found, *arguments, *options)
        assert done.returncode == 0, done.stderr + done.stdout
    kept = b"".join(path.read_bytes() for path in (tmp_path / "r").rglob("*") if path.is_file())
    assert PASSWORD.encode() not in kept
    assert TOKEN.encode() not in kept


PAGE = Reply(body=b"<!DOCTYPE html>\n<html><body>Welcome</body></html>", headers={"Content-Type": "text/html"})


@pytest.mark.parametrize(
    ("reply", "told"), [(PAGE, "an HTML page"), (Reply(404, b"Not here."), "status 404")], ids=["page", "404"]
)
def test_a_url_that_is_no_endpoint(reply: Reply, told: str, tmp_path: Path) -> None:
    """If every request gets the same page, nothing is judged; the message says that the query is missing."""
    said, report, server = observed(lambda asked: reply, tmp_path, status=3)
    assert "this doesn't look like the add-on's URL (it has no query" in said
    assert told in said
    assert {result.verdict for result in report.results} == {"not-exercised"}
    assert len(server.asked) == 3


@pytest.mark.parametrize("reply", [PAGE, Reply(404, b"No orders.")], ids=["page", "404"])
def test_a_broken_endpoint_is_judged_whatever_its_errors_look_like(reply: Reply, tmp_path: Path) -> None:
    """An endpoint that refuses requests without credentials is judged, even if every export is answered with 404."""
    refused = Reply(401, b"Who are you?", {"WWW-Authenticate": 'Basic realm="shop"'})
    said, _, _ = observed(lambda asked: reply if "Authorization" in asked.headers else refused, tmp_path, status=1)
    assert "doesn't look like" not in said
    assert "CON-1" in said


def test_an_endpoint_that_answers_empty_windows_with_a_page_is_judged(tmp_path: Path) -> None:
    """An endpoint is judged if one export is XML, even if other replies are pages."""

    def answer(asked: Asked) -> Reply:
        return PAGE if "2001" in asked.path or "Authorization" not in asked.headers else Reply()

    said, _, _ = observed(answer, tmp_path, status=1)
    assert "doesn't look like" not in said
