"""A Locust user that is ShipStation: it polls moving windows, all of their pages, and ships what it saw.

``locust -f …/locustfile.py --host 'http://127.0.0.1:8080/?dispatch=shipstation'``, alone or with Locust's
own workers: docs/load.md. Only asks, unless ``--allow-writes`` lets it notify.
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
from polling import Walk, Windows, notices

from conformance.client.exchange import Exchange, Headers
from conformance.client.parsing.document import ExportPage
from conformance.client.shipstation import Credentials, ShipNotice, ShipStation

WRONG_USE = 2
"""Exit status."""


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    """The options of a load test, beside Locust's own; workers get them from the master."""
    group = parser.add_argument_group("ShipStation", "The endpoint, its whole URL, is --host.")
    group.add_argument("--store-username", default="ship-user", env_var="CONFORMANCE_USERNAME")
    group.add_argument(
        "--store-password-env", default="CONFORMANCE_PASSWORD", help="Environment variable with the password."
    )
    group.add_argument("--allow-writes", action="store_true", help="Notify the store of shipments, too.")
    group.add_argument("--allow-remote", action="store_true", help="Allow a --host that is another machine.")
    group.add_argument("--since-days", type=float, default=7, help="How far back the first windows begin, at most.")
    group.add_argument("--window-hours", type=float, default=4, help="How long a window is.")
    group.add_argument("--notify-share", type=float, default=0.1, help="How many of the orders seen are shipped.")
    group.add_argument("--pause", type=float, default=1, help="Seconds between two windows of a user.")


@events.test_start.add_listener
def check(environment: Environment, **_: Any) -> None:
    """Refuse what nobody may have meant: a load on another machine, or one without a password."""
    options = environment.parsed_options
    assert options is not None
    host = urlsplit(environment.host or "").hostname or ""
    why = None
    if not _is_loopback(host) and not options.allow_remote:
        why = f"--host {host or '(none)'} is not this machine: add --allow-remote if it is yours to put under load."
    elif not os.environ.get(options.store_password_env):
        why = f"The environment variable {options.store_password_env} with the store's password is empty or missing."
    if why is not None:
        print(why)
        environment.process_exit_code = WRONG_USE
        if environment.runner is not None:
            environment.runner.quit()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Wire:
    """Locust's client as a transport: a reply counts once it is settled what is wrong with it."""

    def __init__(self, client: Any) -> None:
        self._client, self._open, self._number = client, None, 0
        self.name = ""
        self.exchanges: list[Exchange] = []
        """None: a load test keeps no evidence."""

    def send(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Send one request, under the name that is set."""
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
            body=reply.content or b"" if answered else b"",
            duration_ms=reply.request_meta["response_time"] or 0.0,
            error=None if answered else type(reply.error).__name__,
        )

    def send_together(self, requests: list[tuple[str, str, Headers, bytes]]) -> list[Exchange]:
        """Nothing is sent together here: that is what the other users are for."""
        return [self.send(*request) for request in requests]

    def wait(self, seconds: float) -> None:
        """Let that time pass for this user; gevent lets the others go on."""
        time.sleep(seconds)

    def settle(self, faults: Iterable[str]) -> bool:
        """Count the last reply as right, or as a failure; whether it is right."""
        wrong = "; ".join(faults)
        assert self._open is not None
        with self._open as reply:
            if wrong:
                reply.failure(wrong)
            else:
                reply.success()
        return not wrong


class LoadUser(FastHttpUser):
    """One ShipStation."""

    connection_timeout = network_timeout = 60.0

    def wait_time(self) -> float:
        """Seconds until the next window."""
        return float(self._options.pause)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._options: Any = environment.parsed_options

    def on_start(self) -> None:
        """Choose a place in the past to begin at."""
        password = os.environ.get(self._options.store_password_env)
        if not password:
            raise StopUser
        self._wire = Wire(self.client)
        self._shipstation = ShipStation(
            self.host or "", Credentials(self._options.store_username, password), self._wire
        )
        back = timedelta(days=self._options.since_days) * random.random()
        length = timedelta(hours=self._options.window_hours)
        self._windows = Windows(datetime.now(UTC) - back, length, lambda: datetime.now(UTC))

    @task
    def poll(self) -> None:
        """The next window, page by page; some of what is there is shipped."""
        walk = Walk(self._windows.following())
        page = 1
        while page <= walk.pages:
            self._wire.name = "export, first page" if page == 1 else "export, further page"
            reading = self._shipstation.export(walk.window, page)
            if not self._wire.settle(walk.faults(reading, page)):
                return
            if self._options.allow_writes:
                self._ship_some(reading)
            page += 1

    def _ship_some(self, reading: ExportPage) -> None:
        for notice in notices(reading, lambda: f"LOAD-{uuid4().hex[:20]}", datetime.now(UTC)):
            if random.random() < self._options.notify_share:
                self._notify(notice, "shipnotify")
                if random.random() < 0.1:  # as ShipStation does where it saw no reply
                    self._notify(notice, "shipnotify, again")

    def _notify(self, notice: ShipNotice, name: str) -> None:
        self._wire.name = name
        exchange = self._shipstation.notify(notice)
        why = f"no reply: {exchange.error}" if exchange.status is None else f"status {exchange.status}"
        self._wire.settle([] if exchange.succeeded else [why])
