"""Reads a filled-in form. Every typing mistake is named with its line, all of them at once."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from conformance.contract.fields import BY_RECORD
from conformance.core.errors import ConformanceError
from mockstore.orders.model import Address, Discount, Option, Weight
from mockstore.shop.shop import GRAMS_PER_UNIT, Status
from mockstore.shop.suggestions import did_you_mean

MEANINGS = ("unpaid", "paid", "shipped", "cancelled", "on_hold", "none")
TEXTS = (
    "order_number status email shipping_method payment_method gift_message customer_notes internal_notes currency"
).split()
AMOUNTS = ("total", "tax", "shipping_amount")
ADDRESS = tuple(Address.__struct_fields__)
ORDER = (
    "marker",
    "placed",
    "skip",
    "placed_at",
    "gift",
    "same_address",
    *TEXTS,
    *AMOUNTS,
    "billing",
    "shipping",
    "discount",
    "item",
)
ITEM = ("sku", "name", "quantity", "unit_price", "weight", "image_url", "location", "options")
DISCOUNT = ("name", "amount", "coupon")
SHOP = ("timezone", "currency", "statuses", "weight_unit", "name")


def _needed() -> dict[str, tuple[str, ...]]:
    names = {row.record: row.record.removeprefix("customer.") for row in BY_RECORD.values() if row.requirements}
    # orders are found by their numbers or markers, so a form without the number hides nothing
    asked = {"modified_at", "discounts", "items", *(f"items.{name}" for name in ITEM), *ORDER} - {"order_number"}
    asked |= {f"{side}.{name}" for side in ("billing", "shipping") for name in ADDRESS}
    return {name: BY_RECORD[record].requirements for record, name in names.items() if name in asked}


NEEDED = _needed()
"""Field of the form → the requirements that can't be judged if the form doesn't state it."""


class WorksheetError(ConformanceError):
    """The form can't be taken; one line for each mistake, with its place."""


@dataclass(frozen=True)
class WorksheetEntry:
    """An order as somebody wrote it down: only what they stated. ``line`` is where it begins."""

    marker: str
    line: int
    values: dict[str, Any]
    billing: dict[str, str]
    shipping: dict[str, str]
    discounts: tuple[Discount, ...] | None
    items: tuple[dict[str, Any], ...]

    def states(self, path: str) -> bool:
        """Whether a field was stated; for fields of lines, whether every line states it."""
        place, _, name = path.rpartition(".")
        if place == "items":
            return bool(self.items) and all(name in item for item in self.items)
        if place in ("billing", "shipping"):
            return name in getattr(self, place)
        if path == "discounts":
            return self.discounts is not None
        return bool(self.items) if path == "items" else path in self.values


@dataclass(frozen=True)
class Sheet:
    """A whole form."""

    name: str
    timezone: str
    currency: str
    weight_unit: str
    statuses: tuple[Status, ...]
    lacks: dict[str, str]
    entries: tuple[WorksheetEntry, ...]
    skipped: dict[str, str] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    """Markers of orders that aren't placed yet."""


def read_form(path: Path) -> Sheet:
    """The form in a file.

    Raises:
        WorksheetError: where it can't be read, or says what can't be meant.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise WorksheetError(f"the worksheet {path} can't be read: {why}") from None
    return sheet_of(text, str(path))


def sheet_of(text: str, path: str) -> Sheet:
    """The form with this content.

    Raises:
        WorksheetError: where it says what can't be meant.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorksheetError(f"{path} has a mistake: {error}") from None
    reader = _Reader(text)
    sheet = reader.sheet(content)
    if reader.mistakes:
        listed = "\n".join(f"  line {line}: {what}" for line, what in sorted(reader.mistakes))
        raise WorksheetError(f"{path} has mistakes:\n{listed}")
    return sheet


def places(text: str) -> dict[str, int]:
    """Where each table and key stands: ``order.0.item.1.sku`` → its line, from 1."""
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
    """Turns TOML into a sheet, and takes down what is wrong."""

    def __init__(self, text: str) -> None:
        self._places = places(text)
        self._zone: ZoneInfo | None = None
        self._statuses: tuple[str, ...] = ()
        self.mistakes: set[tuple[int, str]] = set()

    def _wrong(self, path: str, what: str) -> None:
        while path and path not in self._places:
            path = path.rpartition(".")[0]
        self.mistakes.add((self._places.get(path, 1), what))

    def _table(self, value: Any, path: str, known: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._wrong(path, f"{path.split('.')[-1]} is a table")
            return {}
        for name in value.keys() - set(known):
            hint = did_you_mean(name, known, otherwise=f" Known are {', '.join(known)}.")
            self._wrong(f"{path}.{name}".lstrip("."), f"{name!r} is no field.{hint}")
        return {name: value[name] for name in known if name in value}

    def _list(self, value: Any, path: str) -> list[Any]:
        if isinstance(value, list):
            return value
        self._wrong(path, f"write [[{'.'.join(part for part in path.split('.') if not part.isdigit())}]]")
        return []

    def _text(self, value: Any, path: str) -> str:
        if isinstance(value, str):
            return value
        self._wrong(path, f"{path.rpartition('.')[2]} is a text: put it between quotes")
        return ""

    def _amount(self, value: Any, path: str) -> Decimal:
        name = path.rpartition(".")[2]
        if not isinstance(value, bool) and isinstance(value, str | int | float):
            try:
                amount = Decimal(str(value).strip())
                if amount.is_finite() and amount >= 0:
                    return amount
            except InvalidOperation:
                pass
        self._wrong(path, f'{value!r} is no {name}: write it like "19.90"')
        return Decimal(0)

    def _weight(self, value: Any, path: str) -> Weight:
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", value) if isinstance(value, str) else None
        if found and found[2] in GRAMS_PER_UNIT:
            return Weight(Decimal(found[1]), found[2])
        self._wrong(path, f'{value!r} is no weight: write it like "0.350 kg" ({", ".join(GRAMS_PER_UNIT)})')
        return Weight(Decimal(0), "g")

    def sheet(self, content: dict[str, Any]) -> Sheet:
        """The whole form."""
        content = self._table(content, "", ("shop", "lacks", "order"))
        shop = self._table(content.get("shop", {}), "shop", SHOP)
        texts = {name: self._text(shop.get(name, ""), f"shop.{name}") for name in SHOP if name != "statuses"}
        try:
            self._zone = ZoneInfo(texts["timezone"] or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            self._wrong("shop.timezone", f"{texts['timezone']!r} is no time zone: write it like Europe/Berlin")
        statuses = self._read_statuses(shop.get("statuses", {}))
        self._statuses = tuple(status.name for status in statuses)
        lacks_table = content.get("lacks", {})
        lacks = self._table(lacks_table, "lacks", tuple(NEEDED))
        for name, why in lacks.items():
            if not self._text(why, f"lacks.{name}").strip():
                self._wrong(f"lacks.{name}", "say why, between quotes")
        return self._orders(self._list(content.get("order", []), "order"), texts, statuses, lacks)

    def _read_statuses(self, value: Any) -> tuple[Status, ...]:
        found = []
        for name, meaning in value.items() if isinstance(value, dict) else ():
            if meaning not in MEANINGS:
                self._wrong("shop.statuses", f"{name} = {meaning!r}: one of {', '.join(MEANINGS)}")
            else:
                found.append(Status(name, None if meaning == "none" else meaning, shipped=meaning == "shipped"))
        return tuple(found)

    def _orders(
        self, tables: list[Any], shop: dict[str, str], statuses: tuple[Status, ...], lacks: dict[str, str]
    ) -> Sheet:
        entries: list[WorksheetEntry] = []
        skipped: dict[str, str] = {}
        waiting: list[str] = []
        seen: dict[str, int] = {}
        for number, table in enumerate(tables):
            path = f"order.{number}"
            values = self._table(table, path, ORDER)
            marker = self._text(values.get("marker", ""), f"{path}.marker").strip()
            line = self._places.get(path, 1)
            if not marker:
                self._wrong(path, "the order has no marker")
            elif marker in seen:
                self._wrong(f"{path}.marker", f"the marker {marker} stands in line {seen[marker]} already")
            seen.setdefault(marker, line)
            if "skip" in values:
                skipped[marker] = self._text(values["skip"], f"{path}.skip")
                if not skipped[marker].strip():
                    self._wrong(f"{path}.skip", "say why the order was left out, between quotes")
            elif values.get("placed") is True:
                entries.append(self._entry(marker, line, path, values))
            else:
                if values.get("placed", False) is not False:
                    self._wrong(f"{path}.placed", "placed is true or false, without quotes")
                waiting.append(marker)
        return Sheet(
            shop["name"],
            shop["timezone"] or "UTC",
            shop["currency"],
            shop["weight_unit"],
            statuses,
            lacks,
            tuple(entries),
            skipped,
            tuple(waiting),
        )

    def _entry(self, marker: str, line: int, path: str, given: dict[str, Any]) -> WorksheetEntry:
        values: dict[str, Any] = {name: self._text(given[name], f"{path}.{name}") for name in TEXTS if name in given}
        values |= {name: self._amount(given[name], f"{path}.{name}") for name in AMOUNTS if name in given}
        if not values.get("order_number"):
            values.pop("order_number", None)
        if marker not in values.get("customer_notes", marker):
            self._wrong(f"{path}.customer_notes", f"the marker {marker} isn't in the notes")
        if values.get("status") and self._statuses and values["status"] not in self._statuses:
            self._wrong(f"{path}.status", f"{values['status']!r} is none of the shop's: {', '.join(self._statuses)}")
        if "gift" in given:
            if not isinstance(given["gift"], bool):
                self._wrong(f"{path}.gift", "gift is true or false, without quotes")
            values["gift"] = given["gift"]
        if "placed_at" in given:
            values["placed_at"] = self._moment(given["placed_at"], f"{path}.placed_at")
        discounts = given.get("discount")
        billing = self._address(given, path, "billing")
        same = given.get("same_address", False)
        if not isinstance(same, bool):
            self._wrong(f"{path}.same_address", "same_address is true or false, without quotes")
        return WorksheetEntry(
            marker,
            line,
            values,
            billing,
            billing if same is True and "shipping" not in given else self._address(given, path, "shipping"),
            None if discounts is None else self._discounts(discounts, f"{path}.discount"),
            tuple(
                self._item(item, f"{path}.item.{number}")
                for number, item in enumerate(self._list(given.get("item", []), f"{path}.item"))
            ),
        )

    def _moment(self, value: Any, path: str) -> datetime:
        if not isinstance(value, datetime):
            self._wrong(path, f"{value!r} is no time: write it like 2026-11-24T10:05:00, without quotes")
            return datetime(2001, 1, 1, tzinfo=UTC)
        local = value if value.tzinfo else value.replace(tzinfo=self._zone or UTC)
        return local.astimezone(UTC)

    def _address(self, given: dict[str, Any], path: str, kind: str) -> dict[str, str]:
        place = f"{path}.{kind}"
        table = self._table(given.get(kind, {}), place, ADDRESS)
        found = {name: self._text(value, f"{place}.{name}") for name, value in table.items()}
        if found.get("country") and not re.fullmatch("[A-Z]{2}", found["country"]):
            self._wrong(f"{place}.country", f"{found['country']!r} is no country: two letters, like US")
        return found

    def _discounts(self, value: Any, path: str) -> tuple[Discount, ...] | None:
        """None where a discount is there of which nothing was stated."""
        found = []
        for number, table in enumerate(self._list(value, path)):
            place = f"{path}.{number}"
            values = self._table(table, place, DISCOUNT)
            if not values:
                return None
            if "amount" not in values:
                self._wrong(place, "the discount has no amount")
                continue
            name, coupon = (self._text(values.get(key, ""), f"{place}.{key}") for key in ("name", "coupon"))
            found.append(Discount(name, self._amount(values["amount"], f"{place}.amount"), coupon))
        return tuple(found)

    def _item(self, table: Any, path: str) -> dict[str, Any]:
        values = self._table(table, path, ITEM)
        found: dict[str, Any] = {
            name: self._text(values[name], f"{path}.{name}")
            for name in ("sku", "name", "image_url", "location")
            if name in values
        }
        quantity = values.get("quantity", 1)
        if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
            self._wrong(f"{path}.quantity", f"{quantity!r} is no quantity: a whole number from 1 on, without quotes")
        elif "quantity" in values:
            found["quantity"] = quantity
        if "unit_price" in values:
            found["unit_price"] = self._amount(values["unit_price"], f"{path}.unit_price")
        if "weight" in values:
            text = values["weight"]
            found["weight"] = None if text == "" else self._weight(text, f"{path}.weight")
        if "options" in values:
            options = values["options"]
            if not isinstance(options, dict):
                self._wrong(f"{path}.options", 'options are written like { Colour = "Red" }')
                options = {}
            found["options"] = tuple(
                Option(name, self._text(text, f"{path}.options")) for name, text in options.items()
            )
        return found
