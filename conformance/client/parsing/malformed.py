"""Finds the place where a document stops being well-formed XML, and the cause: in which order, and around which text.

A parser names the place where it noticed a fault, which may be far behind the fault. So this module reads the document
again, as simply as possible, up to the first fault. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MAX_EXAMINED_BYTES = 20_000_000
"""In longer documents nothing is searched."""
SHOWN_CHARS = 40
"""The excerpt has this many characters before the fault, and as many from it on."""

MAX_CODE_DIGITS = 8
"""No character has a code of more digits."""

Cause = Literal[
    "ampersand",
    "less-than",
    "cdata-end",
    "control-character",
    "encoding",
    "entity",
    "cut-off",
    "text-before",
    "text-after",
    "end-tag",
]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """The first fault of a document: its cause, also in words, the text around it, and the order that it is in."""

    cause: Cause
    words: str
    excerpt: str
    order: str | None
    """The order's number, or else its id; None if neither stands before the fault."""


_TOKEN = re.compile(
    r"<!\[CDATA\[(?P<cdata>.*?)(?P<cdata_end>\]\]>|\Z)"
    r"|<!--(?P<comment>.*?)(?:-->|\Z)|<\?(?P<instruction>.*?)(?:\?>|\Z)|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>"
    r"|</(?P<end>[^\s<>/&]+)\s*>"
    r"|<(?P<start>[A-Za-z_:][^\s<>/&=\"']*)(?P<attributes>(?:\s+[^\s<>=/&]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*(?P<empty>/?)>"
    r"|(?P<less><)|(?P<text>[^<]+)",
    re.DOTALL,
)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:#(\d+)|#x([0-9a-fA-F]+)|([A-Za-z_:][\w.:-]*));|&")
_CUT_REFERENCE = re.compile(r"&[#\w]{0,8}\Z")
_KNOWN_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
MAX_NUMBER_CHARS = 300
"""An order's number and the marks around it are not longer than this."""
_HTML = re.compile(rb"\s*(?:<!doctype\s+html|<html)", re.IGNORECASE)
_ORDER_BEGINS = re.compile(r"<Order[\s>]")


def find_fault(body: bytes) -> Fault | None:
    """Return the first fault of a document; None if this module sees none."""
    if len(body) > MAX_EXAMINED_BYTES or _HTML.match(body):
        return None  # a page of HTML is a whole document of another kind
    declared = _DECLARED.search(body[:300])
    encoding = (
        declared[1].decode() if declared else "utf-16" if body.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    )
    text, undecodable = _decoded(body, encoding)
    faults = (*([undecodable] if undecodable else []), *_first_fault(text))
    if not faults:
        return None
    place, cause, words = _cdata_ended_before(text, min(faults))
    return Fault(cause=cause, words=words, excerpt=_around(text, place), order=_order_at(text, place))


def _cdata_ended_before(text: str, found: _Found) -> _Found:
    """Return the ']]>' that ended a CDATA section too early, if a fault stands in what was meant to be the section."""
    place, cause, _ = found
    begin = text.rfind("<![CDATA[", 0, place)
    end = text.find("]]>", begin)
    if cause not in ("ampersand", "less-than", "entity", "end-tag") or begin < 0 or not begin < end < place:
        return found
    next_end, next_begin = text.find("]]>", place), text.find("<![CDATA[", place)
    meant = text[end + 3 : next_end]
    if next_end < 0 or 0 <= next_begin < next_end or _ORDER_BEGINS.search(meant):
        return found
    return end, "cdata-end", CDATA_END


CDATA_END = "']]>' in a text, which ends its CDATA section"
_Found = tuple[int, Cause, str]
"""The place of a fault, its cause, and the cause in words."""


def _decoded(body: bytes, encoding: str) -> tuple[str, _Found | None]:
    """Return a body as text, with the first place where its bytes are not in the encoding."""
    try:
        return body.decode(encoding), None
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":  # cut off inside a character
            return body[: error.start].decode(encoding, "replace"), None
        before = len(body[: error.start].decode(encoding, "replace"))
        byte = body[error.start]
        words = f"the byte 0x{byte:02X}, which is not {encoding.upper()}"
        return body.decode(encoding, "replace"), (before, "encoding", words)
    except LookupError:
        return body.decode("latin-1"), None


def _first_fault(text: str) -> Iterator[_Found]:
    """Yield the first fault of a text, if there is one."""
    begun = len(text) - len(text.lstrip("\ufeff"))
    opened: list[str] = []
    is_done = False
    for token in _TOKEN.finditer(text, begun):
        place = token.start()
        if (forbidden := _FORBIDDEN.search(token[0])) is not None:
            code = ord(forbidden[0])
            yield place + forbidden.start(), "control-character", f"the character U+{code:04X}, which XML forbids"
            return
        kind = token.lastgroup
        if token["cdata"] is not None:
            if not token["cdata_end"]:
                yield len(text), "cut-off", "the end of the reply inside a CDATA section"
                return
        elif token["instruction"] is not None:
            if token["instruction"].startswith("xml ") and place > begun:
                yield begun, "text-before", "text before the XML declaration"
                return
        elif token["end"] is not None:
            if not opened or opened[-1] != token["end"]:
                within = f"<{opened[-1]}>" if opened else "the end of the document"
                yield place, "end-tag", f"the end tag </{token['end']}>, which does not fit {within}"
                return
            opened.pop()
            is_done = not opened
        elif token["start"] is not None:
            if is_done:
                yield place, "text-after", "text after the end of the document"
                return
            if fault := _fault_of_text(token["attributes"], token.start("attributes"), in_attribute=True):
                yield fault
                return
            if not token["empty"]:
                opened.append(token["start"])
            else:
                is_done = not opened
        elif kind == "less":
            rest = text[place:]
            if ">" not in rest and len(opened) > 0 and re.fullmatch(r"</?[\w:]*[^<]*|<!(?:\[|--)?[^<]*", rest):
                yield len(text), "cut-off", "the end of the reply inside a tag"
            else:
                yield place, "less-than", "a < that isn't written &lt;"
            return
        elif token["text"] is not None:
            if not opened and token["text"].strip():
                if is_done:
                    yield place, "text-after", "text after the end of the document"
                elif "<" in text:
                    yield place, "text-before", "text before the document"
                else:
                    yield place, "text-before", "a text, and no document"
                return
            is_last = token.end() == len(text)
            if fault := _fault_of_text(_CUT_REFERENCE.sub("", token["text"]) if is_last else token["text"], place):
                yield fault
                return
    if opened:
        yield len(text), "cut-off", f"the end of the reply inside <{opened[-1]}>"


def _fault_of_text(text: str, place: int, *, in_attribute: bool = False) -> _Found | None:
    """Return the first fault of a text between two tags, which begins at ``place`` of the document."""
    found: list[_Found] = []
    if not in_attribute and (end := text.find("]]>")) >= 0:
        found.append((place + end, "cdata-end", CDATA_END))
    for reference in _REFERENCE.finditer(text):
        at, (decimal, hexadecimal, name) = place + reference.start(), reference.groups()
        if reference[0] == "&":
            found.append((at, "ampersand", "an & that isn't written &amp;"))
        elif name is not None and name not in _KNOWN_ENTITIES:
            found.append((at, "entity", f"the entity &{name};, which XML does not know"))
        elif name is None and not _is_allowed(decimal, hexadecimal):
            found.append((at, "control-character", f"{reference[0]}, a character which XML forbids"))
        else:
            continue
        break
    return min(found, default=None)


def _is_allowed(decimal: str | None, hexadecimal: str | None) -> bool:
    """True if a reference names a character that XML allows."""
    digits = (decimal or hexadecimal or "").lstrip("0")
    if len(digits) > MAX_CODE_DIGITS:
        return False
    code = int(digits or "0", 10 if decimal else 16)
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


def _around(text: str, place: int) -> str:
    """Return the text around a place, in one line; dots stand for what is left out."""
    start, end = max(0, place - SHOWN_CHARS), place + SHOWN_CHARS
    shown = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{shown}{'…' if end < len(text) else ''}"


def _order_at(text: str, place: int) -> str | None:
    """Return the number or id of the order around a place."""
    begins = [found.start() for found in _ORDER_BEGINS.finditer(text, 0, place)]
    if not begins:
        return None
    ends = _ORDER_BEGINS.search(text, place)
    before, after = text[begins[-1] : place], text[place : ends.start() if ends else len(text)]
    found = (_text_of(part, name) for part in (before, after) for name in ("OrderNumber", "OrderID"))
    return next((number for number in found if number), None)


def _text_of(part: str, name: str) -> str | None:
    """Return the text of the first element of that name; None if there is none, or its text is long."""
    begin = part.find(f"<{name}>")
    end = part.find(f"</{name}>", begin, begin + MAX_NUMBER_CHARS)
    if begin < 0 or end < 0:
        return None
    return part[begin + len(name) + 2 : end].strip().removeprefix("<![CDATA[").removesuffix("]]>").strip()
