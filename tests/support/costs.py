"""A pytest plug-in that measures what each test costs: seconds, and CPU seconds of its process and its children.

``pytest -p tests.support.costs --costs FILE …`` appends a line to the file for each test. A fixture that many tests
share counts for the first of them. ``python -m tests.support.costs FILE`` prints the tables of docs/feedback-times.md.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import warm


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--costs", type=Path, metavar="FILE", help="append what each test costs to this file")


def cpu_seconds() -> float:
    """Return the CPU time of this process, of its children that have ended, and of those that ``warm`` started."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used) + sum(warm.USED)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    target: Path | None = item.config.getoption("--costs")
    started, used = time.perf_counter(), cpu_seconds()
    result = yield
    if target is not None:
        line = f"{time.perf_counter() - started:.3f}\t{cpu_seconds() - used:.3f}\t{item.nodeid}\n"
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), "a") as file:
            file.write(line)
    return result


class Cost(NamedTuple):
    """What a test, or all tests of a file, cost."""

    name: str
    seconds: float
    cpu_seconds: float
    tests: int = 1


def read(file: Path) -> list[Cost]:
    """Return the costs in a file, one for each test."""
    rows = (line.split("\t", 2) for line in file.read_text(encoding="utf-8").splitlines())
    return [Cost(name, float(seconds), float(cpu)) for seconds, cpu, name in rows]


def by_file(costs: Sequence[Cost]) -> list[Cost]:
    """Return what all tests of each file cost."""
    files: dict[str, list[Cost]] = {}
    for each in costs:
        files.setdefault(each.name.partition("::")[0], []).append(each)
    return [
        Cost(name, sum(each.seconds for each in some), sum(each.cpu_seconds for each in some), len(some))
        for name, some in files.items()
    ]


def tables(costs: Sequence[Cost], most: int = 20) -> str:
    """Return the most expensive tests and files as tables in Markdown."""
    lines = [f"All {len(costs)} tests: {sum(each.cpu_seconds for each in costs):.0f} CPU seconds.", ""]
    for what, some in (("test", costs), ("file", by_file(costs))):
        lines += [f"| {what} | tests | CPU seconds | seconds |", "|---|---:|---:|---:|"]
        for each in sorted(some, key=lambda cost: -cost.cpu_seconds)[:most]:
            name = each.name.removeprefix("tests/").replace("|", "\\|")
            lines.append(f"| `{name}` | {each.tests} | {each.cpu_seconds:.1f} | {each.seconds:.1f} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    print(tables(read(Path(sys.argv[1]))))
