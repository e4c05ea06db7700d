"""The control protocol of an embedded store replies the same over HTTP and as a function call."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conformance.client.http import EmbeddedSession, HttpSession, Limits
from conformance.client.session import EventLoop
from mockstore.server.embedded import start
from mockstore.shop.embedded_shops import shop_of

CALLS = (
    ("GET", "/store", b""),
    ("GET", "/orders?modified_from=2026-04-01T00:00:00Z", b""),
    ("GET", "/orders?modified_from=yesterday", b""),
    ("GET", "/orders/1001", b""),
    ("GET", "/orders/10%2F01", b""),
    ("GET", "/orders/1001/items", b""),
    ("PATCH", "/orders/1002", b'{"status": "No such status"}'),
    ("PATCH", "/orders/1002", b'{"internal_notes": "a", "modified_at": "2026-04-02T11:00:00Z"}'),
    ("POST", "/orders", b"{}"),
    ("DELETE", "/orders/none", b""),
    ("GET", "/nothing", b""),
)


@pytest.mark.parametrize("token", ["right", "wrong"])
def test_both_sessions_get_the_same_replies(token: str) -> None:
    """Status and body of every call, good and bad, with the right token and without it."""
    loop = EventLoop()
    store = loop.run(start(shop_of("4.3.4", seed=1), count=10, now=datetime(2026, 4, 2, 12, tzinfo=UTC)))
    over_http = HttpSession(loop, Limits())
    inside = EmbeddedSession(loop, Limits(), store.control_url, store.control.answer)
    given = store.control_token if token == "right" else "wrong"
    try:
        for method, path, body in CALLS:
            headers = (("Authorization", f"Bearer {given}"), ("Content-Type", "application/json"))
            replies = [session.send(method, store.control_url + path, headers, body) for session in (over_http, inside)]
            assert {(reply.status, reply.body) for reply in replies} == {(replies[0].status, replies[0].body)}
            assert (replies[0].status == 401) == (token == "wrong")
    finally:
        over_http.close()
        inside.close()
        loop.run(store.stop())
        loop.close()
