"""Computes the sequences of actions on orders, and writes them: ``python -m tests.support.action_sequences``.

The sequences cover each pair of consecutive actions that can be judged, and each chain, with few notifications and
changes by staff.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import combinations, pairwise, takewhile
from pathlib import Path

from conformance.checks import action_table
from conformance.checks.action_sequences import (
    BEGINNINGS,
    COMPLETING,
    MAX_ACTIONS,
    NOTIFICATIONS,
    PARCELS,
    STOPS,
    Action,
    covered,
    goals,
    is_possible,
    pairs,
)
from conformance.checks.parcel_forms import NUMBERS, SURE
from conformance.probes.shipment_update.sequence_orders import FACTORS, Form, form_of, is_unnamed

PATH = Path(action_table.__file__)
FORM = '''"""Sequences of actions, one in a line, after the row of levels of its order.

``python -m tests.support.action_sequences`` computes them.
"""

TABLE = """\\
{}
"""
'''
MIN_ACTIONS = 2
ATTEMPTS, STEPS = 20, 2000
"""The best sequences of this many attempts are taken. In each step, some sequences are replaced: a minute's work."""
REPLACED = 4
"""At most this many sequences are replaced in a step."""
COST_OF_AN_ORDER, COST_OF_A_CHANGE = 0.1, 2.0
"""What an order and a change by staff cost, in notifications."""
CHANCE = 0.15
"""How far a sequence may be from the best one, and be taken all the same."""
MIN_GAIN = 0.5
"""A sequence covers at least so many pairs for its cost."""

ROW_ATTEMPTS, ROW_STEPS = 10, 4000
SURELY = {1: 100, 2: 10, 3: 60}
"""What it is worth if a parcel, a pair or a chain occurs where no store may leave out an item."""
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
    """Return the goals and the beginning of each sequence as bits, for the sequences that cover many for their cost."""
    bit: dict[object, int] = {goal: 1 << place for place, goal in enumerate(sorted(goals(), key=str))}
    bit |= {(pair, "first"): 1 << (place + len(bit)) for place, pair in enumerate(BEGINNINGS)}
    gains = {each: sum(bit[thing] for thing in (*covered(each), (each[:2], "first")) if thing in bit) for each in every}
    return {each: gain for each, gain in gains.items() if gain.bit_count() >= MIN_GAIN * cost(each)}


def covering_sequences(chance: random.Random, gains: dict[ActionSequence, int], whole: int) -> list[ActionSequence]:
    """Return sequences that cover everything; others with another state of ``chance``."""
    price = {each: cost(each) for each in gains}
    best = _completed([], chance, gains, whole, price)
    for _ in range(STEPS):
        kept = chance.sample(best, k=len(best) - chance.randint(1, REPLACED))
        best = min(_completed(kept, chance, gains, whole, price), best, key=worth)
    return best


def worth(found: Sequence[ActionSequence]) -> tuple[float, int]:
    """Return what sequences cost, and how many chains of three they show: the lower, the better."""
    chains = {each[place : place + 3] for each in found for place in range(len(each) - 2)}
    return round(sum(map(cost, found)), 1), -len(chains)


def _completed(
    begun: Sequence[ActionSequence],
    chance: random.Random,
    gains: dict[ActionSequence, int],
    whole: int,
    price: dict[ActionSequence, float],
) -> list[ActionSequence]:
    """Return these sequences and others that cover what is left, without those that nothing needs."""
    found, left = list(begun), whole & ~_union(gains[each] for each in begun)
    while left:
        useful = [each for each, gain in gains.items() if gain & left]
        best = max(
            useful, key=lambda each: (gains[each] & left).bit_count() / price[each] * (1 + CHANCE * chance.random())
        )
        found.append(best)
        left &= ~gains[best]
    for each in sorted(found, key=price.__getitem__, reverse=True):
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


SITUATIONS: dict[str, Callable[[Form, ActionSequence], bool]] = {
    "more than is left of lines that LineItemIDs name": lambda form, sequence: (
        _names_all_by_id(form) and Action.MORE in sequence
    ),
    "a part of each line is shipped, and LineItemIDs name the lines": lambda form, sequence: (
        _names_all_by_id(form) and not form.is_first_line_single and {Action.PART, Action.TWINS} <= {*sequence}
    ),
    "the first of several parcels comes again, and its line has units left": lambda form, sequence: (
        not form.is_first_line_single and Action.EARLIER in sequence and not {*COMPLETING} & {*sequence[:2]}
    ),
}
"""What an order must show, so that a store that confuses lines, or counts units once for all, can't pass by chance."""


def _names_all_by_id(form: Form) -> bool:
    return form.naming == FACTORS["naming"][0]


def situations(rows: Sequence[str], chosen: Sequence[ActionSequence]) -> set[str]:
    """Return those of :data:`SITUATIONS` that occur."""
    return {
        name
        for row, sequence in zip(rows, chosen, strict=True)
        for name, occurs in SITUATIONS.items()
        if occurs(form_of(row), sequence)
    }


def with_numbers_of_their_own(rows: Sequence[str], chosen: Sequence[ActionSequence]) -> int:
    """Return how many orders have two parcels that no store may refuse, and share no tracking number."""
    return sum(
        sum(action in SURE for action in takewhile(lambda each: each not in STOPS, sequence)) > 1
        and not form_of(row).shares_number
        for row, sequence in zip(rows, chosen, strict=True)
    )


def surely_booked(rows: Sequence[str], chosen: Sequence[ActionSequence]) -> set[ActionSequence]:
    """Return the parcels, pairs and chains of orders whose parcels have all items named in one way.

    A store that exports LineItemIDs may leave out an item that its SKU names, if another item has a LineItemID.
    """
    return {
        shown
        for row, sequence in zip(rows, chosen, strict=True)
        if form_of(row).naming in FACTORS["naming"][:2]
        for shown in _shown(sequence)
    }


@cache
def _shown(sequence: ActionSequence) -> frozenset[ActionSequence]:
    """Return the goals that a sequence covers, and its parcels with items."""
    return (goals() & covered(sequence)) | {(action,) for action in sequence if action in WITH_ITEMS}


def _score(rows: Sequence[str], chosen: Sequence[ActionSequence]) -> int:
    naming = len(ways_of_naming(rows, chosen))
    by_id = len(parcels_named_by_id(rows, chosen))
    usual = len(pairs_with_units_left(rows, chosen))
    levels = len(levels_of_actions(rows, chosen))
    return (
        300 * len(situations(rows, chosen))
        + 100 * has_more_than_is_left_of_a_line(rows, chosen)
        + 50 * min(len(NUMBERS) - 1, with_numbers_of_their_own(rows, chosen))
        + 100 * len(pairs_of_levels(rows))
        + 10 * by_id
        + 60 * naming
        + sum(SURELY[min(len(shown), 3)] for shown in surely_booked(rows, chosen))
        + 2 * usual
        + 25 * levels
    )


def main() -> None:
    """Write the sequences."""
    gains = gains_of(list(possible_sequences()))
    whole = _union(iter(gains.values()))
    attempts = [covering_sequences(random.Random(seed), gains, whole) for seed in range(ATTEMPTS)]
    best = min(attempts, key=worth)
    best.sort(key=str)
    rows = rows_for(best)
    lines = (" ".join((row, *(action.name for action in sequence))) for row, sequence in zip(rows, best, strict=True))
    PATH.write_text(FORM.format("\n".join(lines)), "ascii")
    sent = sum(action in NOTIFICATIONS for sequence in best for action in sequence)
    changes = sum(map(len, best)) - sent
    print(f"{len(best)} sequences, {sent} notifications, {changes} changes, {whole.bit_count()} goals and beginnings")


if __name__ == "__main__":
    main()
