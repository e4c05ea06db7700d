"""The proof that the suite tells right from wrong: every defect and every variant, judged.

A defect must be caught by exactly the requirements that it declares, a variant by none,
and there must be a defect for every requirement that is judged. The result is a matrix,
which is a page of the documentation and part of the tests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conformance.contract.requirements import requirements
from conformance.core.events import ignore_event
from conformance.core.verdict import Outcome, verdict_of
from conformance.runner.results import SessionResult
from conformance.runner.settings import EmbeddedTarget, RunSettings
from conformance.runner.workers import run_in_workers
from mockstore.behaviours.defects import Defect, defects
from mockstore.behaviours.variants import Variant, variants

VERSION = "4.3.4"
BATCH = 24
"""Targets judged in one go: enough to share the cost of a session, few enough to fit in memory."""


@dataclass(frozen=True)
class MatrixRow:
    """A defect or variant, and which requirements deviated."""

    id: str
    sentence: str
    seen: str
    declared: frozenset[str]
    deviating: frozenset[str]
    faults: tuple[str, ...] = ()

    @property
    def missed(self) -> frozenset[str]:
        """Declared, and not found."""
        return self.declared - self.deviating

    @property
    def accused(self) -> frozenset[str]:
        """Found, and not declared."""
        return self.deviating - self.declared

    @property
    def right(self) -> bool:
        """Whether exactly what was declared deviates, and nothing of ours failed."""
        return not self.missed and not self.accused and not self.faults


@dataclass(frozen=True)
class Matrix:
    """All rows, and the requirements that no defect breaks."""

    defects: tuple[MatrixRow, ...]
    variants: tuple[MatrixRow, ...]
    unbroken: tuple[str, ...]

    @property
    def wrong(self) -> tuple[MatrixRow, ...]:
        """The rows that aren't as declared."""
        return tuple(row for row in (*self.defects, *self.variants) if not row.right)

    @property
    def right(self) -> bool:
        """Whether there is nothing to mend."""
        return not self.wrong and not self.unbroken


def selfcheck(
    names: Iterable[str] = (), *, jobs: int = 1, watch: Callable[[int, int], None] = lambda done, of: None
) -> Matrix:
    """Judge the defects and variants of these names, or all, and return the matrix.

    Raises:
        KeyboardInterrupt: SIGINT came, so that the matrix would be incomplete.
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
    settings = RunSettings(targets=tuple(target_of(each) for each in wanted), jobs=jobs)
    whole = run_in_workers(settings, ignore_event, most=BATCH, judged=judged)
    if whole.interrupted:
        raise KeyboardInterrupt
    return matrix_of(wanted, whole, whole=not chosen)


def target_of(each: Defect | Variant) -> EmbeddedTarget:
    """The embedded store that has this defect, or is this variant."""
    if isinstance(each, Defect):
        return EmbeddedTarget(VERSION, defects=(each.id,), label=f"defect {each.id}")
    return EmbeddedTarget(VERSION, variants=(each.id,), label=f"variant {each.id}")


def matrix_of(wanted: Iterable[Defect | Variant], judged: SessionResult, *, whole: bool) -> Matrix:
    """The matrix that a judgement makes; pure."""
    outcomes: dict[str, dict[str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for outcome in judged.outcomes:
        outcomes[outcome.target][outcome.requirement].append(outcome)
    rows: dict[bool, list[MatrixRow]] = {True: [], False: []}
    for each in wanted:
        verdicts = {name: verdict_of(found) for name, found in outcomes[target_of(each).name].items()}
        bad = isinstance(each, Defect)
        rows[bad].append(
            MatrixRow(
                each.id,
                each.sentence,
                each.seen if isinstance(each, Defect) else "",
                each.caught_by if isinstance(each, Defect) else frozenset(),
                frozenset(name for name, (verdict, _) in verdicts.items() if verdict == "deviates"),
                tuple(
                    f"{name}: {verdict}: {reason}"
                    for name, (verdict, reason) in verdicts.items()
                    if verdict == "error" or (verdict == "not-exercised" and not bad)
                ),
            )
        )
    broken = {name for row in rows[True] for name in row.deviating}
    unbroken = tuple(each.id for each in requirements() if whole and each.level != "info" and each.id not in broken)
    return Matrix(tuple(rows[True]), tuple(rows[False]), unbroken)


def page(matrix: Matrix) -> str:
    """The matrix as a page of the documentation."""
    catalogue = requirements()
    by_requirement: dict[str, list[str]] = defaultdict(list)
    for row in matrix.defects:
        for name in row.deviating:
            by_requirement[name].append(row.id)
    lines = [
        "# What the suite catches, and what it lets pass",
        "",
        "Made by `conformance selfcheck --page`; a test holds it to the code.",
        "",
        f"{len(matrix.defects)} defects, each caught by exactly the requirements named; "
        f"{len(matrix.variants)} variants, none accused.",
        "",
        "## Defects",
        "",
        "| defect | what it does | caught by | seen in |",
        "|---|---|---|---|",
        *(f"| `{row.id}` | {row.sentence} | {' '.join(sorted(row.declared))} | {row.seen} |" for row in matrix.defects),
        "",
        "## Variants",
        "",
        "| variant | what it does |",
        "|---|---|",
        *(f"| `{row.id}` | {row.sentence} |" for row in matrix.variants),
        "",
        "## Requirements and the defects that break them",
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
    """The page that a matrix without a fault makes: what is declared, without judging it."""
    rows = tuple(
        MatrixRow(each.id, each.sentence, each.seen, each.caught_by, each.caught_by) for each in defects().values()
    )
    right = tuple(MatrixRow(each.id, each.sentence, "", frozenset(), frozenset()) for each in variants().values())
    return page(Matrix(rows, right, ()))


def as_text(matrix: Matrix) -> list[str]:
    """What is wrong, for a terminal."""
    lines = []
    for row in matrix.wrong:
        lines.append(f"{row.id}: {row.sentence}")
        if row.missed:
            lines.append(f"  not caught by  {' '.join(sorted(row.missed))}")
        if row.accused:
            lines.append(f"  caught also by {' '.join(sorted(row.accused))}")
        lines += [f"  {fault}" for fault in row.faults]
    if matrix.unbroken:
        lines.append(f"no defect breaks {' '.join(matrix.unbroken)}")
    return lines
