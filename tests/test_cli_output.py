"""The end of a command: the report is written and printed, and the exit status is that of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.cli.output import finish, publish
from conformance.report.views import UnwritableReport
from conformance.runner.timing import Durations
from tests.support.reports import clean, mixed


def test_a_command_exits_with_the_status_of_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report is written, and quiet commands print only the verdict."""
    with pytest.raises(SystemExit) as ended:
        finish(mixed(), tmp_path, quiet=True)
    assert ended.value.code == 1
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
