"""IMG-4: whether pictures are there."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from conformance.checks.item_images import is_absolute
from conformance.client.exchange import Exchange
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.survey.survey import Survey
from mockstore.orders.specimens import EMAIL_SUFFIX

ASKED = 3
PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"\0\0\1\0", b"II*\0", b"MM\0*")
"""How files of pictures begin; ``<`` is none of them."""
REDIRECTS = (301, 302, 303, 307, 308)
UNNAMED = ("", "application/octet-stream", "binary/octet-stream")
"""Content types that don't say what it is."""


def is_picture(exchange: Exchange) -> bool:
    """Whether a reply is a picture: by its content type, and by what is in it where that says nothing."""
    kind = exchange.header("Content-Type").partition(";")[0].strip().lower()
    content = exchange.body.lstrip()[:64]
    if not exchange.succeeded or not content:
        return False
    if kind in UNNAMED:
        return content.startswith(PICTURES) or content[4:8] == b"ftyp"
    is_page = content[:14].lower().startswith((b"<!doctype html", b"<html"))
    return kind.startswith("image/") and not is_page


def leads_elsewhere(exchange: Exchange) -> bool:
    """Whether a reply is a redirect to another host, where pictures may well be kept: nothing is followed there."""
    target = urlsplit(urljoin(exchange.url, exchange.header("Location")))
    return exchange.status in REDIRECTS and target.hostname != urlsplit(exchange.url).hostname


def answer_with_a_picture(survey: Survey) -> Iterator[Finding]:
    """IMG-4: the URL answers with an image. Specimens' pictures were invented and aren't asked for."""
    found: dict[str, tuple[str, str, int]] = {}
    for exported in survey.exported.distinct_orders:
        if not exported["Customer/BillTo/Email"].text.strip().endswith(EMAIL_SUFFIX):
            for line in exported.lines:
                url = line["ImageUrl"].text.strip()
                if is_absolute(url):
                    found.setdefault(url, (exported.label, line["ImageUrl"].xpath, exported.exchange))
    if not found:
        raise NotExercised("no exported order of the store's own has an image")
    here = urlsplit(survey.shipstation.url).hostname
    for url in sorted(found, key=lambda url: urlsplit(url).hostname != here)[:ASKED]:
        order, xpath, number = found[url]
        exchange = survey.shipstation.session.send("GET", url, (("Accept", "image/*"),))
        if exchange.status is None and urlsplit(url).hostname != here:
            raise NotExercised(f"{urlsplit(url).hostname} can't be reached from here: {exchange.error}")
        if leads_elsewhere(exchange):
            continue
        if not is_picture(exchange):
            kind = exchange.header("Content-Type")
            yield Finding(
                message="ImageUrl doesn't answer with an image.",
                order=order,
                xpath=xpath,
                expected="status 2xx and a picture",
                actual=f"{exchange.outcome}, {kind or 'no content type'}, {len(exchange.body)} bytes",
                exchange=exchange.number if exchange.number else number,
            )
