"""Computes the forms of parcels in sequences, and writes them: ``python -m tests.support.parcel_forms``."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations, product
from pathlib import Path

from conformance.checks import parcel_table
from conformance.checks.parcel_forms import FACTORS, first_places, places
from tests.support.action_sequences import pairs_of_levels

PATH = Path(parcel_table.__file__)
FORM = '''"""The form of each parcel that has special values, a digit for each factor.

``python -m tests.support.parcel_forms`` computes them.
"""

TABLE = """\\
{}
"""
'''
SIZES = [len(levels) for levels in FACTORS.values()]
ATTEMPTS, STEPS = 20, 20000


def all_pairs() -> set[tuple[int, int, str, str]]:
    """Return every two levels of different factors."""
    return {
        (one, other, str(first), str(second))
        for one, other in combinations(range(len(SIZES)), 2)
        for first, second in product(range(SIZES[one]), range(SIZES[other]))
    }


def first_levels(rows: Sequence[str]) -> set[tuple[int, str]]:
    """Return the levels that occur in the first parcel of some order: factor, and level."""
    firsts = {*first_places()}
    return {
        (factor, level)
        for row, place in zip(rows, places(), strict=True)
        if place in firsts
        for factor, level in enumerate(row)
    }


def main() -> None:
    """Write the table."""
    wanted = len(all_pairs()), sum(SIZES)
    for seed in range(ATTEMPTS):
        chance = random.Random(seed)
        rows = ["".join(str(chance.randrange(size)) for size in SIZES) for _ in places()]
        rows[0] = "0" * len(SIZES)
        score = _score(rows)
        for _ in range(STEPS):
            place, factor = chance.randrange(1, len(rows)), chance.randrange(len(SIZES))
            row = rows[place]
            rows[place] = row[:factor] + str(chance.randrange(SIZES[factor])) + row[factor + 1 :]
            changed = _score(rows)
            if changed < score:
                rows[place] = row
            else:
                score = changed
        print(score, wanted, len(rows))
        if score == (wanted[0] + 4 * wanted[1]):
            PATH.write_text(FORM.format("\n".join(rows)), "ascii")
            return
    raise SystemExit("no table has all pairs: allow more parcels with special values")


def _score(rows: Sequence[str]) -> int:
    return len(pairs_of_levels(rows)) + 4 * len(first_levels(rows))


if __name__ == "__main__":
    main()
