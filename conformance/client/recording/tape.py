"""A tape: a file with the exchanges of one target, credentials masked, to be judged again.

It is gzipped JSON Lines: a header, then one exchange per line. If a body is the same as an earlier one, the tape has a
reference to the earlier one. The format is not HAR, which repeats each body and has to be read as a whole.
"""

from __future__ import annotations

import contextlib
import gzip
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from conformance.client.bodies import BodyStore, FiledBody
from conformance.client.exchange import Exchange, Headers, mask_exchange, mask_headers
from conformance.core.errors import ConformanceError
from conformance.core.json_errors import NOT_JSON
from conformance.core.masking import NO_SECRETS, Secrets, mask_url

FORMAT = 1
MAX_RECORDED_REPLY_BYTES = 8 * 1024 * 1024
"""A longer reply is not kept, and requirements that need it can't be judged again."""
MAX_RECORDED_BYTES = 256 * 1024 * 1024
"""If the bodies on a tape have this many bytes in all, further replies are not kept."""
MAX_RECORDED_REQUEST_BYTES = 64 * 1024
"""Of a longer request body, only the beginning is kept; a recheck makes the whole body again."""
MIN_SHARED_BYTES = 200
"""A longer reply body is written once; a later exchange with the same body refers to it."""
MAX_LINE_BYTES = 64 * 1024 * 1024
"""No line of a tape is longer: JSON writes a byte of a body with at most six."""
MAX_TAPE_BYTES = 2 * 1024**3
"""No tape is longer, uncompressed."""
SUFFIX = ".jsonl.gz"


class Header(msgspec.Struct, frozen=True):
    """The first line of a tape: the endpoint and the URL of the source of truth."""

    recording: int
    suite_version: str
    url: str
    username: str
    truth_url: str = ""
    orders_per_page: int | None = None


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reply's body: text, base64 if it isn't UTF-8, the number of an earlier exchange with the same body, or none.

    ``cut_of`` is the number of bytes of a body that was too long to be kept.
    """

    text: str | None = None
    base64: str | None = None
    same_as: int | None = None
    cut_of: int | None = None


class RecordedExchange(msgspec.Struct, frozen=True, omit_defaults=True):
    """An exchange on a tape. ``ask`` is its :func:`request_key`."""

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
    started_at: float | None = None


class UnreadableTape(ConformanceError):
    """This version of the suite can't read the file as a recording; the message says why."""


def request_key(method: str, url: str, headers: Headers, body: bytes) -> str:
    """Return a digest that is the same for the same request with the same kind of credentials.

    A body that is too long to be recorded is known by its beginning and its length: the suite sends few of them.
    """
    parts = [method, mask_url(url), *(f"{name.lower()}: {value}" for name, value in mask_headers(headers))]
    digest = sha256("\n".join(parts).encode("utf-8", "surrogateescape") + b"\n\n")
    digest.update(body[:MAX_RECORDED_REQUEST_BYTES])
    if len(body) > MAX_RECORDED_REQUEST_BYTES:
        digest.update(b" of %d bytes" % len(body))
    return digest.hexdigest()[:24]


class TapeWriter:
    """Writes each exchange as soon as it is made, without secrets, so that an interrupted run loses none.

    If the file can't be written, for example because the disk is full, it is deleted, and the run goes on without it.
    ``notify`` is called with a notice when a body is left out for the first time.
    """

    def __init__(
        self,
        path: Path,
        head: Header,
        notify: Callable[[str], None] = lambda notice: None,
        secrets: Secrets = NO_SECRETS,
    ) -> None:
        self._path, self._secrets = path, secrets
        self._file: gzip.GzipFile | None = None
        self._bodies: dict[bytes, int] = {}
        self._left, self._notify, self._complete = MAX_RECORDED_BYTES, notify, True
        self._encode = msgspec.json.Encoder().encode
        with self._giving_up():
            self._file = gzip.GzipFile(path, "wb", compresslevel=1)
        self._write(head)

    def __call__(self, exchange: Exchange) -> None:
        """Write an exchange."""
        # the key is that of the request as a replay makes it: with the masked URL of the target, and the true body
        url, headers = self._secrets.url(exchange.url), exchange.request_headers
        ask = request_key(exchange.method, url, headers, exchange.request_body)
        exchange = mask_exchange(exchange, self._secrets)
        taped = RecordedExchange(
            number=exchange.number,
            ask=ask,
            method=exchange.method,
            url=exchange.url,
            request_headers=mask_headers(exchange.request_headers),
            status=exchange.status,
            reason=exchange.reason,
            reply_headers=mask_headers(exchange.reply_headers),
            duration_ms=exchange.duration_ms,
            body=self._body(exchange),
            request_body=self._secrets.message(
                exchange.request_body[:MAX_RECORDED_REQUEST_BYTES].decode("utf-8", "replace")
            ),
            error=exchange.error,
            started_at=exchange.started_at,
        )
        self._write(taped)

    def _write(self, line: Header | RecordedExchange) -> None:
        if self._file is not None:
            with self._giving_up():
                self._file.write(self._encode(line) + b"\n")

    @contextlib.contextmanager
    def _giving_up(self) -> Iterator[None]:
        """Delete the file, and write nothing more, if writing fails."""
        try:
            yield
        except OSError:
            with contextlib.suppress(OSError, ValueError):
                if self._file is not None:
                    self._file.close()
            self._file = None
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _body(self, exchange: Exchange) -> Body:
        size = len(exchange.reply_body)
        if size > MAX_RECORDED_REPLY_BYTES:
            return self._left_out(size)
        body = self._secrets.body(exchange.body)
        digest = sha256(body).digest() if size > MIN_SHARED_BYTES else b""
        if digest in self._bodies:
            return Body(same_as=self._bodies[digest])
        if size > self._left:
            return self._left_out(size)
        self._left -= size
        if digest:
            self._bodies[digest] = exchange.number
        return body_of(body)

    def _left_out(self, size: int) -> Body:
        if self._complete:
            self._complete = False
            self._notify(
                f"the recording has no reply of more than {MAX_RECORDED_REPLY_BYTES // 1024**2} MB, and none after the "
                f"first {MAX_RECORDED_BYTES // 1024**2} MB: 'conformance recheck' can't judge what needs them"
            )
        return Body(cut_of=size)

    def close(self) -> None:
        """Write the buffered exchanges and close the file."""
        if self._file is not None:
            with self._giving_up():
                self._file.close()


class Tape:
    """A tape that was read. ``bodies`` keeps the bodies of its replies; without it, they stay in memory.

    Raises:
        UnreadableTape: if the file isn't a recording. Of a truncated file, the complete exchanges are read.
    """

    def __init__(self, path: Path, bodies: BodyStore | None = None) -> None:
        lines = _lines(path)
        try:
            self.head = msgspec.json.decode(next(lines, b""), type=Header)
            if self.head.recording != FORMAT:
                raise UnreadableTape(f"{path} is a recording in another format ({self.head.recording}, not {FORMAT})")
            self._bodies: dict[int, bytes | FiledBody] = {}
            self.exchanges = tuple(self._read(lines, bodies or BodyStore(max_in_memory=MAX_TAPE_BYTES)))
        except NOT_JSON as error:
            raise UnreadableTape(f"{path} isn't a recording of exchanges: {error}") from None

    def _read(self, lines: Iterator[bytes], bodies: BodyStore) -> Iterator[RecordedExchange]:
        """Yield the exchanges without the texts of their bodies, and keep the bodies."""
        decoder = msgspec.json.Decoder(RecordedExchange)
        for line in lines:
            if not line.endswith(b"\n"):
                continue
            taped = decoder.decode(line)
            if taped.body.same_as is not None:
                self._bodies[taped.number] = self._bodies.get(taped.body.same_as, b"")
            else:
                self._bodies[taped.number] = bodies.keep(_bytes(taped.body))
            yield msgspec.structs.replace(taped, body=Body(cut_of=taped.body.cut_of))

    def body(self, taped: RecordedExchange) -> bytes | FiledBody:
        """Return the body of an exchange's reply, or the place where it is kept."""
        return self._bodies[taped.number]


def body_of(content: bytes) -> Body:
    """Return a body as text, or in base64 if it isn't UTF-8."""
    try:
        return Body(text=content.decode("utf-8"))
    except UnicodeDecodeError:
        return Body(base64=b64encode(content).decode())


def write_tape(path: Path, head: Header, exchanges: Iterable[RecordedExchange]) -> None:
    """Write a tape with exchanges that were recorded before.

    Raises:
        OSError: it can't be written.
    """
    encode = msgspec.json.Encoder().encode
    with gzip.GzipFile(path, "wb", compresslevel=1) as file:
        for line in (head, *exchanges):
            file.write(encode(line) + b"\n")


def _bytes(body: Body) -> bytes:
    return b64decode(body.base64) if body.base64 is not None else (body.text or "").encode("utf-8")


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            left = MAX_TAPE_BYTES
            while line := file.readline(MAX_LINE_BYTES):
                left -= len(line)
                if left < 0 or (len(line) == MAX_LINE_BYTES and not line.endswith(b"\n")):
                    raise UnreadableTape(f"{path} is longer than any recording")
                yield line
    except EOFError:
        return
    except (OSError, zlib.error) as error:
        raise UnreadableTape(f"{path} can't be read: {error}") from None
