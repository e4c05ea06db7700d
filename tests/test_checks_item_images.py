"""IMG: which image a URL leads to, the form of the URL, and what the server answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks import item_images
from conformance.probes.item_images import is_image, redirects_elsewhere
from mockstore.endpoint.images import make_picture
from tests.support.judged import MUG, exchange, exported, found, one_line, order, pair

FIRST = "Items/Item[1]/ImageUrl"
OWN = "https://shop.example/images/detailed/1/mug-red.png"
HELD = one_line(MUG, image_url=OWN)


@pytest.mark.parametrize(
    "url",
    [
        OWN,
        OWN.replace("https", "http"),
        "https://SHOP.example:443/images/detailed/1/mug%2Dred.png",
        f"{OWN}?t=1475060834",
        f"{OWN}#top",
        "https://shop.example/images/thumbnails/80/80/detailed/1/mug-red.png",
        "https://shop.example/images/thumbnails/80/80/detailed/1/mug-red.png.jpg",
        "https://shop.example/images/cache/9f3a/detailed/1/mug-red.webp",
        "https://shop.example/images/detailed/1/mug-red-150x150.png",
    ],
)
def test_an_image_may_have_another_url(url: str) -> None:
    """Scheme, port, escaping, time stamps, fragments and sizes may differ."""
    assert found(item_images.image_matches(pair(HELD, {FIRST: url}))) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/images/detailed/1/mug.png",
        "https://shop.example/images/detailed/1/mug-blue.png",
        "https://shop.example/images/detailed/2/mug-red.png",
        "https://shop.example/images/no_image.png",
        "https://shop.example/mug-red.png",
        "https://cdn.example/images/detailed/1/mug-red.png",
        "http://localhost:9/images/detailed/1/mug-red.png",
        "",
    ],
)
def test_another_image_is_found(url: str) -> None:
    """The main product's, another variant's, another folder's, a placeholder, another host's, and none."""
    assert found(item_images.image_matches(pair(HELD, {FIRST: url}))) == [(FIRST, OWN, url)]


def test_a_query_of_the_record_has_to_be_the_same() -> None:
    """If the store's record has a query, it is part of the image's name."""
    held = one_line(MUG, image_url="https://shop.example/image.php?id=12&w=80")
    assert found(item_images.image_matches(pair(held))) == []
    for other in ("https://shop.example/image.php?id=13&w=80", "https://shop.example/image.php?id=12&amp;w=80"):
        assert len(found(item_images.image_matches(pair(held, {FIRST: other})))) == 1


def test_another_lines_image_is_reported_once() -> None:
    """ITM-11 reports it."""
    assert found(item_images.image_matches(pair(edits={FIRST: "https://shop.example/lamp.png"}))) == []


@pytest.mark.parametrize(
    "url",
    [
        "/images/mug.png",
        "images/mug.png",
        "//shop.example/mug.png",
        "http:///images/mug.png",
        "/var/www/html/images/mug.png",
        "data:image/png;base64,iVBORw0KGgo=",
        "ftp://shop.example/mug.png",
        "https://shop.example/my mug.png",
        "null",
        "http://[mug.png",
    ],
)
def test_a_url_that_is_not_absolute_is_found(url: str) -> None:
    """IMG-2 reports it and IMG-1 doesn't, unless the URL is absolute but has spaces."""
    assert found(item_images.image_url_absolute(exported(HELD, {FIRST: url}))) == [(FIRST, "https://…", url)]
    if " " not in url:
        assert found(item_images.image_matches(pair(HELD, {FIRST: url}))) == []


def test_a_url_has_at_most_500_characters() -> None:
    """500 are right, 501 are not; a URL that is longer in the store may be left out."""
    long = "https://shop.example/" + "a" * 479
    assert found(item_images.image_url_absolute(exported(one_line(MUG, image_url=long)))) == []
    over = one_line(MUG, image_url=long + "a")
    assert len(found(item_images.image_url_absolute(exported(over)))) == 1
    assert found(item_images.image_matches(pair(over, {FIRST: ""}))) == []
    assert len(found(item_images.image_matches(pair(over, {FIRST: long[:255]})))) == 1


@pytest.mark.parametrize("url", ["", "https://shop.example/images/no_image.png", "https://shop.example/image?id=0"])
def test_a_product_without_image_may_have_a_placeholder(url: str) -> None:
    """An empty element and the URL of a placeholder image are right."""
    assert found(item_images.no_image_invented(pair(one_line(MUG, image_url=""), {FIRST: url}))) == []


@pytest.mark.parametrize(
    "url", ["https://shop.example/", "https://shop.example", "https://shop.example/images/", "null"]
)
def test_a_url_without_a_file_is_no_placeholder(url: str) -> None:
    """The shop's own URL leads to no image."""
    assert found(item_images.no_image_invented(pair(one_line(MUG, image_url=""), {FIRST: url}))) == [
        (FIRST, "an empty ImageUrl, or none", url)
    ]


PNG = make_picture("mug")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (PNG, "image/png"),
        (PNG, "application/octet-stream"),
        (PNG, ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"\xff\xd8\xff\xe0", "IMAGE/JPEG; charset=binary"),
    ],
)
def test_an_image_is_recognised_by_type_or_content(body: bytes, kind: str) -> None:
    """If the content type isn't an image's, the content decides."""
    assert is_image(exchange(body, content_type=kind))


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "image/png", 200),
        (b"<!DOCTYPE html><title>x</title>", "image/png", 200),
        (b"<html>", "text/html", 200),
        (b"<html>", "", 200),
        (PNG, "image/png", 404),
        (PNG, "text/html", 200),
    ],
)
def test_other_replies_are_no_image(body: bytes, kind: str, status: int) -> None:
    """An empty body, a page and an error are found."""
    assert not is_image(exchange(body, status=status, content_type=kind))


def test_which_orders_are_judged() -> None:
    """Each scenario looks at the orders that have what it is about."""
    assert item_images.has_image(pair())
    assert not item_images.has_image(pair(one_line(MUG, image_url="")))
    assert item_images.has_no_image(pair(order(items=(MUG, *one_line(MUG, image_url="").items))))
    assert item_images.has_exported_image(exported())


def test_a_redirect_to_another_host_is_not_followed() -> None:
    """The suite asks no server but the target, so such a redirect is neither right nor wrong."""
    moved = replace(exchange(b"", status=302), reply_headers=(("Location", "https://cdn.example/mug.png"),))
    assert redirects_elsewhere(moved)
    assert not redirects_elsewhere(replace(moved, reply_headers=(("Location", "/login"),)))
    assert not redirects_elsewhere(exchange(PNG))
