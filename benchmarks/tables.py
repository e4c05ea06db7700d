"""Writes results as Markdown tables into docs/performance.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: make bench writes this -->", "<!-- end of what was measured -->"


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


def write_tables(text: str, page: Path = PAGE) -> None:
    """Write the tables between the markers of the page."""
    before = page.read_text(encoding="utf-8")
    measured = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    page.write_text(measured.sub(lambda _: f"{BEGIN}\n\n{text}\n{END}", before), encoding="utf-8")
