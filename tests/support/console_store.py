"""A mock store with the web console, in a thread, at a port that it keeps when it is started again."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from threading import Thread
from urllib.parse import urlencode

from mockstore.behaviours.current import About, CurrentBehaviour
from mockstore.behaviours.registry import build_behaviour
from mockstore.console.keys import Keys
from mockstore.console.visits import ConsoleSetup
from mockstore.server.app import make_app
from mockstore.server.listening import Listening, listen
from mockstore.shop.shop import Clock, Shop
from mockstore.store.store import Store
from mockstore.traffic.faults import Faults
from mockstore.traffic.journal import FOR_PEOPLE, Journal

NOW = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)
PATIENCE_S = 20
NONE: Mapping[str, str] = {}


class ConsoleStore:
    """A store that is started and stopped. Its key outlives a restart, as the file of ``mockstore serve`` does."""

    def __init__(self, *, defects: tuple[str, ...] = (), orders: int = 30) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.secret = secrets.token_bytes(32)
        self.defects, self.orders = defects, orders
        self.loop = asyncio.new_event_loop()
        self._thread = Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.start()

    def start(self) -> None:
        """Start the store, with its first orders and an empty journal."""
        asyncio.run_coroutine_threadsafe(self._start(), self.loop).result(PATIENCE_S)

    async def _start(self) -> None:
        self.keys = Keys(self.secret, self.port)
        self.store = Store(Shop("4.6.3", base_url=self.base), count=self.orders, clock=Clock(NOW))
        self.journal, self.faults = Journal(FOR_PEOPLE), Faults()
        self.current = CurrentBehaviour(build_behaviour("reference", self.defects), About(defects=self.defects))
        setup = ConsoleSetup(
            keys=self.keys,
            base_url=self.base,
            shell_password="ship-pass",
            accounts=(("Control protocol", f"{self.base}/control/v1", "the-control-token"),),
        )
        app = make_app(
            self.store,
            self.current,
            journal=self.journal,
            faults=self.faults,
            console=setup,
        )
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self._listening: Listening = await listen(app, listener)

    def stop(self) -> None:
        """Stop the store."""
        asyncio.run_coroutine_threadsafe(self._listening.stop(), self.loop).result(PATIENCE_S)
        self.store.close()

    def close(self) -> None:
        """End the thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE_S)
        self.loop.close()

    def link(self) -> str:
        """Return a link that opens the console once."""
        return self.keys.new_link(self.base)

    def cookie(self) -> str:
        """Open the console without a browser, and return the Cookie header of the session."""
        status, headers, _ = self.ask(self.link())
        assert status == 303
        return headers["Set-Cookie"].partition(";")[0]

    def ask(
        self, target: str, method: str = "GET", headers: Mapping[str, str] = NONE, body: bytes | None = None
    ) -> tuple[int, dict[str, str], str]:
        """Send a request, and return status, headers and text of the reply."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, target.removeprefix(self.base), body, dict(headers))
            reply = connection.getresponse()
            return reply.status, dict(reply.headers), reply.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def send_form(
        self, path: str, inputs: Mapping[str, str], cookie: str, headers: Mapping[str, str] = NONE
    ) -> tuple[int, dict[str, str], str]:
        """Send a form as a page of the console does, unless ``headers`` say otherwise."""
        sent = {"Cookie": cookie, "Origin": self.base, "Content-Type": "application/x-www-form-urlencoded", **headers}
        return self.ask(path, "POST", sent, urlencode(inputs).encode())

    def form_token(self, cookie: str) -> str:
        """Return the token of the forms of a session."""
        session = self.keys.session(cookie.partition("=")[2])
        assert session is not None
        return self.keys.form_token(session)


@contextmanager
def console_store(*, defects: tuple[str, ...] = (), orders: int = 30) -> Iterator[ConsoleStore]:
    """Run such a store until the block ends."""
    running = ConsoleStore(defects=defects, orders=orders)
    try:
        yield running
    finally:
        running.stop()
        running.close()
