"""``mockstore status``: describes a store that runs, by requests to it."""

from __future__ import annotations

import json
import os
import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import msgspec

from mockstore.cli.errors import UsageError
from mockstore.control.about import Status
from mockstore.inputs.text import visible

PATIENCE_S = 5.0
MAX_REPLY_BYTES = 1024 * 1024
TOKEN_VARIABLE = "MOCKSTORE_CONTROL_TOKEN"


@dataclass(frozen=True)
class Answer:
    """A reply: status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Place:
    """The host and port of a store."""

    base: str
    host: str
    port: int
    is_tls: bool

    def ask(self, path: str, token: str = "") -> Answer:
        """Send a request that no journal has.

        Raises:
            UsageError: nothing answers, or not in HTTP.
        """
        if self.is_tls:
            connection: HTTPConnection = HTTPSConnection(
                self.host, self.port, timeout=PATIENCE_S, context=ssl.create_default_context()
            )
        else:
            connection = HTTPConnection(self.host, self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
            reply = connection.getresponse()
            headers = {name.lower(): value for name, value in reply.getheaders()}
            return Answer(reply.status, headers, reply.read(MAX_REPLY_BYTES))
        except ssl.SSLCertVerificationError:
            raise UsageError(
                f"The certificate of {self.base} is not trusted: give the store's CA file in SSL_CERT_FILE."
            ) from None
        except (OSError, HTTPException) as error:
            raise UsageError(f"No store answers at {self.base}: {error}.") from None
        finally:
            connection.close()


def place_of(url: str) -> Place:
    """Return the place of a URL.

    Raises:
        UsageError: it is not one.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError):
        host = None
    if host is None:
        raise UsageError(f"{url} is not a URL: write it like http://127.0.0.1:8080.")
    return Place(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", host, port, parts.scheme == "https")


def status(url: str, variable: str | None) -> dict[str, Any]:
    """Return what a store that runs tells about itself; more with the token of its control protocol.

    Raises:
        UsageError: no mock store answers there, or the token is wrong.
    """
    token = os.environ.get(variable or TOKEN_VARIABLE, "")
    if variable and not token:
        raise UsageError(f"--token-env {variable}: the environment has no such variable, or it is empty.")
    place = place_of(url)
    health = place.ask("/health")
    version = health.headers.get("x-mockstore-version")
    if version is None:
        kind = health.headers.get("server", "")
        if 300 <= health.status < 400 and "location" in health.headers:
            raise UsageError(f"The URL {place.base} redirects to {visible(health.headers['location'])}: ask there.")
        told = f"{health.status} ({visible(kind)})" if kind else str(health.status)
        raise UsageError(f"At {place.base} there is no mock store: it answers {told}.")
    offers = _offers(health.body)
    found: dict[str, Any] = {
        "url": f"{place.base}/?dispatch=shipstation",
        "health": "ok" if health.status == 200 else f"answers {health.status}",
        "version": version,
        "seed": health.headers.get("x-mockstore-order-seed", ""),
        **{name: name in offers for name in ("console", "control", "rest")},
    }
    if found["control"] and token:
        found |= _told(place, token)
    return found


def _offers(body: bytes) -> list[str]:
    """Return what a store offers beside the add-on, as ``/health`` tells it."""
    try:
        return msgspec.json.decode(body, type=_Health).offers
    except msgspec.MsgspecError:
        return []


class _Health(msgspec.Struct):
    offers: list[str] = []


def _told(place: Place, token: str) -> dict[str, Any]:
    reply = place.ask("/control/v1/status", token)
    if reply.status == 401:
        raise UsageError(f"The store at {place.base} refuses the token of its control protocol.")
    try:
        told = msgspec.json.decode(reply.body, type=Status)
    except msgspec.MsgspecError:
        raise UsageError(
            f"The store at {place.base} does not tell its status ({reply.status}): is it an older version?"
        ) from None
    return {
        "profile": told.about.profile,
        "defects": list(told.about.defects),
        "variants": list(told.about.variants),
        "faults": [f"{fault.kind} ×{fault.times}" for fault in told.coming_faults],
        "clock": f"{told.now:%Y-%m-%d %H:%M:%S} UTC",
        "orders": told.orders,
        "shipments": told.shipments,
        "requests": told.requests,
    }


def as_text(found: dict[str, Any], *, as_json: bool) -> str:
    """Return a status for people, or as one line of JSON."""
    if as_json:
        return json.dumps(found, ensure_ascii=False)
    rows = [(name.replace("_", " "), _shown(value)) for name, value in found.items()]
    lines = [f"  {name:<12}{value}" for name, value in rows]
    if found["control"] and "orders" not in found:
        lines.append(f"Profile, faults and counts need the control token, in {TOKEN_VARIABLE} or --token-env.")
    return "\n".join(lines)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(value) or "none" if isinstance(value, list) else str(value)
