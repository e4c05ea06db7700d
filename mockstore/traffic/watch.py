"""``mockstore serve --watch``: prints each request of an importer, and the requirements that it breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from mockstore.inputs.text import visible
from mockstore.traffic.journal import JournalEntry
from mockstore.traffic.judging import Judge
from mockstore.traffic.requests import LoggedRequest
from mockstore.traffic.rules import ImporterAccess, hide_password

MAX_SHOWN_CHARS = 200
"""Most characters of a sent value that are printed."""


def shorten(text: str) -> str:
    """Return a text, cut if it is too long to read."""
    return text if len(text) <= MAX_SHOWN_CHARS else f"{text[:MAX_SHOWN_CHARS]}…"


class Watcher:
    """Prints each request when it arrives, and each breach once."""

    def __init__(self, given: ImporterAccess, tell: Callable[[str], None]) -> None:
        self._given, self._tell = given, tell
        self._judge = Judge(given)
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
        for breach in self._judge.judge((new,)):
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
