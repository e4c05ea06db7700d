"""The control protocol over HTTP: bearer token, JSON, ``/control/v1``."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import ip_address

import msgspec
from aiohttp import web

from mockstore.control import messages
from mockstore.control.journal import Journal
from mockstore.faults import Faults, FaultScript
from mockstore.orders.model import Order
from mockstore.statuses import statuses
from mockstore.store import LedgerFault, NoSuchOrder, OrderExists, Store

BASE = "/control/v1"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def reply(value: object, status: int = 200) -> web.Response:
    """A JSON reply."""
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")


def problem(status: int, why: str, path: str | None = None) -> web.Response:
    """What went wrong, and at which field."""
    return reply({"error": why} if path is None else {"error": why, "path": path}, status)


def on_loopback(request: web.Request) -> bool:
    """Whether a request came in at an address that only this machine can reach."""
    transport = request.transport
    address = transport.get_extra_info("sockname") if transport is not None else None
    return isinstance(address, tuple) and ip_address(address[0]).is_loopback


class ClockSetting(msgspec.Struct, forbid_unknown_fields=True):
    """What ``PUT /clock`` takes."""

    now: datetime
    running: bool = False


class Control:
    """The handlers, over one store, its journal and its faults."""

    def __init__(self, store: Store, token: str, journal: Journal, faults: Faults, lacks: tuple[str, ...]) -> None:
        self._store, self._token, self._journal, self._faults = store, token, journal, faults
        self._lacks = lacks

    def routes(self) -> list[web.RouteDef]:
        """Every call of the protocol, and reset and clock, which are this store's own."""
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/store", self.facts),
            ("GET", "/orders", self.list_orders),
            ("POST", "/orders", self.create),
            ("GET", "/orders/{number}", self.read),
            ("PATCH", "/orders/{number}", self.change),
            ("DELETE", "/orders/{number}", self.delete),
            ("GET", "/journal", self.journal),
            ("POST", "/faults", self.set_faults),
            ("POST", "/reset", self.reset),
            ("GET", "/clock", self.read_clock),
            ("PUT", "/clock", self.set_clock),
        ]
        routes = [web.route(method, BASE + path, self._guarded(handler)) for method, path, handler in table]
        calls = ", ".join(f"{method} {BASE}{path}" for method, path, _ in table)

        async def unmatched(request: web.Request) -> web.Response:
            return problem(404, f"There is no {request.method} {request.path} here. There is: {calls}")

        return [*routes, web.route("*", BASE + "{rest:.*}", self._guarded(unmatched))]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if not on_loopback(request):
                return problem(403, "The control protocol answers on the loopback interface only.")
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not hmac.compare_digest(token.encode(), self._token.encode()):
                refusal = problem(401, "The control protocol needs its own bearer token.")
                refusal.headers["WWW-Authenticate"] = 'Bearer realm="control"'
                return refusal
            try:
                return await handler(request)
            except messages.Wrong as wrong:
                return problem(422, wrong.why, wrong.path)
            except NoSuchOrder:
                return problem(404, "There is no order of that number.")
            except LedgerFault as fault:
                return problem(507, str(fault))

        return guarded

    async def facts(self, request: web.Request) -> web.Response:
        """``GET /store``."""
        facts = messages.facts(self._store.shop, self._lacks)
        return reply(msgspec.structs.replace(facts, statuses=statuses(self._store)))

    async def list_orders(self, request: web.Request) -> web.Response:
        """``GET /orders``: number and time of those modified in the window, both ends included."""
        start, end = (read_instant(request.query.get(name), name) for name in ("modified_from", "modified_to"))
        view = self._store.window(start, end)
        limit = int(request.query["limit"]) if request.query.get("limit", "").isdecimal() else len(view)
        orders = view.slice(0, limit)
        return reply(
            {"orders": [{"order_number": order.order_number, "modified_at": order.modified_at} for order in orders]}
        )

    def _order(self, request: web.Request) -> Order:
        order = self._store.find(request.match_info["number"])
        if order is None:
            raise NoSuchOrder
        return order

    async def create(self, request: web.Request) -> web.Response:
        """``POST /orders``."""
        draft = messages.read(await request.read(), messages.Draft)
        shop = msgspec.structs.replace(self._store.shop, statuses=statuses(self._store))
        wanted = messages.order_of(draft, shop, self._store.clock.now())
        try:
            order = self._store.create(wanted)
        except OrderExists:
            raise messages.Wrong("order_number", "is taken: there is such an order already") from None
        return reply({"order_number": order.order_number, "order_id": order.order_id}, 201)

    async def read(self, request: web.Request) -> web.Response:
        """``GET /orders/{number}``."""
        return reply(self._order(request))

    async def change(self, request: web.Request) -> web.Response:
        """``PATCH /orders/{number}``; without a time it's a change now."""
        change = messages.read(await request.read(), messages.Change)
        number = self._order(request).order_number
        known = {status.name for status in statuses(self._store)}
        if change.status is not msgspec.UNSET and change.status not in known:
            raise messages.Wrong("status", f"is none of this store's: {', '.join(sorted(known))}")
        if change.modified_at is not msgspec.UNSET and change.modified_at.tzinfo is None:
            raise messages.Wrong("modified_at", "needs a zone, like 2026-11-01T09:30:00Z")
        fields = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
        return reply(self._store.change(number, **fields))

    async def delete(self, request: web.Request) -> web.Response:
        """``DELETE /orders/{number}``."""
        self._store.delete(self._order(request).order_number)
        return web.Response(status=204)

    async def journal(self, request: web.Request) -> web.Response:
        """``GET /journal?after=N``."""
        after = request.query.get("after", "0")
        dropped, entries = self._journal.after(int(after) if after.isdecimal() else 0)
        return reply({"dropped": dropped, "requests": entries})

    async def set_faults(self, request: web.Request) -> web.Response:
        """``POST /faults``: what the next replies do."""
        self._faults.script(messages.read(await request.read(), FaultScript))
        return web.Response(status=204)

    async def reset(self, request: web.Request) -> web.Response:
        """``POST /reset``: as on the first day, journal and faults included."""
        self._store.reset()
        self._journal.clear()
        self._faults.clear()
        return web.Response(status=204)

    async def read_clock(self, request: web.Request) -> web.Response:
        """``GET /clock``."""
        return reply({"now": self._store.clock.now()})

    async def set_clock(self, request: web.Request) -> web.Response:
        """``PUT /clock``."""
        setting = messages.read(await request.read(), ClockSetting)
        if setting.now.tzinfo is None:
            raise messages.Wrong("now", "needs a zone, like 2026-11-01T09:30:00Z")
        self._store.clock.set(setting.now, running=setting.running)
        return web.Response(status=204)


def read_instant(text: str | None, name: str) -> datetime | None:
    """A moment of a query, None where it is left out.

    Raises:
        Wrong: where it is none.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise messages.Wrong(name, "is an RFC 3339 time, like 2026-11-01T09:30:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
