"""Marks where two texts differ, and shortens long ones. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from conformance.report.wording import visible

Span = tuple[bool, str]
"""A piece of text; True if it differs from the other text."""

MAX_TEXT = 1200
"""Characters of a long value that are shown, around the first difference."""

_MAX_CHARACTERS = 300
"""Longest text that is compared by character; a longer one is compared by word."""
_MAX_WORDS = 400
"""Longest text that is compared by word; a longer one is marked as a whole."""
_MIN_SIMILARITY = 0.6
"""Similarity from which single characters are marked. Less similar texts are marked as a whole."""
_WORD = re.compile(r"\s+|\w+|.", re.DOTALL)


def _start(expected: str, actual: str, limit: int) -> int:
    """Return where the shown part begins, so that it contains the first difference."""
    first = _head(expected, actual)
    return 0 if max(len(expected), len(actual)) <= limit else max(0, first - limit // 4)


def _window(text: str, start: int, limit: int) -> tuple[str, str, str]:
    end = start + limit
    before = f"({start:,} characters before) … " if start else ""
    after = f" … ({len(text) - end:,} more characters)" if len(text) > end else ""
    return before, text[start:end], after


def _head(first: str, second: str) -> int:
    """Return the length of the common beginning."""
    differing = (n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(differing, min(len(first), len(second)))


def _tail(first: str, second: str) -> int:
    """Return the length of the common end."""
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
    """Return the spans of two texts: compared by character if this is readable, else by word, else as a whole."""
    whole: tuple[list[Span], list[Span]] = ([(True, first)], [(True, second)])
    if not first or not second:
        return whole
    if max(len(first), len(second)) <= _MAX_CHARACTERS:
        matcher = SequenceMatcher(None, first, second, autojunk=False)
        return _spans(first, second) if matcher.ratio() >= _MIN_SIMILARITY else whole
    words = _WORD.findall(first), _WORD.findall(second)
    return _spans(*words) if max(map(len, words)) <= _MAX_WORDS else whole


def mark_differences(expected: str, actual: str, limit: int = MAX_TEXT) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Return both texts as spans of visible characters; long texts are cut around their first difference."""
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
