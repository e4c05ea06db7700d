"""What a run gives GitHub Actions: a job summary, annotations, and no command of somebody else."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from conformance.cli import github
from conformance.cli.errors import run_command
from conformance.report.annotations import render
from conformance.report.model import FindingRecord
from tests.support.reports import REQUIREMENTS, clean, hostile, mixed, report, result


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of the job summary, as GitHub makes it."""
    file = tmp_path / "summary.md"
    file.write_text("Before\n", encoding="utf-8")
    monkeypatch.setenv(github.SUMMARY, str(file))
    return file


def test_summary_and_annotations_appear_by_themselves(summary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report is appended to the summary. Each MUST that deviates is an error, each SHOULD a warning."""
    github.publish({"": mixed()})
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("Before\n## ❌ DEVIATES")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("::error title=DEVIATES::")
    assert [line for line in lines if line.startswith("::error title=CUS-2 deviates (MUST)::")]
    assert [line for line in lines if line.startswith("::warning title=CON-5 deviates (SHOULD)::")]
    assert not [line for line in lines if "LOC-1" in line], "the baseline lists it"


def test_nothing_outside_of_github(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without the variable, nothing is printed or written."""
    monkeypatch.delenv(github.SUMMARY, raising=False)
    github.publish({"": mixed()})
    with github.commands_off():
        pass
    assert capsys.readouterr().out == ""
    assert not list(tmp_path.iterdir())


def test_a_run_that_conforms_is_a_notice() -> None:
    """Nothing is wrong, so nothing is marked as wrong."""
    (line,) = render(clean())
    assert line.startswith("::notice title=CONFORMS::")


def test_there_are_at_most_ten_of_a_kind() -> None:
    """GitHub shows no more of a step; the last one names the others."""
    results = [result(each.id, "deviates") for each in REQUIREMENTS if each.level == "must"]
    lines = render(report(results), "shop")
    assert len(lines) == 10
    assert lines[-1].startswith("::error title=shop%3A ")
    assert lines[-1].endswith(results[-1].requirement)


def test_hostile_text_is_no_command(capsys: pytest.CaptureFixture[str], summary: Path) -> None:
    """A reply of a store cannot end an annotation, begin another command, or reach GitHub while a report is printed."""
    evil = "x\n::set-env name=PATH::/tmp\r\n::add-mask::a%"
    results = [result("CUS-1", "deviates", "4.3.4", FindingRecord(scenario="One", message=evil, order=evil))]
    for of in (report(results), hostile()):
        for line in render(of, evil):
            assert "\n" not in line
            assert "\r" not in line
            assert line.split(" ", 1)[0] in ("::error", "::warning", "::notice")
    with github.commands_off():
        click.echo(evil)
    first, *_, last = capsys.readouterr().out.splitlines()
    token = first.removeprefix("::stop-commands::")
    assert len(token) == 32
    assert last == f"::{token}::"


def test_a_summary_stays_small(summary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub refuses a summary beyond 1 MiB as a whole, so what would exceed it is left out."""
    monkeypatch.setattr(github, "MAX_SUMMARY_BYTES", 5_000)
    github.publish({f"shop {number}": mixed() for number in range(100)})
    assert summary.stat().st_size <= 5_000


def test_a_summary_that_cannot_be_written_costs_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says so."""
    monkeypatch.setenv(github.SUMMARY, str(tmp_path))
    github.publish({"": clean()})
    assert "can't be written: Is a directory" in capsys.readouterr().err


def test_the_end_of_a_command_is_an_annotation(summary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong use is shown where people look first."""

    def command() -> None:
        raise click.UsageError("no such\nthing")

    assert run_command(command) == 2
    assert capsys.readouterr().out == "::error title=conformance::no such%0Athing\n"
