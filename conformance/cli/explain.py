"""The text of ``conformance explain``: title, source, scenarios and defects of a requirement."""

from __future__ import annotations

import textwrap

from conformance.contract.requirements import requirements, scenario_lines
from conformance.core.model import Role
from conformance.report.sources import describe

WIDTH = 80
"""Columns of the text."""


def explanation(requirement_id: str) -> str:
    """Return everything about a requirement, as text for a terminal."""
    from mockstore.behaviours.defects import defects

    roles: tuple[Role, ...] = ("store", "importer")
    role, each = next((role, each) for role in roles for each in requirements(role) if each.id == requirement_id)
    command = "run URL" if role == "store" else "importer …"
    lines = [f"{each.id} · {each.level.upper()} · {each.feature}", ""]
    lines += textwrap.wrap(each.title, WIDTH)
    lines += ["", "Source"]
    lines += [f"  {line}" for line in textwrap.wrap("; ".join(describe(each.source)), WIDTH - 2)]
    lines += ["", f"Needs    {each.needs}", f"Run      conformance {command} --only {each.id}", "", "Scenarios"]
    lines += [
        f"  {line.strip()}" if line.strip().startswith("@") else line[2:]
        for line in scenario_lines(requirement_id, role)
    ]
    if found := [defect for defect in defects().values() if requirement_id in defect.caught_by]:
        lines += ["", "Defects that violate it (conformance run --defect NAME shows the report)"]
        for defect in found:
            seen = f" Seen in: {defect.seen}." if defect.seen else ""
            lines += textwrap.wrap(
                f"{defect.id}: {defect.sentence}{seen}",
                WIDTH - 2,
                initial_indent="  ",
                subsequent_indent="    ",
            )
    return "\n".join(lines)
