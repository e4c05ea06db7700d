"""A TCP gate in front of a store: it tells a test when a request has come, and holds its reply back meanwhile."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from threading import Event, Lock, Thread

Prefix = bytes | tuple[bytes, ...]


class Gate:
    """Passes everything on in both directions, except one reply.

    The reply to the request number ``number`` that begins with ``prefix``, or one of several, is held back: ``reached``
    is set when the store has replied, and the reply is passed on when ``opened`` is set. ``from_then_on``: all later
    replies are held, too.
    """

    def __init__(self, port: int, prefix: Prefix, number: int, *, from_then_on: bool) -> None:
        self._port, self._prefix, self._left, self._from_then_on = port, prefix, number, from_then_on
        self._lock = Lock()
        self.reached, self.opened = Event(), Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                store = socket.create_connection(("127.0.0.1", self._port))
                self._open += [client, store]
                held = Event()
                Thread(target=self._requests, args=(client, store, held), daemon=True).start()
                Thread(target=self._replies, args=(store, client, held), daemon=True).start()

    def _requests(self, client: socket.socket, store: socket.socket, held: Event) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                if data.startswith(self._prefix):
                    with self._lock:
                        self._left -= 1
                        if self._left == 0 or (self._left < 0 and self._from_then_on):
                            held.set()
                store.sendall(data)
        self._end(client, store)

    def _replies(self, store: socket.socket, client: socket.socket, held: Event) -> None:
        with contextlib.suppress(OSError):
            while data := store.recv(1 << 16):
                if held.is_set():
                    held.clear()
                    self.reached.set()
                    self.opened.wait()
                client.sendall(data)
        self._end(client, store)

    def _end(self, *ends: socket.socket) -> None:
        for each in ends:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close everything."""
        self.opened.set()
        self._end(self._listener, *self._open)
        for each in (self._listener, *self._open):
            each.close()


@contextlib.contextmanager
def gate(port: int, prefix: Prefix, number: int = 1, *, from_then_on: bool = False) -> Iterator[Gate]:
    """Run a gate in front of a port until the block ends."""
    made = Gate(port, prefix, number, from_then_on=from_then_on)
    try:
        yield made
    finally:
        made.close()
