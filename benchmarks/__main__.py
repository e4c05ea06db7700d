"""``make bench`` measures everything, and writes docs/performance.md.

``ARGS="notify export"`` measures and writes only these tables. ``ARGS=quick`` takes a tenth of the time, and writes
nothing. ``ARGS=ratios`` compares the ratios with the stored ones in ten CPU seconds, and always ends with status 0;
``ARGS=store-ratios`` stores them.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version

from benchmarks import console, export, growth, notify, ratios, start, suite, validation
from benchmarks.processes import ROOT, NotAvailable
from benchmarks.tables import Effort, Result, write_table

FULL, QUICK = Effort(rounds=5, share=1), Effort(rounds=2, share=0.1)

MEASUREMENTS: dict[str, Callable[[Effort], Result]] = {
    "export": export.measure,
    "growth": growth.measure,
    "start": start.measure,
    "memory": start.memory,
    "notify": notify.measure,
    "console": console.measure,
    "suite": suite.measure,
    "split": suite.split,
    "validation": validation.measure,
    "ratios": ratios.measure,
}
"""The name of each table of the page, and what measures it."""
FAILURES = (NotAvailable, AssertionError, RuntimeError, OSError, subprocess.SubprocessError)


def machine() -> str:
    """Return a line about the day and the machine."""
    head = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    known = ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "lxml", "xmlschema"))
    return (
        f"*Measured on {time.strftime('%Y-%m-%d', time.gmtime())}: {os.cpu_count()} cores of {platform.machine()}, "
        f"CPython {platform.python_version()}, {known}{f', after commit {head}' if head else ''}.*"
    )


def compare_ratios() -> int:
    """Print the ratios beside those that are stored, and a warning for each that grew. Returns 0."""
    try:
        result = ratios.measure(QUICK)
    except FAILURES as error:
        print(f"Warning: the ratios of CPU times could not be measured: {error}")
        return 0
    print(*(f"{name}: {now} (stored: {before})" for name, before, now, _ in result.rows), sep="\n")
    for note in result.notes:
        print(f"Warning: {note}")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Measure. Returns the exit status: 0, 2 for wrong use, 3 if something could not be measured."""
    if sys.platform != "linux":
        print("The benchmarks read CPU times from /proc: they need Linux.", file=sys.stderr)
        return 2
    match arguments:
        case ["ratios"]:
            return compare_ratios()
        case ["store-ratios"]:
            ratios.store(ratios.typical())
            return 0
    effort, wanted = (QUICK, arguments[1:]) if arguments[:1] == ["quick"] else (FULL, arguments)
    if unknown := [name for name in wanted if name not in MEASUREMENTS]:
        known = ", ".join(MEASUREMENTS)
        print(f"There is no table {unknown[0]!r}. ARGS may be quick, store-ratios, and {known}.", file=sys.stderr)
        return 2
    failed = False
    for name in wanted or MEASUREMENTS:
        begun = time.monotonic()
        try:
            text = MEASUREMENTS[name](effort).markdown()
        except FAILURES as error:
            failed = True
            print(f"{name} could not be measured: {error}", file=sys.stderr)
            continue
        print(text, f"({time.monotonic() - begun:.0f} s)\n", sep="\n", flush=True)
        if effort is FULL:
            write_table(name, f"{text}\n{machine()}")
    return 3 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
