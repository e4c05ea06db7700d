"""Forms of a notification's request: all mean the same, and a form that the server may refuse is sent again plainly."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from threading import Thread

import pytest
from lxml import etree

from conformance.client.http import HttpSession, Limits
from conformance.client.session import EventLoop
from conformance.client.shipstation import (
    EXPECTING,
    IN_CHUNKS,
    SENDINGS,
    SPELLINGS,
    Credentials,
    RequestForm,
    ShipNotice,
    ShippedLine,
    ShipStation,
)

NOTICE = ShipNotice("1 A", "17", "1Z", "UPS", "Ground", "4.35", "Hello", items=(ShippedLine("MUG", 2, "11"),))
ACCEPTED = "200 OK"


class _Raw(socketserver.StreamRequestHandler):
    """Reads one request as it comes, and notes it. The server's ``expectation`` answers an Expect header."""

    server: _Server

    def handle(self) -> None:
        while self._answer():
            pass

    def _answer(self) -> bool:
        lines: list[str] = []
        while (line := self.rfile.readline().decode("latin-1").rstrip("\r\n")) or not lines:
            if not line:
                return False
            lines.append(line)
        if not lines[0].endswith("HTTP/1.1"):
            self.wfile.write(b"<h1>What?</h1>")
            return False
        headers = dict(line.split(": ", 1) for line in lines[1:])
        names = {name.lower(): value for name, value in headers.items()}
        status = ACCEPTED
        if "expect" in names and self.server.expectation:
            self.wfile.write(f"HTTP/1.1 {self.server.expectation}\r\n".encode())
            if not self.server.expectation.startswith("100"):
                status = self.server.expectation
                self.wfile.write(b"Connection: close\r\nContent-Length: 0\r\n")
            self.wfile.write(b"\r\n")
        if status != ACCEPTED or ("transfer-encoding" in names and not self.server.reads_chunks):
            body = b""  # chunks are then read as the next request
        elif "transfer-encoding" in names:
            body = self._chunked()
        else:
            body = self.rfile.read(int(names["content-length"]))
        self.server.seen.append((lines[0], headers, body))
        if status != ACCEPTED:
            return False
        if "transfer-encoding" in names and self.server.refuses_chunks:
            status = "411 Length Required"
        self.wfile.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        return True

    def _chunked(self) -> bytes:
        whole = b""
        while length := int(self.rfile.readline(), 16):
            whole += self.rfile.read(length)
            self.rfile.readline()
            self.server.chunks += 1
        self.rfile.readline()
        return whole


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    expectation = ""
    refuses_chunks, reads_chunks = False, True
    chunks = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Raw)
        self.seen: list[tuple[str, dict[str, str], bytes]] = []


@contextmanager
def _raw_server() -> Iterator[tuple[_Server, ShipStation]]:
    loop = EventLoop()
    session = HttpSession(loop, Limits(timeout_s=5))
    with _Server() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            url = f"http://127.0.0.1:{server.server_address[1]}/?dispatch=shipstation"
            yield server, ShipStation(url, Credentials("ship", "secret"), session)
        finally:
            session.close()
            loop.close()
            server.shutdown()


def test_every_form_says_the_same() -> None:
    """Parameters, values of the body and credentials are those of the usual form. A chunked body has two chunks."""
    said = set()
    with _raw_server() as (server, shipstation):
        server.expectation = "100 Continue"
        for sending, spelling in product(SENDINGS, SPELLINGS):
            assert shipstation.notify_in_form(NOTICE, RequestForm(sending=sending, spelling=spelling)).succeeded
        for line, headers, body in server.seen:
            target = line.split()[1].replace("%20", "+")
            root = etree.fromstring(body)
            names = {name.lower(): value for name, value in headers.items()}
            values = tuple(sorted((each.tag, each.text or "") for each in root.iter()))
            said.add((tuple(sorted(target.partition("?")[2].split("&"))), values, names["authorization"]))
        assert server.chunks == 2 * len(SPELLINGS)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("sending", "expectation", "requests"),
    [(EXPECTING, "", 1), (EXPECTING, "100 Continue", 1), (EXPECTING, "417 Expectation Failed", 2), (IN_CHUNKS, "", 2)],
    ids=["ignored", "answered", "refused", "chunks refused"],
)
def test_a_form_that_a_server_may_refuse_is_sent_again_in_the_usual_one(
    sending: str, expectation: str, requests: int
) -> None:
    """A server that ignores Expect gets the body after a moment."""
    with _raw_server() as (server, shipstation):
        server.expectation, server.refuses_chunks = expectation, True
        assert shipstation.notify_in_form(NOTICE, RequestForm(sending=sending)).succeeded
        assert len(server.seen) == requests
        assert b"Hello" in server.seen[-1][2]


def test_what_a_server_leaves_of_a_refused_body_reaches_no_other_request() -> None:
    """The rest of a body would be read as the next request: its answer must not be taken for the next request's."""
    with _raw_server() as (server, shipstation):
        server.refuses_chunks, server.reads_chunks = True, False
        for _ in range(5):
            assert shipstation.notify_in_form(NOTICE, RequestForm(sending=IN_CHUNKS)).succeeded
        assert len(server.seen) == 10
