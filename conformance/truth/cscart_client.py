"""A client of CS-Cart's REST API: builds URLs, sends credentials, reads every form of list, and explains errors.

The package cscart-api-client is not used here: nobody maintains it, and its requests would not be among the exchanges.
"""

from __future__ import annotations

import math
import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec

from conformance.client.exchange import Exchange, Headers, beginning_of_body
from conformance.client.session import RequestSender
from conformance.core.json_errors import NOT_JSON
from conformance.truth.source import AccessRefused, TruthUnavailable, require_readable_size, unreadable_reply

JsonObject = dict[str, Any]

DEFAULT_API_VERSION = "2.0"
"""The version of the API if the URL names none; every CS-Cart from 4.0 on has it."""
MAX_LIST_PAGES = 20
"""At most this many pages of one list are read."""
ROWS_PER_PAGE = 250
MAX_LISTED_ROWS = MAX_LIST_PAGES * ROWS_PER_PAGE
"""At most this many rows of one list are read."""

_NUMBERED = re.compile(r"\d+(\.\d+)?")


class ApiUnavailable(TruthUnavailable):
    """The API has no such list or object, or this user may not read it."""


class CsCartClient:
    """The API of one shop. ``url`` ends in ``/api``, ``/api/2.0`` or ``/api.php``, or is the URL of the shop itself."""

    def __init__(self, url: str, email: str, key: str, session: RequestSender) -> None:
        self._url, self._session = url, session
        token = b64encode(f"{email}:{key}".encode()).decode()
        self._headers: Headers = (("Authorization", f"Basic {token}"), ("Accept", "application/json"))

    def url_of(self, path: str, **query: str) -> str:
        """Return the URL of a path of the API."""
        scheme, place, base, own, _ = urlsplit(self._url)
        base = base.rstrip("/")
        if base.endswith(".php"):
            asked = {"_d": f"{DEFAULT_API_VERSION}/{path}", "ajax_custom": "1", **query}
            return urlunsplit((scheme, place, base, "&".join(filter(None, (own, urlencode(asked, safe="/")))), ""))
        last = base.rpartition("/")[2]
        if last != "api" and not _NUMBERED.fullmatch(last):
            base += "/api"
        if not _NUMBERED.fullmatch(last):
            base += f"/{DEFAULT_API_VERSION}"
        return urlunsplit((scheme, place, f"{base}/{path}", urlencode(query), ""))

    def one(self, path: str) -> JsonObject | None:
        """Return one object; None if the API doesn't have it.

        Raises:
            ApiUnavailable: if the API has no such objects for this user.
            TruthUnavailable: if the API fails, or the reply isn't an object.
        """
        exchange = self._ask("GET", self.url_of(path), allow=(404,))
        return None if exchange.status == 404 else self._object(exchange)

    def rows(self, entity: str, **query: str) -> Iterator[JsonObject]:
        """Yield the rows of a list from all of its pages. API 1.0 replies with an array that has no pages.

        Raises:
            ApiUnavailable: if the API has no such list for this user.
            TruthUnavailable: if the API fails, or the reply isn't such a list.
        """
        seen = 0
        for page in range(1, MAX_LIST_PAGES + 1):
            exchange = self._ask("GET", self.url_of(entity, items_per_page=str(ROWS_PER_PAGE), page=str(page), **query))
            content = _json(exchange)
            bare = isinstance(content, list)
            found = content if bare else content.get(entity) if isinstance(content, dict) else None
            if isinstance(found, dict):  # PHP writes an array with missing keys as an object
                found = list(found.values())
            if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
                raise TruthUnavailable(f"the reply to GET {exchange.url} is no list of {entity}")
            yield from found
            seen += len(found)
            if bare or not found or seen >= _total_items(content):
                return

    def send(self, method: str, path: str, fields: JsonObject) -> tuple[Exchange, JsonObject]:
        """Send a POST or PUT, and return the exchange and the reply's object; a refusal (4xx) gives an empty object."""
        exchange = self._ask(method, self.url_of(path), msgspec.json.encode(fields), allow=range(400, 500))
        return exchange, self._object(exchange) if exchange.succeeded else {}

    def delete(self, path: str) -> bool:
        """Delete an object. Returns True if the shop no longer has it."""
        exchange = self._ask("DELETE", self.url_of(path), allow=range(400, 600))
        return exchange.succeeded or exchange.status == 404

    def _object(self, exchange: Exchange) -> JsonObject:
        content = _json(exchange)
        if not isinstance(content, dict):
            raise TruthUnavailable(f"the reply to {exchange.method} {exchange.url} is no JSON object")
        return content

    def _ask(self, method: str, url: str, body: bytes = b"", allow: range | tuple[int, ...] = ()) -> Exchange:
        headers = (*self._headers, ("Content-Type", "application/json")) if body else self._headers
        exchange = self._session.send(method, url, headers, body)
        require_readable_size(exchange)
        if exchange.status == 401:
            raise AccessRefused(
                f"the REST API refused e-mail and key ({exchange.outcome}): check --cscart-user and the key's source"
            )
        if exchange.succeeded or exchange.status in allow:
            return exchange
        problem = f"{method} {url} failed: {exchange.outcome} {api_message(exchange)}".rstrip()
        if exchange.status in (403, 404, 405, 501):
            raise ApiUnavailable(problem)
        raise TruthUnavailable(problem)


def api_message(exchange: Exchange) -> str:
    """Return the API's message about an error, or the beginning of the reply if it has no message."""
    try:
        content = msgspec.json.decode(exchange.body)
    except NOT_JSON:
        content = None
    message = content.get("message") if isinstance(content, dict) else None
    return str(message) if message else beginning_of_body(exchange)


def _total_items(content: JsonObject) -> float:
    """Return how many rows all pages of a list have; infinite if the list doesn't tell."""
    params = content.get("params")
    total = str(params.get("total_items")) if isinstance(params, dict) else ""
    return int(total) if re.fullmatch("[0-9]{1,12}", total) else math.inf


def _json(exchange: Exchange) -> Any:
    try:
        return msgspec.json.decode(exchange.body)
    except NOT_JSON as error:
        raise unreadable_reply(exchange, error) from None
