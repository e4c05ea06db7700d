"""The calls of the control protocol, and their routes over HTTP (``/control/v1``, bearer token, JSON)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import parse_qsl, unquote

import msgspec
from aiohttp import web

from mockstore.behaviours.current import About, CurrentBehaviour
from mockstore.behaviours.registry import UnknownBehaviour
from mockstore.control import messages
from mockstore.control.about import Status
from mockstore.inputs.numbers import read_whole
from mockstore.inputs.text import decoded, is_same_secret
from mockstore.orders.draft import Draft, InvalidField, check_moment
from mockstore.orders.json_form import convert, decode, read_draft
from mockstore.orders.model import Order
from mockstore.shop.facts import CAPABILITIES, store_facts
from mockstore.store.creation import create_order, create_orders
from mockstore.store.statuses import current_statuses
from mockstore.store.store import LedgerError, NoSuchOrder, Store
from mockstore.traffic.faults import Faults, FaultScript
from mockstore.traffic.incoming import BodyRefused, read_body, target_of
from mockstore.traffic.journal import Journal

BASE_PATH = "/control/v1"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the protocol, independent of aiohttp. ``number`` is the order number in the path, if there is one."""

    query: Mapping[str, str]
    body: bytes
    number: str = ""


@dataclass(frozen=True, slots=True)
class ControlReply:
    """A complete reply."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Listed = TypeVar("Listed")
Handler = Callable[[Call], ControlReply]


def reply(value: object, status: int = 200) -> ControlReply:
    """Return a reply with a value as JSON."""
    return ControlReply(status, msgspec.json.encode(value), {"Content-Type": "application/json"})


def error_reply(status: int, why: str, path: str | None = None) -> ControlReply:
    """Return an error reply: the reason, and the path of the wrong field if there is one."""
    return reply({"error": why} if path is None else {"error": why, "path": path}, status)


def is_on_loopback(request: web.Request) -> bool:
    """True if the request came to an address that only this machine can reach."""
    transport = request.transport
    address = transport.get_extra_info("sockname") if transport is not None else None
    return isinstance(address, tuple) and ip_address(address[0]).is_loopback


class ClockSetting(msgspec.Struct, forbid_unknown_fields=True):
    """The message of ``PUT /clock``."""

    now: datetime
    running: bool = False


class BehaviourSetting(About, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The message of ``PUT /behaviour``. What it leaves out is switched off."""


class Control:
    """Answers the calls of the control protocol for one store, with its journal and its faults."""

    def __init__(
        self,
        store: Store,
        token: str,
        journal: Journal,
        faults: Faults,
        lacks: tuple[str, ...],
        capabilities: tuple[str, ...] = CAPABILITIES,
        current: CurrentBehaviour | None = None,
    ) -> None:
        self._current = current or CurrentBehaviour()
        self._store, self._token, self._journal, self._faults = store, token, journal, faults
        self._lacks, self._capabilities = lacks, capabilities
        every: list[tuple[str, str, str, Handler]] = [
            ("read", "GET", "/store", self.facts),
            ("read", "GET", "/orders", self.list_orders),
            ("create", "POST", "/orders", self.create),
            ("read", "GET", "/orders/{number}", self.read),
            ("update", "PATCH", "/orders/{number}", self.change),
            ("delete", "DELETE", "/orders/{number}", self.delete),
            ("batch", "POST", "/orders/batch", self.create_several),
            ("batch", "POST", "/orders/lookup", self.look_up),
            ("batch", "POST", "/orders/remove", self.remove),
            ("journal", "GET", "/journal", self.journal),
            ("faults", "POST", "/faults", self.set_faults),
            ("reset", "POST", "/reset", self.reset),
            ("read", "GET", "/status", self.status),
            ("read", "GET", "/behaviour", self.read_behaviour),
            ("update", "PUT", "/behaviour", self.set_behaviour),
            ("clock", "GET", "/clock", self.read_clock),
            ("clock", "PUT", "/clock", self.set_clock),
        ]
        self._table = {(method, path): handler for needs, method, path, handler in every if needs in capabilities}
        """The calls that this store offers; reset, status, behaviour and clock are extensions of this store."""

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of all calls over HTTP. They answer on the loopback interface only."""

        async def handle(request: web.Request) -> web.Response:
            if not is_on_loopback(request):
                answer = error_reply(403, "The control protocol answers on the loopback interface only.")
            elif (refusal := self.refusal(request.headers)) is not None:
                answer = refusal
            else:
                answer = await self._answer_with_body(request)
            return web.Response(status=answer.status, body=answer.body or None, headers=answer.headers)

        return [web.route("*", BASE_PATH + "{rest:(?s:.*)}", handle)]

    async def _answer_with_body(self, request: web.Request) -> ControlReply:
        try:
            body = await read_body(request)
        except BodyRefused as refused:
            return error_reply(refused.status, refused.why)
        return self.answer(request.method, target_of(request).removeprefix(BASE_PATH), request.headers, body)

    def refusal(self, headers: Mapping[str, str]) -> ControlReply | None:
        """Return the reply to a call without the right token; None if it has the token."""
        scheme, _, token = decoded(headers.get("Authorization", "")).partition(" ")
        if scheme.lower() == "bearer" and is_same_secret(token, self._token):
            return None
        refusal = error_reply(401, "The control protocol needs its own bearer token.")
        return ControlReply(401, refusal.body, {**refusal.headers, "WWW-Authenticate": 'Bearer realm="control"'})

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> ControlReply:
        """Answer a call. ``target`` is the path behind :data:`BASE_PATH` with the query, as it was sent."""
        if (refusal := self.refusal(headers)) is not None:
            return refusal
        path, _, query = target.partition("?")
        place, number = path, ""
        is_of_one_order = path.startswith("/orders/") and path.count("/") == 2 and path != "/orders/"
        if is_of_one_order and (method, path) not in self._table:
            place, number = "/orders/{number}", unquote(path.removeprefix("/orders/"))
        handler = self._table.get(("GET" if method == "HEAD" else method, place))
        if handler is None:
            calls = ", ".join(f"{method} {BASE_PATH}{path}" for method, path in self._table)
            return error_reply(404, f"There is no {method} {unquote(BASE_PATH + path)} here. The calls are: {calls}")
        try:
            return handler(Call(dict(parse_qsl(query, keep_blank_values=True)), body, number))
        except InvalidField as wrong:
            return error_reply(422, wrong.why, wrong.path)
        except NoSuchOrder:
            return error_reply(404, "There is no order with that number.")
        except LedgerError as fault:
            return error_reply(507, str(fault))

    def facts(self, call: Call) -> ControlReply:
        """``GET /store``."""
        facts = store_facts(self._store.shop, self._lacks, self._capabilities)
        return reply(msgspec.structs.replace(facts, statuses=current_statuses(self._store)))

    def list_orders(self, call: Call) -> ControlReply:
        """``GET /orders``: number and time of the orders modified in the window, both ends included."""
        start, end = (read_instant(call.query.get(name), name) for name in ("modified_from", "modified_to"))
        view = self._store.window(start, end)
        limit = read_whole(call.query.get("limit", ""))
        orders = view.slice(0, len(view) if limit is None else limit)
        return reply(
            {"orders": [{"order_number": order.order_number, "modified_at": order.modified_at} for order in orders]}
        )

    def _order(self, call: Call) -> Order:
        order = self._store.find(call.number)
        if order is None:
            raise NoSuchOrder
        return order

    def create(self, call: Call) -> ControlReply:
        """``POST /orders``."""
        return reply(_names(create_order(self._store, read_draft(call.body))), 201)

    def create_several(self, call: Call) -> ControlReply:
        """``POST /orders/batch``: make each order, or refuse it for itself."""
        bodies = within_limit(decode(call.body, messages.OrderBatch).orders, "orders")
        return reply({"results": [*map(_names_or_error, create_orders(self._store, map(_draft_or_error, bodies)))]})

    def look_up(self, call: Call) -> ControlReply:
        """``POST /orders/lookup``: the orders with these numbers, null for an unknown one."""
        numbers = within_limit(decode(call.body, messages.NumberBatch).order_numbers, "order_numbers")
        return reply({"orders": [self._store.find(number) for number in numbers]})

    def remove(self, call: Call) -> ControlReply:
        """``POST /orders/remove``: delete the orders with these numbers; false for an unknown one."""
        numbers = within_limit(decode(call.body, messages.NumberBatch).order_numbers, "order_numbers")
        return reply({"results": [self._store.delete(number) for number in numbers]})

    def read(self, call: Call) -> ControlReply:
        """``GET /orders/{number}``."""
        return reply(self._order(call))

    def change(self, call: Call) -> ControlReply:
        """``PATCH /orders/{number}``; without a time the order is modified now."""
        change = decode(call.body, messages.OrderPatch)
        return reply(self._change(self._order(call).order_number, change))

    def change_order(self, order_number: str, fields: Mapping[str, object]) -> Order:
        """Change an order as PATCH does, for callers in the same process.

        Raises:
            InvalidField: there is no such field, or the store cannot accept its value.
            NoSuchOrder: there is no such order.
        """
        return self._change(order_number, convert(fields, messages.OrderPatch))

    def _change(self, number: str, change: messages.OrderPatch) -> Order:
        known = {status.name for status in current_statuses(self._store)}
        if change.status is not msgspec.UNSET and change.status not in known:
            raise InvalidField("status", f"is not a status of this store: {', '.join(sorted(known))}")
        if change.modified_at is not msgspec.UNSET:
            check_moment(change.modified_at, "modified_at")
        fields = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
        return self._store.change(number, **fields)

    def delete(self, call: Call) -> ControlReply:
        """``DELETE /orders/{number}``."""
        self._store.delete(self._order(call).order_number)
        return ControlReply(204)

    def journal(self, call: Call) -> ControlReply:
        """``GET /journal?after=N``."""
        dropped, entries = self._journal.after(read_whole(call.query.get("after", "")) or 0)
        return reply({"dropped": dropped, "requests": entries})

    def set_faults(self, call: Call) -> ControlReply:
        """``POST /faults``: set the faults of the next replies."""
        self._faults.script(decode(call.body, FaultScript))
        return ControlReply(204)

    def reset(self, call: Call) -> ControlReply:
        """``POST /reset``: restore the initial state, and clear journal and faults."""
        self._store.reset()
        self._journal.clear()
        self._faults.clear()
        return ControlReply(204)

    def status(self, call: Call) -> ControlReply:
        """``GET /status``: what is switched on, what the store holds, and what comes next."""
        shop = self._store.shop
        return reply(
            Status(
                version=shop.version,
                seed=shop.seed,
                about=self._current.about,
                now=self._store.clock.now(),
                orders=len(self._store.window(None, None)),
                shipments=len(self._store.recorded_shipments()),
                requests=self._journal.latest,
                coming_faults=self._faults.coming,
            )
        )

    def read_behaviour(self, call: Call) -> ControlReply:
        """``GET /behaviour``: the profile, the defects and the variants that are switched on."""
        return reply(self._current.about)

    def set_behaviour(self, call: Call) -> ControlReply:
        """``PUT /behaviour``: switch on what the message names, and everything else off."""
        setting = decode(call.body, BehaviourSetting)
        about = About(profile=setting.profile, defects=setting.defects, variants=setting.variants)
        try:
            self._current.switch(about)
        except UnknownBehaviour as unknown:
            named: tuple[str, ...] = getattr(about, f"{unknown.kind}s", ())
            at = f"{unknown.kind}s[{named.index(unknown.name)}]" if named else unknown.kind
            raise InvalidField(at, str(unknown)) from None
        return reply(self._current.about)

    def read_clock(self, call: Call) -> ControlReply:
        """``GET /clock``."""
        return reply({"now": self._store.clock.now()})

    def set_clock(self, call: Call) -> ControlReply:
        """``PUT /clock``."""
        setting = decode(call.body, ClockSetting)
        check_moment(setting.now, "now")
        self._store.clock.set(setting.now, running=setting.running)
        return ControlReply(204)


def _names(order: Order) -> dict[str, str]:
    """Return the number and the id of an order that was made."""
    return {"order_number": order.order_number, "order_id": order.order_id}


def _names_or_error(made: Order | InvalidField) -> dict[str, str]:
    return {"error": made.why, "path": made.path} if isinstance(made, InvalidField) else _names(made)


def _draft_or_error(body: msgspec.Raw) -> Draft | InvalidField:
    """Return the draft in a message, or why it cannot be read."""
    try:
        return read_draft(bytes(body))
    except InvalidField as wrong:
        return wrong


def within_limit(listed: list[Listed], path: str) -> list[Listed]:
    """Return a list of a batch call.

    Raises:
        InvalidField: it is too long.
    """
    if len(listed) > messages.MAX_BATCH:
        raise InvalidField(path, f"has {len(listed)} members, but one call takes at most {messages.MAX_BATCH}")
    return listed


def read_instant(text: str | None, name: str) -> datetime | None:
    """Return a time from the query; None if it is missing.

    Raises:
        InvalidField: it is not a time.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise InvalidField(name, "must be an RFC 3339 time, like 2026-11-01T09:30:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
