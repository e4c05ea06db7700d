"""Defects of product images: which image is exported, its URL, and the reply of that URL."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_line_text, edit_lines, fail_on, set_line_element, text_of
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Reply


def _edit_url(behaviour: Behaviour, url: Callable[[str], str | None]) -> Behaviour:
    return edit_line_text(behaviour, "ImageUrl", url)


def _replace_image(behaviour: Behaviour, reply: Reply) -> Behaviour:
    return replace(behaviour, show_picture=lambda slug: reply)


# ---------------------------------------------------------------- IMG-1: the product's own image


@defect("image-never-sent", "ImageUrl is never exported.", "IMG-1")
def image_never_sent(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "ImageUrl", lambda item: None)


@defect("image-of-main-product", "ImageUrl shows the main product, not the chosen variant.", "IMG-1")
def image_of_main_product(behaviour: Behaviour) -> Behaviour:
    return _edit_url(behaviour, lambda url: re.sub(r"-[a-z0-9]+\.png", ".png", url))


@defect("image-always-a-placeholder", "Every product has the shop's placeholder as its image.", "IMG-1")
def image_always_a_placeholder(behaviour: Behaviour) -> Behaviour:
    return _edit_url(behaviour, lambda url: re.sub(r"/[^/]+\.png.*", "/no_image.png", url))


@defect("image-of-first-line", "Every line has the image of the first line.", "ITM-11")
def image_of_first_line(behaviour: Behaviour) -> Behaviour:
    return edit_lines(
        behaviour, lambda line, item, order: line | {"ImageUrl": order.items[0].image_url[:500] or item.image_url[:500]}
    )


@defect("image-url-cut-at-255", "ImageUrl is cut at 255 characters, the width of the database column.", "IMG-1")
def image_url_cut_at_255(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "ImageUrl", lambda item: item.image_url[:255])


@defect("image-url-escaped-twice", "An & in ImageUrl is escaped twice.", "IMG-1")
def image_url_escaped_twice(behaviour: Behaviour) -> Behaviour:
    return _edit_url(behaviour, lambda url: url.replace("&", "&amp;"))


@defect("image-url-encoded-again", "A URL that has escapes already is escaped once more: %20 becomes %2520.", "IMG-1")
def image_url_encoded_again(behaviour: Behaviour) -> Behaviour:
    return _edit_url(behaviour, lambda url: url.replace("%", "%25"))


@defect("image-url-decoded", "Escapes in ImageUrl are decoded: %25 becomes %.", "IMG-1 IMG-2")
def image_url_decoded(behaviour: Behaviour) -> Behaviour:
    return _edit_url(behaviour, unquote)


@defect("image-url-plus-encoded", "A + in ImageUrl becomes an escaped space, %20.", "IMG-1")
def image_url_plus_encoded(behaviour: Behaviour) -> Behaviour:
    return _edit_url(behaviour, lambda url: url.replace("+", "%20"))


@defect("image-on-inner-host", "ImageUrl has the internal host name behind the shop's proxy.", "IMG-1")
def image_on_inner_host(behaviour: Behaviour) -> Behaviour:
    return _edit_url(behaviour, lambda url: re.sub(r"//[^/]+", "//localhost:9", url))


# ---------------------------------------------------------------- IMG-2: an absolute URL


@defect("image-url-relative", "ImageUrl is a path without a host.", "IMG-2")
def image_url_relative(behaviour: Behaviour) -> Behaviour:
    return _edit_url(behaviour, lambda url: re.sub(r"https?://[^/]+", "", url))


@defect("image-url-without-host", "ImageUrl has an empty host: http:///images/…", "IMG-2")
def image_url_without_host(behaviour: Behaviour) -> Behaviour:
    return _edit_url(behaviour, lambda url: re.sub(r"//[^/]+", "//", url))


@defect("image-url-without-scheme", "ImageUrl begins with // and has no scheme.", "IMG-2")
def image_url_without_scheme(behaviour: Behaviour) -> Behaviour:
    return _edit_url(behaviour, lambda url: re.sub(r"https?:", "", url))


@defect("image-is-server-path", "ImageUrl is the file's path on the server.", "IMG-2")
def image_is_server_path(behaviour: Behaviour) -> Behaviour:
    return _edit_url(behaviour, lambda url: re.sub(r"https?://[^/]+", "/var/www/html", url))


@defect("image-is-inline", "ImageUrl is the image itself, as a data: URL.", "IMG-2")
def image_is_inline(behaviour: Behaviour) -> Behaviour:
    return _edit_url(behaviour, lambda url: "data:image/png;base64,iVBORw0KGgo=")


@defect("image-url-too-long", "An ImageUrl with more than 500 characters is exported.", "IMG-2 ORD-14 ORD-17")
def image_url_too_long(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "ImageUrl", lambda item: item.image_url)


# ---------------------------------------------------------------- IMG-3: no image


@defect(
    "no-image-stops-export",
    "A product without an image crashes the export.",
    "CON-12 IMG-3",
    seen="WooCommerce",
)
def no_image_stops_export(behaviour: Behaviour) -> Behaviour:
    return fail_on(behaviour, lambda order: any(not item.image_url for item in order.items))


@defect("no-image-is-shop-url", "ImageUrl is the shop's own URL for a product without an image.", "IMG-3")
def no_image_is_shop_url(behaviour: Behaviour) -> Behaviour:
    return _set_missing_url(behaviour, "https://images.example.com/")


@defect("no-image-is-a-word", "ImageUrl is the word null for a product without an image.", "IMG-2 IMG-3")
def no_image_is_a_word(behaviour: Behaviour) -> Behaviour:
    return _set_missing_url(behaviour, "null")


def _set_missing_url(behaviour: Behaviour, instead: str) -> Behaviour:
    return edit_lines(
        behaviour, lambda line, item, order: line if text_of(line, "ImageUrl") else line | {"ImageUrl": instead}
    )


# ---------------------------------------------------------------- IMG-4: the reply of the URL


@defect("image-404", "ImageUrl is answered 404.", "IMG-4")
def image_404(behaviour: Behaviour) -> Behaviour:
    return _replace_image(behaviour, Reply(404, b"Not found.\n", {"Content-Type": "text/plain"}))


@defect("image-is-a-page", "ImageUrl is answered with the product's HTML page.", "IMG-4")
def image_is_a_page(behaviour: Behaviour) -> Behaviour:
    return _replace_image(behaviour, Reply(200, b"<!DOCTYPE html><title>Mug</title>\n", {"Content-Type": "text/html"}))


@defect("image-is-empty", "The reply of ImageUrl has the type of an image and an empty body.", "IMG-4")
def image_is_empty(behaviour: Behaviour) -> Behaviour:
    return _replace_image(behaviour, Reply(200, b"", {"Content-Type": "image/png"}))


@defect("image-needs-login", "ImageUrl needs a login.", "IMG-4")
def image_needs_login(behaviour: Behaviour) -> Behaviour:
    return _replace_image(behaviour, Reply(302, b"", {"Location": "/?dispatch=auth.login_form"}))
