"""Whether a URL is the add-on's at all: no only where every sign says so, so that a broken add-on is judged.

A page of the shop answers whatever it is asked alike. An add-on that fails has something of its own: it refuses
who doesn't say who they are, or some window gets XML, an error status or a sentence.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from conformance.client.parsing.document import ExportPage
from conformance.client.shipstation import Window
from conformance.runner.target import Target
from conformance.survey.windows import floor_to_minute

YEAR = timedelta(days=365)
"""In which a shop has an order: a store that answers 404 where there is none is found out by it."""


def is_some_page(reading: ExportPage) -> bool:
    """Whether a reply is what any web server says of a URL that is nothing to ShipStation: 404, or a page of HTML."""
    if reading.root is not None and str(reading.root.tag).rpartition("}")[2].lower() != "html":
        return False
    body = reading.exchange.body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"<Order" in body:
        return False
    if reading.exchange.status == 404:
        return True
    html = body[:1000].lower().startswith((b"<!doctype html", b"<html")) or reading.root is not None
    return reading.exchange.succeeded and html


def why_elsewhere(subject: Target) -> str:
    """Why this isn't the add-on's URL; empty if it may be.

    Asks more than the first export only where that was answered by some page: a year's orders, and without
    credentials.
    """
    survey = subject.survey
    first = survey.empty_export
    if subject.embedded or not is_some_page(first):
        return ""
    end = floor_to_minute(survey.now) - timedelta(minutes=2)
    for window in survey.limits.windows or (Window(end - YEAR, end),):
        if not is_some_page(survey.shipstation.export(window)):
            return ""
    if not is_some_page(survey.shipstation.export(survey.limits.empty_window, anonymous=True)):
        return ""
    told = first.exchange.outcome if first.exchange.status == 404 else "an HTML page"
    query = urlsplit(survey.shipstation.url).query
    hint = (
        "is it spelt right, and the add-on installed and active?"
        if query
        else "it has no query, where CS-Cart's has ?dispatch=shipstation"
    )
    return (
        f"this doesn't look like the add-on's URL ({hint}): every export, with and without credentials, "
        f"is answered with {told}; nothing could be judged"
    )
