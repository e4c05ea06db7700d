"""TLS for tests: a certificate authority and a certificate made for one run, and redirects from http."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from mockstore.errors import MockStoreError
from mockstore.server.guard import guard
from mockstore.server.listening import CONNECTIONS, Connections
from mockstore.traffic.incoming import LIMITS, Limits

OWN_NAMES = ("localhost", "127.0.0.1", "::1", "host.docker.internal")
"""Names of this machine, which every certificate has."""


class TlsUnavailable(MockStoreError):
    """The package that makes certificates is not installed."""


@dataclass(frozen=True)
class StoreTls:
    """A certificate for this store, and the authority that a client must trust, in PEM."""

    context: ssl.SSLContext
    ca_pem: bytes


def make_tls(names: Iterable[str] = ()) -> StoreTls:
    """Return a new certificate for this machine and other host names, and its new authority.

    Raises:
        TlsUnavailable: the package trustme is not installed.
    """
    try:
        import trustme  # an extra, and slow to import
    except ImportError:
        raise TlsUnavailable("TLS needs trustme: pip install 'shipstation-cscart-conformance[tls]'.") from None
    authority = trustme.CA(organization_name="Mock store for tests")
    certificate = authority.issue_cert(*dict.fromkeys((*OWN_NAMES, *names)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return StoreTls(context, authority.cert_pem.bytes())


def redirect_app(base_url: str) -> web.Application:
    """Return an application that redirects each request to the same path at ``base_url``.

    The status is 301 for GET and HEAD, and 308 for the others, which keep their method and body.
    """

    async def redirect(request: web.Request) -> web.StreamResponse:
        status = 301 if request.method in ("GET", "HEAD") else 308
        path = request.raw_path if request.raw_path.startswith("/") else "/"
        return web.Response(status=status, headers={"Location": base_url + path})

    connections = Connections()

    async def noted(request: web.Request) -> web.StreamResponse:
        return await connections.note(request, handler=redirect)

    async def guarded(request: web.Request) -> web.StreamResponse:
        return await guard(request, handler=noted)

    app = web.Application()
    app[LIMITS], app[CONNECTIONS] = Limits(), connections
    app.add_routes([web.route("*", "/{path:(?s:.*)}", guarded)])
    return app
