"""Whatever an endpoint or a source of truth answers, a run ends with a verdict, a valid report, and no traceback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import msgspec
import pytest

from conformance.report import views
from conformance.runner.run import judge_again, run
from conformance.runner.run_record import read as read_record
from conformance.runner.settings import RunSettings, UrlTarget
from conformance.truth.settings import ControlAccess, CsCartAccess, Secret, TruthAccess
from tests.support.hostile_endpoint import MODES, Hostile, hostile_endpoint
from tests.support.processes import MEASURED_CODE, PASSWORD, ROOT, TOKEN, USERNAME, environment
from tests.support.store_in_thread import served

VIEWS = ("report.html", "report.md", "junit.xml", "badge.json", "badge.svg")
LIMIT_S = 120
"""The longest time that a run may take, at a time limit of three seconds for each reply."""


@dataclass(frozen=True)
class Ended:
    """A run that has ended: what it printed, how long it took, and the most memory that it had."""

    status: int
    printed: str
    seconds: float
    megabytes: float


def options(mode: str, server: Hostile) -> list[str]:
    """Return the options of a run against a server in this mode."""
    match mode.partition("-")[0]:
        case "control":
            return ["--control", server.control, "--scope", "truth"]
        case "write":
            return ["--control", server.control, "--allow-writes"]
        case "rest":
            return [*("--cscart-api", server.api, "--cscart-user", "a@shop.example"), "--scope", "truth"]
        case _:
            return ["--scope", "observation"]


def run_alone(server: Hostile, mode: str, folder: Path, timeout_s: float, *more: str) -> Ended:
    """Run the command in a process of its own."""
    command = [
        *(sys.executable, "-c", MEASURED_CODE.format("conformance"), "run", server.url, "--username", USERNAME),
        *("--timeout", str(timeout_s), "--report-dir", str(folder), *options(mode, server), *more),
    ]
    began = time.monotonic()
    peak = folder.parent / "peak"
    with (folder.parent / f"{mode}.txt").open("w+b") as printed:
        child = subprocess.Popen(
            command,
            env=environment(CONFORMANCE_CSCART_KEY="k" * 32, PEAK_FILE=str(peak)),
            cwd=ROOT,
            stdout=printed,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        limit = Timer(LIMIT_S, os.kill, (child.pid, signal.SIGKILL))
        limit.start()
        child.wait()
        limit.cancel()
        printed.seek(0)
        text = printed.read().decode("utf-8", "replace")
    return Ended(child.returncode, text, time.monotonic() - began, int(peak.read_text()) / 1024)


def check(ended: Ended, folder: Path) -> None:
    """Check that a run ended well: exit status 1 or 3, a complete report, no traceback."""
    assert ended.status in (1, 3), ended.printed[-3000:]
    assert "Traceback" not in ended.printed
    report = json.loads((folder / "report.json").read_bytes())
    assert report["summary"]["error"] == 0
    assert report["summary"]["exit_status"] == ended.status
    for view in VIEWS:
        assert (folder / view).stat().st_size > 0
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and "recording" not in path.parts)
    assert size < 9_000_000


HEAVY = re.compile(
    r"(.*-)?(endless|gigabyte|bomb.*|silence|drip|slow|informational|million.*|long-texts|full-.*)|retry-.*|.*-(million|orders)"
)
"""Modes that need much time or memory. Only the long test has them."""
JUDGED_AGAIN = re.compile(r"latin-.*|terminal|status-999|redirect-latin|garbage|control-surrogate")
"""Modes whose recordings are judged again, because they have odd bytes."""


def target(mode: str, server: Hostile) -> UrlTarget:
    """Return a server in this mode as a target."""
    access: TruthAccess | None = None
    if mode.startswith(("control", "write")):
        access = ControlAccess(server.control, Secret(TOKEN))
    if mode.startswith("rest"):
        access = CsCartAccess(server.api, "a@shop.example", Secret("k" * 32))
    return UrlTarget(
        server.url, USERNAME, Secret(PASSWORD), version=mode, truth=access, allow_writes=mode.startswith("write")
    )


def test_no_hostile_endpoint_makes_the_suite_fail(tmp_path: Path) -> None:
    """No error of the suite, and no credentials at another port. Recordings of odd bytes have the same verdicts."""
    modes = [mode for mode in MODES if not HEAVY.fullmatch(mode)]
    with ExitStack() as running:
        servers = {mode: running.enter_context(hostile_endpoint(mode)) for mode in modes}
        targets = tuple(target(mode, server) for mode, server in servers.items())
        report = run(RunSettings(targets, scope="truth", timeout_s=1, record=str(tmp_path / "recording")))
    failed = [f"{each.version} {each.requirement}: {each.reason}" for each in report.results if each.verdict == "error"]
    assert not failed
    assert not any(any(server.elsewhere) for server in servers.values())
    views.write(report, tmp_path)
    assert (tmp_path / "report.json").stat().st_size < 110_000 * len(modes)
    record = read_record(tmp_path)
    odd = tuple(each for each in record.settings.targets if JUDGED_AGAIN.fullmatch(each.name))
    again = judge_again(msgspec.structs.replace(record, settings=msgspec.structs.replace(record.settings, targets=odd)))
    verdicts = {(each.requirement, each.version): each.verdict for each in report.results}
    assert len(again.results) == len(odd) * len(report.requirements)
    assert [each for each in again.results if each.verdict != verdicts[each.requirement, each.version]] == []


def test_large_replies_stay_out_of_memory(tmp_path: Path) -> None:
    """Replies just below the limit, a million orders, or one order with a million items take less than 300 MB."""
    for mode, only in (("bomb-below-limit", "CON-7"), ("million-orders", "ORD"), ("million-items", "ITM")):
        with hostile_endpoint(mode) as server:
            ended = run_alone(server, mode, tmp_path / mode, 20, "--only", only)
        check(ended, tmp_path / mode)
        assert ended.megabytes < 300


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES)
def test_every_hostile_mode_ends_with_a_report(mode: str, tmp_path: Path) -> None:
    """Within two minutes, at three seconds a reply, and in 600 MB."""
    with hostile_endpoint(mode) as server:
        ended = run_alone(server, mode, tmp_path / "report", 3)
    print(f"{mode:24} status {ended.status}  {ended.seconds:6.1f} s  {ended.megabytes:6.0f} MB")
    check(ended, tmp_path / "report")
    assert not any(server.elsewhere), "credentials were sent to another port"
    assert ended.seconds < LIMIT_S
    assert ended.megabytes < 600


@pytest.mark.long
def test_a_source_of_truth_that_sends_garbage_accuses_no_right_store() -> None:
    """A right store is judged beside each such source of truth: no requirement deviates."""
    modes = [mode for mode in MODES if mode.startswith(("control", "rest")) and not HEAVY.fullmatch(mode)]
    with served("4.6.3") as right, ExitStack() as running:
        login = {"username": right.store.shop.username, "password": Secret(right.store.shop.password)}
        targets = tuple(
            msgspec.structs.replace(
                target(mode, running.enter_context(hostile_endpoint(mode))), url=right.store.url, **login
            )
            for mode in modes
        )
        report = run(RunSettings(targets, scope="truth", timeout_s=5))
    wrong = [(each.version, each.requirement) for each in report.results if each.verdict in ("deviates", "error")]
    assert not wrong
