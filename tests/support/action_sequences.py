"""Computes the sequences of actions on orders, and writes them: ``python -m tests.support.action_sequences``.

The sequences cover each pair of consecutive actions that can be judged, with few notifications and changes by staff.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import Path

from conformance.checks import action_table
from conformance.checks.action_sequences import (
    BEGINNINGS,
    MAX_ACTIONS,
    NOTIFICATIONS,
    PARCELS,
    Action,
    covered,
    is_possible,
    pairs,
)
from conformance.probes.shipment_update.sequence_orders import FACTORS, Form, form_of, is_unnamed

PATH = Path(action_table.__file__)
FORM = '''"""Sequences of actions, one in a line, after the row of levels of its order.

``python -m tests.support.action_sequences`` computes them.
"""

TABLE = """\\
{}
"""
'''
MIN_ACTIONS = 3
ATTEMPTS = 400
"""The cheapest sequences of this many attempts are taken: a minute's work."""
COST_OF_AN_ORDER, COST_OF_A_CHANGE = 0.6, 1.0
"""What an order and a change by staff cost, in notifications."""
CHANCE = 0.15
"""How far a sequence may be from the best one, and be taken all the same."""
MIN_GAIN = 0.5
"""A sequence covers at least so many pairs for its cost."""

ROW_ATTEMPTS, ROW_STEPS = 10, 2500
FIRST_LINE_UNITS = 4
WITH_ITEMS = frozenset(PARCELS) - {Action.MARK}

ActionSequence = tuple[Action, ...]


def possible_sequences(begun: ActionSequence = ()) -> Iterator[ActionSequence]:
    """Yield every sequence in which each pair of consecutive actions is to be covered."""
    if len(begun) >= MIN_ACTIONS:
        yield begun
    for action in Action if len(begun) < MAX_ACTIONS else ():
        if (not begun or (begun[-1], action) in pairs()) and is_possible((*begun, action)):
            yield from possible_sequences((*begun, action))


def cost(sequence: Sequence[Action]) -> float:
    """Return what a sequence costs, in notifications."""
    sent = sum(action in NOTIFICATIONS for action in sequence)
    return sent + (len(sequence) - sent) * COST_OF_A_CHANGE + COST_OF_AN_ORDER


def gains_of(every: Sequence[ActionSequence]) -> dict[ActionSequence, int]:
    """Return the pairs and the beginning of each sequence as bits, for the sequences that cover many for their cost."""
    bit: dict[object, int] = {pair: 1 << place for place, pair in enumerate(sorted(pairs(), key=str))}
    bit |= {(pair, "first"): 1 << (place + len(bit)) for place, pair in enumerate(BEGINNINGS)}
    gains = {each: sum(bit[thing] for thing in (*covered(each), (each[:2], "first")) if thing in bit) for each in every}
    return {each: gain for each, gain in gains.items() if gain.bit_count() >= MIN_GAIN * cost(each)}


def covering_sequences(chance: random.Random, gains: dict[ActionSequence, int], whole: int) -> list[ActionSequence]:
    """Return sequences that cover every pair; others with another state of ``chance``."""
    left, found = whole, list[ActionSequence]()
    some = {each: gains[each] for each in chance.sample(list(gains), k=min(len(gains), 2500))}
    price = {each: cost(each) for each in gains}
    while left:
        best = max(
            some, key=lambda each: (some[each] & left).bit_count() / price[each] * (1 + CHANCE * chance.random())
        )
        if not some[best] & left:
            some = gains
            continue
        found.append(best)
        left &= ~some[best]
    for each in sorted(found, key=cost, reverse=True):
        others = [other for other in found if other is not each]
        if _union(gains[other] for other in others) == whole:
            found = others
    return found


def _union(masks: Iterator[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def pairs_of_levels(rows: Sequence[str]) -> set[tuple[int, int, str, str]]:
    """Return the pairs of levels that occur together in a row: two factors, and the level of each."""
    return {(a, b, row[a], row[b]) for row in rows for a, b in combinations(range(len(row)), 2)}


def levels_of_actions(rows: Sequence[str], chosen: Sequence[ActionSequence]) -> set[tuple[Action, int, str]]:
    """Return which parcels with items occur with which levels: action, factor, and level.

    The parcels of the last factor but one are only the first of an order: they have the number of another one.
    """
    return {
        (action, factor, level)
        for row, sequence in zip(rows, chosen, strict=True)
        for action in sequence
        if action in WITH_ITEMS
        for factor, level in enumerate(row)
    }


def rows_for(chosen: Sequence[ActionSequence]) -> list[str]:
    """Return a row of levels for each sequence, so that all pairs of levels occur, and parcels with many levels."""
    sizes = [len(levels) for levels in FACTORS.values()]
    best: tuple[int, list[str]] = (0, [])
    for seed in range(ROW_ATTEMPTS):
        chance = random.Random(seed)
        rows = ["".join(str(chance.randrange(size)) for size in sizes) for _ in chosen]
        score = _score(rows, chosen)
        for _ in range(ROW_STEPS):
            place, factor = chance.randrange(len(rows)), chance.randrange(len(sizes))
            row = rows[place]
            rows[place] = row[:factor] + str(chance.randrange(sizes[factor])) + row[factor + 1 :]
            changed = _score(rows, chosen)
            if changed < score:
                rows[place] = row
            else:
                score = changed
        if score > best[0]:
            best = score, list(rows)
    return best[1]


def _names_twins(action: Action, form: Form) -> bool:
    """True if a parcel names the lines of one SKU, and not the first line."""
    return action is Action.TWINS or (action is Action.TWICE and form.is_first_line_single)


def ways_of_naming(rows: Sequence[str], chosen: Sequence[ActionSequence]) -> set[tuple[Action, bool]]:
    """Return which parcels name their first line, or the lines of one SKU, by LineItemID, and which by SKU alone."""
    return {
        (action, is_unnamed(form_of(row), is_twin=_names_twins(action, form_of(row)), is_download=False))
        for row, sequence in zip(rows, chosen, strict=True)
        for action in sequence
        if action in WITH_ITEMS
    }


def parcels_named_by_id(rows: Sequence[str], chosen: Sequence[ActionSequence]) -> set[tuple[Action, Action]]:
    """Return which two parcels after each other name all lines of one SKU by LineItemID."""
    return {
        (first, second)
        for row, sequence in zip(rows, chosen, strict=True)
        for first, second in pairwise(sequence)
        if {first, second} <= WITH_ITEMS and not is_unnamed(form_of(row), is_twin=True, is_download=False)
    }


def pairs_with_units_left(rows: Sequence[str], chosen: Sequence[ActionSequence]) -> set[tuple[Action, Action]]:
    """Return the pairs of actions on orders whose first line has several units, so that a parcel leaves some."""
    return {
        pair
        for row, sequence in zip(rows, chosen, strict=True)
        for pair in pairwise(sequence)
        if not form_of(row).is_first_line_single
    }


def has_more_than_is_left_of_a_line(rows: Sequence[str], chosen: Sequence[ActionSequence]) -> bool:
    """True if a parcel has more than is left of a line of which a part is shipped, and a part is left."""
    units = {Action.PART: 1, Action.TWICE: 2}
    return any(
        Action.MORE in sequence
        and not form_of(row).is_first_line_single
        and 0 < sum(units.get(action, 0) for action in sequence[: sequence.index(Action.MORE)]) < FIRST_LINE_UNITS
        for row, sequence in zip(rows, chosen, strict=True)
    )


def _score(rows: Sequence[str], chosen: Sequence[ActionSequence]) -> int:
    naming = len(ways_of_naming(rows, chosen))
    by_id = len(parcels_named_by_id(rows, chosen))
    usual = len(pairs_with_units_left(rows, chosen))
    levels = len(levels_of_actions(rows, chosen))
    return (
        100 * has_more_than_is_left_of_a_line(rows, chosen)
        + 10 * (len(pairs_of_levels(rows)) + by_id)
        + 30 * naming
        + 2 * usual
        + 3 * levels
    )


def main() -> None:
    """Write the sequences."""
    gains = gains_of(list(possible_sequences()))
    whole = _union(iter(gains.values()))
    attempts = [covering_sequences(random.Random(seed), gains, whole) for seed in range(ATTEMPTS)]
    best = min(attempts, key=lambda found: sum(map(cost, found)))
    best.sort(key=str)
    rows = rows_for(best)
    lines = (" ".join((row, *(action.name for action in sequence))) for row, sequence in zip(rows, best, strict=True))
    PATH.write_text(FORM.format("\n".join(lines)), "ascii")
    sent = sum(action in NOTIFICATIONS for sequence in best for action in sequence)
    print(f"{len(best)} sequences, {sent} notifications, {len(pairs())} pairs, {whole.bit_count()} covered")


if __name__ == "__main__":
    main()
