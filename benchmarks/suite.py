"""A run of the suite: one version, all versions, a remote endpoint; and what the time goes into."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import CONFORMANCE, ROOT, free_port, running
from benchmarks.processes import MOCKSTORE as STORE
from benchmarks.tables import Effort, Result, number

DELAY = 0.05
TOKEN = "open"


def measure(effort: Effort) -> Result:
    """Seconds by the clock, and of CPU time with all worker processes."""
    result = Result("A run of the suite", ("target", "requests", "seconds", "CPU seconds"))
    result.rows.append(_run("embedded store, one version", "--store-version", "4.3.4"))
    if effort.share == 1:
        result.rows.append(_run("embedded stores, 26 versions"))
    port = free_port()
    fault = f"slow-start,times=10000,seconds={DELAY}"
    command = [*STORE, "serve", "--port", str(port), "--version", "4.3.4", "--control", "--fault", fault]
    with running([*command, "--control-token-env", "BENCH_TOKEN"], port, environment={"BENCH_TOKEN": TOKEN}):
        place = f"http://127.0.0.1:{port}"
        row = _run(
            f"remote endpoint, {DELAY * 1000:.0f} ms a request", f"{place}/?dispatch=shipstation",
            "--username", "ship-user", "--password-env", "BENCH_PASSWORD", "--store-version", "4.3.4",
            "--control", f"{place}/control/v1", "--control-token-env", "BENCH_TOKEN", "--scope", "truth",
        )  # fmt: skip
    result.rows.append(row)
    waiting = int(row[1]) * DELAY
    result.notes.append(
        f"The remote endpoint's replies alone take {waiting:.1f} s, one after the other; "
        f"the run takes {float(row[2]) - waiting:.1f} s beside them."
    )
    return result


def _run(name: str, *arguments: str) -> tuple[str, str, str, str]:
    known = {**os.environ, "PYTHONPATH": str(ROOT), "BENCH_TOKEN": TOKEN, "BENCH_PASSWORD": "ship-pass"}
    with TemporaryDirectory() as folder:
        begun, before = time.perf_counter(), _children()
        done = subprocess.run(
            [*CONFORMANCE, "run", *arguments, "--report-dir", folder, "--quiet"],
            env=known, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        seconds, cpu = time.perf_counter() - begun, _children() - before
        report = Path(folder) / "report.json"
        if not report.exists():
            raise RuntimeError(f"no report of {name}: {done.stdout}{done.stderr}")
        requests = json.loads(report.read_text(encoding="utf-8"))["requests"]
    return name, str(requests), number(seconds), number(cpu)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


SPLIT = """
import sys, time
begun = time.process_time()
spent = {}
open_ = []
def counted(owner, method, name):
    inner = getattr(owner, method)
    def outer(*given, **named):
        before = time.process_time()
        open_.append(0.0)
        try:
            return inner(*given, **named)
        finally:
            whole = time.process_time() - before
            within = open_.pop()
            if open_:
                open_[-1] += whole
            spent[name] = spent.get(name, 0.0) + whole - within
    setattr(owner, method, outer)
import conformance.judge, conformance.run, conformance.transport
from conformance.report import views
from conformance.suite import case
for method in ("send", "send_together"):
    counted(conformance.transport.HttpTransport, method, "requests, the embedded store's work included")
counted(case.Case, "each", "survey, probes and judging")
counted(conformance.judge, "run_pytest", "pytest and pytest-bdd")
counted(views, "write", "report")
from conformance.cli import main
sys.argv = ["conformance", "run", "--quiet", "--store-version", "4.3.4", "--report-dir", sys.argv[1]]
try:
    main()
except SystemExit:
    pass
whole = time.process_time() - begun
print()
print("start-up, and the end", whole - sum(spent.values()))
for name, seconds in spent.items():
    print(name, seconds)
"""


def split(effort: Effort) -> Result:
    """CPU seconds of one version in one process, by what they were for."""
    found: dict[str, float] = {}
    times = effort.of(3)
    for _ in range(times):
        with TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-c", SPLIT, folder],
                env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=300, check=True,
            )  # fmt: skip
        for line in done.stdout.rpartition("\n\n")[2].splitlines():
            name, _, seconds = line.rpartition(" ")
            found[name] = found.get(name, 0.0) + float(seconds) / times
    result = Result("One version, by what the time is for", ("part", "CPU seconds", "%"))
    for name, spent in found.items():
        result.rows.append((name, number(spent), f"{100 * spent / sum(found.values()):.0f}"))
    return result
