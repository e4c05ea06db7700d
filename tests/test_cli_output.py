"""The end of a command: the report is written and printed, and the exit status is that of the run."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.cli.output import finish, publish
from conformance.report.views import UnwritableReport
from conformance.runner.timing import Durations
from tests.support.processes import CODE, ROOT, environment
from tests.support.reports import clean, mixed


def untraced(variables: dict[str, str]) -> dict[str, str]:
    """Return environment variables without those by which a process is traced."""
    return {name: value for name, value in variables.items() if not name.startswith("COVERAGE")}


def test_a_command_exits_with_the_status_of_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report is written, and quiet commands print only the verdict."""
    assert finish(mixed(), tmp_path, quiet=True) == 1
    assert (tmp_path / "report.json").is_file()
    assert capsys.readouterr().out.splitlines()[0].startswith("DEVIATES: ")


def test_durations_are_printed_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They come after the report, and include the time to write it."""
    publish(clean(), tmp_path, quiet=True, durations=Durations(requirements={"CON-1": 1.0}))
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "Seconds:"
    assert lines[-1] == "Slowest: CON-1 1.00"


def test_a_report_that_cannot_be_written_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The verdict is not lost; no path to a report is shown."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(UnwritableReport):
        publish(clean(), blocked)
    printed = capsys.readouterr().out
    assert printed.startswith("CONFORMS: ")
    assert "report.html" not in printed


SMALL_RUN = ("conformance", "run", "--store-version", "4.3.4", "--only", "CON-1")


@pytest.mark.parametrize("command", [SMALL_RUN, ("mockstore", "versions"), ("mockstore", "--help")])
def test_a_full_standard_output_is_one_line(command: tuple[str, ...], tmp_path: Path) -> None:
    """The exit status is 2, and the report is written all the same."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", CODE.format(command[0]), *command[1:]],
            env=environment(CONFORMANCE_RUN_REPORT_DIR=str(tmp_path)),
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == f"{command[0]}: the output can't be read or written: No space left on device\n"
    assert (tmp_path / "report.json").exists() is (command is SMALL_RUN)


def test_a_full_disk_does_not_cost_the_verdict(tmp_path: Path) -> None:
    """The run goes on without its recording, the verdict is printed, then one line says what can't be written."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.format("conformance"), *SMALL_RUN[1:], "--only", "ORD"],
        env=untraced(environment(CONFORMANCE_RUN_REPORT_DIR=str(tmp_path))),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        # coverage's own file would be too large, too
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)),
    )
    assert done.returncode == 2
    assert done.stdout.startswith("CONFORMS: ")
    assert "so this run can't be judged again" in " ".join(done.stdout.split())
    assert done.stderr == f"conformance: The report can't be written to {tmp_path}/report.json: File too large.\n"
    assert not list(tmp_path.glob("recording/*.gz"))
