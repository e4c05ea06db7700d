"""``mockstore serve --watch``: prints each request of an importer, and the requirements that it breaks."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress

from mockstore.inputs.text import visible
from mockstore.traffic.journal import JournalEntry
from mockstore.traffic.requests import LoggedRequest, polls
from mockstore.traffic.rules import (
    DEFERRED_RULES,
    IMMEDIATE_RULES,
    SINGLE_REQUEST_RULES,
    Breach,
    ImporterAccess,
    gaps_between_windows,
    hide_password,
)

MAX_LOOK_BACK = 300
"""Number of latest requests that the rules see."""

MAX_SHOWN_CHARS = 200
"""Most characters of a sent value that are printed."""


def shorten(text: str) -> str:
    """Return a text, cut if it is too long to read."""
    return text if len(text) <= MAX_SHOWN_CHARS else f"{text[:MAX_SHOWN_CHARS]}…"


class Watcher:
    """Prints each request when it arrives, and each breach once."""

    def __init__(self, given: ImporterAccess, tell: Callable[[str], None]) -> None:
        self._given, self._tell = given, tell
        self._requests: deque[LoggedRequest] = deque(maxlen=MAX_LOOK_BACK)
        self._said: set[tuple[str, str, int]] = set()
        self._explained: set[tuple[str, str]] = set()
        self._broken: Counter[str] = Counter()
        self._count = 0

    def __call__(self, entry: JournalEntry) -> None:
        """Print a new request and the rules that it breaks."""
        self._count += 1
        new = LoggedRequest(entry)
        fault = f" ({entry.fault})" if entry.fault else ""
        shown = hide_password(new.shown, self._given)
        self._say(f"{entry.time:%H:%M:%S}  {entry.method:4} {shown} → {entry.status}{fault}")
        if not new.is_for_addon:
            return
        self._requests.append(new)
        for breach in self._breaches(new):
            key = breach.requirement, breach.sentence, breach.number
            if key not in self._said:
                self._said.add(key)
                self._broken[breach.requirement] += 1
                came = shorten(hide_password(breach.actual, self._given))
                what = f"{breach.requirement}: {breach.sentence}", came
                again = what in self._explained
                self._explained.add(what)
                self._say(f"          breaks {'again ' if again else ''}{breach.requirement}: {breach.sentence}")
                if not again:
                    self._say(f"            expected {breach.expected}, got {came}")

    def _say(self, line: str) -> None:
        """Print a line that contains what a client sent: a terminal must not obey it."""
        with suppress(OSError):  # a full disk, or a reader that is gone, must not fail the request
            self._tell(visible(line))

    def _breaches(self, new: LoggedRequest) -> Iterator[Breach]:
        requests = tuple(self._requests)
        for rule in SINGLE_REQUEST_RULES:
            yield from rule((new,), self._given)
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

    @property
    def summary(self) -> str:
        """Return a summary of all requests in one sentence."""
        seen = f"Watched {self._count} request{'' if self._count == 1 else 's'}"
        if not self._broken:
            return f"{seen}: no requirement was broken, as far as requests show."
        told = ", ".join(
            f"{name} {count} time{'' if count == 1 else 's'}" for name, count in sorted(self._broken.items())
        )
        return f"{seen}; broken: {told}."
