"""Computes the sequences of actions on orders, and writes them: ``python -m tests.support.action_sequences``.

The sequences cover each pair of consecutive actions that ``FOLLOWERS`` lists, with few notifications.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise

from conformance.checks.action_sequences import MAX_ACTIONS, NOTIFICATIONS, Action, is_possible, pairs
from conformance.checks.action_sequences import TABLE as PATH

MIN_ACTIONS = 3
ATTEMPTS = 30
"""The sequences with the fewest notifications of this many attempts are taken."""
COST_OF_AN_ORDER = 0.6
"""What an order costs, in notifications."""

ActionSequence = tuple[Action, ...]


def possible_sequences(begun: ActionSequence = ()) -> Iterator[ActionSequence]:
    """Yield every sequence in which each pair of consecutive actions is to be covered."""
    if len(begun) >= MIN_ACTIONS:
        yield begun
    for action in Action if len(begun) < MAX_ACTIONS else ():
        if (not begun or (begun[-1], action) in pairs()) and is_possible((*begun, action)):
            yield from possible_sequences((*begun, action))


def covered(sequence: Sequence[Action]) -> frozenset[tuple[Action, Action]]:
    """Return the pairs of consecutive actions of a sequence."""
    return frozenset(pairwise(sequence))


def cost(sequence: Sequence[Action]) -> float:
    """Return what a sequence costs, in notifications."""
    return sum(action in NOTIFICATIONS for action in sequence) + COST_OF_AN_ORDER


def covering_sequences(chance: random.Random, every: Sequence[ActionSequence]) -> list[ActionSequence]:
    """Return sequences that cover every pair; others with another state of ``chance``."""
    left, found, candidates = set(pairs()), list[ActionSequence](), list(every)
    chance.shuffle(candidates)
    while left:
        best = max(candidates, key=lambda each: len(covered(each) & left) / cost(each))
        found.append(best)
        left -= covered(best)
    for each in sorted(found, key=cost, reverse=True):
        others = [other for other in found if other is not each]
        if set(pairs()) <= set[tuple[Action, Action]]().union(*map(covered, others)):
            found = others
    return found


def main() -> None:
    """Write the sequences."""
    every = list(possible_sequences())
    attempts = [covering_sequences(random.Random(seed), every) for seed in range(ATTEMPTS)]
    best = min(attempts, key=lambda found: sum(map(cost, found)))
    lines = (" ".join(action.name for action in sequence) + "\n" for sequence in sorted(best, key=str))
    PATH.write_text("".join(lines), "ascii")
    sent = sum(action in NOTIFICATIONS for sequence in best for action in sequence)
    print(f"{len(best)} sequences, {sent} notifications, {len(pairs())} pairs")


if __name__ == "__main__":
    main()
