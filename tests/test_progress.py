"""The progress of a run, and what is left of an interrupted run, with real processes and signals."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.report import views
from conformance.report.grouping import NO_RESULT
from conformance.runner.build_report import CUT_OFF
from tests.support.processes import CODE, PASSWORD, ROOT, TOKEN, USERNAME, Served, conformance, environment, mock_store
from tests.support.scripted import Asked, Reply, scripted


@pytest.fixture(scope="module")
def store() -> Iterator[Served]:
    """Start a correct store."""
    with mock_store("--version", "4.3.4", "--orders", "10") as served:
        yield served


def started(*arguments: str) -> subprocess.Popen[str]:
    """Start a run."""
    return subprocess.Popen(
        [sys.executable, "-c", CODE.format("conformance"), "run", *arguments],
        env=environment(),
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def broken_off(run: subprocess.Popen[str], sign: str, times: int = 1) -> tuple[str, str]:
    """Send SIGINT to a run when it has printed ``sign`` so many times, and return everything that it prints."""
    assert run.stderr is not None
    said = ""
    for line in run.stderr:
        said += line
        times -= sign in line
        if not times:
            break
    else:
        raise AssertionError(f"it did not print {sign!r} often enough:\n{said}")
    run.send_signal(signal.SIGINT)
    out, error = run.communicate(timeout=60)
    return out, said + error


def numbers(store: Served) -> set[str]:
    """Return the numbers of all orders of a store."""
    query = "modified_from=2000-01-01T00:00:00Z&modified_to=2100-01-01T00:00:00Z"
    request = urllib.request.Request(f"{store.control}/orders?{query}", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=20) as reply:
        return {order["order_number"] for order in json.load(reply)["orders"]}


def test_where_nobody_watches_nothing_is_said_but_the_verdict(store: Served, tmp_path: Path) -> None:
    """If standard error is no terminal, as in CI, only the verdict is printed."""
    options = ("--scope", "observation", "--only", "CON-1", "--report-dir", str(tmp_path))
    done = conformance("run", store.url, "--username", USERNAME, *options, "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1


def test_verbose_names_scenarios_and_exchanges(store: Served, tmp_path: Path) -> None:
    """``--verbose`` prints each scenario and exchange, and no password."""
    options = ("--scope", "observation", "--only", "CON", "--report-dir", str(tmp_path), "--verbose")
    done = conformance("run", store.url, "--username", USERNAME, *options)
    assert "CON-1, Test Connection" in done.stderr
    assert "#1 GET http://127.0.0.1" in done.stderr
    assert "status 401" in done.stderr
    assert PASSWORD not in done.stderr + done.stdout


def test_verbose_reaches_through_worker_processes(tmp_path: Path) -> None:
    """``--verbose`` prints the exchanges of worker processes, too."""
    versions = ("--store-version", "4.3.4", "--store-version", "4.3.5", "--jobs", "2")
    done = conformance("run", *versions, "--only", "CON-1", "--report-dir", str(tmp_path), "--verbose")
    assert done.returncode == 0, done.stderr
    assert "4.3.4 #1 GET" in done.stderr
    assert "4.3.5 #1 GET" in done.stderr


def test_ctrl_c_leaves_a_report_and_no_orders(store: Served, tmp_path: Path) -> None:
    """After Ctrl-C the report has what was judged by then, the run is incomplete, and its orders are deleted."""
    before = numbers(store)
    arguments = ("--control", store.control, "--allow-writes", "--rate", "40", "--report-dir", str(tmp_path))
    run = started(store.url, "--username", USERNAME, *arguments, "--verbose", "--only", "CON-1", "--only", "GIF")
    out, error = broken_off(run, " POST ")
    assert run.returncode == 3, out + error
    assert "Traceback" not in out + error
    report = views.read(tmp_path)
    assert f"SIGINT (Ctrl-C) stopped the run: {CUT_OFF}" in report.notices
    (gift,) = [each for each in report.results if each.requirement == "GIF-1"]
    assert (gift.verdict, gift.reason) == ("not-exercised", NO_RESULT)
    assert (tmp_path / "report.html").is_file()
    assert numbers(store) == before


def test_ctrl_c_before_the_first_reply_leaves_a_report(tmp_path: Path) -> None:
    """Ctrl-C during the first request leaves a report."""
    asked: list[Asked] = []

    def answer(request: Asked) -> Reply:
        asked.append(request)
        run.send_signal(signal.SIGINT)
        return Reply(pieces=lambda: iter(lambda: b" ", b""), headers={"Content-Type": "text/xml"})

    with scripted(answer) as server:
        run = started(server.place, "--username", USERNAME, "--report-dir", str(tmp_path), "--scope", "observation")
        out, error = run.communicate(timeout=60)
    assert run.returncode == 3, out + error
    assert "Traceback" not in out + error
    assert f"SIGINT (Ctrl-C) stopped the run: {CUT_OFF}" in views.read(tmp_path).notices


@pytest.mark.parametrize("inherited", [signal.SIG_DFL, signal.SIG_IGN], ids=["from a terminal", "in the background"])
def test_ctrl_c_with_several_processes_leaves_a_report(inherited: signal.Handlers, tmp_path: Path) -> None:
    """After Ctrl-C each worker returns what it has, even if a shell started the run with SIGINT ignored."""
    versions = [f"--store-version=4.3.{number}" for number in range(1, 5)]
    only = ("--only=CON-1", "--only=CUS", "--only=SHP")  # SHP takes long: Ctrl-C comes before its end
    before = signal.signal(signal.SIGINT, inherited)
    try:
        run = started(*versions, "--jobs=2", *only, "--report-dir", str(tmp_path), "--verbose")
    finally:
        signal.signal(signal.SIGINT, before)
    out, error = broken_off(run, "CUS-1, The e-mail address", times=2)  # each process prints it once, after CON-1
    assert run.returncode == 3, out + error
    report = views.read(tmp_path)
    assert f"SIGINT (Ctrl-C) stopped the run: {CUT_OFF}" in report.notices
    assert {each.verdict for each in report.results if each.requirement == "CON-1"} == {"conforms"}
