"""The encoding of a body whose text is searched, shown or redacted. XML parsers find the encoding by themselves."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FIRST_CHARACTERS = b"<{["
_DECLARED = re.compile(
    rb"""<\?xml[^>]*?encoding\s*=\s*["']((?:iso-?8859-\d{1,2}|windows-125\d|latin-?1))["']""", re.IGNORECASE
)


def encoding_of(body: bytes) -> str:
    """Return Python's name of the encoding of a body, which may be cut at its end.

    It is told by the bytes: an order mark, zeros beside the first character, or UTF-8 without a mistake. Only then
    counts the XML declaration. UTF-8 if nothing tells it.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return name
    if body[1:2] == b"\0" and body[:1] in _FIRST_CHARACTERS:
        return "utf-16-le"
    if body[:1] == b"\0" and body[1:2] in _FIRST_CHARACTERS:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        declared = _DECLARED.match(body)
        return declared[1].decode() if declared else "utf-8"
    return "utf-8"


def decoded(body: bytes) -> str:
    """Return the text of a body. Bytes that are no text of its encoding are replaced."""
    return body.decode(encoding_of(body), "replace")
