"""Suggests the names that a misspelt name probably meant. Used by both packages for every "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

MAX_SUGGESTIONS = 3
MIN_SIMILARITY = 0.5
"""Similarity below which a name is not suggested; 1 means equal."""
MIN_SHARE_OF_BEST = 0.9
"""Share of the best similarity below which a further name is not suggested."""


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the known names that a misspelt name probably meant, the most similar first; case does not count."""
    wanted = name.casefold()
    similarity = {each: SequenceMatcher(None, each.casefold(), wanted).ratio() for each in known}
    best = max(similarity.values(), default=0.0)
    enough = max(MIN_SIMILARITY, best * MIN_SHARE_OF_BEST)
    found = sorted((each for each in similarity if similarity[each] >= enough), key=lambda each: -similarity[each])
    return tuple(found[:MAX_SUGGESTIONS])


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return `` Did you mean A or B?`` to follow a sentence; ``otherwise`` if no known name is similar."""
    found = nearest(name, known)
    return f" Did you mean {' or '.join(found)}?" if found else otherwise
