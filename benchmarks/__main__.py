"""``make bench`` measures everything and writes docs/performance.md; ``ARGS=quick`` prints a short measurement."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version

from benchmarks import console, export, growth, notify, start, suite, validation
from benchmarks.processes import ROOT, NotAvailable
from benchmarks.tables import Effort, Result, write_tables

FULL, QUICK = Effort(rounds=5, share=1), Effort(rounds=2, share=0.1)

MEASUREMENTS: tuple[Callable[[Effort], Result], ...] = (
    export.measure,
    growth.measure,
    start.measure,
    start.memory,
    notify.measure,
    console.measure,
    suite.measure,
    suite.split,
    validation.measure,
)


def machine() -> str:
    """Return a paragraph about the command and the machine."""
    head = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    known = ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "lxml", "xmlschema"))
    return (
        f"`make bench` on {time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} cores of {platform.machine()}, "
        f"CPython {platform.python_version()}, {known}{f', commit {head}' if head else ''}. Compare the ratios: "
        "the programs ran in alternation. The range of a ratio over the rounds is in brackets."
    )


def main(arguments: list[str]) -> int:
    """Measure. Returns the exit status: 0, 2 for wrong use, 3 if something could not be measured."""
    if sys.platform != "linux":
        print("The benchmarks read CPU times from /proc: they need Linux.", file=sys.stderr)
        return 2
    if arguments not in ([], ["quick"]):
        print("make bench takes no arguments but ARGS=quick.", file=sys.stderr)
        return 2
    effort = QUICK if arguments else FULL
    texts, failed = [machine()], False
    for measure in MEASUREMENTS:
        begun = time.monotonic()
        try:
            texts.append(measure(effort).markdown())
        except (NotAvailable, AssertionError, RuntimeError, OSError, subprocess.SubprocessError) as error:
            failed = True
            texts.append(f"*{measure.__module__}.{measure.__name__} could not be measured: {error}*\n")
        print(texts[-1], f"({time.monotonic() - begun:.0f} s)\n", sep="\n", flush=True)
    if effort is FULL:
        write_tables("\n\n".join(texts))
        print("docs/performance.md now has these tables.")
    return 3 if failed else 0


sys.exit(main(sys.argv[1:]))
