"""The routes of the REST API: ``/api/…``, and ``/api.php?_d=…`` for servers that do not rewrite URLs."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from mockstore.inputs.text import decoded
from mockstore.rest.access import RestAccess
from mockstore.rest.api import Api, RestRequest, error_reply
from mockstore.store.store import Store
from mockstore.traffic.incoming import BodyRefused, headers_of, query_of, read_body
from mockstore.traffic.journal import Journal, log_request


class Rest:
    """Translates between aiohttp and the API."""

    def __init__(self, store: Store, access: RestAccess, journal: Journal | None) -> None:
        self._store, self._journal, self._api = store, journal, Api(store, access)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of both forms of URLs."""
        return [web.route("*", path, self.handle) for path in ("/api", "/api/{path:(?s:.*)}", "/api.php")]

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request."""
        body: bytes | None
        headers, query, body = headers_of(request), query_of(request), None
        asked = RestRequest(
            request.method,
            decoded(request.match_info.get("path", "")) or query.get("_d", ""),
            query,
            b"",
            headers.get("authorization", ""),
            headers.get("accept", ""),
            headers.get("content-type", ""),
            request.secure or headers.get("x-forwarded-proto", "") == "https",
        )
        told = self._api.refusal(asked)
        if told is None:
            try:
                body = await read_body(request)
            except BodyRefused as refused:
                told = error_reply(refused.status, refused.why)
            else:
                told = self._api.answer(replace(asked, body=body))
        if self._journal is not None:
            log_request(self._journal, self._store.clock.now(), request, body, told.status)
        return web.Response(status=told.status, body=told.body, headers=told.headers)
