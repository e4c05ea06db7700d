"""overview.json and index.html: one row for each endpoint of ``--targets``, worst first, with a link to its report."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from conformance.core.exit_status import CONFORMING, DEVIATING, FAILED, INCOMPLETE
from conformance.report.model import Report
from conformance.report.summary import is_new
from conformance.report.wording import headline

WORST_STATUS_FIRST = (FAILED, DEVIATING, INCOMPLETE, CONFORMING)
"""Exit statuses, worst first: error of the suite, deviation, incomplete, conforming."""
COLOURS = {FAILED: "#7a1fa2", DEVIATING: "#b3261e", INCOMPLETE: "#8a5a00", CONFORMING: "#1b6e3c"}


@dataclass(frozen=True)
class OverviewRow:
    """One endpoint; ``trouble`` is the reason why there is no report, ``trouble_status`` the exit status for it."""

    name: str
    report: Report | None
    trouble: str = ""
    trouble_status: int = FAILED

    @property
    def exit_status(self) -> int:
        """The exit status of the run."""
        return self.trouble_status if self.report is None else self.report.summary.exit_status

    @property
    def headline(self) -> str:
        """The verdict in one line."""
        return self.trouble if self.report is None else headline(self.report)

    @property
    def deviating(self) -> tuple[str, ...]:
        """The MUST requirements that deviate and are not in the baseline."""
        if self.report is None:
            return ()
        must = {each.id for each in self.report.requirements if each.level == "must"}
        found = (result.requirement for result in self.report.results if is_new(result))
        return tuple(dict.fromkeys(name for name in found if name in must))


def worst_status(rows: Sequence[OverviewRow]) -> int:
    """Return the worst exit status of all rows."""
    return next((status for status in WORST_STATUS_FIRST if any(row.exit_status == status for row in rows)), CONFORMING)


def sort_rows(rows: Sequence[OverviewRow]) -> list[OverviewRow]:
    """Return the rows worst first, then by name."""
    return sorted(rows, key=lambda row: (WORST_STATUS_FIRST.index(row.exit_status), -len(row.deviating), row.name))


def as_json(rows: Sequence[OverviewRow]) -> bytes:
    """Return overview.json."""
    listed = [
        {
            "name": row.name,
            "target": row.report.target if row.report else "",
            "exit_status": row.exit_status,
            "headline": row.headline,
            "deviating": list(row.deviating),
            "report": f"{row.name}/report.json" if row.report else None,
        }
        for row in rows
    ]
    return (
        msgspec.json.format(msgspec.json.encode({"exit_status": worst_status(rows), "targets": listed}), indent=2)
        + b"\n"
    )


def as_html(rows: Sequence[OverviewRow]) -> str:
    """Return index.html, which opens from disk and links to the reports."""
    lines = []
    for row in sort_rows(rows):
        name = html.escape(row.name)
        link = f'<a href="{name}/report.html">{name}</a>' if row.report else name
        target = html.escape(row.report.target) if row.report else ""
        lines.append(
            f'<tr><td style="border-left:.4rem solid {COLOURS[row.exit_status]}">{link}<br><small>{target}</small></td>'
            f"<td>{html.escape(row.headline)}</td><td>{html.escape(' '.join(row.deviating)) or '·'}</td></tr>"
        )
    good = sum(row.exit_status == CONFORMING for row in rows)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Conformance of several endpoints</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><style>"
        "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}"
        "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.5rem .7rem;"
        "border-bottom:1px solid #d0d4da;overflow-wrap:anywhere}small{color:#57606a}"
        "@media(max-width:40rem){table,tbody,tr,td{display:block}th{display:none}td{border:0;padding:.1rem .7rem}"
        "tr{border-bottom:1px solid #d0d4da;padding:.5rem 0;display:block}}</style>"
        f"<h1>{good} of {len(rows)} endpoints conform</h1><table><tr><th>Endpoint</th><th>Verdict</th>"
        f"<th>MUST requirements that deviate</th></tr>{''.join(lines)}</table></html>\n"
    )
