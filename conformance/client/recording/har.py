"""HAR 1.2 (HTTP Archive): exchanges as browsers, proxies and API clients export them, in one JSON document.

Programs differ in what they write. So nothing is required of an entry but its request, and the body of a reply counts
as recorded only if nothing says that a part of it is missing.
"""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from conformance.client.bodies import MAX_REPLY_BYTES
from conformance.client.exchange import Headers
from conformance.core.errors import ConformanceError
from conformance.core.files import MAX_EVIDENCE_BYTES, read_bounded
from conformance.core.json_errors import NOT_JSON

OWN_MEMBER = "_conformance"
"""The member in which a HAR file of the suite has what HAR has no member for. Other programs ignore it."""
MAX_STRIPPED_BYTES = 4
"""A body may be shorter than its stated size by as many bytes: browsers leave out a byte order mark."""
_ZLIB_OR_GZIP = 47
"""The parameter with which zlib recognises both forms."""
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s;\"']+)", re.IGNORECASE)
_DECLARED = re.compile(r"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"']{1,40})[\"']")
_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{|\x1f\x8b|\x78[\x01\x5e\x9c\xda]")
"""How a HAR file begins: with an object, or compressed (mitmproxy writes ``.zhar``)."""


class UnreadableHar(ConformanceError):
    """The file can't be read as HAR; the error's text says why."""


class HarPair(msgspec.Struct, frozen=True):
    """A header, or a parameter of a form."""

    name: str | None = ""
    value: str | None = ""


class HarPostData(msgspec.Struct, frozen=True):
    """The body of a request: as text, or as the parameters of a form."""

    text: str | None = None
    params: tuple[HarPair, ...] | None = None
    encoding: str | None = None


class HarRequest(msgspec.Struct, frozen=True, rename="camel"):
    """A request."""

    method: str
    url: str
    headers: tuple[HarPair, ...] | None = None
    post_data: HarPostData | None = None


class HarContent(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a reply, decoded. ``size`` and ``compression`` are in bytes."""

    size: float | None = None
    compression: float | None = None
    mime_type: str | None = None
    text: str | None = None
    encoding: str | None = None


class HarResponse(msgspec.Struct, frozen=True):
    """A reply. ``status`` is 0 if none came."""

    status: int = 0
    status_text: str | None = msgspec.field(default="", name="statusText")
    headers: tuple[HarPair, ...] | None = None
    content: HarContent | None = None
    redirect_url: str | None = msgspec.field(default="", name="redirectURL")


class HarEntry(msgspec.Struct, frozen=True):
    """A request and its reply. ``own`` is what the suite added."""

    request: HarRequest
    response: HarResponse | None = None
    started: str | None = msgspec.field(default=None, name="startedDateTime")
    time: float | None = None
    pageref: str | None = None
    own: msgspec.Raw = msgspec.field(default=msgspec.Raw(b""), name=OWN_MEMBER)


class _Address(msgspec.Struct):
    url: str


class _Addressed(msgspec.Struct):
    request: _Address


class _Creator(msgspec.Struct, frozen=True):
    name: str | None = ""


class _Log(msgspec.Struct):
    entries: list[msgspec.Raw]
    creator: _Creator | None = None
    pages: list[msgspec.Raw] | None = None
    own: msgspec.Raw = msgspec.field(default=msgspec.Raw(b""), name=OWN_MEMBER)


class _File(msgspec.Struct):
    log: _Log


class _LooseLog(msgspec.Struct):
    entries: list[Any]
    creator: _Creator | None = None


class _LooseFile(msgspec.Struct):
    log: _LooseLog


@dataclass(frozen=True)
class Har:
    """A HAR file whose entries aren't decoded yet: most entries of a browser are of no interest.

    ``creator`` is the program that wrote it. ``own`` and ``pages`` are empty unless the suite wrote it.
    """

    path: Path
    entries: tuple[Any, ...]
    creator: str = ""
    pages: tuple[msgspec.Raw, ...] = ()
    own: bytes = b""

    def url(self, number: int) -> str:
        """Return the URL of an entry; "" if it has none."""
        try:
            return _decode(self.entries[number], _Addressed).request.url
        except NOT_JSON:
            return ""

    def entry(self, number: int) -> HarEntry:
        """Return an entry.

        Raises:
            UnreadableHar: it isn't one.
        """
        try:
            return _decode(self.entries[number], HarEntry)
        except NOT_JSON as error:
            raise self.damaged(number, error) from None

    def damaged(self, number: int, error: Exception) -> UnreadableHar:
        """Return the error of an entry that can't be read."""
        return UnreadableHar(f"entry {number + 1} of {self.path} can't be read: {error}")


_Decoded = TypeVar("_Decoded")


def _decode(entry: Any, wanted: type[_Decoded]) -> _Decoded:
    if isinstance(entry, msgspec.Raw):
        return msgspec.json.decode(entry, type=wanted, strict=False)
    return msgspec.convert(entry, wanted, strict=False)


def read_har(path: Path) -> Har:
    """Read a HAR file, which may be compressed.

    Raises:
        UnreadableHar: it can't be read, is too long, or is no HAR file.
    """
    try:
        raw = _read(path)
    except OSError as error:
        raise UnreadableHar(f"{path} can't be read: {error.strerror or error}") from None
    except zlib.error as error:
        raise UnreadableHar(f"{path} can't be uncompressed: {error}") from None
    try:
        log = msgspec.json.decode(raw, type=_File).log
    except msgspec.ValidationError as error:
        raise UnreadableHar(f"{path} is no HAR file: {error}") from None
    except NOT_JSON as error:
        if "surrogate" in str(error):
            return _read_with_bytes(path, raw)
        raise UnreadableHar(f"{path} is damaged, or no HAR file: {error}") from None
    return Har(path, tuple(log.entries), _name(log.creator), tuple(log.pages or ()), bytes(log.own))


def _read_with_bytes(path: Path, raw: bytes) -> Har:
    """Read a file in which lone surrogates stand for bytes that aren't UTF-8: mitmproxy writes it, msgspec refuses."""
    try:
        log = msgspec.convert(json.loads(raw), _LooseFile).log
    except NOT_JSON as error:
        raise UnreadableHar(f"{path} is damaged, or no HAR file: {error}") from None
    return Har(path, tuple(log.entries), _name(log.creator))


def _name(creator: _Creator | None) -> str:
    return (creator.name or "") if creator else ""


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        beginning = file.read(1024)
    if not _BEGINNING.match(beginning):
        raise UnreadableHar(f"{path} is no HAR file: it doesn't begin with '{{'")
    raw = read_bounded(path, MAX_EVIDENCE_BYTES)
    if raw[:1] in (b"\x1f", b"\x78"):
        raw = uncompress(raw, MAX_EVIDENCE_BYTES)
    return raw.removeprefix(b"\xef\xbb\xbf")


def uncompress(data: bytes, max_bytes: int) -> bytes:
    """Return bytes that zlib or gzip compressed.

    Raises:
        zlib.error: they are damaged, or more than ``max_bytes``.
    """
    decoder = zlib.decompressobj(_ZLIB_OR_GZIP)
    content = decoder.decompress(data, max_bytes)
    if not decoder.eof:
        raise zlib.error(f"it has more than {max_bytes // 1024**2} MB, or its end is missing")
    return content


def headers_of(pairs: tuple[HarPair, ...] | None) -> Headers:
    """Return headers without those that HTTP/2 adds for method, path and status (``:path``)."""
    return tuple(
        (readable(pair.name), readable(pair.value or ""))
        for pair in pairs or ()
        if pair.name and not pair.name.startswith(":")
    )


def readable(text: str) -> str:
    """Return a text without lone surrogates, which no file could hold."""
    return text.encode("utf-8", "backslashreplace").decode()


def moment_of(entry: HarEntry) -> datetime | None:
    """Return when a request was sent; None if the entry doesn't tell."""
    try:
        moment = datetime.fromisoformat(entry.started or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def request_body(post_data: HarPostData | None) -> bytes:
    """Return the body of a request.

    Raises:
        ValueError: its base64 is damaged.
    """
    if post_data is None:
        return b""
    if post_data.text is None:
        return urlencode([(pair.name or "", pair.value or "") for pair in post_data.params or ()]).encode()
    if (post_data.encoding or "").lower() == "base64":
        return b64decode(post_data.text, validate=True)
    return encode(post_data.text, "charset=utf-8")


def reply_body(response: HarResponse) -> bytes | None:
    """Return the body of a reply as the server wrote it, or None if it wasn't recorded as a whole.

    Raises:
        ValueError: its base64 is damaged.
    """
    content = response.content or HarContent()
    if content.text is None:
        return b"" if content.size == 0 or response.status in (204, 304) else None
    if (content.encoding or "").lower() == "base64":
        body = b64decode(re.sub(r"\s+", "", content.text), validate=True)
        if body[:1] in (b"\x1f", b"\x78") and _ZIPPED.search(_header(response, "content-encoding")):
            try:
                body = uncompress(body, MAX_REPLY_BYTES)
            except zlib.error:
                return None
    else:
        body = encode(content.text, _header(response, "content-type") or content.mime_type or "")
    size = int(content.size or 0) + min(0, int(content.compression or 0))
    return None if size > len(body) + MAX_STRIPPED_BYTES else body


_ZIPPED = re.compile("gzip|deflate", re.IGNORECASE)


def _header(response: HarResponse, name: str) -> str:
    pairs = response.headers or ()
    return next((pair.value or "" for pair in pairs if (pair.name or "").lower() == name), "")


def encode(text: str, content_type: str) -> bytes:
    """Return the bytes from which a program decoded a text: it took the charset of the header, or the XML's own.

    Some programs decode as Latin-1 if the header names no charset. If the text is UTF-8 that was read so, that is
    undone.
    """
    charset = _CHARSET.search(content_type)
    declared = charset or _DECLARED.match(text)
    if charset is None:
        try:
            latin = text.encode("latin-1")
            latin.decode("utf-8")
        except UnicodeError:
            pass
        else:
            return latin
    for encoding in (declared[1] if declared else "utf-8", "utf-8"):
        try:
            return text.encode(encoding, "surrogateescape")
        except (ValueError, LookupError):
            continue
    return text.encode("utf-8", "backslashreplace")
