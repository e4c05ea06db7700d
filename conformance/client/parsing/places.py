"""Finds where elements stand in the bytes of a document, and where a document stops being well-formed.

Only reports use this, to show the place of a fault: judging reads documents with :mod:`.document`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from conformance.core.errors import ConformanceError

MAX_SEARCHED_BYTES = 8_000_000
"""Places are not searched in longer documents."""
_STEP = re.compile(r"([^\[\]]+)(?:\[(\d+)\])?")
_NUMBER = re.compile(rb"<OrderNumber>(?:<!\[CDATA\[)?\s*([^<\]]{1,100}?)\s*[<\]]")


_DECLARATION = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^>]*>""")
_BOMS_OF_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def in_utf8(body: bytes) -> bytes:
    """Return a document in UTF-8, in which its tags can be searched as bytes.

    It is unchanged if it is in UTF-8 already, or in no encoding that can be told. Else it loses its XML declaration,
    which names another encoding.
    """
    if body.startswith(_BOMS_OF_UTF_16):
        encoding = "utf-16"
    elif declared := _DECLARATION.match(body):
        encoding = declared[1].decode()
    else:
        return body
    try:
        if _is_utf8(body):
            return body
        found = body.decode(encoding).encode()
    except (LookupError, UnicodeError):
        return body
    return _DECLARATION.sub(b"", found, count=1) if _DECLARATION.match(found) else found


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a document, in bytes. Between ``start`` and ``end`` is an element, its start tag, or nothing."""

    start: int
    end: int


@dataclass(slots=True)
class Places:
    """The places of some elements in a document."""

    found: Mapping[str, Place]
    """Path → the element; its start tag if a longer path names nothing in the document."""
    broken: Place | None = None
    """Where the document is not well-formed, if it isn't."""


@dataclass(slots=True)
class _Level:
    """An open element: its path, and how many children of each name it has had."""

    path: str
    start: int
    children: dict[str, int] = field(default_factory=dict)


class _Enough(ConformanceError):
    """The document has a document type, which may define entities."""


def places_in(body: bytes, paths: Iterable[str]) -> Places:
    """Return where the elements with these XPaths stand.

    If an element is missing, its place is the start tag of the element in which it should be. A path to an order
    without its position, as in ``/Orders/Order``, names no element.
    """
    if len(body) > MAX_SEARCHED_BYTES:
        return Places({})
    wanted = {path: steps for path in paths if (steps := _steps(path))}
    search = _Search({path for steps in wanted.values() for path in steps}, body)
    broken = search.run()
    found: dict[str, Place] = {}
    for path, steps in wanted.items():
        for depth, step in enumerate(reversed(steps)):
            if step in search.found:
                start, end = search.found[step]
                is_whole = depth == 0 and "/@" not in path and len(steps) > 1
                found[path] = Place(start, end if is_whole else _end_of_tag(body, start))
                break
    return Places(found, broken)


def number_of_order_before(body: bytes, place: int) -> str:
    """Return the last OrderNumber that begins before a place; empty if there is none."""
    last = body.rfind(b"<OrderNumber>", 0, place)
    named = _NUMBER.match(body, last) if last >= 0 else None
    return named[1].decode("utf-8", "replace") if named else ""


def _steps(path: str) -> list[str]:
    """Return the path of each element on the way to an element, with every position written out; empty if unknown."""
    if not path.startswith("/") or "//" in path or path.endswith("/Order"):
        return []
    steps: list[str] = []
    for word in path.partition("/@")[0].strip("/").split("/"):
        step = _STEP.fullmatch(word)
        if step is None:
            return []
        steps.append(f"{steps[-1] if steps else ''}/{step[1]}[{step[2] or 1}]")
    return steps


def _end_of_tag(body: bytes, start: int) -> int:
    return body.find(b">", start) + 1 or len(body)


class _Search:
    """One pass over a document. It notes where the wanted elements begin and end."""

    def __init__(self, wanted: set[str], body: bytes) -> None:
        self.found: dict[str, tuple[int, int]] = {}
        self._wanted, self._body = wanted, body
        self._open = [_Level("", 0)]
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._stop

    def run(self) -> Place | None:
        """Search the document, and return where it is not well-formed; None if it is."""
        try:
            self._parser.Parse(self._body, True)
        except _Enough:
            return None
        except (expat.ExpatError, ValueError):
            at = min(max(0, self._parser.ErrorByteIndex), len(self._body))
            return Place(at, min(at + 1, len(self._body)))
        return None

    def _begin(self, name: str, _: object) -> None:
        parent = self._open[-1]
        number = parent.children[name] = parent.children.get(name, 0) + 1
        path = f"{parent.path}/{name}[{number}]"
        self._open.append(_Level(path, self._parser.CurrentByteIndex))
        if path in self._wanted:
            self.found[path] = (self._parser.CurrentByteIndex, len(self._body))

    def _end(self, _: str) -> None:
        level = self._open.pop()
        if level.path in self._wanted:
            start_tag = _end_of_tag(self._body, level.start)
            has_end_tag = self._body[start_tag - 2 : start_tag] != b"/>"
            end = _end_of_tag(self._body, self._parser.CurrentByteIndex) if has_end_tag else start_tag
            self.found[level.path] = (level.start, end)

    def _stop(self, *_: object) -> None:
        raise _Enough
