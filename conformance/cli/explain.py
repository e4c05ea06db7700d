"""What a requirement asks for, in a terminal: title, source, how it is judged, which defects break it."""

from __future__ import annotations

import textwrap

from conformance.contract.requirements import feature_files, requirements
from conformance.core.model import Role
from conformance.report.sources import describe

WIDTH = 80


def explanation(requirement_id: str) -> str:
    """Everything about one requirement."""
    from mockstore.behaviours.defects import defects

    roles: tuple[Role, ...] = ("store", "importer")
    role, each = next((role, each) for role in roles for each in requirements(role) if each.id == requirement_id)
    again = "run URL" if role == "store" else "importer …"
    lines = [f"{each.id} · {each.level.upper()} · {each.feature}", ""]
    lines += textwrap.wrap(each.title, WIDTH)
    lines += ["", "Source"]
    lines += [f"  {line}" for line in textwrap.wrap("; ".join(describe(each.source)), WIDTH - 2)]
    lines += ["", f"Needs    {each.needs}", f"Again    conformance {again} --only {each.id}", "", "Scenarios"]
    lines += scenarios(requirement_id, role)
    if breaking := [defect for defect in defects().values() if requirement_id in defect.caught_by]:
        lines += ["", "Seen broken (conformance run --defect NAME shows the report)"]
        for defect in breaking:
            seen = f" Seen in: {defect.seen}." if defect.seen else ""
            lines += textwrap.wrap(
                f"{defect.id}: {defect.sentence}{seen}",
                WIDTH - 2,
                initial_indent="  ",
                subsequent_indent="    ",
            )
    return "\n".join(lines)


def scenarios(requirement_id: str, role: Role = "store") -> list[str]:
    """The requirement's scenarios, as the feature file has them."""
    for path in feature_files(role):
        lines = path.read_text(encoding="utf-8").splitlines()
        start = next((n for n, line in enumerate(lines) if line.strip().startswith(f"Rule: {requirement_id} ·")), None)
        if start is not None:
            end = next(
                (n for n in range(start + 1, len(lines)) if lines[n].strip().startswith("Rule:")),
                len(lines) + 2,
            )
            body = [line for line in lines[start + 2 : end - 1] if line.strip()]
            return [f"  {line.strip()}" if line.strip().startswith("@") else line[2:] for line in body]
    return []
