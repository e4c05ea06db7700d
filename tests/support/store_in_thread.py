"""Run mock stores in a thread, on a free port, for tests that send HTTP requests."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import msgspec

from mockstore.rest.access import ApiAccount, RestAccess
from mockstore.server.embedded import EmbeddedStore
from mockstore.shop.facts import CAPABILITIES
from mockstore.testing import running_store
from mockstore.traffic.incoming import Limits

EMAIL, KEY = "admin@shop.example", "k" * 32
ROOT = ApiAccount(EMAIL, KEY)
NOW = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Reply:
    """A reply."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The JSON of the body."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A running store, and the credentials of its requests."""

    store: EmbeddedStore
    authorization: str

    @property
    def base(self) -> str:
        """The URL of the store, without a slash at the end."""
        return self.store.shop.base_url

    def as_(self, name: str, key: str) -> Served:
        """Return the same store, with other credentials."""
        return replace(self, authorization=basic(name, key))

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Reply:
        """Send a request to a path of the store."""
        sent = {"Authorization": self.authorization} if self.authorization else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(self.base + path, body, sent, method=method)
        try:
            with urlopen(request, timeout=20) as reply:
                return Reply(reply.status, dict(reply.headers), reply.read())
        except HTTPError as error:
            with error:
                return Reply(error.code, dict(error.headers), error.read())

    def send(self, method: str, path: str, value: object) -> Reply:
        """Send a request with a JSON body."""
        return self.ask(path, method, msgspec.json.encode(value), Content_Type="application/json")


def basic(name: str, key: str) -> str:
    """Return a Basic Authorization header."""
    return "Basic " + b64encode(f"{name}:{key}".encode()).decode()


@contextmanager
def served(
    version: str = "4.6.3",
    *,
    access: RestAccess | None = None,
    count: int = 30,
    profile: str = "reference",
    defects: tuple[str, ...] = (),
    variants: tuple[str, ...] = (),
    now: datetime | None = NOW,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    lacks: tuple[str, ...] = (),
    capabilities: tuple[str, ...] = CAPABILITIES,
    **settings: Any,
) -> Iterator[Served]:
    """Run a store of this CS-Cart version until the block ends."""
    with running_store(
        version,
        orders=count,
        profile=profile,
        defects=defects,
        variants=variants,
        now=now,
        rest=access or RestAccess((ROOT,)),
        limits=limits,
        lacks=lacks,
        capabilities=capabilities,
        **settings,
    ) as store:
        yield Served(store.embedded, basic(EMAIL, KEY))
