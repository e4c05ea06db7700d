"""The survey: lazy, each request once, and looked up before anything can change."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from conformance.client.shipstation import MINUTE, Window
from conformance.core.errors import NotExercised, TooManyRequests
from conformance.core.verdict import Outcome, verdict_of
from conformance.survey.limits import EMPTY_WINDOW, SurveyLimits
from conformance.truth.source import TruthUnavailable
from conformance.truth.suite_orders import run_id_of
from mockstore.orders.model import Order
from tests.support.judged import FACTS, order
from tests.support.small_store import DAY, NOW, WINDOW, SmallStore, orders, survey_of

NO_TIMES = msgspec.structs.replace(FACTS, lacks=("modified_at",))


def test_a_survey_requests_nothing_before_it_is_needed() -> None:
    """Not even to say that there is nothing to say, or to delete nothing."""
    store = SmallStore(*orders(1))
    survey = survey_of(store, may_write=True)
    assert (survey.notices, survey.delete_specimens()) == ((), [])
    assert (store.requested, store.listed) == ([], [])


def test_each_page_is_requested_once() -> None:
    """Whatever asks for it."""
    store = SmallStore(*orders(1, 2, 3), page_size=2)
    survey = survey_of(store)
    assert [order.number for order in survey.exported.orders] == list(store.held)
    assert survey.first_page(WINDOW) is survey.page(WINDOW, 1) is survey.exported.pages[0].page
    assert survey.is_exported_in(WINDOW, store.held["1003"])
    assert store.requested == [(WINDOW, 1), (WINDOW, 2)]


def test_a_failed_request_is_not_cached() -> None:
    """The next scenario tries again."""
    survey = survey_of(SmallStore())
    tries: list[int] = []

    def make() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise TooManyRequests("enough")
        return len(tries)

    with pytest.raises(TooManyRequests):
        survey.cached("key", make)
    assert [survey.cached("key", make), survey.cached("key", make)] == [2, 2]


def test_orders_are_looked_up_before_they_are_exported() -> None:
    """An export that changes orders must not change what they are compared with."""
    store = SmallStore(*orders(10, 20))
    before = tuple(store.held.values())

    def touch_all() -> None:
        for number in store.held:
            store.change(number)

    store.after_export = touch_all
    survey = survey_of(store)
    assert survey.exported.orders
    assert survey.known_orders == before


def test_the_known_orders_are_those_of_the_windows() -> None:
    """Within the limit; an order outside is neither looked up nor missed."""
    far = order(order_number="far", modified_at=DAY - timedelta(days=9))
    store = SmallStore(*orders(10, 20, 30), far)
    assert [each.order_number for each in survey_of(store).known_orders] == ["1001", "1002", "1003"]
    few = survey_of(store, limits=SurveyLimits(windows=(WINDOW,), max_orders=2))
    assert [each.order_number for each in few.known_orders] == ["1001", "1002"]


def test_an_order_that_changes_between_list_and_look_up_is_unknown() -> None:
    """What the export should show of it isn't known."""

    class Busy(SmallStore):
        def order(self, number: str) -> Order | None:
            if number == "1001":
                self.change("1001")
            return super().order(number)

    assert [each.order_number for each in survey_of(Busy(*orders(10, 20))).known_orders] == ["1002"]


def test_a_source_that_fails_leaves_nothing_known() -> None:
    """It isn't taken for a store without orders."""

    class Failing(SmallStore):
        def order(self, number: str) -> Order | None:
            raise TruthUnavailable("no reply")

    with pytest.raises(TruthUnavailable):
        _ = survey_of(Failing(*orders(10))).known_orders


def test_by_a_record_without_times_the_exported_orders_are_looked_up() -> None:
    """The time of the last change is the export's own, but not before the order was placed."""
    first, second = orders(10, 20)
    store = SmallStore(first, second, facts=NO_TIMES)
    store.exports_as = lambda each: (
        each if each is first else msgspec.structs.replace(each, modified_at=DAY, order_number="other")
    )
    known = survey_of(store).known_orders
    assert [each.order_number for each in known] == ["1001"]
    store.exports_as = lambda each: msgspec.structs.replace(each, modified_at=each.modified_at + MINUTE)
    assert [each.modified_at for each in survey_of(store).known_orders] == [
        DAY + 11 * MINUTE,
        DAY + 21 * MINUTE,
    ]
    store.exports_as = lambda each: msgspec.structs.replace(each, modified_at=DAY)
    assert [each.modified_at for each in survey_of(store).known_orders] == [first.placed_at, second.placed_at]


def test_without_a_source_of_truth_the_export_stands_alone() -> None:
    """Every order is unmatched, and the reason says what the user can do."""
    survey = survey_of(SmallStore(*orders(10, 20)), knows_truth=False)
    assert len(survey.unmatched_exports) == 2
    assert (survey.has_truth, survey.knows_modification_times, survey.known_orders) == (False, False, ())
    with pytest.raises(NotExercised, match="run with --control"):
        _ = survey.truth


def test_the_pages_are_repeated_before_a_scenario_makes_an_order() -> None:
    """The new order could stand in the same window, and must not count as a difference."""
    store = SmallStore(*orders(10, 20, 30))
    store.refuses = lambda draft: True
    survey = survey_of(store, may_write=True)
    assert survey.exported.orders
    store.refuses = lambda draft: False
    survey.new_order("one", lambda maker: maker.draft("one", maker.item(), moment=DAY + 15 * MINUTE))
    requested = len(store.requested)
    assert survey.stability.export_changes == ()
    assert survey.stability.repeated_pages[0].second.order_numbers == ("1001", "1002", "1003")
    assert len(store.requested) == requested


def test_a_run_without_pages_makes_orders_without_exports() -> None:
    """A selection of a few scenarios stays small."""
    store = SmallStore()
    survey = survey_of(store, may_write=True)
    made = survey.new_order("one", lambda maker: maker.draft("one", maker.item()))
    assert store.held == {made.stored.order_number: made.stored}
    assert store.requested == []
    assert survey.delete_specimens() == []
    assert store.held == {}


@pytest.mark.parametrize(
    ("may_write", "capabilities", "reason"),
    [
        (False, ("read", "create"), "--allow-writes"),
        (True, ("read",), r"doesn't have the capability create \(it has: read\)"),
    ],
    ids=["no leave", "can't"],
)
def test_without_leave_a_scenario_makes_no_order(may_write: bool, capabilities: tuple[str, ...], reason: str) -> None:
    """The reason names the options, or the missing capability."""
    store = SmallStore(facts=msgspec.structs.replace(FACTS, capabilities=capabilities))
    with pytest.raises(NotExercised, match=reason):
        survey_of(store, may_write=may_write).new_order("one", lambda maker: maker.draft("one"))
    assert store.held == {}


def test_pages_past_the_end_are_those_after_the_last() -> None:
    """Of the window with the most pages."""
    store = SmallStore(*orders(10, 20, 30), page_size=1)
    store.states_pages = lambda pages: pages
    past = survey_of(store).pages_past_end
    assert [(number, page.order_numbers) for number, page in past] == [(4, ()), (7, ())]


def test_a_store_without_orders_has_no_largest_window() -> None:
    """What needs one isn't exercised."""
    with pytest.raises(NotExercised, match="no order to judge"):
        _ = survey_of(SmallStore()).largest_window


def test_a_small_document_is_among_the_documents() -> None:
    """One window of two minutes beside the survey's own."""
    store = SmallStore(*orders(10, 20))
    assert [len(page.orders) for page in survey_of(store).documents] == [2, 1]
    assert store.requested[-1] == (Window(DAY + 9 * MINUTE, DAY + 11 * MINUTE), 1)


def test_an_order_on_a_page_that_may_not_be_read_is_neither_there_nor_missing() -> None:
    """None is the answer to both questions."""
    store = SmallStore(*orders(10, 20, 30), page_size=1)
    survey = survey_of(store, limits=SurveyLimits(windows=(WINDOW,), max_pages=2))
    assert [survey.is_exported_in(WINDOW, each) for each in store.held.values()] == [True, True, None]


def test_the_margins_of_a_run_are_all_different() -> None:
    """Thirty windows around the same minute that no scenario has requested before."""
    survey = survey_of(SmallStore())
    margins = [survey.next_margin() for _ in range(31)]
    assert margins[0] == margins[30] == MINUTE
    assert len(set(margins)) == 30


def test_another_empty_window_has_the_length_that_is_asked_for() -> None:
    """Recorded traffic has but the one that it has."""
    survey = survey_of(SmallStore())
    start = EMPTY_WINDOW.start
    assert survey.other_empty_window(timedelta(days=9)) == Window(start, start + timedelta(days=9))
    recorded = survey_of(SmallStore(), limits=SurveyLimits(empty_window=Window(DAY, NOW)))
    assert recorded.other_empty_window(timedelta(days=9)) == Window(DAY, NOW)
    assert recorded.empty_export.orders == ()


def test_orders_of_another_run_are_not_judged() -> None:
    """An order that another run made, and that vanishes during this one, is neither missing nor a sign of WIN-8."""
    held = orders(10, 20, 30)
    mark = msgspec.structs.replace(held[1].customer, email=f"{run_id_of(NOW)}-plain@specimen.example")
    held[1] = msgspec.structs.replace(held[1], customer=mark)
    store = SmallStore(*held)
    survey = survey_of(store)
    assert [each.order_number for each in survey.known_orders] == ["1001", "1003"]
    del store.held["1002"]
    assert [pair.truth.order_number for pair in survey.pairs] == ["1001", "1003"]
    assert survey.completeness.missing_orders == ()
    assert survey.stability.changed_meanwhile == frozenset()
    assert survey.orders_of_other_runs == ("1002",)


def test_orders_are_judged_even_if_no_specimen_can_be_made() -> None:
    """A shop without a quiet week has enough orders of its own."""
    others = [
        order(order_number=str(week), modified_at=NOW - timedelta(weeks=week), placed_at=NOW - timedelta(weeks=week))
        for week in range(1, 600)
    ]
    survey = survey_of(SmallStore(*others), may_write=True, limits=SurveyLimits())
    assert survey.known_orders
    assert survey.pairs
    with pytest.raises(NotExercised, match="each week"):
        _ = survey.specimens


def test_orders_that_cannot_be_exported_are_named_beside_the_verdict_on_the_others() -> None:
    """A requirement conforms by the other orders, and its reason says that this is only a part."""
    store = SmallStore(*orders(10, 300, 600))
    store.breaking.add("1002")
    survey = survey_of(store)
    assert survey.unread_part == ""
    assert [each.number for each in survey.exported.orders] == ["1001", "1003"]
    assert survey.unread_part.startswith("the export of order 1002 can't be read: status 500")
    outcome = Outcome(requirement="ORD-7", scenario="", target="", judged=2, reason=survey.unread_part)
    assert verdict_of([outcome]) == ("conforms", f"in part: {survey.unread_part}")


def test_what_failed_is_not_tried_again() -> None:
    """A scenario that needs the same evidence gets the same reason."""
    survey, tries = survey_of(SmallStore()), []

    def fail() -> int:
        tries.append(1)
        raise NotExercised("no order to change")

    for _ in range(2):
        with pytest.raises(NotExercised, match="no order to change"):
            survey.cached_or_refused("changes", fail)
    assert len(tries) == 1
    assert survey.cached_or_refused("more", lambda: 7) == 7
