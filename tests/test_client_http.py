"""Whatever a server sends, a request gives an exchange that every file can hold; only the origin gets credentials."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import msgspec
import pytest

from conformance.client.bodies import MAX_REPLY_BYTES
from conformance.client.exchange import BROKE_OFF, TOO_LONG, Exchange
from conformance.client.http import HttpSession, Limits
from conformance.client.recording.tape import FORMAT, Header, Tape, TapeWriter
from conformance.client.session import EventLoop, may_follow_redirect, redirect_of
from tests.support.hostile_endpoint import Hostile, hostile_endpoint
from tests.support.scripted import Reply, scripted

CREDENTIALS = (("Authorization", "Basic c2VjcmV0"),)


@contextmanager
def session(mode: str) -> Iterator[tuple[HttpSession, Hostile]]:
    """Open a session with a server in this mode."""
    loop = EventLoop()
    with hostile_endpoint(mode) as server:
        opened = HttpSession(loop, Limits(timeout_s=5))
        try:
            yield opened, server
        finally:
            opened.close()
            loop.close()


def sent(mode: str) -> Exchange:
    """Return the exchange of one request to a server in this mode."""
    with session(mode) as (opened, server):
        return opened.send("GET", server.url, CREDENTIALS)


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        ("latin-header", r"Caf\xe9"),
        ("latin-reason", r"D\xe9j\xe0 vu"),
        ("status-999", r"\xff\xfe"),
        ("redirect-bad-port", "/%FF%FE"),
        ("terminal", r"<script>\xff"),
    ],
)
def test_bytes_that_are_not_utf8_are_readable_in_every_file(mode: str, shown: str, tmp_path: Path) -> None:
    """The exchange on the tape is the same as the one that was made."""
    made = sent(mode)
    assert shown in f"{made.reason} {made.reply_headers}".replace("\\\\", "\\")
    tape = TapeWriter(tmp_path / "tape", Header(FORMAT, "1", made.url, "user"))
    tape(made)
    tape.close()
    taped = Tape(tmp_path / "tape").exchanges[0]
    assert (taped.status, taped.reason, taped.reply_headers) == (made.status, made.reason, made.reply_headers)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(made.reply_headers))


@pytest.mark.parametrize("mode", ["huge-chunk-size", "garbage", "two-lengths", "false-encoding", "reset-in-head"])
def test_a_reply_that_cannot_be_read_is_evidence(mode: str) -> None:
    """The exchange says why, in a few words."""
    made = sent(mode)
    assert made.error
    assert len(made.error) < 400


def test_the_bytes_of_a_location_are_kept() -> None:
    """A redirect to a Latin-1 path is followed to that path."""
    assert sent("redirect-latin").url.endswith("/caf%E9?dispatch=shipstation")


def test_credentials_in_a_redirect_are_dropped() -> None:
    """The store gets the user's credentials, not those that the redirect names."""
    made = sent("redirect-credentials")
    assert made.status == 200
    assert "evil" not in made.url


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("redirect-file", "the redirect to file:///etc/passwd can't be followed: only http and https URLs"),
        ("redirect-file-host", "the redirect to file://127.0.0.1/etc/passwd can't be followed: only http and https"),
        ("redirect-script", "the redirect to javascript:alert(1) can't be followed: only http and https URLs"),
        ("redirect-bad-address", "the redirect to http://[::1 can't be followed: Invalid IPv6 URL"),
        ("redirect-bad-port", "the redirect to http://127.0.0.1:99999/%FF%FE can't be followed: Port out of range"),
        ("redirect-port", "which was not followed, to protect the credentials"),
        ("redirect-host", "which was not followed, to protect the credentials"),
    ],
)
def test_a_redirect_that_is_not_followed_is_named(mode: str, reason: str) -> None:
    """The last exchange is the redirect, and a notice says why it was not followed; nobody else gets a request."""
    with session(mode) as (opened, server):
        made = opened.send("GET", server.url, CREDENTIALS)
        assert made.status == 302
        assert len(opened.notices) == 1
        assert reason in opened.notices[0]
        assert server.elsewhere == []


@pytest.mark.parametrize(
    ("here", "there", "followed"),
    [
        ("http://shop.example/a", "http://shop.example/b", True),
        ("http://shop.example/a", "http://SHOP.example:80/b", True),
        ("http://shop.example/a", "https://shop.example/b", True),
        ("https://shop.example/a", "http://shop.example/b", False),
        ("http://shop.example/a", "http://shop.example:8080/b", False),
        ("http://shop.example:8080/a", "https://shop.example/b", False),
        ("http://shop.example:8080/a", "https://shop.example:8080/b", False),
        ("https://shop.example:443/a", "https://shop.example/b", True),
        ("https://shop.example/a", "https://www.shop.example/b", False),
    ],
)
def test_the_origin_is_scheme_host_and_port(here: str, there: str, followed: bool) -> None:
    """Only https on the default port may take the place of http on its default port."""
    assert may_follow_redirect(urlsplit(here), urlsplit(there)) is followed


@pytest.mark.parametrize(
    ("body", "read", "error"),
    [
        (gzip.compress(b"<Orders/>"), b"<Orders/>", None),
        (b"<Orders/>", b"", "Content-Encoding says x-gzip, but the body has another encoding"),
        (gzip.compress(b"<Orders/>")[:-8], b"<Orders/>", f"{BROKE_OFF}: the body of gzip has no end"),
        (gzip.compress(bytes(MAX_REPLY_BYTES + 1), 1), b"", f"{TOO_LONG} {MAX_REPLY_BYTES} bytes"),
    ],
    ids=["whole", "not compressed", "cut off", "bomb"],
)
def test_the_old_name_of_gzip_is_known(body: bytes, read: bytes, error: str | None) -> None:
    """RFC 9110: x-gzip means gzip. The limits are the same, too."""
    loop = EventLoop()
    with scripted(lambda asked: Reply(body=body, headers={"Content-Encoding": "X-GZip"})) as server:
        opened = HttpSession(loop, Limits(timeout_s=5))
        made = opened.send("GET", server.place)
        opened.close()
    loop.close()
    assert (made.reply_body, made.error) == (read, error)


def test_a_redirect_loop_ends() -> None:
    """After three redirects, the last reply is judged."""
    with session("redirect-loop") as (opened, server):
        made = opened.send("GET", server.url, CREDENTIALS)
    assert len(opened.exchanges) == 4
    found = redirect_of(made)
    assert found is not None
    assert found.target.startswith(f"http://127.0.0.1:{server.port}/?n=")


def test_a_tape_that_cannot_be_written_is_given_up(tmp_path: Path) -> None:
    """The run goes on; no part of a recording is left."""
    full = tmp_path / "tape"
    full.symlink_to("/dev/full")
    for path in (full, tmp_path / "missing" / "tape"):
        tape = TapeWriter(path, Header(FORMAT, "1", "http://shop.example/", "user"))
        tape(sent("latin-header"))
        tape.close()
    assert not full.is_symlink()


def test_a_server_without_tls_is_named() -> None:
    """An https URL of a port that speaks plain HTTP says how to write the URL, and not what OpenSSL calls it."""
    loop = EventLoop()
    opened = HttpSession(loop, Limits(timeout_s=5))
    with scripted(lambda asked: Reply()) as server:
        made = opened.send("GET", server.place.replace("http://", "https://"), CREDENTIALS)
        where = urlsplit(server.place).netloc
    opened.close()
    loop.close()
    assert made.error == f"TLS failed: {where} speaks plain HTTP, not https: begin the URL with http://"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl isn't installed")
def test_a_certificate_that_is_not_trusted_is_named(tmp_path: Path) -> None:
    """The message says why, and which option adds certificates."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    subprocess.run([*words, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = EventLoop()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            with contextlib.suppress(OSError), context.wrap_socket(listening.accept()[0], server_side=True):
                pass

        thread = Thread(target=greet)
        thread.start()
        opened = HttpSession(loop, Limits(timeout_s=5))
        made = opened.send("GET", f"https://127.0.0.1:{listening.getsockname()[1]}/", CREDENTIALS)
        opened.close()
        loop.close()
        thread.join(20)
    assert (made.error or "").startswith("TLS failed: the certificate of 127.0.0.1 isn't trusted: self")
    assert "(--ca-file adds certificates)" in (made.error or "")


@contextmanager
def closing_server(*, replies: int) -> Iterator[tuple[str, list[int]]]:
    """Run a server that answers so many requests of each connection, and closes it when the next one has come.

    The block gets its URL, and a list of the requests of each connection.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    counts: list[int] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                counts.append(0)
                with connection, connection.makefile("rb") as received:
                    while received.readline():
                        while received.readline().strip():
                            pass
                        counts[-1] += 1
                        if counts[-1] > replies:
                            break
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", counts
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.mark.parametrize(
    ("replies", "outcomes", "counts"),
    [(1, [200, 200], [2, 1]), (0, [None, None], [1, 1])],
    ids=["a kept connection", "every connection"],
)
def test_a_server_may_close_a_connection_that_it_kept(
    replies: int, outcomes: list[int | None], counts: list[int]
) -> None:
    """The notification is sent again on a new connection. A server that never answers it is evidence."""
    loop = EventLoop()
    with closing_server(replies=replies) as (url, requests):
        opened = HttpSession(loop, Limits(timeout_s=5))
        try:
            assert [opened.send("POST", url).status for _ in range(2)] == outcomes
        finally:
            opened.close()
            loop.close()
    assert requests == counts
