"""The sequences of actions on orders: every pair that is worth a request is in one of them."""

from __future__ import annotations

import pytest

from conformance.checks.action_sequences import FOLLOWERS, NOTIFICATIONS, Action, covered, is_possible, pairs, sequences
from tests.support.action_sequences import MIN_ACTIONS, possible_sequences

MAX_NOTIFICATIONS = 37


def test_every_pair_of_consecutive_actions_occurs() -> None:
    """The table was computed with the present pairs: ``python -m tests.support.action_sequences``."""
    assert frozenset[tuple[Action, Action]]().union(*map(covered, sequences())) >= pairs()


def test_every_action_follows_and_is_followed() -> None:
    """No action is left out. A parcel that names a line twice comes first."""
    assert {*FOLLOWERS} == {*Action} == {second for _, second in pairs()} | {Action.TWICE}


@pytest.mark.parametrize("sequence", sequences(), ids=lambda each: "-".join(action.name for action in each))
def test_a_sequence_can_be_carried_out(sequence: tuple[Action, ...]) -> None:
    """Each has three to five actions."""
    assert MIN_ACTIONS <= len(sequence) <= 5
    assert is_possible(sequence)


def test_the_sequences_cost_few_notifications() -> None:
    """A run may send 300 requests in all."""
    assert sum(action in NOTIFICATIONS for sequence in sequences() for action in sequence) <= MAX_NOTIFICATIONS


def test_impossible_sequences_are_not_made() -> None:
    """Nothing is repeated that wasn't sent, and nothing is shipped after all is shipped or cancelled."""
    every = set(possible_sequences())
    assert set(sequences()) <= every
    for actions in ((Action.AGAIN,), (Action.PART, Action.EARLIER), (Action.REST, Action.PART)):
        assert not is_possible(actions)
    assert not is_possible((Action.CANCEL, Action.REST))
    assert not is_possible((Action.UNTRACKED, Action.AGAIN))
