"""Orders from a covering array: each level of a factor occurs together with each level of every other factor.

The array is fixed, so that every run makes the same orders. ``tests/support/covering_array.py`` computes it, and
writes :data:`ROWS_FILE` and the page ``docs/covering-array.md``. A test proves that no pair is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from mockstore.orders.factors import FACTORS, draft_of
from mockstore.orders.specimens import Specimen, SpecimenMaker
from mockstore.shop.facts import StoreFacts

ROWS_FILE = "covering_array.txt"
"""A line for each order, with a digit for each factor: the place of the level, from 0 on."""
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
NAME_PREFIX = "mix-"
AFTER_SPECIMENS = timedelta(hours=10)
"""Time from the modification of the first specimen to that of the first order of the array."""


@cache
def rows() -> tuple[tuple[str, ...], ...]:
    """Return the rows of the array: for each order, the name of a level of each factor."""
    lines = files("mockstore.orders").joinpath(ROWS_FILE).read_text("ascii").split()
    names = [tuple(factor.levels) for factor in FACTORS]
    return tuple(
        tuple(levels[DIGITS.index(place)] for levels, place in zip(names, line, strict=True)) for line in lines
    )


def covering_orders(facts: StoreFacts, base: datetime, run: str = "ct") -> Iterator[Specimen]:
    """Yield an order for each row of the array, modified from ``base`` on, seven minutes apart."""
    make = SpecimenMaker(facts, base, run)
    for number, levels in enumerate(rows(), start=1):
        name = f"{NAME_PREFIX}{number}"
        yield Specimen(name, draft_of(make, name, levels))
