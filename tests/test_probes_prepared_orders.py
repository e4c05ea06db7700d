"""The orders that several scenarios need: every store can hold them, and each is where its scenario looks for it."""

from __future__ import annotations

from conformance.checks.change_plan import PLAN
from conformance.checks.window_model import Belongs, belongs, clock_change_windows, midnight_windows
from conformance.probes.prepared_orders import (
    FRESH,
    LATECOMER,
    clock_change_of_windows,
    midnight_of_windows,
    prepared_orders,
    times_of_windows,
)
from conformance.survey.specimens import CreatedOrder
from mockstore.orders.draft import Draft
from tests.support.small_store import SmallStore, survey_of


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
