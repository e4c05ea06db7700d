"""What the terminal shows at the end of a run."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from conformance.report import terminal
from conformance.report.model import Report
from tests.support.reports import REQUIREMENTS, clean, hostile, mixed, report, result

SNAPSHOTS = Path(__file__).parent / "snapshots"


def rendered(of: Report, width: int = 80) -> str:
    out = io.StringIO()
    terminal.render(of, Console(file=out, width=width, color_system=None), Path("conformance-report"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("terminal_mixed", mixed()),
        ("terminal_clean", clean()),
        ("terminal_cut_off", report([result("CON-1"), result("CON-2")], notices=("Stopped by Ctrl-C.",))),
    ],
)
def test_the_view_at_80_columns(name: str, of: Report) -> None:
    """The view without colour is as in the snapshot; UPDATE_SNAPSHOTS=1 writes the snapshot again."""
    snapshot = SNAPSHOTS / f"{name}.txt"
    text = "\n".join(line.rstrip() for line in rendered(of).splitlines()) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(text, encoding="utf-8")
    assert text == snapshot.read_text(encoding="utf-8")


def test_first_and_last_line() -> None:
    """The first line is the verdict; the last lines have the exit status and the path of the report."""
    lines = rendered(clean()).splitlines()
    assert lines[0] == "CONFORMS: 10 of 10 MUST requirements judged; all conform"
    assert lines[-2].startswith("Exit status 0: ")
    assert lines[-1] == "Report: conformance-report/report.html"


def test_no_line_but_the_last_is_wider_than_the_terminal() -> None:
    """No line is wider than the terminal, except the last one: its path must stay whole to be copied."""
    for width in (80, 60, 120):
        assert max(map(len, rendered(mixed(), width).splitlines()[:-1])) <= width


def test_three_findings_of_a_requirement_are_enough() -> None:
    """Three findings of a requirement are shown; the number of the others is stated."""
    text = rendered(mixed())
    assert "… and 2 more in report.html" in text
    assert "CT-1010" not in text


def test_hostile_text_stays_text() -> None:
    """Hostile text is shown without escape sequences, markup or direction marks."""
    text = rendered(hostile())
    assert not set(text) & set("\x00\x1b\r\u202e\u2066\udc80")
    assert "[31m" in text
    assert "[red]" in text
    assert len(text) < 20_000


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_is_not_utf8(encoding: str) -> None:
    """On a terminal without UTF-8, characters that it lacks are replaced."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    terminal.render(hostile(), Console(file=out, width=80), Path("folder"))
    out.flush()
    assert b"MUST requirements judged" in raw.getvalue()


def test_what_could_not_be_judged_at_all_is_told_in_a_line() -> None:
    """If nothing could be judged, the reason is shown once, without table and without a list of all requirements."""
    why = "the endpoint can't be reached"
    text = rendered(report([result(each.id, "not-exercised", reason=why) for each in REQUIREMENTS]))
    assert f"{why}\n    all {len(REQUIREMENTS)} requirements" in text
    assert "Feature" not in text
    assert "possible with" not in text
