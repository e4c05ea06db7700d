"""CON-12: valid requests for orders that are not answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.client.exchange import Exchange, Headers
from conformance.client.shipstation import MINUTE, FailedExport, Window
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.failed_exports import (
    ask_for_every_window,
    ask_for_orders_in_other_scenarios,
    ask_for_readable_orders_in_other_scenarios,
    every_other_reply_is_well_formed,
    every_other_request_is_answered,
    every_window_is_answered,
    refuses_equal_bounds,
)
from conformance.survey.survey import Survey
from tests.support.judged import exchange
from tests.support.small_store import DAY, SmallStore, orders, survey_of


class FailingStore(SmallStore):
    """A store that fails if a page has too many orders."""

    most = 100
    error: str | None = None
    """The error in place of a status."""

    def send(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Reply to an export, or fail."""
        reply = super().send(method, url, headers, body)
        if reply.body.count(b"<Order>") > self.most:
            return replace(reply, status=None if self.error else 500, error=self.error)
        return reply


def judged(survey: Survey) -> list[Finding]:
    """Return the findings about the survey's windows."""
    return list(every_window_is_answered(ask_for_every_window(survey)))


def test_a_store_that_answers_everything_conforms() -> None:
    """Also where a window has several pages."""
    assert judged(survey_of(SmallStore(*orders(10, 20, 30, 40, 50), page_size=2))) == []


def test_an_order_that_makes_its_window_fail_is_named() -> None:
    """Alone, with the smallest window that fails."""
    store = SmallStore(*orders(10, 20, 30, 40))
    store.breaking = {"1003"}
    (finding,) = judged(survey_of(store))
    assert (finding.order, finding.actual) == ("1003", "status 500 OK")
    assert "00:29" in (finding.expected or "")


def test_a_window_is_reported_although_its_parts_are_answered() -> None:
    """The finding says how many orders were too many."""
    store = FailingStore(*orders(*range(10, 130, 10)))
    store.most = 5
    found = judged(survey_of(store))
    assert found
    assert "Every request for 6 orders or more fails, and none for 3 or fewer." in found[0].message
    assert all(finding.order is None for finding in found)


@pytest.mark.parametrize(
    ("error", "reported"),
    [
        ("time-out: no reply within 30 s", True),
        ("the connection was closed without a reply", True),
        ("the reply broke off: not enough data", True),
        ("no connection to shop.example:80: refused", False),
        ("the host name shop.example is unknown", False),
    ],
)
def test_only_a_request_that_the_store_got_is_judged(error: str, reported: bool) -> None:
    """A network that is gone is no fault of the store."""
    store = FailingStore(*orders(10))
    store.most, store.error = 0, error
    survey = survey_of(store)
    if reported:
        assert [finding.actual for finding in judged(survey)] == [error]
    else:
        with pytest.raises(NotExercised, match="the store exported no order"):
            judged(survey)


def test_a_document_that_breaks_off_has_failed() -> None:
    """Even with status 200; a body that is only in another encoding has not (CON-7)."""
    whole = exchange(b"<Orders/>")
    assert not whole.has_failed
    assert replace(whole, error="the reply broke off: 3 of 9 bytes").has_failed
    assert not replace(whole, error="Content-Encoding says gzip, but the body has another encoding").has_failed
    assert replace(whole, status=404).has_failed


def test_a_store_without_an_answer_to_test_connection_is_not_judged() -> None:
    """CON-1 reports it."""
    store = FailingStore()
    store.most = -1
    with pytest.raises(NotExercised, match="fix CON-1 first: status 500"):
        judged(survey_of(store))


def test_the_requests_of_other_scenarios_are_judged_too() -> None:
    """Each failed request once: those of the survey are in findings already."""
    store = FailingStore(*orders(10, 20, 30))
    survey = survey_of(store)
    assert list(every_other_request_is_answered(ask_for_orders_in_other_scenarios(survey))) == []
    store.most = 0
    window = Window(DAY, DAY + 15 * MINUTE)
    survey.shipstation.export(window)
    (finding,) = every_other_request_is_answered(ask_for_orders_in_other_scenarios(survey))
    assert (finding.expected, finding.actual) == (f"the orders of {window}", "status 500 OK")


class CuttingStore(SmallStore):
    """A store that cuts the end off the replies that it does not compress, or else off all."""

    cuts = "identity"

    def send(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Reply to an export; the reply is whole for HTTP."""
        reply = super().send(method, url, headers, body)
        if self.cuts in dict(headers)["Accept-Encoding"] and b"<Order>" in reply.body:
            return replace(reply, reply_body=reply.body[:-9])
        return reply


def test_a_reply_that_is_not_well_formed_is_reported_whatever_request_got_it() -> None:
    """Once for a cause, by CON-7. No other requirement is blamed, and the rest is judged by other replies."""
    survey = survey_of(CuttingStore(*orders(10, 20, 30)))
    assert survey.stability.export_changes == ()
    assert survey.stability.repeated_pages
    survey.shipstation.export(Window(DAY, DAY + 15 * MINUTE), accepts="identity")
    (finding,) = every_other_reply_is_well_formed(ask_for_readable_orders_in_other_scenarios(survey))
    assert "the end of the reply" in (finding.actual or "")


def test_a_reply_that_another_scenario_has_reported_is_not_reported_again() -> None:
    """And one to a window with equal bounds is no document that a store must send."""
    store = CuttingStore(*orders(10, 20, 30))
    survey = survey_of(store)
    assert survey.exported.distinct_orders
    survey.shipstation.export(Window(DAY + 10 * MINUTE, DAY + 10 * MINUTE), accepts="identity")
    assert list(every_other_reply_is_well_formed(ask_for_readable_orders_in_other_scenarios(survey))) == []
    store.cuts = "gzip"
    with pytest.raises(NotExercised, match="the store exported no order"):
        ask_for_readable_orders_in_other_scenarios(survey_of(store))


class StoreWithTooManyPages(SmallStore):
    """A store that states a page more than there is, and answers it 404."""

    def send(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Reply to an export."""
        reply = super().send(method, url, headers, body)
        if b'pages="2"' in reply.body and "page=3" in url:
            return replace(reply, status=404)
        return replace(reply, reply_body=reply.body.replace(b'pages="2"', b'pages="3"'))


def test_a_stated_page_that_does_not_exist_is_named() -> None:
    """Its window doesn't have too many orders: the pages before it have all of them."""
    found = judged(survey_of(StoreWithTooManyPages(*orders(10, 20, 30, 40), page_size=2)))
    assert found[0].message.startswith("Page 3, which page 1 states, fails")
    assert "The pages before it have all 4 orders that come in the parts" in found[0].message


@pytest.mark.parametrize(
    ("minutes", "status", "allowed"), [(0, 400, True), (0, 422, True), (0, 500, False), (1, 400, False)]
)
def test_a_window_that_begins_where_it_ends_may_be_refused(minutes: int, status: int, allowed: bool) -> None:
    """Only that window, and only by 4xx: a crash is none."""
    window = Window(DAY, DAY + minutes * MINUTE)
    failed = FailedExport(window, 1, replace(exchange(b""), status=status))
    assert refuses_equal_bounds(failed) is allowed


@pytest.mark.parametrize("page", [2, 0, -1])
def test_an_invalid_request_may_fail(page: int) -> None:
    """A page past the last one, or one that doesn't exist, is the matter of other requirements."""
    store = FailingStore(*orders(10))
    survey = survey_of(store)
    survey.shipstation.export(Window(DAY, DAY + 15 * MINUTE))
    store.most = -1
    survey.shipstation.export(Window(DAY, DAY + 15 * MINUTE), page)
    survey.shipstation.export(Window(DAY + 15 * MINUTE, DAY))
    survey.shipstation.export(Window(DAY, DAY + 15 * MINUTE), anonymous=True)
    assert survey.shipstation.failed_exports == []
