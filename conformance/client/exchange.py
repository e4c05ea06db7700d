"""An exchange: one request and its reply, as evidence. Nothing here sends anything."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from conformance.client.bodies import Body, read_body
from conformance.client.encoding import decoded
from conformance.core.masking import Secrets, mask_url

SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "ss-auth-user", "ss-auth-pw", "cookie", "set-cookie"}
)
"""Names of the headers whose values are masked, in lower case; the same as in ``mockstore/traffic/journal.py``."""
URL_HEADERS = frozenset({"location", "content-location", "referer", "refresh", "link"})
"""Names of the headers whose values are or hold a URL, in lower case."""
MAX_SHOWN_REQUEST = 4_000
"""A report shows at most this many characters of a request body."""
MAX_SHOWN_REPLY = 20_000
"""A report shows at most this many characters of a reply body."""
MAX_SEARCHED_REPLY = 4_000_000
"""A text is searched for in this many bytes of a reply body."""
GZIP_MARK = b"\x1f\x8b"
"""The beginning of every file of gzip."""

TIMEOUT = "time-out"
"""``Exchange.error`` begins with this if the reply did not come in time. Recordings contain it: don't change it."""
BROKE_OFF = "the reply broke off"
"""``Exchange.error`` begins with this if the reply ended before its end. Recordings contain it, too."""
NOT_CONNECTED = ("no connection to ", "TLS failed: ", "the host name ")
"""``Exchange.error`` begins with one of these if the store never got the request. Recordings contain them, too."""
TOO_LONG = "the reply is longer than"
"""``Exchange.error`` begins with this if the reply was too long to be read. Recordings contain it, too."""

Headers = tuple[tuple[str, str], ...]


class Masked(str):
    """The secret value of a header. The value itself is sent; reports and recordings get ``shown`` in its place."""

    shown: str
    __slots__ = ("shown",)

    def __new__(cls, value: str, shown: str) -> Masked:
        """Make a header value that reports show as ``shown``."""
        masked = super().__new__(cls, value)
        masked.shown = shown
        return masked

    def __repr__(self) -> str:
        return repr(self.shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its reply. If there was no reply, ``status`` is None and ``error`` says why.

    ``started_at`` is when the request was sent, in seconds since 1970. No verdict depends on it.
    """

    number: int
    method: str
    url: str
    request_headers: Headers
    request_body: bytes
    status: int | None
    reason: str
    reply_headers: Headers
    reply_body: Body
    duration_ms: float
    error: str | None = None
    started_at: float | None = None

    @property
    def body(self) -> bytes:
        """The reply's body. It may be read from a file each time, so ask for it once."""
        return read_body(self.reply_body)

    def beginning(self, size: int) -> bytes:
        """Return the first ``size`` bytes of the reply's body."""
        return read_body(self.reply_body, size)

    @property
    def has_gzip_bytes(self) -> bool:
        """True if the body of the reply begins like every file of gzip, and like no XML document."""
        return self.beginning(len(GZIP_MARK)) == GZIP_MARK

    def header(self, name: str) -> str:
        """Return the first header of that name in the reply, or an empty string."""
        wanted = name.lower()
        return next((value for key, value in self.reply_headers if key.lower() == wanted), "")

    @property
    def succeeded(self) -> bool:
        """True if the status is 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """True if the status is 4xx."""
        return self.status is not None and 400 <= self.status < 500

    @property
    def is_redirect(self) -> bool:
        """True if the status is that of a redirect."""
        return self.status in (301, 302, 303, 307, 308)

    @property
    def timed_out(self) -> bool:
        """True if there was no reply in time."""
        return self.status is None and (self.error or "").startswith(TIMEOUT)

    @property
    def broke_off(self) -> bool:
        """True if the reply ended before its end."""
        return (self.error or "").startswith(BROKE_OFF)

    @property
    def has_failed(self) -> bool:
        """True if the store got the request, but did not answer it with a whole reply of status 2xx."""
        if self.status is None:
            return not (self.error or "").startswith((*NOT_CONNECTED, TOO_LONG))
        return not self.succeeded or self.broke_off

    @property
    def is_too_long(self) -> bool:
        """True if the reply was too long to be read."""
        return self.status is None and (self.error or "").startswith(TOO_LONG)

    @property
    def outcome(self) -> str:
        """The reply in a few words."""
        if self.status is None:
            return f"no reply ({self.error})"
        return f"status {self.status}{' ' + self.reason if self.reason else ''}"


def mask_headers(headers: Headers) -> Headers:
    """Return the headers with secret values replaced."""
    return tuple((name, mask_header(name, value)) for name, value in headers)


def mask_header(name: str, value: str) -> str:
    """Return a header's value as reports show it: the value itself, or a replacement if it is secret."""
    if isinstance(value, Masked):
        return value.shown
    if name.lower() in URL_HEADERS:
        return mask_url(value)
    return "…" if name.lower() in SECRET_HEADERS else value


def mask_exchange(exchange: Exchange, secrets: Secrets) -> Exchange:
    """Return an exchange as it may leave the suite: credentials and secrets are replaced, except in the bodies.

    The suite judges the true exchange; only recordings, reports and messages get this one. They mask the part of a
    body that they show.
    """

    def headers(those: Headers) -> Headers:
        # the value of a secret header stays: it knows how it is shown
        return tuple(
            (name, value if isinstance(value, Masked) else secrets.text(mask_header(name, value)))
            for name, value in those
        )

    return replace(
        exchange,
        url=secrets.text(secrets.url(exchange.url)),
        request_headers=headers(exchange.request_headers),
        reason=secrets.text(exchange.reason),
        reply_headers=headers(exchange.reply_headers),
        error=None if exchange.error is None else secrets.message(exchange.error),
    )


def body_text(body: Body, limit: int) -> str:
    """Return a body as text for people, cut at ``limit`` characters."""
    text = decoded(read_body(body, limit * 4))
    return text if len(text) <= limit and len(body) <= limit * 4 else f"{text[:limit]}… ({len(body)} bytes in all)"


def searched_text(exchange: Exchange) -> str:
    """Return the reply's body as text in which to search."""
    return decoded(exchange.beginning(MAX_SEARCHED_REPLY))


def beginning_of_body(exchange: Exchange, limit: int = 200) -> str:
    """Return the beginning of the reply's body as text, for messages; ``limit`` is in bytes."""
    return decoded(exchange.beginning(limit)).strip()


def curl_command(exchange: Exchange) -> str:
    """Return a shell command that sends the request again. User and password come from environment variables."""
    parts = ["curl", "--include"]
    if exchange.method != "GET":
        parts += ["--request", exchange.method]
    for name, value in exchange.request_headers:
        match name.lower():
            case "authorization":
                parts += ["--user", '"$STORE_USER:$STORE_PASSWORD"']
            case "content-type":
                parts += ["--header", shell_word(f"{name}: {value}")]
            case _:
                continue
    if exchange.request_body:
        body = body_text(exchange.request_body, MAX_SHOWN_REQUEST)
        parts += ["--data-binary", shell_word(body)]
    return " ".join([*parts, shell_word(exchange.url)])


def shell_word(text: str) -> str:
    """Return a text as one word of a shell command. Characters that a terminal would obey or hide are escaped."""
    if all(character.isprintable() or character in "\n\t" for character in text):
        return shlex.quote(text)
    return f"$'{''.join(map(_escaped, text))}'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable() or character in "\n\t":
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
