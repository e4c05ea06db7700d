"""Files of orders in the control protocol's form: JSON, JSON Lines, and CSV.

In CSV a line is an order, and a column is named by a path, like ``customer.shipping.city`` or ``items[0].sku``. An
empty cell is a field that is left out. A cell of a list, such as ``items``, may also hold JSON.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from mockstore.errors import MockStoreError
from mockstore.inputs.files import read_bounded, write_whole
from mockstore.orders.draft import Draft, InvalidField, make_order
from mockstore.orders.json_form import checked
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop

MAX_BYTES = 128 * 1024 * 1024
"""Most bytes of a file."""
MAX_ORDERS = 100_000
"""Most orders of a file: they are held in memory."""
MAX_LISTED = 10
"""Most wrong orders that a message lists."""
MAX_INDEX = 1_000
"""Highest place in a list that a column of CSV can name."""
FORMS = {".json": "json", ".jsonl": "lines", ".ndjson": "lines", ".csv": "csv"}
"""The form of a file by the end of its name."""


class UnreadableOrders(MockStoreError):
    """A file of orders cannot be read or written. The message begins with its name, and names each wrong order."""


class OrderRow(Draft, frozen=True, gc=False, kw_only=True):
    """An order in a file: it may also have the internal id."""

    order_id: str = ""


@dataclass(frozen=True)
class FileOrder:
    """An order of a file, and its place there, like ``line 3``."""

    place: str
    row: OrderRow


Raw = tuple[str, Any]
"""The place of an order in a file, and its JSON."""


class WrongPlace(MockStoreError):
    """A part of a file is wrong: the message begins with its place."""


def read_orders(path: Path) -> tuple[FileOrder, ...]:
    """Return the orders of a file.

    Raises:
        UnreadableOrders: it cannot be read, has another form, or has wrong orders; or two orders have the same number.
    """
    text = _text(path)
    found: list[FileOrder] = []
    problems: list[str] = []
    try:
        for place, value in _raw_orders(path, text):
            if len(found) >= MAX_ORDERS:
                raise UnreadableOrders(f"{path} has more than {MAX_ORDERS:,} orders.")
            try:
                found.append(FileOrder(place, checked(value, OrderRow)))
            except InvalidField as wrong:
                problems.append(f"{place}: {wrong}")
    except WrongPlace as wrong:
        problems.append(str(wrong))
    problems += _repeated(found)
    _refuse(path, problems)
    return tuple(found)


def made_orders(found: Sequence[FileOrder], shop: Shop, now: datetime, path: Path) -> list[Order]:
    """Return the orders that a shop holds. Those with an id or a number of their own come first.

    Raises:
        UnreadableOrders: the shop cannot accept a field.
    """
    made, problems = [], []
    for each in found:
        try:
            made.append(msgspec.structs.replace(make_order(each.row, shop, now), order_id=each.row.order_id))
        except InvalidField as wrong:
            problems.append(f"{each.place}: {wrong}")
    _refuse(path, problems)
    return sorted(made, key=lambda order: (not order.order_id, not order.order_number))


def write_orders(path: Path, orders: Iterable[Order]) -> int:
    """Write orders to a file in the form that its name tells, and return how many.

    Raises:
        UnreadableOrders: it cannot be written, or its name tells no form.
    """
    plain = [msgspec.to_builtins(order) for order in orders]
    match FORMS.get(path.suffix.lower()):
        case "json":
            content = b"[\n" + b",\n".join(map(msgspec.json.encode, plain)) + b"\n]\n"
        case "lines":
            content = b"".join(msgspec.json.encode(each) + b"\n" for each in plain)
        case "csv":
            content = _csv_text(plain).encode()
        case _:
            raise UnreadableOrders(f"{path} has no known end: name it .json, .jsonl or .csv.")
    try:
        write_whole(path, content)
    except OSError as error:
        raise UnreadableOrders(f"{path} can't be written: {error.strerror or error}.") from None
    return len(plain)


def _refuse(path: Path, problems: Sequence[str]) -> None:
    if not problems:
        return
    rest = len(problems) - MAX_LISTED
    lines = [*problems[:MAX_LISTED], *([f"and {rest} more"] if rest > 0 else [])]
    if len(lines) == 1:
        raise UnreadableOrders(f"{path}, {lines[0]}.")
    raise UnreadableOrders("\n  ".join((f"{path} has {len(problems)} wrong places:", *lines)))


def _repeated(found: Sequence[FileOrder]) -> Iterator[str]:
    """Yield a sentence for each order whose number or id is that of an order before."""
    for name in ("order_number", "order_id"):
        first: dict[str, str] = {}
        for each in found:
            value = getattr(each.row, name)
            if value and value in first:
                yield f"{each.place}: {name}: {value!r} is also in {first[value]}"
            else:
                first[value] = each.place


def _text(path: Path) -> str:
    try:
        content = read_bounded(path, MAX_BYTES)
    except OSError as error:
        raise UnreadableOrders(f"{path} can't be read: {error.strerror or error}.") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableOrders(f"{path} is not text in UTF-8: save the orders as JSON, JSON Lines or CSV.") from None
    if not text.strip() and FORMS.get(path.suffix.lower()) != "lines":  # JSON Lines of no orders are empty
        raise UnreadableOrders(f"{path} is empty.")
    return text


def _raw_orders(path: Path, text: str) -> Iterator[Raw]:
    form = FORMS.get(path.suffix.lower())
    if form is None:
        begins = text.lstrip()[0]
        form = "json" if begins == "[" else "lines" if begins == "{" else None
    match form:
        case "json":
            return _json_orders(text)
        case "lines":
            return _lines(text)
        case "csv":
            return _csv_orders(text)
    raise UnreadableOrders(f"{path} has no known form: name it .json, .jsonl or .csv.")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object has the member {twice!r} twice")
    return found


def _not_a_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=Decimal, parse_constant=_not_a_number)
_BLANK = re.compile(r"[ \t\r\n]*")


def _decoded(text: str, start: int, line: int = 1) -> tuple[Any, int]:
    """Return the JSON value that begins at a place of a text, and its end.

    Raises:
        WrongPlace: there is no JSON.
    """
    try:
        return _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno + line - 1}, column {error.colno}"
        raise WrongPlace(f"{place}: it is not JSON: {error.msg[:1].lower()}{error.msg[1:]}") from None
    except RecursionError:
        why = "it is nested too deeply"
    except ValueError as error:
        why = str(error)
    raise WrongPlace(f"line {text.count(chr(10), 0, start) + line}: {why}")


def _json_orders(text: str) -> Iterator[Raw]:
    """Yield the orders of a JSON array, of ``{"orders": […]}``, or one order."""
    place = _blank(text, 0)
    if text[place] != "[":
        value, end = _decoded(text, place)
        _check_end(text, end)
        if isinstance(value, dict) and isinstance(value.get("orders"), list) and len(value) == 1:
            yield from ((f"orders[{number}]", each) for number, each in enumerate(value["orders"]))
        else:
            yield f"line {_line(text, place)}", value
        return
    before, line = 0, 1
    place = _blank(text, place + 1)
    while text[place : place + 1] != "]":
        value, end = _decoded(text, place)
        line += text.count("\n", before, place)
        before = place
        yield f"line {line}", value
        place = _blank(text, end)
        if text[place : place + 1] == ",":
            place = _blank(text, place + 1)
            if text[place : place + 1] != "]":
                continue
        elif text[place : place + 1] == "]":
            break
        raise WrongPlace(f"line {_line(text, place)}: it is not JSON: a comma and an order, or ], must follow an order")
    _check_end(text, place + 1)


def _blank(text: str, place: int) -> int:
    found = _BLANK.match(text, place)
    return found.end() if found else place


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _check_end(text: str, end: int) -> None:
    if text[end:].strip():
        raise WrongPlace(f"line {_line(text, _blank(text, end))}: it is not JSON: something follows the orders")


def _lines(text: str) -> Iterator[Raw]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        value, end = _decoded(line, _blank(line, 0), number)
        if line[end:].strip():
            raise WrongPlace(
                f"line {number}, column {end + 1}: something follows the order: write each order in one line"
            )
        yield f"line {number}", value


# ---------------------------------------------------------------------- CSV

_STEP = re.compile(r"([a-z_0-9]+)((?:\[\d{1,4}\])*)")

JSON_COLUMNS = ("items", "discounts", "shipments")
"""Lists of an order, which a file that is written here has as JSON in one cell."""


def _csv_orders(text: str) -> Iterator[Raw]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(reader)
        steps = [_steps(name.strip(), number) for number, name in enumerate(header, start=1)]
        if len(set(header)) < len(header):
            twice = next(name for name in header if header.count(name) > 1)
            raise WrongPlace(f"line 1: the column {twice!r} is there twice")
        end = reader.line_num
        for cells in reader:
            line, end = end + 1, reader.line_num
            if not any(cells):
                continue
            if len(cells) > len(header):
                raise WrongPlace(f"line {line}: it has {len(cells)} cells, but there are {len(header)} columns")
            yield f"line {line}", _nested(zip(header, steps, cells, strict=False), line)
    except csv.Error as error:
        raise WrongPlace(f"line {reader.line_num}: it is not CSV: {error}") from None


def _steps(name: str, number: int) -> tuple[str | int, ...]:
    """Return the steps of a path like ``items[0].sku``."""
    steps: list[str | int] = []
    for part in name.split("."):
        found = _STEP.fullmatch(part)
        if found is None:
            raise WrongPlace(f"line 1, column {number}: {name!r} names no field: write it like customer.shipping.city")
        steps += [found[1], *(int(index) for index in re.findall(r"\d+", found[2]))]
    if any(isinstance(step, int) and step > MAX_INDEX for step in steps):
        raise WrongPlace(f"line 1, column {number}: {name!r} has a place above {MAX_INDEX}")
    return tuple(steps)


def _nested(cells: Iterable[tuple[str, tuple[str | int, ...], str]], line: int) -> dict[str, Any]:
    """Return the JSON of an order from its cells. Empty cells are left out."""
    found: dict[str, Any] = {}
    for name, steps, text in cells:
        if text == "":
            continue
        value: Any = text
        if text[0] in "[{" and steps[-1] in (*JSON_COLUMNS, "options", "shipping", "billing", "account", "customer"):
            value, end = _decoded(text, 0, line)
            if text[end:].strip():
                raise WrongPlace(f"line {line}, column {name}: something follows the JSON")
        _put(found, steps, value, f"line {line}, column {name}")
    return {name: _as_lists(each) for name, each in found.items()}


def _put(into: dict[Any, Any], steps: tuple[str | int, ...], value: Any, place: str) -> None:
    for step in steps[:-1]:
        into = into.setdefault(step, {})
        if not isinstance(into, dict):
            raise WrongPlace(f"{place}: another column has this field as a whole")
    if steps[-1] in into:
        raise WrongPlace(f"{place}: another column has a part of this field")
    into[steps[-1]] = value


def _as_lists(value: Any) -> Any:
    """Return a value in which each object whose members are numbers is a list."""
    if not isinstance(value, dict):
        return value
    inner = {name: _as_lists(each) for name, each in value.items()}
    if inner and all(isinstance(name, int) for name in inner):
        return [inner[place] for place in sorted(inner)]
    return inner


def _flat(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, each in value.items():
        if isinstance(each, dict):
            cells = [*_flat(each, f"{path}{name}.")]
            yield from cells if any(text for _, text in cells) else [(f"{path}{name}", "{}")]
        elif isinstance(each, list | tuple):
            yield f"{path}{name}", msgspec.json.encode(each).decode() if each else ""
        else:
            text = "" if each is None else str(each).lower() if isinstance(each, bool) else str(each)
            yield f"{path}{name}", text


def _csv_text(orders: Sequence[Mapping[str, Any]]) -> str:
    rows = [dict(_flat(order)) for order in orders]
    columns = list(dict.fromkeys(name for row in rows for name in row)) or ["order_number"]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
