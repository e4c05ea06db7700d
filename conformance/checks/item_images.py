"""IMG: the image of each line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from conformance.checks.findings import at
from conformance.checks.items import has_line_with, is_of_another_line
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedOrder
from conformance.contract.fields import ITEM
from conformance.core.finding import Finding
from mockstore.orders.model import Item

MAX_URL_LENGTH = ITEM["ImageUrl"].limits[0]
_SIZE = re.compile(r"[-_]\d+x\d+$")
"""The end of a file name with the size of an image, as in ``mug-300x300``."""


def is_without_image(item: Item) -> bool:
    """True if a line's product has no image."""
    return not item.image_url


has_image = has_line_with(lambda item: 0 < len(item.image_url) <= MAX_URL_LENGTH)
has_no_image = has_line_with(is_without_image)


def has_exported_image(order: ExportedOrder) -> bool:
    """True if a line of the export has an image."""
    return any(line["ImageUrl"].filled for line in order.lines)


def image_matches(pair: Pair) -> Iterator[Finding]:
    """IMG-1: ImageUrl is the line's product image. IMG-2 reports a URL that isn't absolute."""
    for line, item in pair.lines.matched:
        value = line["ImageUrl"]
        if not item.image_url or (len(item.image_url) > MAX_URL_LENGTH and not value.filled):
            continue
        if is_same_image(item.image_url, value.text) or (value.filled and not is_absolute(value.text)):
            continue
        if not is_of_another_line(pair, item, lambda each: each.image_url, value.text):
            yield at(value, pair.exported, "ImageUrl isn't the product's image.", item.image_url)


def is_same_image(expected: str, actual: str) -> bool:
    """True if two URLs lead to the same image.

    Scheme, escaping, default port, fragment and image size may differ. The actual URL may have a
    query that the store's record doesn't have, such as a time stamp against caches.
    """
    wanted, sent = _split(expected), _split(actual)
    if wanted is None or sent is None or wanted.netloc != sent.netloc:
        return False
    if wanted.query and wanted.query != sent.query:
        return False
    return wanted.path == sent.path or _is_size_of(wanted.path, sent.path)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    place = parts.netloc.casefold().removesuffix(":80").removesuffix(":443")
    return urlsplit(urlunsplit(("", place, unquote(parts.path), unquote(parts.query), "")))


def _is_size_of(wanted: str, sent: str) -> bool:
    """True if a path leads to the image in another size. It has the same folders, perhaps with others between them."""
    *folders, name = wanted.split("/")
    *others, size = sent.split("/")
    rest = iter(others)
    return bool(name) and all(folder in rest for folder in folders) and _bare(size) == _bare(name)


def _bare(name: str) -> str:
    return _SIZE.sub("", name.split(".")[0]) if "." in name else name


def is_absolute(url: str) -> bool:
    """True for an absolute http or https URL."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


def image_url_absolute(order: ExportedOrder) -> Iterator[Finding]:
    """IMG-2: ImageUrl is an absolute http(s) URL of at most 500 characters."""
    for line in order.all_lines:
        value = line["ImageUrl"]
        if value.filled and (not is_absolute(value.text) or " " in value.text.strip()):
            yield at(value, order, "ImageUrl isn't an absolute http(s) URL.", "https://…")
        elif (length := len(value.text.strip())) > MAX_URL_LENGTH:
            yield at(value, order, f"ImageUrl has {length} characters.", f"at most {MAX_URL_LENGTH} characters")


def no_image_invented(pair: Pair) -> Iterator[Finding]:
    """IMG-3: a product without image has an empty ImageUrl, or none.

    The URL of a placeholder image is accepted; a URL that leads to no file is not. ITM-11 reports another
    line's image.
    """
    for line, item in pair.lines.matched:
        value = line["ImageUrl"]
        if not item.image_url and value.filled and not _names_a_file(value.text):
            yield at(
                value,
                pair.exported,
                "There is an ImageUrl, but the product has no image.",
                "an empty ImageUrl, or none",
            )


def _names_a_file(url: str) -> bool:
    parts = _split(url)
    return is_absolute(url) and parts is not None and not parts.path.endswith("/") and bool(parts.path or parts.query)
