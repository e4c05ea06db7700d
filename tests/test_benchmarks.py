"""The benchmarks: what they write into the page and into the table of ratios. They themselves are not run here."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("the benchmarks read /proc", allow_module_level=True)

from benchmarks import ratios
from benchmarks.__main__ import MEASUREMENTS, main
from benchmarks.tables import PAGE, markers, write_table


def test_texts_between_tables_stay(tmp_path: Path) -> None:
    """A new table replaces the old one between its markers, and nothing else."""
    page, before = tmp_path / "page.md", "before\n\n{}\nold\n{}\n\na note\n\n{}\nother\n{}\n\nafter\n"
    begin, end = markers("one")
    page.write_text(before.format(begin, end, *markers("two")), encoding="utf-8")
    write_table("one", "### new \\1\n\n| a |", page)
    expected = before.replace("\nold\n", "\n\n### new \\1\n\n| a |\n\n", 1)
    assert page.read_text(encoding="utf-8") == expected.format(begin, end, *markers("two"))
    with pytest.raises(ValueError, match="0 places for the table three"):
        write_table("three", "", page)


def test_each_table_has_its_place_on_the_page() -> None:
    """The page has the markers of each measurement once, and no others."""
    found = re.findall("<!-- make bench writes the table (.*) -->", PAGE.read_text(encoding="utf-8"))
    assert sorted(found) == sorted(MEASUREMENTS)
    assert all(PAGE.read_text(encoding="utf-8").count(line) == 1 for name in MEASUREMENTS for line in markers(name))


def test_a_ratio_that_grew_much_is_reported() -> None:
    """So is one that is not stored. A smaller ratio, and one that grew by less than 40 %, are not."""
    before = {"a ÷ b": 2.0, "c ÷ d": 2.0, "e ÷ f": 2.0}
    found = {"a ÷ b": 2.79, "c ÷ d": 2.81, "e ÷ f": 0.5, "g ÷ h": 1.0}
    assert ratios.regressions(found, before) == [
        "c ÷ d grew to 2.81, and was 2.00 when it was stored.",
        "g ÷ h is not stored: make bench ARGS=store-ratios stores it.",
    ]


def test_every_ratio_is_stored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file names those that are measured, and is read as it was written."""
    assert list(ratios.stored()) == list(ratios.PAIRS)
    monkeypatch.setattr(ratios, "STORED", tmp_path / "ratios.toml")
    ratios.store({"a ÷ b": 1.234})
    assert ratios.stored() == {"a ÷ b": 1.23}


def test_a_table_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The message names those that exist, and the exit status is 2."""
    assert main(["quick", "speed"]) == 2
    assert "no table 'speed'" in capsys.readouterr().err
