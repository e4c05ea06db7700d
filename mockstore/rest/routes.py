"""The routes of the REST API: ``/api/…``, and ``/api.php?_d=…`` for servers that do not rewrite URLs."""

from __future__ import annotations

from aiohttp import web

from mockstore.rest.access import RestAccess
from mockstore.rest.api import Api, RestRequest
from mockstore.store.store import Store
from mockstore.traffic.journal import Journal, log_request


class Rest:
    """Translates between aiohttp and the API."""

    def __init__(self, store: Store, access: RestAccess, journal: Journal | None) -> None:
        self._store, self._journal, self._api = store, journal, Api(store, access)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of both forms of URLs."""
        return [
            web.route("*", "/api", self.handle),
            web.route("*", "/api/{path:.*}", self.handle),
            web.route("*", "/api.php", self.handle),
        ]

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request."""
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.json_response({"message": "Request Entity Too Large", "status": 413}, status=413)
        headers = request.headers
        told = self._api.answer(
            RestRequest(
                request.method,
                request.match_info.get("path", "") or request.query.get("_d", ""),
                request.query,
                body,
                headers.get("Authorization", ""),
                headers.get("Accept", ""),
                headers.get("Content-Type", ""),
                request.secure or headers.get("X-Forwarded-Proto", "") == "https",
            )
        )
        if self._journal is not None:
            log_request(self._journal, self._store.clock.now(), request, body, told.status)
        return web.Response(status=told.status, body=told.body, headers=told.headers)
