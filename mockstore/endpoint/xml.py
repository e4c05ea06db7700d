"""Writes an export as XML. The result is well-formed for every text."""

from __future__ import annotations

import re
from collections.abc import Callable

from mockstore.endpoint.message import Document, Fields

_NEEDS_CARE = re.compile(r"[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

CONTENT_TYPE = "text/xml; charset=utf-8"


def legal(text: str) -> str:
    """Return the text without the characters that XML forbids."""
    return _FORBIDDEN.sub("", text)


def cdata(text: str) -> str:
    """Return the text, as CDATA if it needs that. ``]]>`` is split over two sections (ORD-13, CON-7)."""
    if _NEEDS_CARE.search(text) is None:
        return text
    return "<![CDATA[" + legal(text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def element(
    name: str, content: str | Fields | list[Fields] | None, out: list[str], write_text: Callable[[str], str] = cdata
) -> None:
    """Append one element, or one for each of a list, or none for None. ``write_text`` returns a text as XML."""
    if isinstance(content, str):
        out.append(f"<{name}>{write_text(content)}</{name}>")
    elif isinstance(content, list):
        for each in content:
            element(name, each, out, write_text)
    elif content is not None:
        out.append(f"<{name}>")
        for child, value in content.items():
            if value.__class__ is str:
                out.append(f"<{child}>{write_text(value)}</{child}>")
            else:
                element(child, value, out, write_text)
        out.append(f"</{name}>")


def serialise(document: Document, write_text: Callable[[str], str] = cdata) -> bytes:
    """Return the whole document in UTF-8, with its XML declaration."""
    attribute = "" if document.pages is None else f' pages="{document.pages}"'
    out = [f'<?xml version="1.0" encoding="utf-8"?>\n<Orders{attribute}>']
    for order in document.orders:
        element("Order", order, out, write_text)
        out.append("\n")
    out.append("</Orders>\n")
    return "".join(out).encode()
