"""A server whose replies are set by a test, for endpoints that misbehave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

EMPTY = b'<?xml version="1.0" encoding="utf-8"?><Orders pages="1"/>'


@dataclass(frozen=True)
class Asked:
    """A request that the server received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """A reply. ``pieces`` are sent after the body, until there are no more or the client hangs up."""

    status: int = 200
    body: bytes = EMPTY
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Callable[[], Iterator[bytes]] | None = None


@dataclass
class Scripted:
    """A running server: its address, and the requests that it received."""

    place: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def scripted(answer: Callable[[Asked], Reply]) -> Iterator[Scripted]:
    """Run a server on a free port of 127.0.0.1 until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each body waits 40 ms for the acknowledgement of its headers

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(self.command, self.path, dict(self.headers), body)
            server.asked.append(asked)
            reply = answer(asked)
            self.send_response_only(reply.status)
            self.send_header("Date", reply.headers.get("Date") or self.date_time_string())
            headers = {"Content-Type": "application/xml; charset=utf-8", "Cache-Control": "no-store", **reply.headers}
            if reply.pieces is None:
                headers.setdefault("Content-Length", str(len(reply.body)))
            else:
                headers["Connection"] = "close"
            for name, value in headers.items():
                if name == "Date":
                    continue
                self.send_header(name, value)
            with suppress(OSError):
                self.end_headers()
                self.wfile.write(reply.body)
                for piece in reply.pieces() if reply.pieces else ():
                    self.wfile.write(piece)
            self.close_connection = reply.pieces is not None

        do_GET = do_POST = do_DELETE = do_PATCH = handle_any  # noqa: N815 -- the names that http.server asks for

        def log_message(self, form: str, *arguments: object) -> None:
            """Print nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = Scripted(f"http://127.0.0.1:{http.server_address[1]}")
    thread = Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
