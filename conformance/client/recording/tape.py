"""A tape: the exchanges of one target in a file, credentials masked, to be judged again.

JSON Lines under gzip. The first line says of what it is, each other is an exchange. A body that came
before is only named, so that a store that says the same many times costs little.
"""

from __future__ import annotations

import gzip
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import msgspec

from conformance.client.exchange import Exchange, Headers, mask_headers
from conformance.core.errors import ConformanceError

FORMAT = 1
BODY_LIMIT = 8 * 1024 * 1024
"""Bytes of a reply that are kept; what a longer one came to can't be judged again."""
REQUEST_LIMIT = 64 * 1024
"""Bytes of a request's body that are kept; the suite makes it again when it judges again."""
SUFFIX = ".jsonl.gz"


class Header(msgspec.Struct, frozen=True):
    """Of what a tape is: the endpoint, and where its truth was asked for."""

    recording: int
    suite_version: str
    url: str
    username: str
    truth_url: str = ""
    orders_per_page: int | None = None


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reply's body: text, or base64 where it isn't UTF-8, or that of an earlier exchange, or cut."""

    text: str | None = None
    base64: str | None = None
    same_as: int | None = None
    cut_of: int | None = None


class RecordedExchange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One exchange on a tape. ``ask`` identifies the request, its body and its (masked) credentials included."""

    number: int
    ask: str
    method: str
    url: str
    request_headers: Headers
    status: int | None
    reason: str
    reply_headers: Headers
    duration_ms: float
    body: Body = Body()
    request_body: str = ""
    error: str | None = None


class UnreadableTape(ConformanceError):
    """The file is no recording that this suite can read; the sentence says why."""


def request_key(method: str, url: str, headers: Headers, body: bytes) -> str:
    """What identifies a request: the same request with the same kind of credentials gives the same."""
    parts = [method, url, *(f"{name.lower()}: {value}" for name, value in mask_headers(headers))]
    digest = sha256("\n".join(parts).encode("utf-8", "surrogateescape") + b"\n\n")
    digest.update(body if len(body) <= REQUEST_LIMIT else digest_of(body))
    return digest.hexdigest()[:24]


@lru_cache(maxsize=4)
def digest_of(body: bytes) -> bytes:
    """What identifies a large body: the suite sends the same ones to every target."""
    return sha256(body).digest()


class TapeWriter:
    """Writes each exchange as it happens, so that a run that breaks off loses nothing.

    Raises:
        OSError: where the file can't be written.
    """

    def __init__(self, path: Path, head: Header) -> None:
        self._file = gzip.open(path, "wb", compresslevel=1)  # noqa: SIM115 -- open for the whole run
        self._bodies: dict[bytes, int] = {}
        self._encode = msgspec.json.Encoder().encode
        self._file.write(self._encode(head) + b"\n")

    def __call__(self, exchange: Exchange) -> None:
        """Take down an exchange."""
        taped = RecordedExchange(
            number=exchange.number,
            ask=request_key(exchange.method, exchange.url, exchange.request_headers, exchange.request_body),
            method=exchange.method,
            url=exchange.url,
            request_headers=mask_headers(exchange.request_headers),
            status=exchange.status,
            reason=exchange.reason,
            reply_headers=mask_headers(exchange.reply_headers),
            duration_ms=exchange.duration_ms,
            body=self._body(exchange),
            request_body=exchange.request_body[:REQUEST_LIMIT].decode("utf-8", "replace"),
            error=exchange.error,
        )
        self._file.write(self._encode(taped) + b"\n")

    def _body(self, exchange: Exchange) -> Body:
        body = exchange.body
        if len(body) > BODY_LIMIT:
            return Body(cut_of=len(body))
        if len(body) > 200:
            known = self._bodies.setdefault(sha256(body).digest(), exchange.number)
            if known != exchange.number:
                return Body(same_as=known)
        try:
            return Body(text=body.decode("utf-8"))
        except UnicodeDecodeError:
            return Body(base64=b64encode(body).decode())

    def close(self) -> None:
        """Write what is left."""
        self._file.close()


class Tape:
    """What a file holds.

    Raises:
        UnreadableTape: where it isn't a recording. One that breaks off is read as far as it goes.
    """

    def __init__(self, path: Path) -> None:
        lines = _lines(path)
        try:
            self.head = msgspec.json.decode(next(lines, b""), type=Header)
            if self.head.recording != FORMAT:
                raise UnreadableTape(f"{path} is a recording of another kind ({self.head.recording}, not {FORMAT})")
            decoder = msgspec.json.Decoder(RecordedExchange)
            self.exchanges = tuple(decoder.decode(line) for line in lines if line.endswith(b"\n"))
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
            raise UnreadableTape(f"{path} is no recording of exchanges: {error}") from None
        self._bodies: dict[int, bytes] = {}
        for taped in self.exchanges:
            self._bodies[taped.number] = _bytes(taped.body, self._bodies)

    def body(self, taped: RecordedExchange) -> bytes:
        """The body of an exchange's reply."""
        return self._bodies[taped.number]


def _bytes(body: Body, before: dict[int, bytes]) -> bytes:
    if body.same_as is not None:
        return before.get(body.same_as, b"")
    if body.base64 is not None:
        return b64decode(body.base64)
    return (body.text or "").encode("utf-8")


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            yield from file
    except EOFError:
        return
    except (OSError, zlib.error) as error:
        raise UnreadableTape(f"{path} can't be read: {error}") from None
