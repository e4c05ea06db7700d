"""GIF: the flag, the message, and one without the other."""

from __future__ import annotations

import pytest

from conformance.checks import gift as judge
from tests.support.judged import exported, found, order, pair

GIFT = order(gift=True, gift_message="Happy birthday, Grandma & all!")
BARE = order(gift=True)


@pytest.mark.parametrize("text", ["true", "1", " true "])
def test_a_gift_has_the_flag(text: str) -> None:
    """GIF-1: any form of true is right."""
    assert not found(judge.gift_is_true(pair(GIFT, {"Gift": text})))


@pytest.mark.parametrize("text", ["false", "0", "", None, "Y", "True", "yes"])
def test_a_gift_without_the_flag_is_found(text: str | None) -> None:
    """GIF-1: false, nothing, or a text that isn't a boolean."""
    assert len(found(judge.gift_is_true(pair(GIFT, {"Gift": text})))) == 1


@pytest.mark.parametrize("text", ["false", "0", None, ""])
def test_another_order_has_the_flag_false_or_none(text: str | None) -> None:
    """GIF-2: an empty element is found without the store's record."""
    assert not found(judge.gift_is_not_true(pair(edits={"Gift": text})))


@pytest.mark.parametrize("text", ["true", "1", "N", "False", "no"])
def test_an_invented_gift_is_found(text: str) -> None:
    """GIF-2: true, or a text that isn't a boolean."""
    assert len(found(judge.gift_is_not_true(pair(edits={"Gift": text})))) == 1


@pytest.mark.parametrize(("text", "right"), [("", False), (" ", False), ("false", True), (None, True), ("N", True)])
def test_gift_is_never_empty(text: str | None, right: bool) -> None:
    """GIF-2: ORD-1 reports other texts that aren't booleans."""
    assert (not found(judge.gift_not_empty(exported(edits={"Gift": text})))) is right


def test_the_message_arrives() -> None:
    """GIF-3: as it was written; ORD-13 reports damaged characters."""
    for text in ("Happy birthday, Grandma & all!", "Happy birthday, Grandma &amp; all!"):
        assert not found(judge.message_matches(pair(GIFT, {"GiftMessage": text})))


@pytest.mark.parametrize("text", ["", None, "Happy birthday", "From Kim: Happy birthday, Grandma & all!", "Array"])
def test_another_message_is_found(text: str | None) -> None:
    """GIF-3: an empty message, a cut one, one with a prefix, or what PHP prints for an array."""
    assert len(found(judge.message_matches(pair(GIFT, {"GiftMessage": text})))) == 1


def test_a_message_may_be_cut_at_its_limit() -> None:
    """GIF-3: at 1000 characters, not at 255."""
    held = order(gift=True, gift_message="m" * 1001)
    assert not found(judge.message_matches(pair(held, {"GiftMessage": "m" * 1000})))
    assert found(judge.message_matches(pair(held, {"GiftMessage": "m" * 255})))


def test_a_gift_without_a_message_has_none() -> None:
    """GIF-3: the customer's notes aren't a gift message."""
    assert not found(judge.message_matches(pair(BARE)))
    assert len(found(judge.message_matches(pair(BARE, {"GiftMessage": "Ring twice"})))) == 1


def test_a_missing_gift_is_reported_once() -> None:
    """GIF-1 alone reports it if flag and message are both missing."""
    nothing = pair(GIFT, {"Gift": None, "GiftMessage": None})
    assert found(judge.gift_is_true(nothing))
    assert not found(judge.message_matches(nothing))


def test_staff_notes_in_the_message_are_reported_once() -> None:
    """NOT-3 reports them."""
    held = order(gift=True, internal_notes="Customer complained twice before.")
    assert not found(judge.message_matches(pair(held, {"GiftMessage": "Customer complained twice before."})))


@pytest.mark.parametrize("text", ["false", "", None])
def test_a_message_needs_the_flag(text: str | None) -> None:
    """GIF-4: false and no flag are found."""
    assert len(found(judge.message_needs_gift(exported(GIFT, {"Gift": text})))) == 1


def test_the_flag_needs_no_message() -> None:
    """GIF-4: a gift may have no message, and ORD-1 reports a flag that isn't a boolean."""
    assert not found(judge.message_needs_gift(exported(BARE)))
    assert not found(judge.message_needs_gift(exported(GIFT)))
    assert not found(judge.message_needs_gift(exported(GIFT, {"Gift": "Y"})))
