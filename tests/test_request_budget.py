"""A full run sends few requests: to the endpoint, and to the control protocol if it offers batch calls."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from conformance.client.http import HttpSession
from conformance.runner.run import run
from conformance.runner.settings import RunSettings, UrlTarget
from conformance.truth.settings import ControlAccess, Secret
from tests.support.store_in_thread import Served, served

MAX_ENDPOINT_REQUESTS = 300
MAX_CONTROL_CALLS = 60


def requests_of_full_run(store: Served, patch: pytest.MonkeyPatch) -> Counter[str]:
    """Judge a store at its URL, with its control protocol, and count the requests to either."""
    counted: Counter[str] = Counter()
    reply_to = HttpSession._reply_to

    async def count(session: HttpSession, method: str, url: str, *rest: Any) -> Any:
        counted["control" if url.startswith(store.store.control_url) else "endpoint"] += 1
        return await reply_to(session, method, url, *rest)

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
    return counted


def test_a_full_run_sends_few_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of the usual size, which offers batch calls."""
    with served(count=500, now=None) as store:
        counted = requests_of_full_run(store, monkeypatch)
    assert counted["endpoint"] <= MAX_ENDPOINT_REQUESTS
    assert counted["control"] <= MAX_CONTROL_CALLS
