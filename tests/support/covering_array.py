"""Computes the covering array of orders, and writes it and its page: ``python -m tests.support.covering_array``.

Each row is filled greedily: a level is chosen that brings the most combinations that no earlier row has. This is not
left to allpairspy: 2.5.1 leaves out most combinations of three factors, and makes a fifth more rows for pairs.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from pathlib import Path

from mockstore.orders.covering import DIGITS, ROWS_FILE, rows
from mockstore.orders.factors import FACTORS, IMPOSSIBLE, Factor

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "covering-array.md"
ATTEMPTS = 100
"""The array with the fewest rows of this many attempts is taken."""

Combination = tuple[tuple[int, int], ...]
"""Places of factors and of their levels, in the sequence of the factors."""


def is_possible(combination: Iterable[tuple[int, int]], factors: Sequence[Factor]) -> bool:
    """True if an order can have all of these levels."""
    names = [(factors[place].name, tuple(factors[place].levels)[level]) for place, level in combination]
    return not any(frozenset(pair) in IMPOSSIBLE for pair in combinations(names, 2))


def combinations_to_cover(factors: Sequence[Factor]) -> set[Combination]:
    """Return every pair of levels of two factors, and every triple of levels of three tripled factors."""
    places = range(len(factors))
    groups = [*combinations(places, 2), *combinations([place for place in places if factors[place].tripled], 3)]
    wanted = (
        tuple(zip(group, levels, strict=True))
        for group in groups
        for levels in product(*(range(len(factors[place].levels)) for place in group))
    )
    return {each for each in wanted if is_possible(each, factors)}


def covered(row: Sequence[int], factors: Sequence[Factor]) -> Iterator[Combination]:
    """Yield the combinations that a row covers."""
    tripled = [place for place, factor in enumerate(factors) if factor.tripled]
    for group in (*combinations(range(len(factors)), 2), *combinations(tripled, 3)):
        yield tuple((place, row[place]) for place in group)


def _gain(place: int, level: int, row: Mapping[int, int], left: set[Combination], factors: Sequence[Factor]) -> int:
    fixed = [(other, row[other]) for other in row]
    gain = sum(tuple(sorted(((place, level), each))) in left for each in fixed)
    if factors[place].tripled:
        pairs = combinations([each for each in fixed if factors[each[0]].tripled], 2)
        gain += sum(tuple(sorted(((place, level), *pair))) in left for pair in pairs)
    return gain


def covering_array(factors: Sequence[Factor], chance: random.Random) -> list[tuple[int, ...]]:
    """Return rows that cover every combination; others with another state of ``chance``."""
    left = combinations_to_cover(factors)
    found: list[tuple[int, ...]] = []
    while left:
        largest = max(len(each) for each in left)
        row = dict(chance.choice(sorted(each for each in left if len(each) == largest)))
        rest = [place for place in range(len(factors)) if place not in row]
        chance.shuffle(rest)
        rest.sort(key=lambda place: (not factors[place].tripled, -len(factors[place].levels)))
        for place in rest:
            gains = {
                level: _gain(place, level, row, left, factors)
                for level in range(len(factors[place].levels))
                if is_possible([*row.items(), (place, level)], factors)
            }
            row[place] = chance.choice([level for level, gain in gains.items() if gain == max(gains.values())])
        found.append(tuple(row[place] for place in range(len(factors))))
        left.difference_update(covered(found[-1], factors))
    return found


def page_text() -> str:
    """Return the page that shows factors, levels and rows."""
    lines = [
        "# The covering array of orders",
        "",
        "Many bugs show only where two properties of an order meet. So the suite makes orders in which every level",
        "of each factor meets every level of every other factor. Levels of the factors marked ·3 also meet in threes.",
        "Every field of each order is compared with what the store holds. `mockstore/orders/factors.py` has the",
        "factors, `python -m tests.support.covering_array` writes page and array, and `tests/test_covering.py` proves",
        "that no combination is missing.",
        "",
        "| factor | levels |",
        "|---|---|",
        *(f"| {each.name}{' ·3' if each.tripled else ''} | {' · '.join(each.levels)} |" for each in FACTORS),
        "",
        f"## The {len(rows())} orders",
        "",
        "An empty field has the factor's first level.",
        "",
        "| order | " + " | ".join(factor.name for factor in FACTORS) + " |",
        "|---|" + "---|" * len(FACTORS),
    ]
    for number, row in enumerate(rows(), start=1):
        shown = (
            "" if level == next(iter(factor.levels)) else level for factor, level in zip(FACTORS, row, strict=True)
        )
        lines.append(f"| mix-{number} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the array and its page."""
    arrays = [covering_array(FACTORS, random.Random(seed)) for seed in range(ATTEMPTS)]
    best = min(arrays, key=len)
    text = "".join("".join(DIGITS[place] for place in row) + "\n" for row in best)
    (ROOT / "mockstore" / "orders" / ROWS_FILE).write_text(text, "ascii")
    rows.cache_clear()
    PAGE.write_text(page_text(), "utf-8")
    print(f"{len(best)} orders")


if __name__ == "__main__":
    main()
