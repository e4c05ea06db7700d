"""Make inputs that a program does not expect: damaged bytes, strange texts, JSON and XML of odd forms.

Each function takes a ``random.Random``. The same generator makes a million inputs from seeds, and is driven by
Hypothesis (``st.randoms()``), which then finds the smallest input that fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Json = Any
Change = Callable[[Random, bytes], bytes]

NUMBERS = (
    *(
        "0",
        "-0",
        "-1",
        "1",
        "2",
        "65536",
        "2147483648",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
    ),
    *(
        "1e3",
        "1E+999999999",
        "-1e-999999999",
        "NaN",
        "Infinity",
        "-inf",
        "0x10",
        "1_000",
        "１２",
        "٣",
        "²",
        "1.5",
        ".5",
        "1.",
    ),
    *("9" * 25, "9" * 400, "9" * 4301, "0" * 5000 + "1", "0." + "3" * 400, "--1", "+1", " 1 "),
)
TIMES = (
    *("01/01/2000 00:00", "12/31/9999 23:59", "01/01/0001 00:00", "02/30/2026 10:00", "13/45/2026 99:99", "1/1/1 1:1"),
    *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"),
    *(
        "2026-03-29T02:30:00+99:00",
        "2026-02-29T00:00:00Z",
        "1970-01-01",
        "-0001-01-01T00:00:00Z",
        "2026-W01-1",
        "99999999999",
    ),
    *(
        "2026-11-01T09:30:00.123456789Z",
        "2026-11-01 09:30",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 31 Dec 9999 23:59:59 -2359",
    ),
)
TEXTS = (
    *(
        "",
        " ",
        "\t",
        "\0",
        "\x1b]0;title\x07",
        "\x7f",
        "\x85",
        "é",
        "日本",
        "\u202e\u2066",
        "\ud800",
        "\udcff",
        "\ufeff",
        "\U0001f600",
    ),
    *(
        "İ",
        "ß",
        "ﬀ",
        "e\u0301",
        "a" * 51,
        "x" * 5000,
        "&amp;",
        "<",
        "]]>",
        "'",
        '"',
        "\\",
        "%",
        "%s%n",
        "{}",
        "{0.__class__}",
    ),
    *(
        "../../etc/passwd",
        "/dev/zero",
        "file:///etc/passwd",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "//",
        "?",
        "#",
        "$(id)",
    ),
    *("null", "true", "None", "[]", "\r\nX-Injected: 1", "\u2028", "Europe/Berlin", "../zone", "UTC\0", "\x00\x00"),
)
BYTES = (
    *(
        b"\0",
        b"\xff",
        b"\x80",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"\r\n",
        b"\r",
        b"\n",
    ),
    *(
        b"%00",
        b"%ff",
        b"%ED%A0%80",
        b"%",
        b"%u0041",
        b"+",
        b"&",
        b";",
        b"=",
        b"<",
        b">",
        b"<!--",
        b"]]>",
        b"<![CDATA[",
        b"&#0;",
    ),
    *(
        b"&#x110000;",
        b"&nope;",
        b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
        b"<?xml version='1.0' encoding='utf-7'?>",
    ),
    *(b"{", b"}", b"[", b"]", b'"', b",", b"null", b"1e999", b"\\ud800", b"\\u0000", b"[[owner]]", b"'''", b"\t"),
)


def strange_text(rng: Random) -> str:
    """Return a text that programs stumble over: a number, a time, control characters, a long or an empty one."""
    kind = rng.randrange(10)
    if kind < 4:
        return rng.choice(TEXTS)
    if kind < 6:
        return rng.choice(NUMBERS)
    if kind < 7:
        return rng.choice(TIMES)
    if kind < 8:
        return "".join(
            chr(rng.choice((rng.randrange(128), rng.randrange(0x3000), rng.randrange(0x110000))))
            for _ in range(rng.randrange(9))
        )
    if kind < 9:
        return rng.choice(TEXTS) + rng.choice(NUMBERS) + rng.choice(TEXTS)
    return rng.choice(TEXTS)[:3] * rng.choice((2, 40, 300))


def strange_bytes(rng: Random) -> bytes:
    """Return a few bytes that programs stumble over."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.randbytes(rng.randrange(1, 9))
    if kind == 1:
        return as_bytes(strange_text(rng))
    return rng.choice(BYTES) * rng.choice((1, 1, 1, 2, 50))


def as_bytes(text: str) -> bytes:
    """Return the text in UTF-8; a lone surrogate becomes the bytes that a careless program writes for it."""
    return text.encode("utf-8", "surrogatepass")


def damaged(rng: Random, data: bytes, words: Sequence[bytes] = ()) -> bytes:
    """Return the bytes with one to four changes. ``words`` are texts of the format, which are put in, too."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice((1, 1, 4, 20, 200)))
        kind = rng.randrange(9)
        if kind == 0:
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        elif kind == 1:
            data = data[:at] + data[end:]
        elif kind == 2:
            data = data[:end] + data[at:]
        elif kind == 3:
            data = data[:at] + data[at:end] * rng.choice((2, 3, 100)) + data[end:]
        elif kind == 4:
            data = data[:at] + strange_bytes(rng) + data[at:]
        elif kind == 5:
            data = data[:at] + strange_bytes(rng) + data[end:]
        elif kind == 6 and words:
            data = data[:at] + rng.choice(words) + data[rng.choice((at, end)) :]
        elif kind == 7 and rng.randrange(3) == 0:
            data = data[:at]
        else:
            other = rng.randrange(len(data) + 1)
            data = data[:at] + data[other : other + 30] + data[at:]
    return data


# ---------------------------------------------------------------------- JSON


def strange_json(rng: Random, depth: int = 2) -> Json:
    """Return a JSON value of any type."""
    kind = rng.randrange(12)
    if kind < 4:
        return strange_text(rng)
    if kind < 5:
        return rng.choice((0, -1, 1, 5, 2**31, 2**53, 2**63, 2**64, -(2**63) - 1, 10**30, 0.1, 1e300, -0.0))
    if kind < 7:
        return rng.choice((None, True, False, [], {}, "", [[]], [None], {"": None}))
    if depth and kind < 9:
        return [strange_json(rng, depth - 1) for _ in range(rng.randrange(4))]
    if depth and kind < 11:
        return {strange_text(rng): strange_json(rng, depth - 1) for _ in range(rng.randrange(4))}
    return RawJson(rng.choice((*NUMBERS, "nul", "{", '"\\ud800"', '{"a":1,"a":2}', "[" * 2000 + "]" * 2000)))


class RawJson(str):
    """A text that is written into JSON as it is, without quotes."""

    __slots__ = ()


def changed_json(rng: Random, value: Json) -> Json:
    """Return a copy of the JSON in which one member is replaced, missing, repeated, renamed, or of another type."""
    if isinstance(value, dict) and value and rng.randrange(5):
        name = rng.choice(list(value))
        kind = rng.randrange(8)
        if kind == 0:
            return {key: member for key, member in value.items() if key != name}
        if kind == 1:
            return {**value, strange_text(rng): value[name]}
        if kind == 2:
            return {(strange_text(rng) if key == name else key): member for key, member in value.items()}
        return {**value, name: changed_json(rng, value[name])}
    if isinstance(value, list) and value and rng.randrange(5):
        at = rng.randrange(len(value))
        kind = rng.randrange(6)
        if kind == 0:
            return value[:at] + value[at + 1 :]
        if kind == 1:
            return value[:at] + [value[at]] * rng.choice((2, 30)) + value[at:]
        return [*value[:at], changed_json(rng, value[at]), *value[at + 1 :]]
    if isinstance(value, str) and rng.randrange(2):
        return strange_text(rng) if rng.randrange(2) else value + strange_text(rng)
    return strange_json(rng)


def json_bytes(value: Json) -> bytes:
    """Return the value as JSON. Lone surrogates are escaped; :class:`RawJson` is written as it is."""
    raw: list[str] = []

    def marked(each: Json) -> Json:
        if isinstance(each, RawJson):
            raw.append(str(each))
            return f"\0raw{len(raw) - 1}\0"
        if isinstance(each, dict):
            return {name: marked(member) for name, member in each.items()}
        return [marked(member) for member in each] if isinstance(each, list) else each

    text = json.dumps(marked(value))
    for number, each in enumerate(raw):
        text = text.replace(f'"\\u0000raw{number}\\u0000"', each)
    return text.encode("ascii", "backslashreplace")


def damaged_json(rng: Random, value: Json) -> bytes:
    """Return JSON with a changed member or two; seldom with damaged bytes."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        value = changed_json(rng, value)
    data = json_bytes(value)
    return damaged(rng, data) if rng.randrange(8) == 0 else data


# ---------------------------------------------------------------------- XML

_TEXT = re.compile(rb">([^<]*)</")
_ELEMENT = re.compile(rb"<([A-Z]\w*)(?: [^>]*)?>[^<]*</\1>|<([A-Z]\w*)/>")
_TAG = re.compile(rb"</?([A-Z]\w*)")


def escaped(text: str) -> bytes:
    """Return a text as the content of an element; characters that XML cannot hold stay as they are."""
    return as_bytes(text.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;"))


def well_formed(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


def damaged_xml(rng: Random, data: bytes, tags: Sequence[bytes]) -> bytes:
    """Return the document with one to four changes; most leave it well-formed."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        kind = rng.randrange(12)
        if kind < 5 and (texts := list(_TEXT.finditer(data))):
            place = rng.choice(texts)
            text = escaped(well_formed(strange_text(rng)) if rng.randrange(4) else strange_text(rng))
            data = data[: place.start(1)] + (place[1] if rng.randrange(3) == 0 else b"") + text + data[place.end(1) :]
        elif kind < 8 and (elements := list(_ELEMENT.finditer(data))):
            place, other = rng.choice(elements), rng.choice(elements)
            inside = rng.choice(
                (b"", other[0], place[0] * 2, place[0] * 40, b"<x:y xmlns:x='u'/>", b"<!-- -->" + place[0])
            )
            data = data[: place.start()] + inside + data[place.end() :]
        elif kind < 9 and (named := list(_TAG.finditer(data))):
            old, new = rng.choice(named)[1], rng.choice(tags)
            data = data.replace(b"<" + old + b">", b"<" + new + b">").replace(b"</" + old + b">", b"</" + new + b">")
        elif kind < 10:
            start = data.find(b"?>") + 2
            name = rng.choice(
                (b"utf-8", b"utf-16", b"iso-8859-1", b"windows-1252", b"utf-7", b"no\xff", b"x" * 50, b"ebcdic")
            )
            data = b"<?xml version='1.0' encoding='%b'?>" % name + data[start:]
        elif kind < 11:
            data = damaged(rng, data, tags)
        elif rng.randrange(4) == 0:
            data = rng.choice(
                (
                    b"\xef\xbb\xbf" + data,
                    b"\n" + data,
                    data + b"<a/>",
                    b"<a>" * 3000 + data,
                    data.decode("utf-8", "replace").encode("utf-16"),
                )
            )
    return data


def grown_xml(rng: Random, tags: Sequence[bytes], depth: int = 4) -> bytes:
    """Return an element that was grown from the tags of a format at random."""
    tag = rng.choice(tags)
    inside = b"".join(
        grown_xml(rng, tags, depth - 1) if depth and rng.randrange(3) else escaped(well_formed(strange_text(rng)))
        for _ in range(rng.randrange(4))
    )
    attribute = (
        b' pages="%b"' % escaped(well_formed(strange_text(rng))).replace(b'"', b"") if rng.randrange(6) == 0 else b""
    )
    return b"<" + tag + attribute + b">" + inside + b"</" + tag + b">"
