"""CUS-2: whose phone number stands where."""

from __future__ import annotations

import msgspec
import pytest

from conformance.checks.customer import phones_match
from tests.support.judged import BERLIN, BOSTON, customer, found, pair

BILL_TO = "Customer/BillTo/Phone"
NOBODY = {"billing": msgspec.structs.replace(BERLIN, phone=""), "shipping": BOSTON, "phone": ""}
"""Only the receiver has a number."""


@pytest.mark.parametrize("shown", ["", BOSTON.phone])
def test_a_payer_without_a_number_has_none_or_the_receivers(shown: str) -> None:
    """Nobody says that the receiver's number has to stand in BillTo."""
    assert not found(phones_match(pair(customer(**NOBODY), {BILL_TO: shown})))


def test_a_payer_without_a_number_has_not_a_strangers() -> None:
    """A number that is nobody's is invented."""
    assert [each[0] for each in found(phones_match(pair(customer(**NOBODY), {BILL_TO: "+49 30 1"})))] == [BILL_TO]


def test_a_payers_own_number_has_to_arrive() -> None:
    """Where there is one, an empty element loses it."""
    assert [each[0] for each in found(phones_match(pair(customer(shipping=BOSTON), {BILL_TO: ""})))] == [BILL_TO]
