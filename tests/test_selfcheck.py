"""The proof that the suite finds defects and accepts variants: a quick part always, all of it in CI."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract.requirements import requirements
from conformance.runner.selfcheck import as_text, declared_page, selfcheck
from mockstore.behaviours.defects import defects
from mockstore.behaviours.variants import variants

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


@pytest.mark.slow
def test_the_matrix_is_exact() -> None:
    """For every defect, exactly the declared requirements deviate; for every variant, none."""
    assert not as_text(selfcheck({*defects(), *variants()}, jobs=2))
