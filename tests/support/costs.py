"""A pytest plug-in that measures what each test costs: seconds, and CPU seconds of its process and its children.

``pytest -p tests.support.costs --costs FILE …`` appends a line to the file for each part of a test: setup, call,
teardown. A fixture that many tests share counts for the first of them. Works with xdist.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Generator
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--costs", type=Path, metavar="FILE", help="append what each test costs to this file")


def cpu_seconds() -> float:
    """Return the CPU time of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


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
