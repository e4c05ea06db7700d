"""``make bench``: everything, into docs/performance.md. ``make bench ARGS=quick``: a little of it, to look at."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version

from benchmarks import export, growth, notify, start, suite, validation
from benchmarks.processes import ROOT, Absent
from benchmarks.tables import Effort, Result, put

FULL, QUICK = Effort(rounds=5, share=1), Effort(rounds=2, share=0.1)

SUBJECTS: tuple[Callable[[Effort], Result], ...] = (
    export.measure,
    growth.measure,
    start.measure,
    start.memory,
    notify.measure,
    suite.measure,
    suite.split,
    validation.measure,
)


def machine() -> str:
    """What it was measured on, and with which command."""
    head = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    known = ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "lxml", "xmlschema"))
    return (
        f"`make bench` on {time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} cores of {platform.machine()}, "
        f"CPython {platform.python_version()}, {known}{f', commit {head}' if head else ''}. Compare ratios, which were "
        "taken alternating; what stands in brackets is their range over the rounds."
    )


def main(arguments: list[str]) -> int:
    """Measure; the exit status is 0, 2 for wrong use, 3 where something could not be measured."""
    if sys.platform != "linux":
        print("The benchmarks read CPU times from /proc: they need Linux.", file=sys.stderr)
        return 2
    if arguments not in ([], ["quick"]):
        print("make bench takes nothing, or ARGS=quick.", file=sys.stderr)
        return 2
    effort = QUICK if arguments else FULL
    told, failed = [machine()], False
    for measure in SUBJECTS:
        begun = time.monotonic()
        try:
            told.append(measure(effort).markdown())
        except (Absent, AssertionError, RuntimeError, OSError, subprocess.SubprocessError) as error:
            failed = True
            told.append(f"*{measure.__module__}.{measure.__name__} could not be measured: {error}*\n")
        print(told[-1], f"({time.monotonic() - begun:.0f} s)\n", sep="\n", flush=True)
    if effort is FULL:
        put("\n\n".join(told))
        print("These tables are in docs/performance.md now.")
    return 3 if failed else 0


sys.exit(main(sys.argv[1:]))
