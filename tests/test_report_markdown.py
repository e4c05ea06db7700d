"""report.md."""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec
import pytest

from conformance.report import markdown
from conformance.report.model import Report
from tests.support.reports import HOSTILE, REQUIREMENTS, clean, hostile, mixed, phone, report, result


def test_the_verdict_comes_first() -> None:
    """The page begins with the verdict and the number of MUST requirements that were judged."""
    assert markdown.render(clean()).startswith("## ✅ CONFORMS: 10 of 10 MUST requirements judged; all conform\n")


def test_a_finding_has_all_that_mends_it() -> None:
    """A finding has place, expected and actual value, hint and the command to run it again."""
    page = markdown.render(mixed())
    for part in (
        "The phone is not the customer's at `/Orders/Order[n]/Customer/BillTo/Phone`",
        "What to do: The country code is cut off",
        "| CT-1007 (plain-1) · 4.0.1 … 4.6.3 (26 versions) | `+49 30 901820` | `030901820` |",
        "In the reply (order CT-1007): `…<Name><![CDATA[Ann Lee]]></Name> <Phone>",
        "--only CUS-2",
    ):
        assert part in page


def test_a_heading_after_a_block_of_html_has_a_blank_line_before() -> None:
    """A blank line separates a heading from HTML before it; otherwise Markdown would not see a heading."""
    lines = markdown.render(mixed()).splitlines()
    for above, line in pairwise(lines):
        assert not (line.startswith("#") and above)


def test_every_row_has_as_many_cells_as_the_head() -> None:
    """Every row of a table has as many cells as its head, even if the name of a feature or a value has a bar."""
    cells = [len(re.findall(r"(?<!\\)\|", row)) if row.startswith("|") else 0 for row in pages(hostile(), mixed())]
    assert sum(map(bool, cells)) > 20
    assert not [pair for pair in pairwise(cells) if all(pair) and len(set(pair)) > 1]


def pages(*reports: Report) -> list[str]:
    """Return the lines of the pages of these reports."""
    return [line for each in reports for line in markdown.render(each).splitlines()]


def test_deviations_come_before_the_table() -> None:
    """The page has the order of the other views."""
    headings = [line for line in pages(mixed()) if line.startswith("### ")]
    assert headings == [
        "### Deviations",
        "### SHOULD deviations (reported; they don't fail the run)",
        "### Errors of the suite itself; please report them",
        "### Known deviations (listed in the baseline)",
        "### Not exercised",
        "### By feature",
    ]


def test_hostile_text_stays_text() -> None:
    """Hostile text makes no markup, no mention and no link, and cannot end inline code."""
    page = markdown.render(hostile())
    outside = re.sub(r"``[^\n]*?``(?!`)|<summary>.*</summary>", "", page)
    assert "<script" not in outside
    assert "@all" not in outside
    assert "[x](" not in outside
    assert not set(page) & set("\x00\x1b\r\u202e\udc80")


@pytest.mark.parametrize("raw", ["", " ", "`", "``", "a`b``c", "a|b", HOSTILE])
def test_code_can_not_be_ended_from_within(raw: str) -> None:
    """The fence around inline code does not occur inside the code."""
    made = markdown.inline_code(raw)
    fence = re.match(r"`+", made)
    assert fence is not None
    assert made.endswith(fence[0])
    assert fence[0] not in re.findall(r"`+", made)[1:-1]
    assert "|" not in made


def test_it_fits_into_a_comment() -> None:
    """A page that would be too long leaves out sections, and says so."""
    findings = [phone(f"CT-{n}" + "x" * 200, "1") for n in range(100)]
    many = [msgspec.structs.replace(r, id=f"{r.id}-{n}") for r in REQUIREMENTS for n in range(9)]
    page = markdown.render(report([result(r.id, "deviates", "4.3.4", *findings) for r in many], requirements=many))
    assert len(page) < 65_536
    assert "left out for length; see report.html" in page
