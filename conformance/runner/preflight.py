"""Checks before a run whether a target can be judged: it is reachable, the URL is the add-on's, clocks agree."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from conformance.client.exchange import MAX_SEARCHED_REPLY, Exchange
from conformance.client.parsing.document import ExportPage
from conformance.client.session import refused_redirect_notice
from conformance.client.shipstation import Window
from conformance.core.errors import Inconclusive, NotRecorded
from conformance.core.times import parse_http_date
from conformance.runner.target import Target
from conformance.survey.windows import floor_to_minute
from conformance.truth.source import TruthUnavailable

LONG_WINDOW = timedelta(days=365)
"""A window in which every real shop has an order, so that an add-on which answers 404 without orders is recognised."""
MAX_CLOCK_DIFFERENCE = timedelta(seconds=30)
"""A smaller difference between two clocks cannot move a change to a minute that the suite does not search."""
JUDGED_BY_THE_MINUTE = ("WIN-11", "SHP-15")
"""Requirements about changes made during the run: the suite searches the minute that the source of truth states."""


def check_target(target: Target) -> None:
    """Find out with few requests whether a target can be judged; if not, keep the reason in the target."""
    try:
        target.unreachable = unreachable_reason(target)
    except NotRecorded:
        target.unreachable = ""
    except TruthUnavailable as error:
        target.unreachable = f"the suite can't learn what the store holds: {error}"
    except Inconclusive as error:
        target.unreachable = str(error)
    if target.unreachable and target.unreachable not in target.session.notices:
        target.notices.append(target.unreachable)


def unreachable_reason(target: Target) -> str:
    """Return why a target cannot be judged, or "" if it can.

    Raises:
        TruthUnavailable: the source of truth does not answer.
        Inconclusive: the first request cannot be made.
    """
    exchange = target.survey.empty_export.exchange
    if exchange.status is None:
        return f"the endpoint can't be reached: {exchange.error}"
    if reason := refused_redirect_notice(exchange):
        return reason
    if exchange.status in (401, 403) and not target.embedded:
        return (
            f"the endpoint refused the user name and password ({exchange.outcome}): "
            "check --username and where the password comes from; nothing else could be judged"
        )
    if reason := not_the_endpoint(target):
        return reason
    if target.survey.has_truth:
        _ = target.survey.facts
        check_clocks(target, exchange)
    return ""


def not_the_endpoint(target: Target) -> str:
    """Return why the URL is not the add-on's, or "" if it may be.

    An ordinary page of a shop answers every request alike. A broken add-on differs somewhere: it refuses a request
    without credentials, or answers some window with XML, an error status or plain text. The URL is rejected only if
    every reply looks like an ordinary page, so that a broken add-on is judged. The further requests are made only if
    the first export looked like an ordinary page.
    """
    survey = target.survey
    first = survey.empty_export
    if target.embedded or not is_ordinary_page(first):
        return ""
    end = floor_to_minute(survey.now) - timedelta(minutes=2)
    for window in survey.limits.windows or (Window(end - LONG_WINDOW, end),):
        if not is_ordinary_page(survey.shipstation.export(window)):
            return ""
    if not is_ordinary_page(survey.shipstation.export(survey.limits.empty_window, anonymous=True)):
        return ""
    reply = first.exchange.outcome if first.exchange.status == 404 else "an HTML page"
    hint = (
        "check the spelling, and that the add-on is installed and active"
        if urlsplit(survey.shipstation.url).query
        else "it has no query; CS-Cart's URL has ?dispatch=shipstation"
    )
    return (
        f"this doesn't look like the add-on's URL ({hint}): the answer to every export, with and without credentials, "
        f"is {reply}; nothing could be judged"
    )


def is_ordinary_page(page: ExportPage) -> bool:
    """True if a reply is what any web server answers: 404, or an HTML page."""
    if page.root is not None and str(page.root.tag).rpartition("}")[2].lower() != "html":
        return False
    body = page.exchange.beginning(MAX_SEARCHED_REPLY).lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"<Order" in body:
        return False
    if page.exchange.status == 404:
        return True
    html = body[:1000].lower().startswith((b"<!doctype html", b"<html")) or page.root is not None
    return page.exchange.succeeded and html


def check_clocks(target: Target, first_export: Exchange) -> None:
    """Compare the clocks of endpoint and truth; if they differ, skip requirements that are judged by the minute."""
    of_truth = target.exchanges[-1]
    difference = None if of_truth is first_export else clock_difference(first_export, of_truth)
    if difference is None or abs(difference) <= MAX_CLOCK_DIFFERENCE:
        return
    fact = f"the clock of the source of truth is {describe_difference(difference)} that of the endpoint"
    reason = f"{fact}, so the suite can't search for changes made during the run by the minute"
    target.not_judged = {**dict.fromkeys(JUDGED_BY_THE_MINUTE, reason), **target.not_judged}
    target.notices.append(
        f"{fact} (Date headers): {', '.join(JUDGED_BY_THE_MINUTE)} can't be judged. Set the clocks right"
    )


def clock_difference(first: Exchange, second: Exchange) -> timedelta | None:
    """Return how far the clock of the second reply is ahead of the first's, or None if a reply has no Date header.

    The second request was sent right after the first reply.
    """
    one, other = (parse_http_date(exchange.header("Date")) for exchange in (first, second))
    if one is None or other is None:
        return None
    return other - one - timedelta(milliseconds=second.duration_ms)


def describe_difference(difference: timedelta) -> str:
    """Return a difference in words, as in ``5 min ahead of`` or ``40 s behind``."""
    seconds = round(abs(difference).total_seconds())
    if seconds < 120:
        length = f"{seconds} s"
    else:
        length = f"{round(seconds / 60)} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
    return f"{length} {'ahead of' if difference > timedelta(0) else 'behind'}"
