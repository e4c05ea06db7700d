"""Refuses requests that a web page makes a browser send: DNS rebinding, and requests from other sites.

A page on the Internet can send requests to a store on the developer's machine. It cannot read replies of
another origin, because the store sends no CORS headers. But a request may have an effect, and the browser may
add credentials that it remembers. With DNS rebinding the page even has the store's origin: then the Host
header has the page's own name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from mockstore.inputs.hosts import address_of, host_name
from mockstore.inputs.text import decoded, visible
from mockstore.server.guard import Handler, plain_reply

LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "host.docker.internal", "host.containers.internal"})
"""Names of this machine, the last two as containers on it see them."""
PRIVATE_DOMAINS = (".internal", ".local", ".localhost", ".test", ".home.arpa", ".lan")
"""Domains that nobody can have in the public DNS, so that no page on the Internet has such a name."""
MAX_SHOWN_CHARS = 100


@dataclass(frozen=True, kw_only=True)
class AllowedHosts:
    """The hosts whose name a request may have: those of this machine, and ``names``.

    With ``remote`` other machines may reach the store. Then a request may also name any address, and any
    name that the public DNS cannot have, such as the name of a service in docker compose.
    """

    names: frozenset[str] = frozenset()
    remote: bool = False

    def admits(self, name: str) -> bool:
        """True if a request may have this host."""
        if name in self.names or name in LOOPBACK_NAMES or name.endswith(".localhost"):
            return True
        address = address_of(name)
        if address is not None:
            return self.remote or address.is_loopback
        return self.remote and ("." not in name or name.endswith(PRIVATE_DOMAINS))


def refusal(request: web.Request, allowed: AllowedHosts) -> tuple[int, str] | None:
    """Return status and reason for a request that a web page may have caused; None for any other request."""
    host = request.headers.get(hdrs.HOST)
    if host is not None and not _is_admitted(host, allowed):
        shown = visible(decoded(host))[:MAX_SHOWN_CHARS]
        return (
            421,
            f"This store has no host {shown!r}. If it is yours, add --allowed-host NAME to 'mockstore serve'.",
        )
    if request.method in ("GET", "HEAD") and request.path.startswith("/images/"):  # pages may show pictures
        return None
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return None if site in ("none", "same-origin") else (403, FOREIGN_PAGE)
    origin = request.headers.get(hdrs.ORIGIN)
    return None if origin is None or _netloc(origin) == host else (403, FOREIGN_PAGE)


@lru_cache(maxsize=256)
def _is_admitted(host: str, allowed: AllowedHosts) -> bool:
    """True if a request may have this Host header. Requests of one client have mostly the same."""
    name = host_name(host)
    return name is not None and allowed.admits(name)


FOREIGN_PAGE = "This request was caused by a page of another origin. Such pages may only show the store's pictures."


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def refuse_web_pages(allowed: AllowedHosts, note: Callable[[web.Request, int], None]) -> Middleware:
    """Return the middleware that refuses such requests. It calls ``note`` with each of them and the status."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        refused = refusal(request, allowed)
        if refused is None:
            return await handler(request)
        status, why = refused
        note(request, status)
        return plain_reply(request, status, why)

    return check
