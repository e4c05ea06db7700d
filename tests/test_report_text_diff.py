"""Differences between two texts are marked."""

from __future__ import annotations

import pytest

from conformance.report.text_diff import Span, mark_differences


def shown(spans: tuple[Span, ...]) -> str:
    return "".join(f"[{text}]" if differs else text for differs, text in spans)


@pytest.mark.parametrize(
    ("expected", "actual", "one", "two"),
    [
        ("same", "same", "same", "same"),
        ("Müller", "Muller", "M[ü]ller", "M[u]ller"),
        ("401 or 403", "200", "[401 or 403]", "[200]"),
        ("a", "a ", "a", "a[ ]"),
        ("kg", "kg\u200b", "kg", "kg[⟨U+200B⟩]"),
        ("12.50", "12.5", "12.5[0]", "12.5"),
        ("the red mug", "the big mug", "the [red] mug", "the [big] mug"),
    ],
)
def test_the_difference_is_marked(expected: str, actual: str, one: str, two: str) -> None:
    """Equal beginnings and ends are not marked, and invisible differences are made visible."""
    first, second = mark_differences(expected, actual)
    assert (shown(first), shown(second)) == (one, two)


def test_long_texts_are_cut_around_the_first_difference() -> None:
    """A long text is cut around the first difference, and the number of characters left out is shown."""
    first, second = mark_differences("a" * 5000 + "X" + "b" * 5000, "a" * 5000 + "Y" + "b" * 5000, 400)
    assert "[X]" in shown(first)
    assert "[Y]" in shown(second)
    assert shown(first).startswith("(4,900 characters before)")
    assert shown(first).endswith("more characters)")
    assert len(shown(first)) < 500


def test_huge_and_unlike_texts_are_only_compared_where_they_are_shown() -> None:
    """Text that is not shown is not compared; it only changes the number of characters left out."""
    first, second = mark_differences("abcdefgh " * 11_000, "hgfedcba " * 11_000, 400)
    shorter, other = mark_differences("abcdefgh " * 1_000, "hgfedcba " * 1_000, 400)
    assert shown(first).replace("98,600 more", "8,600 more") == shown(shorter)
    assert shown(second).replace("98,600 more", "8,600 more") == shown(other)
