"""The orders that several scenarios need: every store can hold them, and each is where its scenario looks for it."""

from __future__ import annotations

import pytest

from conformance.checks.change_plan import PLAN, Kind, note_of
from conformance.checks.matching import Pair
from conformance.checks.missing_orders import must_be_exported
from conformance.checks.order_properties import Trait, traits_of
from conformance.checks.window_model import Belongs, belongs, clock_change_windows, midnight_windows
from conformance.probes.prepared_orders import (
    AUTHOR,
    FRESH,
    LATECOMER,
    RICH_SPECIMENS,
    clock_change_of_windows,
    midnight_of_windows,
    note_for_change,
    prepared_orders,
    times_of_windows,
    with_rich_texts,
)
from conformance.survey.specimens import CreatedOrder, wanted_specimens
from conformance.survey.survey import Survey
from mockstore.orders.draft import Draft
from mockstore.orders.specimens import SpecimenMaker
from tests.support.judged import FACTS, ORDER, document, element_of
from tests.support.small_store import NOW, SmallStore, survey_of


class Everything(set[str]):
    """A set that has every text."""

    def __contains__(self, item: object) -> bool:
        return True


def store_that_exports_nothing() -> SmallStore:
    """Specimens have characters that this store can't export."""
    store = SmallStore()
    store.unexported = Everything()
    return store


def changed_before_placed(draft: Draft) -> bool:
    """True for an order that a careful store refuses."""
    return draft.placed_at is None or draft.modified_at is None or draft.modified_at < draft.placed_at


def prepared(store: SmallStore) -> dict[str, CreatedOrder]:
    """The prepared orders of a store, by name."""
    made = prepared_orders(survey_of(store, may_write=True))
    return {name: each for name, each in made.items() if isinstance(each, CreatedOrder)}


def test_a_store_that_refuses_impossible_times_makes_all_of_them() -> None:
    """No order is modified before it was placed."""
    store = store_that_exports_nothing()
    store.refuses = changed_before_placed
    made = prepared(store)
    of_windows = times_of_windows(survey_of(store, may_write=True))
    assert {*made} == {*(walk.name for walk in PLAN), LATECOMER, *of_windows, *FRESH}


def test_the_orders_of_the_plan_share_a_minute() -> None:
    """The latecomer comes to it later: it was placed before, and modified far away."""
    made = prepared(store_that_exports_nothing())
    moments = {made[walk.name].stored.modified_at for walk in PLAN}
    assert len(moments) == 1
    (moment,) = moments
    latecomer = made[LATECOMER].stored
    assert latecomer.placed_at < moment
    assert abs((latecomer.modified_at - moment).total_seconds()) > 600


def test_a_store_that_can_hold_no_old_order_makes_new_ones() -> None:
    """CS-Cart's REST API can't make an order that was placed long before its last change."""
    store = store_that_exports_nothing()
    store.refuses = lambda draft: changed_before_placed(draft) or draft.modified_at != draft.placed_at
    made = prepared(store)
    assert {walk.name for walk in PLAN} <= {*made}
    assert LATECOMER not in made


def test_each_special_window_holds_an_order_of_the_suite() -> None:
    """And leaves another one out."""
    survey = survey_of(store_that_exports_nothing(), may_write=True)
    times = times_of_windows(survey).values()
    shapes = (*midnight_windows(midnight_of_windows(survey)), *clock_change_windows(clock_change_of_windows(survey)))
    for shape in shapes:
        assert {belongs(moment, shape.window) for moment in times} == {Belongs.MUST, Belongs.MUST_NOT}


def properties_of_specimens() -> dict[str, set[Trait]]:
    """Name of each specimen that no store may leave out → its properties."""
    maker = SmallStore()
    found = {}
    for each in wanted_specimens(FACTS, NOW, "t"):
        order = maker.held[maker.create(each.draft)]
        if must_be_exported(order):
            found[each.name] = set(traits_of(order))
    return found


def test_changed_orders_have_the_content_of_the_richest_specimens() -> None:
    """Each of them adds nearly as many properties to those before as any specimen could."""
    found = properties_of_specimens()
    seen: set[Trait] = set()
    for name in RICH_SPECIMENS:
        assert len(found[name] - seen) >= 0.9 * max(len(traits - seen) for traits in found.values())
        seen |= found[name]
    walks = [found[name] for name in RICH_SPECIMENS[: len(PLAN)]]
    assert 2 * len(set().union(*walks)) > len(set().union(*found.values()))


def exporting(monkeypatch: pytest.MonkeyPatch, *specimens: str) -> Survey:
    """A survey of a store that exports these specimens, and no others."""
    survey = survey_of(store_that_exports_nothing(), may_write=True)
    (shown,) = document(element_of(ORDER)).orders
    pairs = tuple(Pair(shown, survey.specimens[name].stored, FACTS) for name in specimens)
    monkeypatch.setattr(Survey, "pairs", pairs)
    return survey


def test_changed_orders_have_a_content_that_was_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    """What identifies an order is its own."""
    exported = RICH_SPECIMENS[1:]
    survey = exporting(monkeypatch, *exported)
    made = prepared_orders(survey)
    for walk, name in zip(PLAN, exported, strict=False):
        changed, rich = made[walk.name], survey.specimens[name]
        assert isinstance(changed, CreatedOrder)
        assert changed.draft.items == rich.draft.items
        assert changed.draft.customer.shipping == rich.draft.customer.shipping
        assert changed.draft.customer.email != rich.draft.customer.email
        assert changed.draft.customer.code is None or changed.draft.customer.code != rich.draft.customer.code


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.STAFF])
def test_a_special_note_is_written_only_if_such_notes_are_exported(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store whose export breaks at special characters would fail with every order that is changed."""
    every = [each.name for each in wanted_specimens(FACTS, NOW, "t")]
    for names, form in ((every, "special"), (["plain-1"], "plain")):
        survey = exporting(monkeypatch, *names)
        assert note_for_change(survey, kind, "special", 1) == note_of(AUTHOR[kind], form, 1)
        assert note_for_change(survey, kind, "none", 1) == ""


def test_shipped_orders_have_rich_texts_and_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a parcel can only fail for what it has itself. At odd places the customer wrote no note."""
    every = [each.name for each in wanted_specimens(FACTS, NOW, "t")]
    plain = SpecimenMaker(FACTS, NOW, "x").draft("shipped")
    rich = [with_rich_texts(exporting(monkeypatch, *every), plain, place) for place in range(3)]
    assert {(each.items, each.total, each.customer.email) for each in rich} == {
        (plain.items, plain.total, plain.customer.email)
    }
    assert [bool(each.customer_notes) for each in rich] == [True, False, True]
    assert len({each.internal_notes for each in rich}) == 3
    assert all(each.customer.shipping != plain.customer.shipping for each in rich)
    assert with_rich_texts(exporting(monkeypatch), plain, 0) == plain
