"""A Locust user that plays ShipStation: it polls one window after the other, reads all pages, and ships orders.

``locust -f …/locustfile.py --host 'http://127.0.0.1:8080/?dispatch=shipstation'``, in one process or with Locust's
workers: see docs/load.md. It sends notifications only with ``--allow-writes``.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from locust import FastHttpUser, events, task
from locust.env import Environment
from locust.exception import StopUser
from polling import WindowReader, Windows, notices

from conformance.client.exchange import Exchange, Headers
from conformance.client.parsing.document import ExportPage
from conformance.client.shipstation import Credentials, ShipNotice, ShipStation

EXIT_WRONG_USE = 2


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    """Add the options of the load test to those of Locust; workers get them from the master."""
    group = parser.add_argument_group("ShipStation", "--host is the whole URL of the endpoint.")
    group.add_argument("--store-username", default="ship-user", env_var="CONFORMANCE_USERNAME")
    group.add_argument(
        "--store-password-env", default="CONFORMANCE_PASSWORD", help="Environment variable with the password."
    )
    group.add_argument("--allow-writes", action="store_true", help="Also send shipment notifications.")
    group.add_argument("--allow-remote", action="store_true", help="Allow a --host on another machine.")
    group.add_argument(
        "--since-days", type=float, default=7, help="The first windows begin at most this many days ago."
    )
    group.add_argument("--window-hours", type=float, default=4, help="Length of a window in hours.")
    group.add_argument(
        "--notify-share", type=float, default=0.1, help="Share of the exported orders that are shipped: 0 to 1."
    )
    group.add_argument("--pause", type=float, default=1, help="Seconds between two windows of a user.")


@events.test_start.add_listener
def check(environment: Environment, **_: Any) -> None:
    """End the test before it starts if it would use another machine without permission, or has no password."""
    options = environment.parsed_options
    assert options is not None
    host = urlsplit(environment.host or "").hostname or ""
    why = None
    if not _is_loopback(host) and not options.allow_remote:
        why = (
            f"--host {host or '(none)'} is not this machine: add --allow-remote if you may put that machine under load."
        )
    elif not os.environ.get(options.store_password_env):
        why = f"The environment variable {options.store_password_env} with the store's password is empty or missing."
    if why is not None:
        print(why)
        environment.process_exit_code = EXIT_WRONG_USE
        if environment.runner is not None:
            environment.runner.quit()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class LocustSender:
    """Sends requests with Locust's client. :meth:`settle` counts the last reply as a success or as a failure."""

    def __init__(self, client: Any) -> None:
        self._client, self._open, self._number = client, None, 0
        self.name = ""
        self.exchanges: list[Exchange] = []
        """Always empty: a load test keeps no evidence."""

    def send(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Send one request; Locust counts it under ``name``."""
        self._open = reply = self._client.request(
            method, url, headers=dict(headers), data=body, catch_response=True, name=self.name, allow_redirects=False
        )
        self._number += 1
        answered = bool(reply.status_code)
        return Exchange(
            number=self._number,
            method=method,
            url=url,
            request_headers=headers,
            request_body=body,
            status=reply.status_code if answered else None,
            reason="",
            reply_headers=tuple((reply.headers or {}).items()) if answered else (),
            reply_body=reply.content or b"" if answered else b"",
            duration_ms=reply.request_meta["response_time"] or 0.0,
            error=None if answered else type(reply.error).__name__,
        )

    def send_together(self, requests: list[tuple[str, str, Headers, bytes]]) -> list[Exchange]:
        """Send requests one after the other; other users send requests at the same time."""
        return [self.send(*request) for request in requests]

    def wait(self, seconds: float) -> None:
        """Wait for this long; gevent lets the other users go on."""
        time.sleep(seconds)

    def settle(self, faults: Iterable[str]) -> bool:
        """Count the last reply as a success, or as a failure with these faults. Returns True for a success."""
        wrong = "; ".join(faults)
        assert self._open is not None
        with self._open as reply:
            if wrong:
                reply.failure(wrong)
            else:
                reply.success()
        return not wrong


class LoadUser(FastHttpUser):
    """A user that plays ShipStation."""

    connection_timeout = network_timeout = 60.0

    def wait_time(self) -> float:
        """Return the seconds until the next window."""
        return float(self._options.pause)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._options: Any = environment.parsed_options

    def on_start(self) -> None:
        """Choose a random time in the past to begin at."""
        password = os.environ.get(self._options.store_password_env)
        if not password:
            raise StopUser
        self._sender = LocustSender(self.client)
        self._shipstation = ShipStation(
            self.host or "", Credentials(self._options.store_username, password), self._sender
        )
        back = timedelta(days=self._options.since_days) * random.random()
        length = timedelta(hours=self._options.window_hours)
        self._windows = Windows(datetime.now(UTC) - back, length, lambda: datetime.now(UTC))

    @task
    def poll(self) -> None:
        """Read the next window page by page, and ship some of its orders."""
        reader = WindowReader(self._windows.next_window())
        number = 1
        while number <= reader.pages:
            self._sender.name = "export, first page" if number == 1 else "export, further page"
            page = self._shipstation.export(reader.window, number)
            if not self._sender.settle(reader.faults(page, number)):
                return
            if self._options.allow_writes:
                self._ship_some(page)
            number += 1

    def _ship_some(self, page: ExportPage) -> None:
        for notice in notices(page, lambda: f"LOAD-{uuid4().hex[:20]}", datetime.now(UTC)):
            if random.random() < self._options.notify_share:
                self._notify(notice, "shipnotify")
                if random.random() < 0.1:  # as ShipStation does if it got no reply
                    self._notify(notice, "shipnotify, again")

    def _notify(self, notice: ShipNotice, name: str) -> None:
        self._sender.name = name
        exchange = self._shipstation.notify(notice)
        why = f"no reply: {exchange.error}" if exchange.status is None else f"status {exchange.status}"
        self._sender.settle([] if exchange.succeeded else [why])
