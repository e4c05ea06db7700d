"""The messages of the API, without HTTP: paths, bodies, pages of lists, errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from mockstore.errors import MockStoreError
from mockstore.inputs.moments import RANGE, from_unix
from mockstore.inputs.numbers import MAX_WHOLE, read_amount, read_whole
from mockstore.shop.versions import Version

Row = dict[str, Any]
T = TypeVar("T")

MAX_PAGE_SIZE = 10_000
"""Most rows of a page, whatever is requested."""


@dataclass
class RestError(MockStoreError):
    """A request fails: the status of the reply, and details beside the name of the status."""

    status: int
    details: str = ""
    headers: Mapping[str, str] | None = None

    def body(self, known: Version) -> bytes:
        """Return the error as JSON. Old versions print the colon even without details."""
        said = HTTPStatus(self.status).phrase
        if self.details or known.rest_error_colon:
            said = f"{said}: {self.details}"
        return msgspec.json.encode({"message": said, "status": self.status})


class NoSuchRow(RestError):
    """The path is right, but nothing has this id. No version prints a colon then."""

    def __init__(self) -> None:
        super().__init__(404)

    def body(self, known: Version) -> bytes:
        """Return the error as JSON."""
        return msgspec.json.encode({"message": HTTPStatus(self.status).phrase, "status": self.status})


class MissingField(RestError):
    """A required field is missing. Some versions name it."""

    def __init__(self, name: str, known: Version) -> None:
        super().__init__(400, f"{name}: this required field is missing" if known.rest_required_message else "")


@dataclass(frozen=True)
class RestReply:
    """A reply: its status, and the value of its body; None for no body."""

    status: int
    value: object = None


@dataclass(frozen=True)
class RestTarget:
    """The target of a path: the API's version, parents (entity, id), and an entity with or without an id."""

    version: str
    entity: str
    id: str = ""
    parents: tuple[tuple[str, str], ...] = ()


def target_of(path: str, known: Version) -> RestTarget:
    """Return the target of a path after ``/api/``.

    Raises:
        RestError: 404, it is not a path of the API.
    """
    parts = [part for part in path.strip("/").split("/") if part]
    version = known.rest_default_version
    if parts and _is_number(parts[0]) and (known.rest_short_prefix or parts[0] in ("1.0", "2.0")):
        version = "1.0" if float(parts.pop(0)) < 2 else "2.0"
    if not 1 <= len(parts) <= 4:
        raise RestError(404)
    *before, last = [tuple(parts[place : place + 2]) for place in range(0, len(parts), 2)]
    return RestTarget(
        version,
        last[0].lower(),
        last[1] if len(last) > 1 else "",
        tuple((pair[0].lower(), pair[1]) for pair in before),
    )


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit() and text.isascii() and text[0] != "."


def read_body(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the fields of a body.

    Raises:
        RestError: 415, another format; 405, no body or no field; 400, the body cannot be read.
    """
    form = content_type.partition(";")[0].strip().lower() or "text/plain"
    if form not in ("application/json", "text/plain"):
        raise RestError(415, f"{form} is neither application/json nor text/plain")
    if not body.strip():
        raise RestError(405, "the body is empty")
    try:
        if form == "text/plain" and body.lstrip()[:1] not in b"{[":
            return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
        sent = msgspec.json.decode(body)
    except RecursionError:
        raise RestError(400, "the body is nested too deeply") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise RestError(400, f"the body can't be read: {error}") from None
    if sent in ({}, []):
        raise RestError(405, "the body has no fields")
    if not isinstance(sent, dict):
        raise RestError(400, "the body is not a JSON object")
    return sent


@dataclass(frozen=True)
class FieldReader:
    """Reads the fields of a request one by one. An error names the path of the field."""

    sent: Mapping[str, Any]
    known: Version
    path: str = ""
    read: set[str] = field(default_factory=set)

    def has(self, name: str) -> bool:
        """True if the request has the field, even an empty one."""
        return self.sent.get(name) is not None

    def need(self, *names: str) -> None:
        """Check that the request has the fields.

        Raises:
            MissingField: one is missing.
        """
        for name in names:
            if self.sent.get(name) in (None, "", {}, []):
                raise MissingField(self.path + name, self.known)

    def text(self, name: str, default: str = "") -> str:
        """Return a field as text; it may be a number.

        Raises:
            RestError: 400, it is something else.
        """
        value = self.sent.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.wrong(name, "must be a text")
        return str(value)

    def number(self, name: str, default: int = 0, *, least: int = 0) -> int:
        """Return a field as a whole number; it may be written as text.

        Raises:
            RestError: 400, it is something else, or too small.
        """
        number = read_whole(self.text(name, str(default)))
        if number is None or not least <= number < MAX_WHOLE:
            raise self.wrong(name, f"must be a whole number from {least} on")
        return number

    def moment(self, name: str) -> datetime:
        """Return a field with Unix seconds as a moment.

        Raises:
            RestError: 400, it is something else, or the store cannot keep the moment.
        """
        found = from_unix(self.number(name))
        if found is None:
            raise self.wrong(name, RANGE)
        return found

    def decimal(self, name: str, default: Decimal) -> Decimal:
        """Return a field as a number from 0 on; it may be written as text.

        Raises:
            RestError: 400, it is something else.
        """
        value = read_amount(self.text(name, str(default)))
        if value is None or not 0 <= value < 10**10:
            raise self.wrong(name, "must be a number from 0 on")
        return value

    def inner(self, name: str) -> FieldReader:
        """Return the fields inside a field; none if it is missing. A list counts as fields, as in PHP.

        Raises:
            RestError: 400, it is something else.
        """
        value = self.sent.get(name)
        if isinstance(value, list):
            value = {str(place): each for place, each in enumerate(value)}
        if value is not None and not isinstance(value, dict):
            raise self.wrong(name, "must be an object")
        return FieldReader(value or {}, self.known, f"{self.path}{name}.")

    def wrong(self, name: str, why: str) -> RestError:
        """Return the error of a field with a wrong value."""
        return RestError(400, f"{self.path}{name} {why}")


def page_of(rows: Sequence[T], show: Callable[[T], Row], params: Row, size: int) -> tuple[list[Row], Row]:
    """Return a page of rows, and the parameters as the API understood them."""
    page = max(1, read_number(params.get("page"), 1))
    per_page = read_number(params.get("items_per_page"), size)
    if per_page <= 0:
        shown = rows
    else:
        per_page = min(per_page, MAX_PAGE_SIZE)
        shown = rows[(page - 1) * per_page : page * per_page]
    return [show(row) for row in shown], {
        **params,
        "page": page,
        "items_per_page": params.get("items_per_page", str(per_page)),
        "total_items": str(len(rows)),
    }


def read_number(text: object, default: int) -> int:
    """Return a parameter as a whole number; the default if it is not one."""
    said = str(text).strip()
    return int(said) if said.isascii() and said.removeprefix("-").isdigit() and len(said) < 10 else default
