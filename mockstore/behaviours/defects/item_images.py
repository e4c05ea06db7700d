"""Ways to get product images wrong: whose picture, what kind of URL, what answers there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_line_text, edit_lines, fail_on, set_line_element, text_of
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Reply


def _pointed(behaviour: Behaviour, url: Callable[[str], str | None]) -> Behaviour:
    return edit_line_text(behaviour, "ImageUrl", url)


def _shown(behaviour: Behaviour, reply: Reply) -> Behaviour:
    return replace(behaviour, show_picture=lambda slug: reply)


# ---------------------------------------------------------------- IMG-1: the product's own


@defect("image-never-sent", "ImageUrl never comes.", "IMG-1")
def image_never_sent(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "ImageUrl", lambda item: None)


@defect("image-of-main-product", "ImageUrl is the main product's picture, not the chosen variant's.", "IMG-1")
def image_of_main_product(behaviour: Behaviour) -> Behaviour:
    return _pointed(behaviour, lambda url: re.sub(r"-[a-z0-9]+\.png", ".png", url))


@defect("image-always-a-placeholder", "Every product has the shop's placeholder.", "IMG-1")
def image_always_a_placeholder(behaviour: Behaviour) -> Behaviour:
    return _pointed(behaviour, lambda url: re.sub(r"/[^/]+\.png.*", "/no_image.png", url))


@defect("image-of-first-line", "Every line has the first one's picture.", "ITM-11")
def image_of_first_line(behaviour: Behaviour) -> Behaviour:
    return edit_lines(
        behaviour, lambda line, item, order: line | {"ImageUrl": order.items[0].image_url[:500] or item.image_url[:500]}
    )


@defect("image-url-cut-at-255", "ImageUrl is cut at 255 characters, as the column is.", "IMG-1")
def image_url_cut_at_255(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "ImageUrl", lambda item: item.image_url[:255])


@defect("image-url-escaped-twice", "An & in ImageUrl is escaped twice.", "IMG-1")
def image_url_escaped_twice(behaviour: Behaviour) -> Behaviour:
    return _pointed(behaviour, lambda url: url.replace("&", "&amp;"))


@defect("image-on-inner-host", "ImageUrl names the host that the shop has behind its proxy.", "IMG-1")
def image_on_inner_host(behaviour: Behaviour) -> Behaviour:
    return _pointed(behaviour, lambda url: re.sub(r"//[^/]+", "//localhost:9", url))


# ---------------------------------------------------------------- IMG-2: an absolute URL


@defect("image-url-relative", "ImageUrl is a path without host.", "IMG-2")
def image_url_relative(behaviour: Behaviour) -> Behaviour:
    return _pointed(behaviour, lambda url: re.sub(r"https?://[^/]+", "", url))


@defect("image-url-without-host", "ImageUrl has no host: the setting is empty where no browser asks.", "IMG-2")
def image_url_without_host(behaviour: Behaviour) -> Behaviour:
    return _pointed(behaviour, lambda url: re.sub(r"//[^/]+", "//", url))


@defect("image-url-without-scheme", "ImageUrl begins with //, which needs a page around it.", "IMG-2")
def image_url_without_scheme(behaviour: Behaviour) -> Behaviour:
    return _pointed(behaviour, lambda url: re.sub(r"https?:", "", url))


@defect("image-is-server-path", "ImageUrl is the file's path on the server.", "IMG-2")
def image_is_server_path(behaviour: Behaviour) -> Behaviour:
    return _pointed(behaviour, lambda url: re.sub(r"https?://[^/]+", "/var/www/html", url))


@defect("image-is-inline", "ImageUrl holds the picture itself, as data:.", "IMG-2")
def image_is_inline(behaviour: Behaviour) -> Behaviour:
    return _pointed(behaviour, lambda url: "data:image/png;base64,iVBORw0KGgo=")


@defect("image-url-too-long", "An ImageUrl over 500 characters is sent whole.", "IMG-2 ORD-14 ORD-17")
def image_url_too_long(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "ImageUrl", lambda item: item.image_url)


# ---------------------------------------------------------------- IMG-3: none


@defect(
    "no-image-stops-export",
    "A product without image stops the whole export.",
    "IMG-3",
    seen="WooCommerce",
)
def no_image_stops_export(behaviour: Behaviour) -> Behaviour:
    return fail_on(behaviour, lambda order: any(not item.image_url for item in order.items))


@defect("no-image-is-shop-url", "A product without image has the shop's own URL, to which nothing was added.", "IMG-3")
def no_image_is_shop_url(behaviour: Behaviour) -> Behaviour:
    return _imageless(behaviour, "https://images.example.com/")


@defect("no-image-is-a-word", "A product without image says null.", "IMG-2 IMG-3")
def no_image_is_a_word(behaviour: Behaviour) -> Behaviour:
    return _imageless(behaviour, "null")


def _imageless(behaviour: Behaviour, instead: str) -> Behaviour:
    return edit_lines(
        behaviour, lambda line, item, order: line if text_of(line, "ImageUrl") else line | {"ImageUrl": instead}
    )


# ---------------------------------------------------------------- IMG-4: what answers


@defect("image-404", "Nothing answers at ImageUrl.", "IMG-4")
def image_404(behaviour: Behaviour) -> Behaviour:
    return _shown(behaviour, Reply(404, b"Not found.\n", {"Content-Type": "text/plain"}))


@defect("image-is-a-page", "At ImageUrl is the product's page.", "IMG-4")
def image_is_a_page(behaviour: Behaviour) -> Behaviour:
    return _shown(behaviour, Reply(200, b"<!DOCTYPE html><title>Mug</title>\n", {"Content-Type": "text/html"}))


@defect("image-is-empty", "What answers at ImageUrl calls itself a picture, and is empty.", "IMG-4")
def image_is_empty(behaviour: Behaviour) -> Behaviour:
    return _shown(behaviour, Reply(200, b"", {"Content-Type": "image/png"}))


@defect("image-needs-login", "ImageUrl answers who is logged in.", "IMG-4")
def image_needs_login(behaviour: Behaviour) -> Behaviour:
    return _shown(behaviour, Reply(302, b"", {"Location": "/?dispatch=auth.login_form"}))
