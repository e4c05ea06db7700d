"""Computes the sequences of actions on orders, and writes them: ``python -m tests.support.action_sequences``.

The sequences cover each pair of consecutive actions that ``FOLLOWERS`` lists, with few notifications.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from conformance.checks import action_table
from conformance.checks.action_sequences import MAX_ACTIONS, NOTIFICATIONS, Action, covered, is_possible, pairs

PATH = Path(action_table.__file__)
FORM = '''"""Sequences of actions, one in a line; ``python -m tests.support.action_sequences`` computes them."""

TABLE = """\\
{}
"""
'''
MIN_ACTIONS = 3
ATTEMPTS = 600
"""The sequences with the fewest notifications of this many attempts are taken: half a minute's work."""
COST_OF_AN_ORDER = 0.6
"""What an order costs, in notifications."""
CHANCE = 0.15
"""How far a sequence may be from the best one, and be taken all the same."""

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
    return sum(action in NOTIFICATIONS for action in sequence) + COST_OF_AN_ORDER


def covering_sequences(chance: random.Random, every: Sequence[ActionSequence]) -> list[ActionSequence]:
    """Return sequences that cover every pair; others with another state of ``chance``."""
    left, found = set(pairs()), list[ActionSequence]()
    gains = {each: covered(each) & pairs() for each in chance.sample(every, k=len(every) // 2)}
    while left:
        best = max(gains, key=lambda each: len(gains[each] & left) / cost(each) * (1 + CHANCE * chance.random()))
        if not gains[best] & left:
            gains = {each: covered(each) & pairs() for each in every}
            continue
        found.append(best)
        left -= gains[best]
    for each in sorted(found, key=cost, reverse=True):
        others = [other for other in found if other is not each]
        if pairs() <= frozenset[tuple[Action, Action]]().union(*map(covered, others)):
            found = others
    return found


def main() -> None:
    """Write the sequences."""
    every = list(possible_sequences())
    attempts = [covering_sequences(random.Random(seed), every) for seed in range(ATTEMPTS)]
    best = min(attempts, key=lambda found: sum(map(cost, found)))
    lines = (" ".join(action.name for action in sequence) for sequence in sorted(best, key=str))
    PATH.write_text(FORM.format("\n".join(lines)), "ascii")
    sent = sum(action in NOTIFICATIONS for sequence in best for action in sequence)
    print(f"{len(best)} sequences, {sent} notifications, {len(pairs())} pairs")


if __name__ == "__main__":
    main()
