"""Stability: what changes while a survey looks, and whom that is blamed on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from conformance.client.parsing.document import ExportPage
from conformance.client.shipstation import MINUTE, Window
from conformance.core.errors import NotExercised, NotRecorded
from conformance.survey.limits import SurveyLimits
from conformance.survey.record import StoreRecord
from conformance.survey.stability import RepeatedPage, Stability, find_changes
from conformance.survey.survey import Survey
from tests.support.judged import FACTS, document, element_of, order
from tests.support.small_store import DAY, NOW, WINDOW, SmallStore, orders, survey_of

NO_TIMES = msgspec.structs.replace(FACTS, lacks=("modified_at",))
MANY = tuple(range(0, 200, 10))


def surveyed(store: SmallStore, *, knows_truth: bool = True) -> Survey:
    """A survey that has read its window once."""
    survey = survey_of(store, knows_truth=knows_truth)
    assert survey.exported.orders
    return survey


def change(store: SmallStore, *numbers: str) -> None:
    """Other people change these orders: they leave the window."""
    for number in numbers:
        store.change(number, modified_at=NOW, status="Complete")


def test_each_page_is_requested_a_second_time() -> None:
    """Up to a limit, and the last page first: once more accepting compression, and then without."""
    store = SmallStore(*orders(1, 2, 3), page_size=1)
    survey = survey_of(store, limits=SurveyLimits(windows=(WINDOW,), max_repeated_pages=2))
    repeated = survey.stability.repeated_pages
    assert [(each.window, each.number) for each in repeated] == [(WINDOW, 1), (WINDOW, 2)]
    assert all(each.first.order_numbers == each.second.order_numbers for each in repeated)
    assert store.requested == [(WINDOW, 1), (WINDOW, 2), (WINDOW, 3), (WINDOW, 2), (WINDOW, 2), (WINDOW, 1)]


def test_a_store_at_rest_is_stable() -> None:
    """Every condition holds."""
    survey = surveyed(SmallStore(*orders(*MANY)))
    survey.stability.require_repeated_pages()
    survey.stability.require_unchanged_by_others()
    survey.stability.require_repeatable_pages()
    survey.stability.require_modification_times_kept(survey.pairs)
    assert (survey.stability.export_changes, survey.notices) == ((), ())


def test_an_export_that_touches_orders_is_found() -> None:
    """WIN-8: each order is exported as modified a minute later the second time."""
    store = SmallStore(*orders(10, 20, 30))

    def touch_all() -> None:
        for number in store.held:
            store.change(number)

    store.after_export = touch_all
    survey = surveyed(store)
    changes = survey.stability.export_changes
    assert {(each.message, each.order) for each in changes} == {
        ("Exporting changed LastModified.", number) for number in store.held
    }
    assert survey.stability.changed_meanwhile == frozenset()
    with pytest.raises(NotExercised, match="WIN-8"):
        survey.stability.require_repeatable_pages()
    with pytest.raises(NotExercised, match="their times can't be judged"):
        survey.stability.require_modification_times_kept(survey.pairs)


def test_an_export_that_only_shows_other_times_leaves_the_record_comparable() -> None:
    """The store's record is looked up again."""
    store = SmallStore(*orders(10, 20, 30))
    store.exports_as = lambda each: msgspec.structs.replace(
        each, modified_at=each.modified_at + len(store.exchanges) * MINUTE
    )
    survey = surveyed(store)
    assert survey.stability.export_changes
    survey.stability.require_modification_times_kept(survey.pairs)


@pytest.mark.parametrize("knows_times", [True, False])
def test_a_few_changed_orders_are_blamed_on_other_people(knows_times: bool) -> None:
    """One of twenty: no requirement is judged by it, and the report says so."""
    store = SmallStore(*orders(*MANY), facts=FACTS if knows_times else NO_TIMES)
    survey = surveyed(store)
    change(store, "1003")
    assert survey.stability.changed_meanwhile == {"1003"}
    assert survey.notices == ("changed by other people during the run, and so not judged: 1003",)
    assert "1003" not in {pair.truth.order_number for pair in survey.pairs}
    with pytest.raises(NotExercised, match="1003"):
        survey.stability.require_unchanged_by_others()


@pytest.mark.parametrize("knows_times", [True, False])
def test_most_orders_are_not_changed_by_other_people(knows_times: bool) -> None:
    """If the whole window changes, exporting changes it."""
    store = SmallStore(*orders(*MANY), facts=FACTS if knows_times else NO_TIMES)
    survey = surveyed(store)
    change(store, *list(store.held)[:5])
    assert survey.stability.changed_meanwhile == frozenset()
    assert survey.notices == ()


def test_an_order_that_comes_back_was_not_changed() -> None:
    """PAG-3: the pages differ each time. A third export tells."""
    store = SmallStore(*orders(*MANY), page_size=10)

    def leave_out_of_the_second() -> None:
        store.unexported = {"1003"} if len(store.exchanges) in (2, 3, 4) else set()

    store.after_export = leave_out_of_the_second
    survey = surveyed(store, knows_truth=False)
    assert survey.stability.changed_meanwhile == frozenset()
    with pytest.raises(NotExercised, match="PAG-3"):
        survey.stability.require_repeatable_pages()


def test_orders_of_the_suite_are_changed_by_nobody_else() -> None:
    """The suite changes its specimens itself."""
    store = SmallStore(*orders(*MANY))
    store.refuses = lambda draft: len(store.held) > len(MANY)
    survey = survey_of(store, may_write=True)
    specimen = next(iter(survey.specimens.values())).stored.order_number
    assert survey.windows
    store.change(specimen)
    assert survey.stability.changed_meanwhile == frozenset()
    assert not survey.stability.has_changed(specimen)


@pytest.mark.parametrize(
    ("knows_times", "change", "has_changed"),
    [
        (True, lambda store: store.change("1001"), True),
        (True, lambda store: store.held.pop("1001"), True),
        (True, lambda store: None, False),
        (False, lambda store: store.change("1001"), False),
        (False, lambda store: store.change("1001", status="Complete"), True),
    ],
)
def test_an_order_is_looked_up_again_before_it_is_blamed(
    knows_times: bool, change: Callable[[SmallStore], object], has_changed: bool
) -> None:
    """A record without times has changed if anything else in it has."""
    store = SmallStore(*orders(*MANY), facts=FACTS if knows_times else NO_TIMES)
    survey = surveyed(store)
    assert survey.stability.export_changes == ()
    change(store)
    assert survey.stability.has_changed("1001") is has_changed


def test_an_unknown_order_has_not_changed() -> None:
    """Nobody looked it up."""
    assert not surveyed(SmallStore(*orders(1, 2))).stability.has_changed("none")


def page(*held: str, pages: str | None = None) -> RepeatedPage:
    """Two exports of orders of these numbers: those before the bar, and those after it."""
    before, after = ([element_of(order(order_number=number)) for number in some.split()] for some in held)
    stated = {} if pages is None else {"pages": pages}
    return RepeatedPage(WINDOW, 1, document(*before), document(*after, **stated))


@pytest.mark.parametrize(
    ("repeated", "found"),
    [
        ([page("1 2", "1 2")], False),
        ([page("1 2", "2 1")], False),
        ([page("1 2", "1")], True),
        ([page("1 2", "1"), page("3", "2 3")], False),
        ([page("1 2", "1"), page("3", "3")], False),
        ([page("1 2", "1", pages="7"), page("3", "3")], True),
        ([page("1 2", ""), page("3", "")], True),
    ],
)
def test_a_window_is_counted_over_all_of_its_pages(repeated: list[RepeatedPage], found: bool) -> None:
    """Orders that only moved between pages are reported by PAG-3."""
    messages = [each.message for each in find_changes(repeated, with_counts=True)]
    assert messages == (["The same window, requested again, gives other orders."] if found else [])
    assert not list(find_changes(repeated, with_counts=False))


def test_times_are_compared_as_they_were_written() -> None:
    """A changed status or time is a finding at its element, with the earlier text."""
    before = order(modified_at=DAY)
    after = order(modified_at=DAY + 5 * MINUTE, status="Complete")
    repeated = RepeatedPage(WINDOW, 1, document(element_of(before)), document(element_of(after)))
    found = [(each.xpath, each.expected, each.actual) for each in find_changes([repeated], with_counts=True)]
    assert found == [
        ("/Orders/Order[1]/LastModified", "03/10/2026 00:00", "03/10/2026 00:05"),
        ("/Orders/Order[1]/OrderStatus", "Processed", "Complete"),
    ]


def test_stability_needs_a_page_that_was_requested_twice() -> None:
    """Recorded traffic may have none."""
    store = SmallStore(*orders(1, 2))

    def not_recorded(window: Window, number: int, accepts: str) -> ExportPage:
        raise NotRecorded("not on the tape")

    stability = Stability(
        StoreRecord(store),
        not_recorded,
        pages=survey_of(store).exported.pages,
        windows=(WINDOW,),
        known_orders=(),
        specimens=frozenset(),
    )
    assert stability.repeated_pages == ()
    with pytest.raises(NotExercised, match="no page was requested twice"):
        stability.require_repeated_pages()


def test_a_window_that_fills_up_is_not_compared() -> None:
    """A store that sets times itself gets more orders in the window of the specimens while scenarios run."""
    store = SmallStore(order(modified_at=NOW - timedelta(days=5)), facts=NO_TIMES)
    store.refuses = lambda draft: len(store.held) > 1
    survey = survey_of(store, may_write=True, limits=SurveyLimits())
    assert len(survey.windows) == 2
    assert survey.stable_windows == survey.windows[1:]
    assert {each.window for each in survey.stability.repeated_pages} <= set(survey.stable_windows)
