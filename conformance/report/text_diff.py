"""Where two texts differ, cut to what a person can take in. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from conformance.report.wording import visible

Span = tuple[bool, str]
"""A piece of text, and whether it is what differs."""

LIMIT = 1200
"""How many characters of a long value are shown, around the first difference."""

_BY_CHARACTER = 300
_BY_WORD = 400
_WORD = re.compile(r"\s+|\w+|.", re.DOTALL)


def _start(expected: str, actual: str, limit: int) -> int:
    """Where to begin, so that the first difference is in view."""
    first = _head(expected, actual)
    return 0 if max(len(expected), len(actual)) <= limit else max(0, first - limit // 4)


def _window(text: str, start: int, limit: int) -> tuple[str, str, str]:
    end = start + limit
    before = f"({start:,} characters before) … " if start else ""
    after = f" … ({len(text) - end:,} more characters)" if len(text) > end else ""
    return before, text[start:end], after


def _head(first: str, second: str) -> int:
    """How many characters both begin with."""
    differing = (n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(differing, min(len(first), len(second)))


def _tail(first: str, second: str) -> int:
    return _head(first[::-1], second[::-1])


def _spans(first: Sequence[str], second: Sequence[str]) -> tuple[list[Span], list[Span]]:
    one: list[Span] = []
    two: list[Span] = []
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        one.append((kind != "equal", "".join(first[a:b])))
        two.append((kind != "equal", "".join(second[c:d])))
    return one, two


def _differing(first: str, second: str) -> tuple[list[Span], list[Span]]:
    """The middle, between equal ends: by character where that is readable, else by word, else as a whole."""
    whole: tuple[list[Span], list[Span]] = ([(True, first)], [(True, second)])
    if not first or not second:
        return whole
    if max(len(first), len(second)) <= _BY_CHARACTER:
        matcher = SequenceMatcher(None, first, second, autojunk=False)
        # two words that share a letter here and there are easier to read apart
        return _spans(first, second) if matcher.ratio() >= 0.6 else whole
    words = _WORD.findall(first), _WORD.findall(second)
    return _spans(*words) if max(map(len, words)) <= _BY_WORD else whole


def mark(expected: str, actual: str, limit: int = LIMIT) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Both texts as spans, in visible characters; long ones cut around their first difference."""
    start = _start(expected, actual, limit)
    before, first, after = _window(expected, start, limit)
    before_too, second, after_too = _window(actual, start, limit)
    head = _head(first, second)
    tail = _tail(first[head:], second[head:])
    one, two = _differing(first[head : len(first) - tail], second[head : len(second) - tail])
    same, end = (False, first[:head]), (False, first[len(first) - tail :])
    return (
        _clean([(False, before), same, *one, end, (False, after)]),
        _clean([(False, before_too), same, *two, end, (False, after_too)]),
    )


def _clean(spans: Sequence[Span]) -> tuple[Span, ...]:
    return tuple((differs, visible(text)) for differs, text in spans if text)
