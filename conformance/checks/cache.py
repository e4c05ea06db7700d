"""What was made out of some content before is so again: pure functions are asked once for the same content.

Stores of one run export mostly the same orders. An order that is, text for text, one that was looked at
before, beside the same record and facts, isn't looked at anew. Only that nothing was found is remembered:
whatever deviates is judged where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from conformance.core.finding import Finding

CONTENTS = 4096
"""Contents that are remembered, those that came last."""

Key = TypeVar("Key")
Known = TypeVar("Known")


class Latest(Generic[Key, Known]):
    """What was made for the keys that were asked for last."""

    def __init__(self, make: Callable[[], Known], most: int = CONTENTS) -> None:
        self._make, self._most = make, most
        self._held: dict[Key, Known] = {}

    def __getitem__(self, key: Key) -> Known:
        held = self._held.pop(key, None)
        if held is None:
            held = self._make()
            if len(self._held) >= self._most:
                del self._held[next(iter(self._held))]
        self._held[key] = held
        return held


class Piece(Protocol):
    """What a pure check looks at."""

    @property
    def content(self) -> bytes | None:
        """A digest of all that a check can see of it, its place and its exchange apart; None for what has none."""


Looked = TypeVar("Looked", bound=Piece)


class CheckCache:
    """What pure functions said of contents. Where a content comes from makes no difference."""

    def __init__(self) -> None:
        self._right: Latest[bytes, set[object]] = Latest(set)
        self._kinds: Latest[bytes, dict[object, bool]] = Latest(dict)

    def judged(self, check: Callable[[Looked], Iterable[Finding] | None], piece: Looked) -> list[Finding]:
        """What a check finds."""
        if piece.content is None:
            return list(check(piece) or ())
        right = self._right[piece.content]
        if check in right:
            return []
        found = list(check(piece) or ())
        if not found:
            right.add(check)
        return found

    def holds(self, kind: Callable[[Looked], bool], piece: Looked) -> bool:
        """Whether a piece is of a kind."""
        if piece.content is None:
            return kind(piece)
        kinds = self._kinds[piece.content]
        if kind not in kinds:
            kinds[kind] = kind(piece)
        return kinds[kind]
