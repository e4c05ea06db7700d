"""An endpoint that repeats each request in its reply, in every form, as a page for debugging does."""

from __future__ import annotations

import html
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

OBEYED = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e\u2066\u200f\u2028\x7f"
"""Characters that a terminal obeys."""
ORDER = (
    "<Order><OrderID>{0}</OrderID><OrderNumber>{0}</OrderNumber><OrderDate>{1}</OrderDate>"
    "<OrderStatus>{1}</OrderStatus><LastModified>{1}</LastModified><OrderTotal>{1}</OrderTotal>"
    "<CustomerNotes>{1}</CustomerNotes></Order>"
)


def forms_of(secret: str) -> dict[str, str]:
    """Return a secret in every form in which an echo may have it."""
    return {
        "plain": secret,
        "URL": quote(secret, safe=""),
        "form": quote_plus(secret),
        "JSON": json.dumps(secret)[1:-1],
        "PHP's JSON": json.dumps(secret)[1:-1].replace("/", "\\/"),
        "HTML": html.escape(secret),
        "XML": "".join(c if c.isalnum() else f"&#{ord(c)};" for c in secret),
        "base64": b64encode(secret.encode()).decode(),
        "base64 in a URL": quote(b64encode(secret.encode()).decode(), safe=""),
        "JSON in HTML": html.escape(json.dumps(secret)[1:-1]),
    }


@dataclass
class Echoing:
    """A running endpoint: its URL, its control protocol, and the command lines that ran while it answered."""

    url: str
    control: str
    command_lines: set[bytes] = field(default_factory=set)


def _sent(headers: dict[str, str], query: dict[str, list[str]]) -> list[str]:
    """Return the secrets of a request: what Basic authentication carries, a token, and credentials in the URL."""
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    found = [value] if value else []
    if scheme == "Basic":
        found.append(b64decode(value).decode().partition(":")[2])
    return [*found, headers.get("SS-AUTH-PW", ""), *(value for values in query.values() for value in values)]


@contextmanager
def echoing() -> Iterator[Echoing]:
    """Run the endpoint on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            sent = [each for each in _sent(dict(self.headers), query) if len(each) > 3]
            forms = [form for secret in sent for form in forms_of(secret).values()]
            echo = " | ".join([*forms, str(self.headers), self.path, OBEYED])
            if parts.path.startswith("/control"):
                self.reply(500, "echo " + quote(" ".join(sent), safe=""), json.dumps({"error": echo}), echo)
            elif query.get("start_date", [""])[0].startswith("01/01/2001"):
                self.reply(200, "OK", '<Orders pages="1"></Orders>', echo)
            else:
                place = len(server.command_lines) % 3
                orders = "".join(ORDER.format(number, html.escape(form)) for number, form in enumerate(forms))
                body = (f'<Orders pages="1">{orders}</Orders>', echo, json.dumps(echo))[place]
                status = (200, 500, 302)[place]
                self.reply(status, sent[-1] if sent else "OK", body, echo)
                note_command_lines()

        def reply(self, status: int, reason: str, body: str, echo: str) -> None:
            content = body.encode()
            self.wfile.write(f"HTTP/1.1 {status} {reason}\r\n".encode())
            one_line = echo.replace("\r", " ").replace("\n", " ").replace("\x7f", "")
            for name, value in {
                "Content-Type": "application/xml; charset=utf-8",
                "Content-Length": str(len(content)),
                "X-Echo": "".join(c for c in one_line if ord(c) >= 32),
                "Location": f"/elsewhere?{urlsplit(self.path).query}",
            }.items():
                self.wfile.write(f"{name}: {value}\r\n".encode())
            self.wfile.write(b"\r\n" + content)

        do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = handle_any  # noqa: N815 -- the names that http.server uses

        def log_message(self, form: str, *arguments: object) -> None:
            """Print nothing."""

    def note_command_lines() -> None:
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                server.command_lines.add(process.read_bytes())
            except OSError:
                continue

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    place = f"http://127.0.0.1:{http.server_address[1]}"
    server = Echoing(f"{place}/?dispatch=shipstation", f"{place}/control")
    Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
