"""report.md."""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec
import pytest

from conformance.report import markdown
from tests.support.reports import HOSTILE, REQUIREMENTS, clean, hostile, mixed, phone, report, result


def test_the_verdict_comes_first() -> None:
    """With the share of MUST requirements that was judged."""
    assert markdown.render(clean()).startswith("## ✅ CONFORMS: 10 of 10 MUST requirements judged; all conform\n")


def test_a_finding_has_all_that_mends_it() -> None:
    """Place, expected, actual, hint, and how to run it again."""
    page = markdown.render(mixed())
    for part in (
        "4.0.1 … 4.6.3 (26 versions) · order CT-1007 · exchange 17 of 4.0.1",
        "`/Orders/Order[3]/Customer/BillTo/Phone`",
        "expected `+49 30 901820`",
        "actual `030901820`",
        "--only CUS-2",
    ):
        assert part in page


def test_a_heading_after_a_block_of_html_has_a_blank_line_before() -> None:
    """Else Markdown takes it for part of the block."""
    lines = markdown.render(mixed()).splitlines()
    for above, line in pairwise(lines):
        assert not (line.startswith("#") and above)


def test_every_row_has_as_many_cells_as_the_head() -> None:
    """Whatever a feature is called."""
    rows = [line for line in markdown.render(hostile()).splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


def test_hostile_text_stays_text() -> None:
    """Outside code no mark-up, no mention, no link; the fence of code is longer than any inside."""
    page = markdown.render(hostile())
    outside = re.sub(r"``[^\n]*?``(?!`)|<summary>.*</summary>", "", page)
    assert "<script" not in outside
    assert "@all" not in outside
    assert "[x](" not in outside
    assert not set(page) & set("\x00\x1b\r\u202e\udc80")


@pytest.mark.parametrize("raw", ["", " ", "`", "``", "a`b``c", "a|b", HOSTILE])
def test_code_can_not_be_ended_from_within(raw: str) -> None:
    """The same fence at both ends and nowhere else."""
    made = markdown.code(raw)
    fence = re.match(r"`+", made)
    assert fence is not None
    assert made.endswith(fence[0])
    assert fence[0] not in re.findall(r"`+", made)[1:-1]
    assert "|" not in made


def test_it_fits_into_a_comment() -> None:
    """What doesn't is left to report.html, and said."""
    findings = [phone(f"CT-{n}" + "x" * 200, "1") for n in range(100)]
    many = [msgspec.structs.replace(r, id=f"{r.id}-{n}") for r in REQUIREMENTS for n in range(9)]
    page = markdown.render(report([result(r.id, "deviates", "4.3.4", *findings) for r in many], requirements=many))
    assert len(page) < 65_536
    assert "left out for length; see report.html" in page
