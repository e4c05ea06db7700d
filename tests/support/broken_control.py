"""A source of truth that describes some things wrongly: it passes requests on to a store, and alters the replies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.support.scripted import Asked, Reply, Scripted, scripted
from tests.support.store_in_thread import Served

Alter = Callable[[Asked, int, Any], tuple[int, Any]]
"""Takes a request with status and JSON of the true reply, and returns those to send. Bytes are sent as they are."""


@contextmanager
def broken_control(store: Served | None, alter: Alter, *, base: str = "", batch: bool = False) -> Iterator[Scripted]:
    """Run such a source for a store until the block ends; its URL is ``place``.

    ``base`` is the URL of the true source: that of the control protocol unless another is given. Unless ``batch``, the
    source has no calls for several orders, so that each order is in a reply of its own.
    """
    url = base or (store.store.control_url if store else "")

    def answer(asked: Asked) -> Reply:
        request = Request(
            url + asked.path,
            asked.body or None,
            {name: asked.headers[name] for name in ("Authorization", "Content-Type") if name in asked.headers},
            method=asked.method,
        )
        try:
            with urlopen(request, timeout=20) as reply:
                status, body = reply.status, reply.read()
        except HTTPError as error:
            with error:
                status, body = error.code, error.read()
        true = json.loads(body) if body else None
        if asked.path == "/store" and not batch and isinstance(true, dict) and "capabilities" in true:
            true["capabilities"] = [each for each in true["capabilities"] if each != "batch"]
        status, content = alter(asked, status, true)
        if isinstance(content, bytes):
            return Reply(status, content)
        return Reply(status, b"" if content is None else json.dumps(content).encode())

    with scripted(answer) as server:
        yield server
