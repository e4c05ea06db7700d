"""The proof that the suite finds defects and accepts variants: a quick part always, all of it in CI."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.cli import selfcheck as cli
from conformance.contract.requirements import requirements
from conformance.core.finding import Finding
from conformance.core.interrupts import take_signals
from conformance.core.verdict import Outcome
from conformance.runner import selfcheck as proof
from conformance.runner.results import SessionResult
from conformance.runner.selfcheck import as_text, declared_page, selfcheck
from conformance.runner.timing import Durations
from mockstore.behaviours.defects import defects
from mockstore.behaviours.variants import variants
from tests.support.commands import command

PAGE = Path(__file__).parents[1] / "docs" / "defects.md"

QUICK = (
    "window-in-shop-zone",
    "retry-books-twice",
    "discount-positive",
    "elements-backwards",
)
"""A defect for each kind of step, and a variant."""


def known(names: tuple[str, ...]) -> list[str]:
    """Return the names that exist; at least half of them must."""
    found = [name for name in names if name in {*defects(), *variants()}]
    assert len(found) * 2 >= len(names), "the quick part names defects that are gone"
    return found


def test_every_defect_declares_requirements_that_exist() -> None:
    """Each requirement that a defect declares exists."""
    ids = {requirement.id for requirement in requirements()}
    wrong = {each.id: each.caught_by - ids for each in defects().values() if not each.caught_by or each.caught_by - ids}
    assert not wrong


def test_every_judged_requirement_has_a_defect() -> None:
    """Each requirement has a defect that violates it, except INFO requirements."""
    declared = {name for each in defects().values() for name in each.caught_by}
    assert not [each.id for each in requirements() if each.level != "info" and each.id not in declared]


def test_the_page_is_current() -> None:
    """docs/defects.md is what ``conformance selfcheck --declared --page`` writes."""
    assert PAGE.read_text(encoding="utf-8") == declared_page()


def test_a_quick_part_of_the_matrix_is_exact() -> None:
    """For a few defects, exactly the declared requirements deviate; for a variant, none."""
    matrix = selfcheck(known(QUICK))
    assert not as_text(matrix)


@pytest.fixture
def stopped_after_one(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A run of this process gets SIGINT when one store is judged."""

    def progress(done: int, total: int) -> None:
        if done == 1:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(cli, "show_progress", progress)
    monkeypatch.setattr(proof, "MAX_BATCH", 1)
    restore = take_signals()
    yield
    restore()


@pytest.mark.usefixtures("stopped_after_one")
def test_a_run_that_is_stopped_prints_what_was_judged() -> None:
    """The exit status is 3, and requirements without a defect are not reported: the others may violate them."""
    done = command("selfcheck", "discount-positive", "elements-backwards", "--jobs", "1")
    assert done.stdout == (
        "not judged, because the run was stopped: 1\n1 of 1 defects found exactly, 0 of 0 variants accepted\n"
    )
    assert (done.status, done.stderr) == (3, "conformance: SIGINT (Ctrl-C) stopped the run\n")


@pytest.mark.usefixtures("stopped_after_one")
def test_mutants_that_were_judged_are_printed_after_a_stop() -> None:
    """As defects are."""
    done = command("selfcheck", "--mutants", "shipment.pack", "--jobs", "1")
    assert re.fullmatch(r"not judged, because the run was stopped: \d+\n[01] of 1 mutants found\n", done.stdout), (
        done.stdout
    )
    assert (done.status, done.stderr) == (3, "conformance: SIGINT (Ctrl-C) stopped the run\n")


def test_a_store_that_was_judged_in_part_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop within a batch leaves some requirements of each of its stores unjudged."""
    names = ("discount-positive", "retry-books-twice")
    outcomes = tuple(
        Outcome(requirement=requirement, scenario="", target=f"defect {name}", findings=(Finding(message="x"),))
        for name in names
        for requirement in defects()[name].caught_by
    )
    result = SessionResult(outcomes, (), 0, (), Durations(), stopped="SIGINT", unfinished=("defect retry-books-twice",))
    monkeypatch.setattr(proof, "run_in_workers", lambda *settings, **options: result)
    matrix = selfcheck(names)
    assert [row.id for row in matrix.defects] == ["discount-positive"]
    assert (matrix.unjudged, matrix.is_right) == (1, True)


@pytest.mark.slow(minutes=5)
def test_the_matrix_is_exact() -> None:
    """For every defect, exactly the declared requirements deviate; for every variant, none."""
    assert not as_text(selfcheck({*defects(), *variants()}, jobs=2))
