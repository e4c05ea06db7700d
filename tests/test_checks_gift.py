"""GIF: the flag, the message, and one without the other."""

from __future__ import annotations

import pytest

from conformance.checks import gift as judge
from tests.support.judged import exported, found, order, pair

GIFT = order(gift=True, gift_message="Happy birthday, Grandma & all!")
BARE = order(gift=True)


@pytest.mark.parametrize("text", ["true", "1", " true "])
def test_a_gift_says_so(text: str) -> None:
    """GIF-1: any form of a boolean."""
    assert not found(judge.gift_is_true(pair(GIFT, {"Gift": text})))


@pytest.mark.parametrize("text", ["false", "0", "", None, "Y", "True", "yes"])
def test_a_gift_that_is_none_is_found(text: str | None) -> None:
    """GIF-1: false, nothing, no boolean."""
    assert len(found(judge.gift_is_true(pair(GIFT, {"Gift": text})))) == 1


@pytest.mark.parametrize("text", ["false", "0", None, ""])
def test_no_gift_says_so_or_nothing(text: str | None) -> None:
    """GIF-2: an empty element is found by replies alone."""
    assert not found(judge.gift_is_not_true(pair(edits={"Gift": text})))


@pytest.mark.parametrize("text", ["true", "1", "N", "False", "no"])
def test_a_gift_that_is_invented_is_found(text: str) -> None:
    """GIF-2: true, or no boolean."""
    assert len(found(judge.gift_is_not_true(pair(edits={"Gift": text})))) == 1


@pytest.mark.parametrize(("text", "right"), [("", False), (" ", False), ("false", True), (None, True), ("N", True)])
def test_gift_is_never_empty(text: str | None, right: bool) -> None:
    """GIF-2: what else is no boolean, is the schema's matter."""
    assert (not found(judge.gift_not_empty(exported(edits={"Gift": text})))) is right


def test_the_message_arrives() -> None:
    """GIF-3: as it was written, or spoilt, which is ORD-13's matter."""
    for text in ("Happy birthday, Grandma & all!", "Happy birthday, Grandma &amp; all!"):
        assert not found(judge.message_matches(pair(GIFT, {"GiftMessage": text})))


@pytest.mark.parametrize("text", ["", None, "Happy birthday", "From Kim: Happy birthday, Grandma & all!", "Array"])
def test_another_message_is_found(text: str | None) -> None:
    """GIF-3: none, cut, with something before it, what PHP prints."""
    assert len(found(judge.message_matches(pair(GIFT, {"GiftMessage": text})))) == 1


def test_a_message_may_be_cut_at_its_limit() -> None:
    """GIF-3: at 1000 characters, not at 255."""
    held = order(gift=True, gift_message="m" * 1001)
    assert not found(judge.message_matches(pair(held, {"GiftMessage": "m" * 1000})))
    assert found(judge.message_matches(pair(held, {"GiftMessage": "m" * 255})))


def test_a_gift_without_a_message_has_none() -> None:
    """GIF-3: what the customer noted is no message."""
    assert not found(judge.message_matches(pair(BARE)))
    assert len(found(judge.message_matches(pair(BARE, {"GiftMessage": "Ring twice"})))) == 1


def test_a_store_that_tells_of_no_gift_is_one_cause() -> None:
    """GIF-1 alone, where flag and message are both missing."""
    nothing = pair(GIFT, {"Gift": None, "GiftMessage": None})
    assert found(judge.gift_is_true(nothing))
    assert not found(judge.message_matches(nothing))


def test_staff_notes_in_the_message_are_not_its_matter() -> None:
    """NOT-3 answers for them."""
    held = order(gift=True, internal_notes="Customer complained twice before.")
    assert not found(judge.message_matches(pair(held, {"GiftMessage": "Customer complained twice before."})))


@pytest.mark.parametrize("text", ["false", "", None])
def test_a_message_needs_the_flag(text: str | None) -> None:
    """GIF-4: false, or none."""
    assert len(found(judge.message_needs_gift(exported(GIFT, {"Gift": text})))) == 1


def test_the_flag_needs_no_message() -> None:
    """GIF-4: a gift without one is fine, and so is a flag that the schema refuses."""
    assert not found(judge.message_needs_gift(exported(BARE)))
    assert not found(judge.message_needs_gift(exported(GIFT)))
    assert not found(judge.message_needs_gift(exported(GIFT, {"Gift": "Y"})))
