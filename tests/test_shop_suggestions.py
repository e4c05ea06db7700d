"""Suggestions for misspelt names."""

from __future__ import annotations

from mockstore.shop.suggestions import did_you_mean, nearest

NAMES = ("username", "name", "url", "CUS-2", "CUS-1")


def test_the_name_that_was_meant_is_suggested_alone() -> None:
    """Names that are much less similar are left out."""
    assert did_you_mean("usrname", NAMES) == " Did you mean username?"
    assert did_you_mean("CUS-22", NAMES) == " Did you mean CUS-2?"


def test_case_does_not_count() -> None:
    """Neither in the name nor in the known ones."""
    assert nearest("cus-1", NAMES) == ("CUS-1",)
    assert nearest("URI", NAMES) == ("url",)


def test_names_that_are_equally_similar_are_all_suggested() -> None:
    """At most three, in the order of the known names."""
    assert did_you_mean("CUS-3", NAMES) == " Did you mean CUS-2 or CUS-1?"
    assert len(nearest("a1", [f"a{number}" for number in range(2, 9)])) == 3


def test_without_a_similar_name_the_other_text_is_returned() -> None:
    """Also without any known name."""
    assert did_you_mean("xyz", NAMES) == ""
    assert did_you_mean("xyz", (), otherwise=" There is none.") == " There is none."
