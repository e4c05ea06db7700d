"""Reads a filled-in form. All mistakes are reported together, each with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from conformance.contract.fields import BY_RECORD
from conformance.contract.weight_units import WEIGHT_UNITS, known_unit
from conformance.core.errors import ConformanceError
from conformance.core.files import read_small_file
from conformance.core.times import is_searchable
from conformance.core.toml_text import parse_toml
from mockstore.orders.model import Address, Discount, Option, Weight
from mockstore.shop.shop import STATUS_MEANINGS, Status
from mockstore.shop.suggestions import did_you_mean

MEANINGS = (*STATUS_MEANINGS, "none")

# The keys that each table of the form may have. Fields of an order are named as in the control protocol.
TEXT_KEYS = (
    "order_number status email shipping_method payment_method gift_message customer_notes internal_notes currency"
).split()
AMOUNT_KEYS = ("total", "tax", "shipping_amount")
ADDRESS_KEYS = tuple(Address.__struct_fields__)
ORDER_KEYS = (
    "marker",
    "placed",
    "skip",
    "placed_at",
    "gift",
    "same_address",
    *TEXT_KEYS,
    *AMOUNT_KEYS,
    "billing",
    "shipping",
    "discount",
    "item",
)
ITEM_TEXT_KEYS = ("sku", "name", "image_url", "location")
ITEM_AMOUNT_KEYS = ("unit_price", "discount")
ITEM_KEYS = (*ITEM_TEXT_KEYS, "quantity", *ITEM_AMOUNT_KEYS, "weight", "options")
DISCOUNT_KEYS = ("name", "amount", "coupon")
SHOP_KEYS = ("timezone", "currency", "statuses", "weight_unit", "name")


def _needed() -> dict[str, tuple[str, ...]]:
    keys = {"modified_at", "discounts", "items", *(f"items.{key}" for key in ITEM_KEYS), *ORDER_KEYS}
    keys |= {f"{side}.{key}" for side in ("billing", "shipping") for key in ADDRESS_KEYS}
    keys -= {"order_number"}  # if it isn't stated, the order is found by its marker and has the exported number
    rows = {row.record.removeprefix("customer."): row for row in BY_RECORD.values() if row.requirements}
    return {key: row.requirements for key, row in rows.items() if key in keys}


NEEDED = _needed()
"""Field of the form → the requirements that can't be judged if the form doesn't state the field."""


class WorksheetError(ConformanceError):
    """The form has mistakes; the message names each with its line."""


@dataclass(frozen=True, kw_only=True)
class WorksheetEntry:
    """An order as somebody wrote it down, with only the stated fields. ``line`` is its first line in the form."""

    marker: str
    line: int
    values: dict[str, Any]
    billing: dict[str, str]
    shipping: dict[str, str]
    discounts: tuple[Discount, ...] | None
    items: tuple[dict[str, Any], ...]

    def states(self, path: str) -> bool:
        """True if the form states a field of this order. A field of line items must be stated for every line item."""
        place, _, name = path.rpartition(".")
        if place == "items":
            return bool(self.items) and all(name in item for item in self.items)
        if place in ("billing", "shipping"):
            return name in getattr(self, place)
        if path == "discounts":
            return self.discounts is not None
        return bool(self.items) if path == "items" else path in self.values


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A filled-in form."""

    name: str
    timezone: str
    currency: str
    weight_unit: str
    statuses: tuple[Status, ...]
    lacks: dict[str, str]
    """Field → why the shop can't keep it."""
    entries: tuple[WorksheetEntry, ...]
    skipped: dict[str, str] = field(default_factory=dict)
    """Marker → why the order was left out."""
    waiting: tuple[str, ...] = ()
    """The markers of the orders that aren't placed yet."""


MAX_AMOUNT = 10**12
"""Amounts and quantities of a form are less."""


def read_form(path: Path) -> Sheet:
    """Return the form in a file.

    Raises:
        WorksheetError: if the file can't be read, or has mistakes.
    """
    try:
        text = read_small_file(path)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise WorksheetError(f"the worksheet {path} can't be read: {why}") from None
    return sheet_of(text, str(path))


def sheet_of(text: str, path: str) -> Sheet:
    """Return the form with this content. ``path`` is for messages.

    Raises:
        WorksheetError: if the form has mistakes.
    """
    try:
        content = parse_toml(text)
    except ValueError as error:
        raise WorksheetError(f"{path} isn't valid TOML: {error}") from None
    reader = _Reader(text)
    sheet = reader.sheet(content)
    if reader.mistakes:
        listed = "\n".join(f"  line {line}: {what}" for line, what in sorted(reader.mistakes))
        raise WorksheetError(f"{path} has mistakes:\n{listed}")
    return sheet


def line_numbers(text: str) -> dict[str, int]:
    """Return the line of each table and key, counted from 1: ``order.0.item.1.sku`` → its line."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[\[?)\s*([\w.\-\" ]+?)\s*\]", line):
            steps: list[str] = []
            names = [name.strip(' "') for name in header[2].split(".")]
            for place, name in enumerate(names):
                steps.append(name)
                key = ".".join(steps)
                if header[1] == "[[" and place == len(names) - 1:
                    counts[key] = counts.get(key, -1) + 1
                if key in counts:
                    steps.append(str(counts[key]))
            prefix = ".".join(steps)
            found.setdefault(prefix, number)
        elif key_found := re.match(r"\s*\"?([\w\-]+)\"?\s*=", line):
            found.setdefault(f"{prefix}.{key_found[1]}" if prefix else key_found[1], number)
    return found


class _Reader:
    """Turns TOML into a sheet, and collects the mistakes as pairs of line and message."""

    def __init__(self, text: str) -> None:
        self._lines = line_numbers(text)
        self._zone: ZoneInfo | None = None
        self._statuses: tuple[str, ...] = ()
        self.mistakes: set[tuple[int, str]] = set()

    def _wrong(self, path: str, what: str) -> None:
        while path and path not in self._lines:
            path = path.rpartition(".")[0]
        self.mistakes.add((self._lines.get(path, 1), what))

    def _table(self, value: object, path: str, known: tuple[str, ...]) -> dict[str, object]:
        if not isinstance(value, dict):
            self._wrong(path, f"{path.split('.')[-1]} must be a table")
            return {}
        for name in value.keys() - set(known):
            hint = did_you_mean(name, known, otherwise=f" Known are {', '.join(known)}.")
            self._wrong(f"{path}.{name}".lstrip("."), f"there is no field {name!r}.{hint}")
        return {name: value[name] for name in known if name in value}

    def _list(self, value: object, path: str) -> list[object]:
        if isinstance(value, list):
            return value
        self._wrong(path, f"write [[{'.'.join(part for part in path.split('.') if not part.isdigit())}]]")
        return []

    def _text(self, value: object, path: str) -> str:
        if isinstance(value, str):
            return value
        self._wrong(path, f"{path.rpartition('.')[2]} must be a text: put it between quotes")
        return ""

    def _texts(self, table: dict[str, object], path: str, keys: tuple[str, ...] | list[str]) -> dict[str, str]:
        return {key: self._text(table[key], f"{path}.{key}") for key in keys if key in table}

    def _flag(self, value: object, path: str) -> bool:
        if isinstance(value, bool):
            return value
        self._wrong(path, f"{path.rpartition('.')[2]} must be true or false, without quotes")
        return False

    def _amount(self, value: object, path: str) -> Decimal:
        if not isinstance(value, bool) and isinstance(value, str | int | float):
            try:
                amount = Decimal(str(value).strip())
                if amount.is_finite() and 0 <= amount < MAX_AMOUNT:
                    return amount
            except InvalidOperation:
                pass
        self._wrong(path, f'{path.rpartition(".")[2]} can\'t be {value!r}: write it like "19.90"')
        return Decimal(0)

    def _weight(self, value: object, path: str) -> Weight:
        found = re.fullmatch(r"\s*(\d{1,12}(?:\.\d+)?)\s*([A-Za-z]+\.?)\s*", value) if isinstance(value, str) else None
        if found and (unit := known_unit(found[2])):
            return Weight(Decimal(found[1]), unit.name)
        units = ", ".join(unit.name for unit in WEIGHT_UNITS)
        self._wrong(path, f'weight can\'t be {value!r}: write it like "0.350 kg", in one of {units}')
        return Weight(Decimal(0), "g")

    def sheet(self, content: dict[str, object]) -> Sheet:
        """Return the whole form."""
        content = self._table(content, "", ("shop", "lacks", "order"))
        shop = self._table(content.get("shop", {}), "shop", SHOP_KEYS)
        texts = {name: self._text(shop.get(name, ""), f"shop.{name}") for name in SHOP_KEYS if name != "statuses"}
        try:
            self._zone = ZoneInfo(texts["timezone"] or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            self._wrong("shop.timezone", f"there is no time zone {texts['timezone']!r}: write it like Europe/Berlin")
        statuses = self._read_statuses(shop.get("statuses", {}))
        self._statuses = tuple(status.name for status in statuses)
        reasons = self._table(content.get("lacks", {}), "lacks", tuple(NEEDED))
        lacks = {name: self._text(why, f"lacks.{name}") for name, why in reasons.items()}
        for name, why in lacks.items():
            if not why.strip():
                self._wrong(f"lacks.{name}", "say why, between quotes")
        return self._orders(self._list(content.get("order", []), "order"), texts, statuses, lacks)

    def _read_statuses(self, value: object) -> tuple[Status, ...]:
        found = []
        for name, meaning in value.items() if isinstance(value, dict) else ():
            if meaning not in MEANINGS:
                known = ", ".join(MEANINGS)
                self._wrong("shop.statuses", f"the meaning of {name} can't be {meaning!r}: write one of {known}")
            else:
                found.append(Status(name, None if meaning == "none" else meaning, shipped=meaning == "shipped"))
        return tuple(found)

    def _orders(
        self, tables: list[object], shop: dict[str, str], statuses: tuple[Status, ...], lacks: dict[str, str]
    ) -> Sheet:
        entries: list[WorksheetEntry] = []
        skipped: dict[str, str] = {}
        waiting: list[str] = []
        seen: dict[str, int] = {}
        for number, table in enumerate(tables):
            path = f"order.{number}"
            values = self._table(table, path, ORDER_KEYS)
            marker = self._text(values.get("marker", ""), f"{path}.marker").strip()
            line = self._lines.get(path, 1)
            if not marker:
                self._wrong(path, "the order has no marker")
            elif marker in seen:
                self._wrong(f"{path}.marker", f"the order in line {seen[marker]} has the marker {marker}, too")
            seen.setdefault(marker, line)
            if "skip" in values:
                skipped[marker] = self._text(values["skip"], f"{path}.skip")
                if not skipped[marker].strip():
                    self._wrong(f"{path}.skip", "say why the order was left out, between quotes")
            elif self._flag(values.get("placed", False), f"{path}.placed"):
                entries.append(self._entry(marker, line, path, values))
            else:
                waiting.append(marker)
        return Sheet(
            name=shop["name"],
            timezone=shop["timezone"] or "UTC",
            currency=shop["currency"],
            weight_unit=shop["weight_unit"],
            statuses=statuses,
            lacks=lacks,
            entries=tuple(entries),
            skipped=skipped,
            waiting=tuple(waiting),
        )

    def _entry(self, marker: str, line: int, path: str, given: dict[str, object]) -> WorksheetEntry:
        discounts = given.get("discount")
        items = self._list(given.get("item", []), f"{path}.item")
        billing = self._address(given, path, "billing")
        same_address = self._flag(given.get("same_address", False), f"{path}.same_address")
        return WorksheetEntry(
            marker=marker,
            line=line,
            values=self._order_values(marker, path, given),
            billing=billing,
            shipping=billing if same_address and "shipping" not in given else self._address(given, path, "shipping"),
            discounts=None if discounts is None else self._discounts(discounts, f"{path}.discount"),
            items=tuple(self._item(item, f"{path}.item.{number}") for number, item in enumerate(items)),
        )

    def _order_values(self, marker: str, path: str, given: dict[str, object]) -> dict[str, Any]:
        """Return the stated fields of an order, without addresses, discounts and line items."""
        values: dict[str, Any] = {**self._texts(given, path, TEXT_KEYS)}
        values |= {name: self._amount(given[name], f"{path}.{name}") for name in AMOUNT_KEYS if name in given}
        if not values.get("order_number"):
            values.pop("order_number", None)
        if marker not in values.get("customer_notes", marker):
            self._wrong(f"{path}.customer_notes", f"the marker {marker} is missing in the notes")
        if values.get("status") and self._statuses and values["status"] not in self._statuses:
            known = ", ".join(self._statuses)
            self._wrong(f"{path}.status", f"the shop has no status {values['status']!r}; it has {known}")
        if "gift" in given:
            values["gift"] = self._flag(given["gift"], f"{path}.gift")
        if "placed_at" in given:
            values["placed_at"] = self._moment(given["placed_at"], f"{path}.placed_at")
        return values

    def _moment(self, value: object, path: str) -> datetime:
        if not isinstance(value, datetime):
            name = path.rpartition(".")[2]
            self._wrong(path, f"{name} can't be {value!r}: write it like 2026-11-24T10:05:00, without quotes")
            return datetime(2001, 1, 1, tzinfo=UTC)
        if not is_searchable(value):
            self._wrong(path, f"no order was placed in the year {value.year}")
            return datetime(2001, 1, 1, tzinfo=UTC)
        local = value if value.tzinfo else value.replace(tzinfo=self._zone or UTC)
        return local.astimezone(UTC)

    def _address(self, given: dict[str, object], path: str, kind: str) -> dict[str, str]:
        place = f"{path}.{kind}"
        found = self._texts(self._table(given.get(kind, {}), place, ADDRESS_KEYS), place, ADDRESS_KEYS)
        if found.get("country") and not re.fullmatch("[A-Z]{2}", found["country"]):
            self._wrong(f"{place}.country", f"country can't be {found['country']!r}: write two letters, like US")
        return found

    def _discounts(self, value: object, path: str) -> tuple[Discount, ...] | None:
        """Return the discounts; None if one of them has no stated field."""
        found = []
        for number, table in enumerate(self._list(value, path)):
            place = f"{path}.{number}"
            values = self._table(table, place, DISCOUNT_KEYS)
            if not values:
                return None
            if "amount" not in values:
                self._wrong(place, "the discount has no amount")
                continue
            name, coupon = (self._text(values.get(key, ""), f"{place}.{key}") for key in ("name", "coupon"))
            found.append(Discount(name, self._amount(values["amount"], f"{place}.amount"), coupon))
        return tuple(found)

    def _item(self, table: object, path: str) -> dict[str, Any]:
        values = self._table(table, path, ITEM_KEYS)
        found: dict[str, Any] = {**self._texts(values, path, ITEM_TEXT_KEYS)}
        if "quantity" in values:
            found["quantity"] = self._quantity(values["quantity"], f"{path}.quantity")
        found |= {name: self._amount(values[name], f"{path}.{name}") for name in ITEM_AMOUNT_KEYS if name in values}
        if "weight" in values:
            text = values["weight"]
            found["weight"] = None if text == "" else self._weight(text, f"{path}.weight")
        if "options" in values:
            found["options"] = self._options(values["options"], f"{path}.options")
        return found

    def _quantity(self, value: object, path: str) -> int:
        if not isinstance(value, bool) and isinstance(value, int) and 1 <= value < MAX_AMOUNT:
            return value
        self._wrong(path, f"quantity can't be {value!r}: write a whole number from 1 on, without quotes")
        return 1

    def _options(self, value: object, path: str) -> tuple[Option, ...]:
        if not isinstance(value, dict):
            self._wrong(path, 'options are written like { Colour = "Red" }')
            return ()
        return tuple(Option(name, self._text(text, path)) for name, text in value.items())
