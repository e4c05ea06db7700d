"""IMG-4: whether pictures are there."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from conformance.judging.finding import Finding
from conformance.judging.items import is_absolute
from conformance.survey import NotExercised, Survey
from mockstore.control.specimens import MARK

ASKED = 3


def answer_with_a_picture(survey: Survey) -> Iterator[Finding]:
    """IMG-4: the URL answers with an image. Specimens' pictures were invented and aren't asked for."""
    found: dict[str, tuple[str, str, int]] = {}
    for exported in survey.main.distinct:
        if not exported["Customer/BillTo/Email"].text.strip().endswith(MARK):
            for line in exported.lines:
                url = line["ImageUrl"].text.strip()
                if is_absolute(url):
                    found.setdefault(url, (exported.label, line["ImageUrl"].xpath, exported.exchange))
    if not found:
        raise NotExercised("no exported order of the store's own has an image")
    here = urlsplit(survey.sender.url).hostname
    for url in sorted(found, key=lambda url: urlsplit(url).hostname != here)[:ASKED]:
        order, xpath, number = found[url]
        exchange = survey.sender.transport.send("GET", url, (("Accept", "image/*"),))
        if exchange.status is None and urlsplit(url).hostname != here:
            raise NotExercised(f"{urlsplit(url).hostname} can't be reached from here: {exchange.error}")
        kind = exchange.header("Content-Type")
        if not exchange.succeeded or not kind.lower().startswith("image/"):
            yield Finding(
                "ImageUrl doesn't answer with an image.",
                order,
                xpath,
                "2xx and a content type image/…",
                f"{exchange.outcome}, {kind or 'no content type'}",
                exchange.number if exchange.number else number,
            )
