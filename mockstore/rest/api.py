"""The whole API: from a request to its reply, without HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from mockstore.rest.access import ApiAccount, RestAccess
from mockstore.rest.message import (
    FieldReader,
    NoSuchRow,
    RestError,
    RestReply,
    RestTarget,
    Row,
    page_of,
    read_body,
    target_of,
)
from mockstore.rest.orders import MAX_SEARCHED_ORDERS, Orders
from mockstore.rest.products import PRODUCTS_PER_PAGE, Products
from mockstore.rest.settings import FIXED_ENTITIES
from mockstore.rest.shipments import Shipments
from mockstore.rest.statuses import Statuses
from mockstore.store.store import LedgerError, NoSuchOrder, Store

SUPPORTED_ENTITIES = ("orders", "shipments", "statuses", "products", *FIXED_ENTITIES)
"""The entities that the mock store has."""

CHILDREN = {"stores": frozenset(SUPPORTED_ENTITIES) - {"stores"}, "users": frozenset({"orders"})}
"""The entities that can be requested below a parent's id."""

SUPPORTED_METHODS = ("GET", "POST", "PUT", "DELETE")
ACCEPTED_MEDIA_TYPES = ("application/json", "text/plain", "application/*", "text/*", "*/*")
CONTENT_TYPE = "application/json"


@dataclass(frozen=True)
class RestRequest:
    """A request: its path after ``/api/``, its parameters, and the headers that the API reads."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes = b""
    authorization: str = ""
    accept: str = ""
    content_type: str = ""
    secure: bool = False


@dataclass(frozen=True)
class HttpReply:
    """A reply, without the web framework."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Api:
    """CS-Cart's REST API over a store."""

    def __init__(self, store: Store, access: RestAccess) -> None:
        self._store, self._known, self._access = store, store.version, access
        self._shipments = Shipments(store, access.several_shipments, MAX_SEARCHED_ORDERS)
        self._orders = Orders(store, self._shipments)
        self._statuses, self._products = Statuses(store), Products(store)
        self._deleted: set[tuple[str, str]] = set()

    def refusal(self, asked: RestRequest) -> HttpReply | None:
        """Return the reply to a request whose credentials give no access; None for any other request."""
        try:
            self._access.admit(asked.authorization, asked.secure, self._known)
        except RestError as failure:
            return _http_reply(failure.status, failure.body(self._known), failure.headers)
        return None

    def answer(self, asked: RestRequest) -> HttpReply:
        """Return the reply to any request."""
        try:
            answer = self._answer(asked)
        except RestError as failure:
            return _http_reply(failure.status, failure.body(self._known), failure.headers)
        except NoSuchOrder:
            return _http_reply(404, NoSuchRow().body(self._known))
        except LedgerError as fault:
            return _http_reply(503, RestError(503, str(fault).rstrip(".")).body(self._known))
        return _http_reply(answer.status, b"" if answer.status == 204 else msgspec.json.encode(answer.value))

    def _answer(self, asked: RestRequest) -> RestReply:
        account = self._access.admit(asked.authorization, asked.secure, self._known)
        target = target_of(asked.path, self._known)
        self._check_entity(target)
        if asked.method not in SUPPORTED_METHODS:
            raise RestError(405)
        if asked.method == "GET":
            _check_accept(asked.accept)
            return self._read(target, asked.query, account)
        if (asked.method == "POST") == bool(target.id):
            raise RestError(405, "a POST has no id" if target.id else f"a {asked.method} needs an id")
        if asked.method == "DELETE":
            return self._delete(target, account)
        fields = FieldReader(read_body(asked.body, asked.content_type), self._known)
        return self._create(target, fields) if asked.method == "POST" else self._update(target, fields, account)

    def _check_entity(self, target: RestTarget) -> None:
        for entity in (*(parent for parent, _ in target.parents), target.entity):
            if entity not in self._known.rest_entities:
                raise RestError(404)
        for parent, number in target.parents:
            if target.entity not in CHILDREN.get(parent, ()):
                raise RestError(404)
            if parent == "stores" and number != "1":
                raise RestError(404)
        if target.entity not in SUPPORTED_ENTITIES:
            raise RestError(501, f"this mock store has {', '.join(SUPPORTED_ENTITIES)}, but not {target.entity}")

    # ------------------------------------------------------------------ reading

    def _read(self, target: RestTarget, query: Mapping[str, str], account: ApiAccount) -> RestReply:
        if target.id:
            return RestReply(200, self._one(target.entity, target.id, account))
        whole = target.version == "1.0"
        params: Row = {name: value for name, value in query.items() if name != "_d"}
        for parent, number in target.parents:
            if parent == "users":
                params["user_id"] = number
        if whole:
            params["items_per_page"] = "0"
        rows, understood = self._rows(target.entity, params, account)
        return RestReply(200, rows if whole else {target.entity: rows, "params": understood})

    def _page_size(self) -> int:
        products = self._known.rest_page_size_setting == "admin_products_per_page"
        return PRODUCTS_PER_PAGE if products else self._store.shop.orders_per_page

    def _rows(self, entity: str, params: Row, account: ApiAccount) -> tuple[list[Row], Row]:
        size = self._page_size()
        match entity:
            case "orders":
                return self._orders.page(params, size)
            case "shipments":
                return self._shipments.page(params, size, account)
            case "statuses":
                return self._statuses.page(params, size)
            case "products":
                return self._products.page(params, PRODUCTS_PER_PAGE)
            case _:
                return page_of(self._table(entity), lambda row: row, params, size)

    def _table(self, entity: str) -> list[Row]:
        return FIXED_ENTITIES[entity][1](self._store.shop, self._known)

    def _one(self, entity: str, number: str, account: ApiAccount) -> Row:
        match entity:
            case "orders":
                return self._orders.read(number)
            case "shipments":
                return self._shipments.read(number, account)
            case "statuses":
                return self._statuses.read(number)
            case "products":
                return self._products.read(number)
            case _:
                key = FIXED_ENTITIES[entity][0]
                found = next((row for row in self._table(entity) if row[key] == number), None)
                if found is None:
                    raise NoSuchRow
                return found

    # ------------------------------------------------------------------ changing

    def _create(self, target: RestTarget, fields: FieldReader) -> RestReply:
        match target.entity:
            case "orders":
                return self._orders.create(fields)
            case "shipments":
                return self._shipments.create(fields)
            case "statuses":
                return self._statuses.create(fields)
            case "products":
                return self._products.create(fields)
            case entity:
                raise RestError(405, f"{entity} can only be read in this mock store")

    def _update(self, target: RestTarget, fields: FieldReader, account: ApiAccount) -> RestReply:
        match target.entity:
            case "orders":
                return self._orders.update(target.id, fields, account)
            case "shipments":
                return self._shipments.update(target.id, fields)
            case "statuses":
                return self._statuses.update(target.id, fields)
            case entity:
                raise RestError(405, f"{entity} can't be changed in this mock store")

    def _delete(self, target: RestTarget, account: ApiAccount) -> RestReply:
        key = target.entity, target.id
        try:
            match target.entity:
                case "orders":
                    self._orders.delete(target.id, account)
                case "shipments":
                    self._shipments.delete(target.id)
                case "statuses":
                    self._statuses.delete(target.id)
                case "products":
                    self._products.delete(target.id)
                case entity:
                    raise RestError(405, f"{entity} can't be deleted in this mock store")
        except RestError as failure:
            if failure.status != 404 or key not in self._deleted or self._known.rest_second_delete_status != 200:
                raise
        if self._known.rest_second_delete_status == 200:
            self._deleted.add(key)
        return RestReply(204) if self._known.rest_delete_status == 204 else RestReply(200, {"message": "Ok"})


def _check_accept(accept: str) -> None:
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    if wanted and not any(part in ACCEPTED_MEDIA_TYPES for part in wanted):
        raise RestError(406, f"the API answers with {CONTENT_TYPE}")


def error_reply(status: int, why: str) -> HttpReply:
    """Return the reply to a request that the API does not get to see."""
    return _http_reply(
        status, msgspec.json.encode({"message": f"{HTTPStatus(status).phrase}: {why}", "status": status})
    )


def _http_reply(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> HttpReply:
    return HttpReply(status, body, {**({"Content-Type": CONTENT_TYPE} if body else {}), **(headers or {})})
