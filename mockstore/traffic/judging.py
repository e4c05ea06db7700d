"""Judges the requests of an importer while they arrive: which requirements they break, each breach once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from mockstore.traffic.requests import LoggedRequest, polls
from mockstore.traffic.rules import (
    DEFERRED_RULES,
    IMMEDIATE_RULES,
    SINGLE_REQUEST_RULES,
    Breach,
    ImporterAccess,
    gaps_between_windows,
)

MAX_LOOK_BACK = 300
"""Number of latest requests that the rules see."""

MAX_BATCH = MAX_LOOK_BACK // 2
"""Most requests that should be judged at a time, so that the rules see as many before them."""


class Judge:
    """Applies the rules to requests in the order of their arrival. It sees the requests to the add-on's URL only."""

    def __init__(self, given: ImporterAccess) -> None:
        self._given = given
        self._requests: deque[LoggedRequest] = deque(maxlen=MAX_LOOK_BACK)
        self._said: set[tuple[str, str, int]] = set()

    def judge(self, arrived: Sequence[LoggedRequest]) -> list[Breach]:
        """Return the breaches that show with these requests: by one of them, or by an earlier one."""
        new = [each for each in arrived if each.is_for_addon and not each.is_probe]
        if not new:
            return []
        if self._requests and new[0].number <= self._requests[-1].number:  # the journal was cleared
            self._requests.clear()
            self._said.clear()
        self._requests.extend(new)
        found = []
        for breach in self._breaches(new):
            key = breach.requirement, breach.sentence, breach.number
            if key not in self._said:
                self._said.add(key)
                found.append(breach)
        oldest = self._requests[0].number
        self._said = {key for key in self._said if key[2] >= oldest}
        return found

    def _breaches(self, new: Sequence[LoggedRequest]) -> Iterator[Breach]:
        requests = tuple(self._requests)
        for each in new:
            for rule in SINGLE_REQUEST_RULES:
                yield from rule((each,), self._given)
        for rule in IMMEDIATE_RULES:
            yield from rule(requests, self._given)
        # the importer may still request the other pages of the last window, or repeat a failed one
        under_way = polls(requests)[-1:]
        before = tuple(
            each for each in requests if not under_way or each.window != (under_way[0].start, under_way[0].end)
        )
        for rule in DEFERRED_RULES:
            yield from rule(before, self._given)
        for gap, breach in gaps_between_windows(requests):
            if not any(gap.start < poll.end and poll.start < gap.end for poll in under_way):
                yield breach
