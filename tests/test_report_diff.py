"""The comparison of two reports."""

from __future__ import annotations

import io
import os
from pathlib import Path

from rich.console import Console

from conformance.core.model import Requirement, Verdict
from conformance.report.diff import Diff, compare, headline, render
from conformance.report.model import Report
from tests.support.reports import REQUIREMENTS, clean, hostile, mixed, report, result


def run(versions: tuple[str, ...] = ("1", "2"), **verdicts: Verdict) -> Report:
    """Return a report in which all requirements conform except those named, as in ``CUS_2="deviates"``."""
    named = {name.replace("_", "-"): verdict for name, verdict in verdicts.items()}
    return report(
        [result(r.id, named.get(r.id, "conforms"), v) for r in REQUIREMENTS for v in versions],
        versions=versions,
    )


def ids(diff: Diff) -> dict[str, list[str]]:
    kinds = ("newly_deviating", "fixed", "newly_judged", "no_longer_judged", "still_deviating", "added")
    found = {kind: [change.requirement.id for change in getattr(diff, kind)] for kind in kinds}
    return {kind: names for kind, names in found.items() if names}


def test_the_same_run_twice() -> None:
    """Two equal reports have no differences."""
    diff = compare(mixed(), mixed())
    assert ids(diff) == {"still_deviating": ["CON-5", "CUS-2", "NOT-1", "LOC-1"]}
    assert not diff.worse
    assert not diff.changed
    assert headline(diff).startswith("NO CHANGE")


def test_every_kind_of_change() -> None:
    """A requirement can be newly deviating, fixed, newly judged or no longer judged."""
    old = run(CUS_1="deviates", GIF_1="not-exercised", LOC_1="deviates", NOT_1="not-exercised")
    new = run(CUS_2="deviates", STA_4="error", LOC_1="deviates", NOT_1="deviates")
    diff = compare(old, new)
    assert ids(diff) == {
        "newly_deviating": ["CUS-2", "NOT-1"],
        "fixed": ["CUS-1"],
        "newly_judged": ["GIF-1"],
        "no_longer_judged": ["STA-4"],
        "still_deviating": ["LOC-1"],
    }
    assert diff.newly_deviating[0].versions == ("1", "2")
    assert (diff.newly_deviating[1].before, diff.newly_deviating[1].after) == ("not-exercised", "deviates")
    assert diff.worse
    assert headline(diff) == "WORSE: 2 newly deviating, 1 fixed, 1 newly judged, 1 no longer judged"


def test_losing_a_verdict_is_not_better() -> None:
    """A requirement that conformed and is not exercised now is listed."""
    diff = compare(run(CUS_1="deviates"), run(CUS_1="not-exercised"))
    assert headline(diff) == "LESS JUDGED: 1 no longer judged"


def test_a_requirement_new_in_the_suite_is_never_worse() -> None:
    """A requirement that only the newer suite has is listed separately with its verdict, and so is one that is gone."""
    fresh = Requirement("NEW-1", "must", "Gift", "new", "G")
    old = report([result(r.id) for r in REQUIREMENTS])
    new = report(
        [*(result(r.id) for r in REQUIREMENTS[1:]), result("NEW-1", "deviates")],
        requirements=(*REQUIREMENTS[1:], fresh),
        suite_version="0.2.0",
    )
    diff = compare(old, new)
    assert ids(diff) == {"added": ["NEW-1"]}
    assert diff.dropped == REQUIREMENTS[:1]
    assert not diff.worse


def test_versions_of_one_run_only_are_not_compared() -> None:
    """A version of only one report is not compared, unless each report has one version (the shop was upgraded)."""
    diff = compare(run(("1", "2")), run(("2", "3"), CUS_1="deviates"))
    assert diff.compared == ("2",)
    assert diff.newly_deviating[0].versions == ("2",)
    upgraded = compare(run(("4.3.4",)), run(("4.6.3",), CUS_1="deviates"))
    assert upgraded.newly_deviating[0].versions == ("4.6.3",)
    nothing = compare(run(("1", "2")), run(("3", "4"), CUS_1="deviates"))
    assert headline(nothing).startswith("NOT COMPARABLE")
    assert not nothing.worse


def test_info_is_not_compared() -> None:
    """INFO requirements are never judged, so they are not compared."""
    assert not compare(run(CON_11="conforms"), run(CON_11="deviates")).changed


def rendered(diff: Diff) -> str:
    out = io.StringIO()
    render(diff, Console(file=out, width=80, color_system=None))
    return out.getvalue()


def test_the_view_at_80_columns() -> None:
    """The view begins with the headline, describes both runs, and lists each change with its versions."""
    fresh = Requirement("NEW-1", "must", "Gift", "A requirement that the older suite didn't have", "G")
    new = run(CUS_2="deviates", GIF_1="not-exercised")
    new = report(
        [*new.results, result("NEW-1", "deviates", "1")],
        requirements=(*REQUIREMENTS, fresh),
        versions=("1", "2"),
        suite_version="0.2.0",
    )
    text = "\n".join(line.rstrip() for line in rendered(compare(run(CUS_1="deviates"), new)).splitlines()) + "\n"
    snapshot = Path(__file__).parent / "snapshots" / "diff.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(text, encoding="utf-8")
    assert text == snapshot.read_text(encoding="utf-8")


def test_hostile_text_stays_text() -> None:
    """The view shows hostile text without control characters or markup."""
    text = rendered(compare(clean(), hostile())) + rendered(compare(hostile(), hostile()))
    assert not set(text) & set("\x00\x1b\r\u202e\udc80")
