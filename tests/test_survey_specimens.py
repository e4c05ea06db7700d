"""Specimens: made in a quiet week, read back, judged as the store holds them, and deleted at the end."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from conformance.core.errors import NotExercised
from conformance.survey.record import StoreRecord
from conformance.survey.specimens import (
    CreatedOrder,
    SpecimenOrders,
    orders_to_delete,
    page_fillers,
    wanted_specimens,
    with_dropped_fields,
)
from conformance.truth.source import ORDERS_AT_ONCE, TruthUnavailable
from mockstore.orders.draft import Draft
from mockstore.orders.model import Customer
from mockstore.shop.facts import StoreFacts
from tests.support.judged import FACTS, order
from tests.support.small_store import NOW, SmallStore

BEGIN = datetime(2026, 2, 21, 6, tzinfo=UTC)


def specimen_orders(store: SmallStore | None, *, may_write: bool = True) -> SpecimenOrders:
    """The specimens of a run that begins now."""
    return SpecimenOrders(StoreRecord(store), NOW, "t", may_write=may_write)


DRAFT = Draft(
    customer=Customer("kim@example.org"),
    gift=True,
    gift_message="Enjoy!",
    internal_notes="fragile",
)
"""A draft with fields that a store could drop."""


def test_addresses_fit_into_a_customer_code() -> None:
    """Each has at most 50 characters, except in the one order that is about long addresses.

    Only the orders of some guests, and of accounts that have several addresses, have the same address.
    """
    emails = {each.name: each.draft.customer.email for each in wanted_specimens(FACTS, BEGIN, "ct019d4e4fa00")}
    assert [name for name, email in emails.items() if len(email) > 50] == ["email-long"]
    again = {email for email, number in Counter(emails.values()).items() if number > 1}
    several = ("guest-again", "account-again", "account-moved", "tie-2")
    assert again == {f"ct019d4e4fa00-{who}@specimen.example" for who in several}


@pytest.mark.parametrize(("size", "made"), [(1, 0), (10, 0), (19, 42), (20, 0), (30, 0), (250, 201)])
def test_pages_are_filled_where_few_orders_do_it(size: int, made: int) -> None:
    """One page is filled, or ten: if that takes at most fifty more orders."""
    facts = msgspec.structs.replace(FACTS, orders_per_page=size)
    assert len(list(page_fillers(facts, BEGIN, "ct", 100 + 50 * (size != 250)))) == made


def test_every_specimen_is_made_and_read_back() -> None:
    """The suite judges by what the store holds, not by what it sent."""
    store = SmallStore()
    made = specimen_orders(store)
    assert set(made.created) == {each.name for each in wanted_specimens(FACTS, BEGIN, "t")}
    assert {each.stored.order_number for each in made.created.values()} == set(store.held)
    assert made.notices == []


def test_some_orders_are_deleted_before_the_first_export() -> None:
    """They are among the specimens. What the store doesn't delete is a specimen like the others."""
    made, expected = specimen_orders(SmallStore()), [each.draft for each in orders_to_delete(FACTS, BEGIN, "t")]
    times = [each.stored.modified_at for each in made.created.values()]
    assert [order.modified_at for order in made.deleted] == [draft.modified_at for draft in expected]
    assert all(min(times) < order.modified_at < max(times) for order in made.deleted)
    store = SmallStore()
    store.undeletable = {f"N{number}" for number in range(500)}
    made = specimen_orders(store)
    assert len({*made.created} - {each.name for each in wanted_specimens(FACTS, BEGIN, "t")}) == len(expected)
    assert made.deleted == []
    assert len(made.undeleted_numbers) == len(store.held)


def test_an_order_of_somebody_else_is_neither_judged_nor_deleted() -> None:
    """A store that replies with the number of another order does not lose that order."""
    store = SmallStore(order(order_number="77", modified_at=NOW))
    store.create = lambda draft: "77"  # type: ignore[method-assign]
    made = specimen_orders(store)
    assert made.created == {}
    assert "order 77 is another one" in "\n".join(made.notices)
    assert made.delete_all() == []
    assert set(store.held) == {"77"}


def test_nothing_is_requested_before_it_is_needed() -> None:
    """A run that needs no specimens makes none, and has none to delete."""
    store = SmallStore()
    made = specimen_orders(store)
    assert (made.delete_all(), made.notices) == ([], [])
    assert (store.held, store.listed) == ({}, [])


def test_without_leave_none_is_made() -> None:
    """``may_write`` is the user's --allow-writes."""
    store = SmallStore()
    assert specimen_orders(store, may_write=False).created == {}
    assert store.held == {}


def test_without_a_source_of_truth_there_is_no_place_for_them() -> None:
    """The reason says what the user can do."""
    with pytest.raises(NotExercised, match="run with --control"):
        _ = specimen_orders(None).begin


@pytest.mark.parametrize(
    ("days_before", "begin"),
    [((), BEGIN), ((0,), BEGIN - timedelta(days=30)), ((7, -8), BEGIN - timedelta(days=30)), ((9, -10), BEGIN)],
)
def test_they_are_made_in_a_week_without_other_orders(days_before: tuple[int, ...], begin: datetime) -> None:
    """Forty days ago, or a month earlier if an order was modified in those days."""
    others = [order(order_number=str(days), modified_at=BEGIN - timedelta(days=days)) for days in days_before]
    assert specimen_orders(SmallStore(*others)).begin == begin


def test_a_store_that_is_never_quiet_gets_none() -> None:
    """Ten years back, another order is always near."""
    others = [order(order_number=str(week), modified_at=NOW - timedelta(weeks=week)) for week in range(600)]
    with pytest.raises(NotExercised, match="each week that the suite tried has other orders"):
        _ = specimen_orders(SmallStore(*others)).begin


def test_a_record_without_times_needs_no_quiet_week() -> None:
    """The store sets the times itself."""
    facts = msgspec.structs.replace(FACTS, lacks=("modified_at",))
    assert specimen_orders(SmallStore(order(modified_at=BEGIN), facts=facts)).begin == BEGIN


def test_refused_specimens_are_named_together() -> None:
    """One notice for each reason, with the names."""
    store = SmallStore()
    store.refuses = lambda draft: draft.gift
    made = specimen_orders(store)
    refused = [each.name for each in wanted_specimens(FACTS, BEGIN, "t") if each.draft.gift]
    assert len(refused) > 1
    assert not set(refused) & set(made.created)
    (notice,) = made.notices
    assert notice.startswith(f"{len(refused)} specimens were not made: the store refused the order")
    assert notice.endswith(f"({', '.join(refused)})")


def test_one_refused_specimen_is_named_alone() -> None:
    """The sentence is in the singular."""
    store = SmallStore()
    first = wanted_specimens(FACTS, BEGIN, "t")[0]
    store.refuses = lambda draft: draft == first.draft
    made = specimen_orders(store)
    assert first.name not in made.created
    assert made.notices == [f"specimen {first.name} was not made: the store refused the order: it is too odd"]


def test_the_suite_stops_if_the_store_loses_each_one() -> None:
    """It doesn't fill a store with orders that it can't see."""
    store = SmallStore()
    store.forgets = True
    made = specimen_orders(store)
    assert made.created == {}
    assert len(made.undeleted_numbers) == ORDERS_AT_ONCE
    assert made.notices[0] == "no specimen could be made, so the suite stopped making them"
    assert all("but then had no such order" in notice for notice in made.notices[1:])


def test_no_scenario_makes_orders_after_the_suite_has_stopped() -> None:
    """Neither alone nor with others; the error is the one for which the suite stopped."""
    store = SmallStore()
    store.forgets = True
    made = specimen_orders(store)
    several = made.create_some(dict.fromkeys("abcdefghij", lambda maker: maker.draft("several")))
    lost = list(made.undeleted_numbers)
    assert len(lost) == ORDERS_AT_ONCE
    reasons = [f"the store replied that it made order {number}, but then had no such order" for number in lost]
    why = reasons[0]
    assert [str(each) for each in several.values()] == [*reasons, *[why] * (10 - ORDERS_AT_ONCE)]
    assert made.created == {}
    with pytest.raises(TruthUnavailable, match=why):
        made.create_one("gift", lambda maker: DRAFT)
    assert made.undeleted_numbers == lost
    assert made.notices == ["no specimen could be made, so the suite stopped making them"]


def test_an_order_that_was_made_keeps_the_suite_making_others() -> None:
    """A store that loses some orders doesn't lose all."""
    store = SmallStore()
    made = specimen_orders(store)
    assert made.create_one("gift", lambda maker: DRAFT)
    store.forgets = True
    lost = made.create_some(dict.fromkeys("abcdefghij", lambda maker: maker.draft("several")))
    store.forgets = False
    assert {type(each) for each in lost.values()} == {TruthUnavailable}
    assert made.create_one("again", lambda maker: DRAFT)


def test_an_order_for_one_scenario_has_days_of_its_own() -> None:
    """Weeks after the specimens, and not at the same time as the one before."""
    store = SmallStore()
    made = specimen_orders(store)
    first, second = (made.create_one(name, lambda maker: maker.draft("single")) for name in ("one", "two"))
    assert [first.name, second.name] == ["one", "two"]
    assert [first.stored, second.stored] == list(store.held.values())
    begin = BEGIN + timedelta(days=15)
    assert [first.stored.modified_at, second.stored.modified_at] == [begin, begin + timedelta(minutes=10)]
    assert first.stored.customer.email != second.stored.customer.email


def test_an_order_that_the_store_refuses_is_not_exercised() -> None:
    """The scenario has no order to look at, and the store isn't at fault."""
    store = SmallStore()
    store.refuses = lambda draft: True
    with pytest.raises(NotExercised, match="too odd"):
        specimen_orders(store).create_one("gift", lambda maker: DRAFT)


def test_an_order_that_the_store_loses_is_an_error_of_the_source() -> None:
    """It said that it made the order."""
    store = SmallStore()
    store.forgets = True
    with pytest.raises(TruthUnavailable, match="but then had no such order"):
        specimen_orders(store).create_one("gift", lambda maker: DRAFT)


def test_every_order_that_was_made_is_deleted() -> None:
    """Also one that could not be read back; those that the store keeps are named."""
    store = SmallStore(order(order_number="before"))
    made = specimen_orders(store)
    assert made.created
    kept = made.create_one("gift", lambda maker: DRAFT).stored.order_number
    store.undeletable = {kept}
    assert made.delete_all() == [kept]
    assert set(store.held) == {"before", kept}
    assert made.delete_all() == []


def test_a_field_that_the_store_dropped_is_still_expected() -> None:
    """The store took the order without a word, so it is judged by what it was given."""
    store = SmallStore()
    store.keeps = lambda draft: msgspec.structs.replace(draft, gift=False, gift_message="", internal_notes="")
    made = specimen_orders(store).create_one("gift", lambda maker: DRAFT)
    assert isinstance(made, CreatedOrder)
    assert (made.stored.gift, made.stored.gift_message, made.stored.internal_notes) == (True, "Enjoy!", "fragile")
    assert not store.held[made.stored.order_number].gift


@pytest.mark.parametrize(
    ("lacks", "expected"),
    [
        ((), (True, "Enjoy!", "fragile")),
        (("gift",), (False, "", "fragile")),
        (("internal_notes",), (True, "Enjoy!", "")),
    ],
)
def test_a_field_that_the_store_lacks_is_not_expected(lacks: tuple[str, ...], expected: tuple[bool, str, str]) -> None:
    """It said so beforehand. A store without gifts has no gift message either."""
    judged = with_dropped_fields(DRAFT, order(), StoreFacts(lacks=lacks))
    assert (judged.gift, judged.gift_message, judged.internal_notes) == expected


def test_a_field_that_the_store_changed_is_judged_as_it_holds_it() -> None:
    """Only an empty field counts as dropped."""
    judged = with_dropped_fields(DRAFT, order(internal_notes="FRAGILE"), FACTS)
    assert judged.internal_notes == "FRAGILE"
