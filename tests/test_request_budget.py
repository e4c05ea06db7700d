"""A full run sends few requests: to the endpoint, and to the control protocol if it offers batch calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from conformance.client.exchange import Exchange
from conformance.client.http import HttpSession
from conformance.runner.run import run
from conformance.runner.settings import RunSettings, UrlTarget
from conformance.truth.settings import ControlAccess, Secret
from tests.support.store_in_thread import Served, served

MAX_ENDPOINT_REQUESTS = 300
MAX_CONTROL_CALLS = 60


@dataclass
class Requests:
    """The requests of a full run, counted, and the kept connections after each of them."""

    endpoint: list[Exchange] = field(default_factory=list)
    control: int = 0
    most_connections: int = 0


def requests_of_full_run(store: Served, patch: pytest.MonkeyPatch) -> Requests:
    """Judge a store at its URL, with its control protocol, and return the requests to either."""
    requests = Requests()
    reply_to = HttpSession._reply_to

    async def count(session: HttpSession, method: str, url: str, *rest: Any) -> Any:
        exchange = await reply_to(session, method, url, *rest)
        if url.startswith(store.store.control_url):
            requests.control += 1
        else:
            requests.endpoint.append(exchange)
        requests.most_connections = max(requests.most_connections, kept_connections(session))
        return exchange

    patch.setattr(HttpSession, "_reply_to", count)
    target = UrlTarget(
        url=store.store.url,
        username=store.store.shop.username,
        password=Secret(store.store.shop.password),
        version="4.6.3",
        truth=ControlAccess(store.store.control_url, Secret(store.store.control_token)),
        allow_writes=True,
    )
    report = run(RunSettings(targets=(target,)))
    assert {result.verdict for result in report.results} <= {"conforms", "observed"}, [
        result for result in report.results if result.verdict not in ("conforms", "observed")
    ]
    return requests


def kept_connections(session: HttpSession) -> int:
    """Return how many connections a session keeps for its next request."""
    connector = session._client(reuse=True).connector
    assert connector is not None
    return sum(len(each) for each in connector._conns.values())


def is_notification(exchange: Exchange, *statuses: int) -> bool:
    """True if a request was a notification that was answered with one of these statuses."""
    return exchange.method == "POST" and "action=shipnotify" in exchange.url and exchange.status in statuses


def test_a_full_run_sends_few_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of the usual size, which offers batch calls.

    All but the requests that are sent at the same moment are on one connection. On it, a valid notification follows one
    that was refused for each reason: a store that leaves its body unread takes the body for the next request.
    """
    with served(count=500, now=None) as store:
        requests = requests_of_full_run(store, monkeypatch)
    assert len(requests.endpoint) <= MAX_ENDPOINT_REQUESTS
    assert requests.control <= MAX_CONTROL_CALLS
    assert requests.most_connections == 1
    pairs = list(pairwise(requests.endpoint))
    for status in (400, 401, 404):
        before = [first for first, second in pairs if is_notification(first, status) and is_notification(second, 200)]
        assert any(exchange.request_body for exchange in before), f"none follows a refusal with status {status}"
