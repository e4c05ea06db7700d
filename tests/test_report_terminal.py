"""What the terminal shows at the end of a run."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest
from rich.console import Console

from conformance.report import terminal
from conformance.report.model import Report
from tests.support.reports import REQUIREMENTS, clean, hostile, mixed, phone, report, result

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


def test_five_findings_of_a_cause_are_enough() -> None:
    """Five findings with short values make a table; three with long values are shown. The others are counted."""
    short = rendered(report([result("CUS-2", "deviates", "4.3.4", *(phone(f"CT-{n}", "4.3.4") for n in range(9)))]))
    assert "    order CT-4 (plain-1)  +49 30 901820  030901820\n    … and 4 more in report.html\n" in short
    assert "CT-5" not in short
    long = rendered(mixed())
    assert "… and 2 more in report.html" in long
    assert "CT-1010" not in long


def test_findings_come_before_the_table_and_no_name_is_wrapped() -> None:
    """At 80 columns, each feature has one line in the table, also if every column is there."""
    many = (
        result("CUS-1", "error", reason="broken"),
        result("CUS-2", "deviates", "4.3.4", phone("1", "4.3.4")),
        result("CUS-8", "deviates", "4.3.4", phone("1", "4.3.4"), known="so"),
        result("GIF-1", "not-exercised", accepted="no gifts"),
        result("LOC-1", "not-exercised", reason="the store exported no orders with a place"),
        result("SHP-2", "not-exercised", reason="no"),
    )
    text = rendered(report(many, scope="truth"))
    assert text.index("CUS-2 MUST") < text.index("Not exercised") < text.index("Feature ")
    for word in ("conforms", "deviates", "exercised", "accepted", "Out of scope: 1 of 11", "error", "known"):
        assert word in text
    features = {requirement.feature for requirement in REQUIREMENTS} - {"Statuses"}  # out of scope, without a result
    assert {line[:30].strip() for line in text.splitlines() if "·" in line[30:]} >= features
    assert max(map(len, text.splitlines())) <= 80


def test_facts_are_not_torn() -> None:
    """A line of facts about the run breaks between facts: no number stands without its unit."""
    for width in (40, 60, 80):
        assert any("57 requests in 8.2 s" in line for line in rendered(clean(), width).splitlines())


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


def test_out_of_scope_changes_nothing_if_nothing_could_be_judged() -> None:
    """Also with a scope, an endpoint that can't be reached is told once, without advice that would not help."""
    results = [result(each.id, "not-exercised", reason="the endpoint can't be reached") for each in REQUIREMENTS]
    text = rendered(report(results, scope="observation"))
    assert re.search(r"the endpoint can't be reached\n    all \d requirements\n", text)
    assert "Feature" not in text
    assert "possible with" not in text
