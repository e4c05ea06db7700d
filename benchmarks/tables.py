"""Writes results as Markdown tables into docs/performance.md, each between markers of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"


@dataclass(frozen=True)
class Effort:
    """How much to measure: the number of rounds, and the share of the full work in each round."""

    rounds: int
    share: float

    def of(self, whole: int) -> int:
        """Return this effort's share of some work, at least 1."""
        return max(1, round(whole * self.share))


@dataclass
class Result:
    """A table with notes."""

    title: str
    head: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        """Return title, table and notes as Markdown."""
        lines = [f"### {self.title}", ""]
        lines += [_line(self.head), _line(["---", *["---:"] * (len(self.head) - 1)])]
        lines += [_line(row) for row in self.rows]
        lines += [line for note in self.notes for line in ("", note)]
        return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def number(value: float) -> str:
    """Return a figure with as many decimals as are significant."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Return the median of the ratios of all rounds, and their range."""
    found = sorted(one / other for one, other in zip(ours, theirs, strict=True) if other)
    spread = f" ({number(found[0])}–{number(found[-1])})" if len(found) > 1 else ""
    return f"{number(median(found))}{spread}"


def markers(name: str) -> tuple[str, str]:
    """Return the lines of the page between which the table of that name is."""
    return f"<!-- make bench writes the table {name} -->", f"<!-- end of the table {name} -->"


def write_table(name: str, text: str, page: Path = PAGE) -> None:
    """Write a table between its markers. What stands outside of them stays.

    Raises:
        ValueError: the page has no place for this table.
    """
    begin, end = markers(name)
    before = page.read_text(encoding="utf-8")
    place = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    written, count = place.subn(lambda _: f"{begin}\n\n{text.strip()}\n\n{end}", before)
    if count != 1:
        raise ValueError(f"{page} has {count} places for the table {name}; it needs the lines {begin} and {end}")
    page.write_text(written, encoding="utf-8")
