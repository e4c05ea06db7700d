"""IMG-4: fetches images of exported orders."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from conformance.checks.item_images import is_absolute
from conformance.client.exchange import Exchange
from conformance.client.session import redirect_of
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.survey.survey import Survey
from mockstore.orders.specimens import is_of_specimen

MAX_FETCHED_IMAGES = 3
IMAGE_SIGNATURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"\0\0\1\0", b"II*\0", b"MM\0*")
"""The first bytes of image files."""
UNSPECIFIC_TYPES = ("", "application/octet-stream", "binary/octet-stream")
"""Content types that don't say what the content is."""


class FetchedImage(msgspec.Struct, frozen=True):
    """An image of an exported order, and the reply to its URL; ``exported_by`` is the exchange that gave the URL."""

    order: str
    xpath: str
    exported_by: int
    exchange: Exchange


class FetchedImages(msgspec.Struct, frozen=True):
    """The replies to some image URLs."""

    images: tuple[FetchedImage, ...]


def fetch_images(survey: Survey) -> FetchedImages:
    """Fetch some images of exported orders. The images of specimens don't exist, so they are not fetched.

    Raises:
        NotExercised: if no order of the store's own has an image, or if a foreign host can't be reached.
    """
    survey.exported.require_orders()
    found: dict[str, tuple[str, str, int]] = {}
    for exported in survey.exported.distinct_orders:
        if not is_of_specimen(exported["Customer/BillTo/Email"].text.strip()):
            for line in exported.lines:
                url = line["ImageUrl"].text.strip()
                if is_absolute(url):
                    found.setdefault(url, (exported.label, line["ImageUrl"].xpath, exported.exchange))
    if not found:
        raise NotExercised("no exported order of the store's own has an image")
    here = urlsplit(survey.shipstation.url).hostname
    images = []
    for url in sorted(found, key=lambda url: urlsplit(url).hostname != here)[:MAX_FETCHED_IMAGES]:
        exchange = survey.shipstation.session.send("GET", url, (("Accept", "image/*"),))
        if exchange.status is None and urlsplit(url).hostname != here:
            raise NotExercised(f"{urlsplit(url).hostname} can't be reached from here: {exchange.error}")
        images.append(FetchedImage(*found[url], exchange))
    return FetchedImages(tuple(images))


# ---------------------------------------------------------------------- judging


def is_image(exchange: Exchange) -> bool:
    """True if a reply is an image: by its content type, or by its first bytes if the content type is unspecific."""
    kind = exchange.header("Content-Type").partition(";")[0].strip().lower()
    content = exchange.beginning(4096).lstrip()[:64]
    if not exchange.succeeded or not content:
        return False
    if kind in UNSPECIFIC_TYPES:
        return content.startswith(IMAGE_SIGNATURES) or content[4:8] == b"ftyp"
    is_page = content[:14].lower().startswith((b"<!doctype html", b"<html"))
    return kind.startswith("image/") and not is_page


def redirects_elsewhere(exchange: Exchange) -> bool:
    """True if a reply redirects to another origin. Images may be there, but the suite doesn't follow the redirect."""
    redirect = redirect_of(exchange)
    return redirect is not None and redirect.leaves_origin


def each_url_leads_to_an_image(fetched: FetchedImages) -> Iterator[Finding]:
    """IMG-4: the URL answers with an image."""
    for image in fetched.images:
        exchange = image.exchange
        if redirects_elsewhere(exchange) or is_image(exchange):
            continue
        kind = exchange.header("Content-Type")
        yield Finding(
            message="ImageUrl doesn't answer with an image.",
            order=image.order,
            xpath=image.xpath,
            expected="status 2xx and an image",
            actual=f"{exchange.outcome}, {kind or 'no content type'}, {len(exchange.reply_body)} bytes",
            exchange=exchange.number if exchange.number else image.exported_by,
        )
