"""Annotations of GitHub Actions: the verdict, and a line for each requirement that deviates. Pure.

GitHub shows at most ten errors and ten warnings of a step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from conformance.core.exit_status import CONFORMING
from conformance.core.model import Requirement
from conformance.report.model import Report, Result
from conformance.report.summary import failing_levels, is_new
from conformance.report.wording import cut, gate_level, one_line, value_text, verdict_detail, verdict_word

MAX_SHOWN = 8
"""Requirements of one kind that are shown; beside them, there are the verdict and the number of the others."""
MAX_TEXT = 400
"""Characters shown of a message or value."""

Kind = Literal["error", "warning", "notice"]


def render(report: Report, name: str = "") -> list[str]:
    """Return the annotations of a report, each as a line that GitHub understands. ``name`` is that of the target."""
    lead = f"{name}: " if name else ""
    kind: Kind = "notice" if report.summary.exit_status == CONFORMING else "error"
    lines = [annotation(kind, f"{lead}{verdict_word(report)}", verdict_detail(report))]
    failing = failing_levels(gate_level(report))
    deviating = {
        requirement.id: (requirement, results)
        for requirement in report.requirements
        if (results := [each for each in report.results if each.requirement == requirement.id and is_new(each)])
    }
    for kind, shown in (
        ("error", [each for each in deviating.values() if each[0].level in failing]),
        ("warning", [each for each in deviating.values() if each[0].level not in failing]),
    ):
        lines += list(_of_kind(kind, shown, lead))
    return lines


def _of_kind(kind: Kind, deviating: Sequence[tuple[Requirement, list[Result]]], lead: str) -> Iterator[str]:
    for requirement, results in deviating[:MAX_SHOWN]:
        title = f"{lead}{requirement.id} deviates ({requirement.level.upper()})"
        yield annotation(kind, title, "\n".join([requirement.title, *_first_finding(results)]))
    if left := [requirement.id for requirement, _ in deviating[MAX_SHOWN:]]:
        yield annotation(kind, f"{lead}{len(left)} more deviate", ", ".join(left))


def _first_finding(results: Sequence[Result]) -> Iterator[str]:
    evidence = next((evidence for result in results for evidence in result.evidence), None)
    if evidence is None:
        return
    where = [f"order {evidence.order}"] if evidence.order else []
    yield one_line(cut(": ".join([*where, evidence.message]), MAX_TEXT))
    if evidence.expected is not None or evidence.actual is not None:
        for label, value in (("expected", evidence.expected), ("actual", evidence.actual)):
            yield f"{label}: {one_line(cut(value_text(value), MAX_TEXT))}"
    if (more := sum(len(result.evidence) for result in results) - 1) > 0:
        yield f"and {more} more"


def annotation(kind: Kind, title: str, text: str) -> str:
    """Return an annotation as a line that GitHub understands."""
    return f"::{kind} title={_escaped(title, ':,')}::{_escaped(text)}"


def _escaped(text: str, also: str = "") -> str:
    """Return a text with the characters replaced that would end it."""
    for character in f"%\r\n{also}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text
