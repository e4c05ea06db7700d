"""A run that is killed, whose deadline is reached or whose store hangs ends in time, and cleans up what it can."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from conformance.cli.run import run as run_command
from conformance.report import views
from conformance.report.wording import headline
from tests.support.gate import Gate, gate
from tests.support.importing import conformance_importer
from tests.support.runs import LIMIT_S, credentials, on_one_url, on_several, orders, port_of, started
from tests.support.store_in_thread import Served, served

ORDERS = b"POST /control/v1/orders/batch "


@pytest.fixture(scope="module")
def store() -> Iterator[Served]:
    """Run a correct store."""
    with served("4.3.4", count=10, now=None) as running:
        yield running


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the system can't tell when a process ends")
def test_workers_end_and_clean_up_if_the_run_is_killed(store: Served, tmp_path: Path) -> None:
    """They notice that the process which started them is gone, delete their orders, and leave no folder."""
    before = orders(store)
    with gate(port_of(store), ORDERS, 1) as at:
        words, _ = on_several(tmp_path, store, at)
        with started(tmp_path, *words, variables=credentials(store)) as run:
            assert at.reached.wait(LIMIT_S)
            workers = [pid for pid in run.left() if pid != run.process.pid]
            assert len(workers) == 2
            ends = [os.pidfd_open(pid) for pid in workers]
            run.send(signal.SIGKILL)
            at.opened.set()
            for end in ends:
                assert select.select([end], [], [], LIMIT_S)[0]
                os.close(end)
            run.end()
            assert not run.left()
    assert orders(store) == before
    assert not list(run.temporary.iterdir())


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the system can't tell when a process ends")
def test_importers_end_and_no_folder_is_left_if_the_run_is_killed(tmp_path: Path) -> None:
    """Also an importer that became a daemon, and what it wrote to a folder that nobody may write to."""
    fifo = tmp_path / "started"
    os.mkfifo(fifo)
    program = tmp_path / "importer.py"
    program.write_text(
        "import os, sys, time\n"
        "os.chmod(sys.argv[1], 0o500)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        f"    with open({str(fifo)!r}, 'w') as started: started.write('x')\n"
        "time.sleep(600)\n"
    )
    command = f"{sys.executable} -I {program} {{state}} {{url}}"
    words = ("importer", "--import-command", command, "--only", "IMP-8", "--report-dir", str(tmp_path / "report"))
    with started(tmp_path, *words) as run:
        assert fifo.read_text() == "x"
        assert list(run.temporary.iterdir())
        others = [pid for pid in run.left() if pid != run.process.pid]
        assert len(others) == 3  # the guardian, the importer, its daemon
        ends = [os.pidfd_open(pid) for pid in others]
        run.send(signal.SIGKILL)
        for end in ends:
            assert select.select([end], [], [], LIMIT_S)[0]
            os.close(end)
        assert not run.left()
    assert not list(run.temporary.iterdir())


@pytest.mark.parametrize("kind", [on_one_url, pytest.param(on_several, marks=pytest.mark.long)])
def test_a_deadline_ends_a_run(
    kind: Callable[[Path, Served, Gate], tuple[list[str], Path]], store: Served, tmp_path: Path
) -> None:
    """What was judged by then is reported. The request that gets no reply is abandoned."""
    before = orders(store)
    with gate(port_of(store), b"GET ", 1) as at:
        words, report = kind(tmp_path, store, at)
        with started(tmp_path, *words, "--deadline", "2", variables=credentials(store)) as run:
            assert run.end() == 3, run.printed
            assert not run.left()
    assert "INCOMPLETE: the deadline of 2 s was reached; " in run.printed
    assert views.read(report).stopped == "the deadline of 2 s was reached"
    assert headline(views.read(report)).startswith("INCOMPLETE: the deadline of 2 s was reached; ")
    assert orders(store) == before
    assert not list(run.temporary.iterdir())


def test_a_deadline_ends_a_run_on_an_importer(tmp_path: Path) -> None:
    """Its command is killed."""
    command = f"{sys.executable} -I -c 'import time; time.sleep(600)' {{url}}"
    run = conformance_importer(tmp_path, "--import-command", command, "--only", "IMP-8", "--deadline", "2")
    assert run.status == 3
    assert "INCOMPLETE: the deadline of 2 s was reached; " in run.printed


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "soon"])
def test_a_deadline_must_be_a_time(value: str) -> None:
    """Anything else is wrong use."""
    with pytest.raises(click.BadParameter) as wrong:
        run_command.make_context("run", ["--deadline", value])
    assert "--deadline" in wrong.value.format_message()


@pytest.mark.long
def test_a_clean_up_that_hangs_is_given_up(store: Served, tmp_path: Path) -> None:
    """The report names the orders that are left, and the command that deletes them."""
    removals = b"POST /control/v1/orders/remove", b"DELETE "
    with gate(port_of(store), removals, from_then_on=True) as at:
        words, report = on_one_url(tmp_path, store, at)
        # the run itself deletes two orders, and waits for that, too
        with started(tmp_path, *words, "--timeout", "2", variables=credentials(store)) as run:
            status = run.end()
    assert status == 0, run.printed
    (left,) = [each for each in views.read(report).notices if "could not delete these orders" in each]
    assert "conformance tidy --control" in left
