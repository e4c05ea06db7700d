"""The proof that the suite finds defects and accepts variants: it judges every defect and every variant.

The requirements that deviate must be exactly those that the defect declares; for a variant, none may deviate. Each
requirement that is judged must have a defect. The result is a matrix. It is a page of the documentation
(docs/defects.md) and part of the tests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from conformance.contract.requirements import requirements
from conformance.core.events import ignore_event
from conformance.core.interrupts import stop_reason
from conformance.core.verdict import Outcome, verdict_of
from conformance.runner.results import SessionResult
from conformance.runner.settings import EmbeddedTarget, RunSettings
from conformance.runner.workers import run_in_workers
from mockstore.behaviours.defects import Defect, defects
from mockstore.behaviours.variants import Variant, variants

JUDGED_VERSION = "4.3.4"
"""CS-Cart version of the stores that are judged."""
NOT_JUDGED = "not judged, because the run was stopped: {}"
"""A line on a run that was stopped."""
MAX_BATCH = 24
"""Targets in one session: enough to share its cost, few enough to fit in memory."""


@dataclass(frozen=True)
class MatrixRow:
    """A defect or variant: the requirements that it declares, and those that deviated."""

    id: str
    sentence: str
    seen: str
    declared: frozenset[str]
    deviating: frozenset[str]
    errors: tuple[str, ...] = ()
    """Requirements with an error, or not exercised for a variant, with the reason."""

    @property
    def missed(self) -> frozenset[str]:
        """Requirements that are declared and did not deviate."""
        return self.declared - self.deviating

    @property
    def accused(self) -> frozenset[str]:
        """Requirements that deviated and are not declared."""
        return self.deviating - self.declared

    @property
    def is_right(self) -> bool:
        """True if exactly the declared requirements deviated, and nothing failed."""
        return not self.missed and not self.accused and not self.errors


@dataclass(frozen=True)
class Matrix:
    """All rows, and the requirements that no defect violates."""

    defects: tuple[MatrixRow, ...]
    variants: tuple[MatrixRow, ...]
    without_defect: tuple[str, ...]
    unjudged: int = 0
    """Defects and variants that were not judged, because the run was stopped."""

    @property
    def wrong(self) -> tuple[MatrixRow, ...]:
        """The rows that are not as declared."""
        return tuple(row for row in (*self.defects, *self.variants) if not row.is_right)

    @property
    def is_right(self) -> bool:
        """True if every row is right, and every requirement has a defect."""
        return not self.wrong and not self.without_defect


def selfcheck(
    names: Iterable[str] = (), *, jobs: int = 1, watch: Callable[[int, int], None] = lambda done, of: None
) -> Matrix:
    """Judge the defects and variants of these names, or all, and return the matrix.

    If the run is stopped, the matrix has those that were judged by then.
    """
    chosen = frozenset(names)
    every: list[Defect | Variant] = [*defects().values(), *variants().values()]
    wanted = [each for each in every if not chosen or each.id in chosen]
    done = 0

    def judged(more: int) -> None:
        nonlocal done
        done += more
        watch(done, len(wanted))

    watch(0, len(wanted))
    settings = RunSettings(targets=tuple(target_of(each) for each in wanted), jobs=jobs, explains_findings=False)
    whole = run_in_workers(settings, ignore_event, max_batch=MAX_BATCH, judged=judged)
    if not (whole.stopped or stop_reason()):
        return matrix_of(wanted, whole, whole=not chosen)
    finished = {outcome.target for outcome in whole.outcomes}.difference(whole.unfinished)
    known = [each for each in wanted if target_of(each).name in finished]
    return replace(matrix_of(known, whole, whole=False), unjudged=len(wanted) - len(known))


def target_of(each: Defect | Variant) -> EmbeddedTarget:
    """Return an embedded store with this defect, or of this variant."""
    if isinstance(each, Defect):
        return EmbeddedTarget(JUDGED_VERSION, defects=(each.id,), label=f"defect {each.id}")
    return EmbeddedTarget(JUDGED_VERSION, variants=(each.id,), label=f"variant {each.id}")


def matrix_of(wanted: Iterable[Defect | Variant], judged: SessionResult, *, whole: bool) -> Matrix:
    """Return the matrix for the results. Pure."""
    outcomes: dict[str, dict[str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for outcome in judged.outcomes:
        outcomes[outcome.target][outcome.requirement].append(outcome)
    rows: dict[bool, list[MatrixRow]] = {True: [], False: []}
    for each in wanted:
        verdicts = {name: verdict_of(found) for name, found in outcomes[target_of(each).name].items()}
        is_defect = isinstance(each, Defect)
        rows[is_defect].append(
            MatrixRow(
                each.id,
                each.sentence,
                each.seen if isinstance(each, Defect) else "",
                each.caught_by if isinstance(each, Defect) else frozenset(),
                frozenset(name for name, (verdict, _) in verdicts.items() if verdict == "deviates"),
                tuple(
                    f"{name}: {verdict}: {reason}"
                    for name, (verdict, reason) in verdicts.items()
                    if verdict == "error" or (verdict == "not-exercised" and not is_defect)
                ),
            )
        )
    violated = {name for row in rows[True] for name in row.deviating}
    without_defect = tuple(
        each.id for each in requirements() if whole and each.level != "info" and each.id not in violated
    )
    return Matrix(tuple(rows[True]), tuple(rows[False]), without_defect)


def page(matrix: Matrix) -> str:
    """Return the matrix as a page of the documentation."""
    catalogue = requirements()
    by_requirement: dict[str, list[str]] = defaultdict(list)
    for row in matrix.defects:
        for name in row.deviating:
            by_requirement[name].append(row.id)
    lines = [
        "# Defects that the suite finds, and variants that it accepts",
        "",
        "Written by `conformance selfcheck --declared --page docs/defects.md`. A test compares it with the code.",
        "",
        f"{len(matrix.defects)} defects: for each, exactly the requirements listed deviate. "
        f"{len(matrix.variants)} variants: for each, no requirement deviates.",
        "",
        "## Defects",
        "",
        "| defect | what the store does | found by | seen in |",
        "|---|---|---|---|",
        *(f"| `{row.id}` | {row.sentence} | {' '.join(sorted(row.declared))} | {row.seen} |" for row in matrix.defects),
        "",
        "## Variants",
        "",
        "| variant | what the store does |",
        "|---|---|",
        *(f"| `{row.id}` | {row.sentence} |" for row in matrix.variants),
        "",
        "## Requirements and the defects that violate them",
        "",
        "| requirement | level | defects |",
        "|---|---|---|",
        *(
            f"| {each.id} {each.title.replace('|', '/')} | {each.level} | "
            f"{', '.join(f'`{name}`' for name in sorted(by_requirement[each.id])) or '–'} |"
            for each in catalogue
        ),
    ]
    return "\n".join(lines) + "\n"


def declared_page() -> str:
    """Return the page as it is if every row is right: made from what is declared, without judging."""
    rows = tuple(
        MatrixRow(each.id, each.sentence, each.seen, each.caught_by, each.caught_by) for each in defects().values()
    )
    right = tuple(MatrixRow(each.id, each.sentence, "", frozenset(), frozenset()) for each in variants().values())
    return page(Matrix(rows, right, ()))


def as_text(matrix: Matrix) -> list[str]:
    """Return what is wrong, as lines for a terminal."""
    lines = []
    for row in matrix.wrong:
        lines.append(f"{row.id}: {row.sentence}")
        if row.missed:
            lines.append(f"  does not deviate  {' '.join(sorted(row.missed))}")
        if row.accused:
            lines.append(f"  also deviates     {' '.join(sorted(row.accused))}")
        lines += [f"  {error}" for error in row.errors]
    if matrix.unjudged:
        lines.append(NOT_JUDGED.format(matrix.unjudged))
    if matrix.without_defect:
        lines.append(f"no defect violates {' '.join(matrix.without_defect)}")
    return lines
