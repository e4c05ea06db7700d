"""Measures runs of the suite: one version, all versions, a remote endpoint; and what a run spends its time on."""

from __future__ import annotations

import gzip
import json
import os
import re
import resource
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import CONFORMANCE, MOCKSTORE, ROOT, free_port, running
from benchmarks.tables import Effort, Result, number

DELAY_S = 0.05
"""Seconds that the remote endpoint takes for a reply."""
TOKEN = "open"


def measure(effort: Effort) -> Result:
    """Measure elapsed time, and CPU time with all worker processes."""
    result = Result("A run of the suite", ("target", "requests", "to the endpoint", "seconds", "CPU seconds"))
    result.rows.append(_run("embedded store, one version", "--store-version", "4.3.4"))
    if effort.share == 1:
        result.rows.append(_run("embedded stores, 26 versions"))
    port = free_port()
    fault = f"slow-start,times=10000,seconds={DELAY_S}"
    command = [*MOCKSTORE, "serve", "--port", str(port), "--version", "4.3.4", "--control", "--fault", fault]
    place = f"http://127.0.0.1:{port}"
    remote = (
        f"{place}/?dispatch=shipstation", "--username", "ship-user", "--password-env", "BENCH_PASSWORD",
        "--store-version", "4.3.4", "--control", f"{place}/control/v1", "--control-token-env", "BENCH_TOKEN",
    )  # fmt: skip
    with running([*command, "--control-token-env", "BENCH_TOKEN"], port, environment={"BENCH_TOKEN": TOKEN}):
        for name, options in (("read only", ("--scope", "truth")), ("orders made and changed", ("--allow-writes",))):
            row = _run(f"remote endpoint, {DELAY_S * 1000:.0f} ms per reply, {name}", *remote, *options)
            waiting = int(row[2]) * DELAY_S
            result.rows.append(row)
            alone = f"if no requests were sent in parallel, waiting for the endpoint would take {waiting:.1f} s"
            result.notes.append(f"*{name}*: {alone}.")
    return result


def _run(name: str, *arguments: str) -> tuple[str, str, str, str, str]:
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
        tapes = Path(folder).glob("recording/*.gz")
        urls = [
            url
            for tape in tapes
            for line in gzip.decompress(tape.read_bytes()).splitlines()
            if (url := json.loads(line).get("url"))
        ]
    endpoint = sum("/control/v1" not in url for url in urls)
    return name, str(len(urls)), str(endpoint), number(seconds), number(cpu)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def split(effort: Effort) -> Result:
    """Measure what a run of one version spends its time on, by its option --durations."""
    found: dict[str, float] = {}
    times = effort.of(3)
    for _ in range(times):
        with TemporaryDirectory() as folder:
            done = subprocess.run(
                [*CONFORMANCE, "run", "--store-version", "4.3.4", "--durations", "--report-dir", folder],
                env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=300, check=True,
            )  # fmt: skip
        for name, seconds in re.findall(r"^  ([\w-]+) +([\d.]+)", done.stdout, re.MULTILINE):
            found[name] = found.get(name, 0.0) + float(seconds) / times
    result = Result("What a run of one version spends its time on", ("part", "seconds", "%"))
    for name, spent in found.items():
        result.rows.append((name, number(spent), f"{100 * spent / sum(found.values()):.0f}"))
    result.notes.append("The time in exchanges includes the work of the embedded store.")
    return result
