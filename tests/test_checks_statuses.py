"""STA: the status of an order, its spelling, and the statuses that the merchant added."""

from __future__ import annotations

import msgspec
import pytest

from conformance.checks import statuses as judge
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedOrder
from mockstore.shop.shop import Status
from tests.support.judged import FACTS, document, edited, element_of, exported, found, order, pair


def orders(*statuses: tuple[str, str]) -> list[Pair]:
    """Orders of these statuses: the store's, and as exported."""
    held = [order(order_number=str(n), status=own) for n, (own, _) in enumerate(statuses, start=1)]
    reading = document(
        *(edited(element_of(each), {"OrderStatus": shown}) for each, (_, shown) in zip(held, statuses, strict=True))
    )
    return [Pair(come, each, FACTS) for come, each in zip(reading.orders, held, strict=True)]


def spelt(*shown: str) -> list[ExportedOrder]:
    """Exported orders of these statuses."""
    return [pair.exported for pair in orders(*((each, each) for each in shown))]


@pytest.mark.parametrize("shown", ["Processed", "processed", " PROCESSED "])
def test_a_status_is_the_same_in_any_case(shown: str) -> None:
    """STA-1: STA-2 judges the letter case."""
    assert not list(judge.status_matches(orders(("Processed", shown))))


@pytest.mark.parametrize("shown", ["", "P", "paid", "Processe", "Bearbeitet", "Complete"])
def test_another_status_is_found(shown: str) -> None:
    """STA-1: an empty one, a letter, its meaning, cut, translated, another status."""
    (finding,) = judge.status_matches(orders(("Processed", shown), ("Zoll", "Zoll")))
    assert (finding.expected, finding.actual) == ("Processed", shown)


def test_a_wrong_status_of_the_merchant_is_reported_once() -> None:
    """STA-3 reports it; STA-1 does so only if there are no other statuses."""
    mixed = orders(("Processed", "Processed"), ("Zoll", ""))
    assert not list(judge.status_matches(mixed))
    assert len(found(judge.custom_status_matches(orders(("Zoll", "Unknown"))[0]))) == 1
    assert len(list(judge.status_matches(orders(("Zoll", "Unknown"))))) == 1


def test_an_unknown_status_is_not_judged() -> None:
    """STA-1, STA-3: the store's record doesn't say the status."""
    unsaid = pair(order(status=""), {"OrderStatus": "Processed"})
    assert not list(judge.status_matches([unsaid]))
    assert not found(judge.custom_status_matches(unsaid))


@pytest.mark.parametrize(
    ("shown", "right"), [("Zoll", True), ("zoll", True), ("", False), ("Open", False), ("Z", False)]
)
def test_a_merchants_status_has_its_own_name(shown: str, right: bool) -> None:
    """STA-3: an empty status and another status are found."""
    assert (not found(judge.custom_status_matches(pair(order(status="Zoll"), {"OrderStatus": shown})))) is right


def test_a_long_status_is_cut_at_fifty() -> None:
    """STA-3: at the field's limit, not before."""
    held = order(status="Z" * 51)
    assert not found(judge.custom_status_matches(pair(held, {"OrderStatus": "Z" * 50})))
    assert found(judge.custom_status_matches(pair(held, {"OrderStatus": "Z" * 10})))


def test_which_statuses_the_merchant_added() -> None:
    """CS-Cart's own are known; in another store, those without a meaning for ShipStation count."""
    other = msgspec.structs.replace(FACTS, platform="Shop", statuses=(Status("Paid", "paid"), Status("Zoll")))
    assert judge.is_custom_status("Zoll", FACTS)
    assert not judge.is_custom_status("Awaiting call", FACTS)
    assert judge.is_custom_status("Zoll", other)
    assert not judge.is_custom_status("Paid", other)


def test_one_status_has_one_spelling() -> None:
    """STA-2: always lower case is right, sometimes is not."""
    assert not list(judge.one_spelling_per_status(orders(("Processed", "processed"), ("Processed", "processed"))))
    assert len(list(judge.one_spelling_per_status(orders(("Processed", "Processed"), ("Processed", "PROCESSED"))))) == 1


def test_two_statuses_are_never_spelt_alike() -> None:
    """STA-2: equal spellings can't be mapped to two statuses."""
    assert len(list(judge.one_spelling_per_status(orders(("Canceled", "Canceled"), ("Declined", "Canceled"))))) == 1


@pytest.mark.parametrize(
    ("first", "second", "right"), [("Open", "Open", True), ("Open", "open", False), ("On hold", "On  hold", False)]
)
def test_spellings_are_judged_without_the_record(first: str, second: str, right: bool) -> None:
    """STA-2: letter case and spaces."""
    assert (not list(judge.no_spelling_variants(spelt(first, second), FACTS))) is right


def test_two_statuses_of_the_store_may_differ_in_case_alone() -> None:
    """STA-2: a merchant may name them so; a third spelling is found."""
    facts = msgspec.structs.replace(FACTS, statuses=(Status("On hold"), Status("On Hold")))
    assert not list(judge.no_spelling_variants(spelt("On hold", "On Hold"), facts))
    assert list(judge.no_spelling_variants(spelt("On hold", "ON HOLD"), facts))


def test_a_right_export_has_no_finding() -> None:
    """Every check of the feature accepts the plain order."""
    assert not list(judge.status_matches([pair()]))
    assert not list(judge.no_spelling_variants([exported()], FACTS))
