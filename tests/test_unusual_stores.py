"""Correct stores with unusual settings: few statuses, small and large pages, no orders. None is accused."""

from __future__ import annotations

from typing import Any

from conformance.report.model import Report
from conformance.runner.run import run
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection, UrlTarget
from conformance.survey.limits import SurveyLimits
from conformance.truth.settings import ControlAccess, Secret
from mockstore.shop.shop import Status
from tests.support.small_store import WINDOW, SmallStore, orders, survey_of
from tests.support.store_in_thread import served


def judged(*only: str, **settings: Any) -> Report:
    """Return the report on a store with these settings. Nothing deviates, and no order is left."""
    with served("4.3.4", now=None, **settings) as store:
        shop = store.store.shop
        before = len(list(store.store.store.orders()))
        truth = ControlAccess(store.store.control_url, Secret(store.store.control_token))
        target = UrlTarget(store.store.url, shop.username, Secret(shop.password), truth=truth, allow_writes=True)
        report = run(RunSettings(targets=(target,), selection=Selection(only), scope="full", timeout_s=60))
        assert len(list(store.store.store.orders())) == before
    assert not [result for result in report.results if result.verdict in ("error", "deviates")]
    return report


def unjudged(report: Report) -> set[str]:
    """Return the requirements that were not exercised."""
    return {result.requirement for result in report.results if result.verdict == "not-exercised"}


def test_a_store_with_two_statuses() -> None:
    """Only what needs a third status is not exercised."""
    statuses = Status("Open", "paid", shipped=False), Status("Done", "shipped", shipped=True)
    assert unjudged(judged("STA", "SHP-1", "SHP-8", "WIN-7", count=10, statuses=statuses)) <= {"STA-3", "STA-4"}


def test_pages_of_one_order_are_all_read() -> None:
    """Every order is judged, also those on the two-hundredth page."""
    report = judged("PAG-1", "PAG-2", "ITM-7", "ITM-10", "NOT-5", count=10, orders_per_page=1)
    assert not unjudged(report)
    assert not [notice for notice in report.notices if "further pages" in notice]


def test_a_page_of_a_thousand_orders_is_filled() -> None:
    """With batch calls, enough orders are made that a second page begins."""
    assert not unjudged(judged("PAG-1", "PAG-2", count=0, orders_per_page=1000))


def test_pages_that_are_not_filled_are_not_exercised() -> None:
    """Without batch calls, the reason says that no window has so many orders."""
    capabilities = ("read", "create", "update", "delete")
    report = judged("PAG-1", count=0, orders_per_page=1000, capabilities=capabilities)
    assert [result.reason for result in report.results] == ["no window has more orders than fit on one page"]


def test_an_empty_store_is_judged_as_well_as_a_full_one() -> None:
    """Only pictures need an order of the shop's own: the suite's orders name pictures that nobody has."""
    empty, full = (run(RunSettings(targets=(EmbeddedTarget("4.3.4", orders=count),))) for count in (0, 100))
    assert unjudged(empty) - unjudged(full) <= {"IMG-4"}
    assert not [result for result in empty.results if result.verdict in ("error", "deviates")]


def test_pages_that_are_not_read_are_named() -> None:
    """The suite reads no window without end, and says so."""
    store = SmallStore(*orders(*range(10, 100, 10)), page_size=1)
    survey = survey_of(store, limits=SurveyLimits(windows=(WINDOW,), max_pages=4))
    assert len(survey.exported.distinct_orders) == 4
    assert [notice for notice in survey.notices if "has more than 4 pages" in notice]
    whole = survey_of(store)
    assert len(whole.exported.distinct_orders) == 9
    assert whole.notices == ()
