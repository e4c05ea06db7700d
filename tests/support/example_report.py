"""Writes docs/example-report.md: what the suite finds in recorded traffic of the real add-on.

Run ``python -m tests.support.example_report``. ``tests/test_recorded_traffic.py`` checks that the page is current.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from conformance.report import markdown
from conformance.report.model import Report
from conformance.runner.run import run
from conformance.runner.settings import RunSettings, TrafficTarget

FOLDER = Path("tests/recordings")
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "example-report.md"
RELEASES = ("addon-1.0.12", "addon-1.0.10")
INTRO = """# An example of a report

This page shows what the suite finds in recorded traffic of the ShipStation add-on for CS-Cart
([tests/recordings](../tests/recordings/README.md)). The suite judged the traffic without a network:

    conformance recheck tests/recordings/addon-1.0.12

Nobody knows which orders that shop held, so the scope is observation. A requirement is *not exercised* if replies alone
cannot show it, or if its exchange was not recorded. Below is `report.md` for each release, as it looks in a pull
request.
`python -m tests.support.example_report` writes this page.
"""


def report_on(release: str) -> Report:
    """Return the report on the traffic of one release, with a fixed time."""
    target = TrafficTarget(str(FOLDER / release), release)
    report = run(RunSettings((target,), scope="observation"))
    return msgspec.structs.replace(report, started_at="2026-11-24T00:29:00Z", duration_s=1.0)


def page() -> str:
    """Return the page."""
    parts = [f"\n## {release}\n\n{markdown.render(report_on(release)).strip()}\n" for release in RELEASES]
    return INTRO + "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
