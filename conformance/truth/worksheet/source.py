"""The source of truth that uses a filled-in form. It finds the form's orders in the export by their markers.

A field that the form doesn't state is taken from the export, and the requirements that need the field are not judged
(``unknown``). The time of the last change is always taken from the export, because nobody can write it down exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from conformance.client.parsing.order import ExportedLine, ExportedOrder
from conformance.client.shipstation import MINUTE
from conformance.contract.fields import BY_RECORD, Field
from conformance.core.times import is_searchable
from conformance.truth.source import OneByOne, OrderRef, OrderRefused, TruthUnavailable, look_up
from conformance.truth.worksheet.form import NEEDED, Sheet, WorksheetEntry
from mockstore.orders.draft import Draft
from mockstore.orders.model import ZERO, Address, Customer, Discount, Item, Option, Order
from mockstore.shop.facts import StoreFacts

Exported = Callable[[], Iterator[Sequence[ExportedOrder]]]
"""Yields the orders that a shop exports in one window after another, each wider than the one before."""
BY_HAND = "orders of a worksheet can't be created or changed by a program"
UNKNOWN_TIME = datetime(2001, 1, 1, tzinfo=UTC)
"""Stands in for a time that can't be read in the export."""


class WorksheetTruth(OneByOne):
    """A form as a source of truth. ``exported`` is called when the orders of the form are first needed."""

    name = "the worksheet"
    alternative_source = ""
    is_writable = False

    def __init__(self, sheet: Sheet, exported: Exported) -> None:
        self._sheet, self._exported = sheet, exported

    @property
    def facts(self) -> StoreFacts:
        """The facts that the form states about the shop."""
        sheet = self._sheet
        return StoreFacts(
            name=sheet.name,
            timezone=sheet.timezone,
            currency=sheet.currency,
            weight_unit=sheet.weight_unit,
            statuses=sheet.statuses,
            capabilities=("read",),
            lacks=tuple(map(record_name, sheet.lacks)),
        )

    @cached_property
    def unknown(self) -> dict[str, str]:
        """Requirement → why it can't be judged by the form."""
        found: dict[str, str] = {}
        for field, requirements in NEEDED.items():
            why = self._why_unknown(field)
            for requirement in requirements if why else ():
                found.setdefault(requirement, why)
        return found

    def _why_unknown(self, field: str) -> str:
        if (why := self._sheet.lacks.get(field)) is not None:
            return f"the worksheet says that the shop lacks {field}: {why}"
        if field == "modified_at":
            return "a worksheet doesn't say when an order was changed"
        if field == "currency" and self._sheet.currency:
            return ""
        unstated = next((entry for entry in self._sheet.entries if not entry.states(field)), None)
        return f"the worksheet doesn't state {field} of {unstated.marker} (line {unstated.line})" if unstated else ""

    @cached_property
    def _found(self) -> dict[str, tuple[WorksheetEntry, ExportedOrder]]:
        """Order number → the entry in the form, and the exported order."""
        found: dict[str, tuple[WorksheetEntry, ExportedOrder]] = {}
        left = list(self._sheet.entries)
        for orders in self._exported() if left else ():
            for entry in tuple(left):
                stated = entry.values.get("order_number", "")
                for order in orders:
                    if entry.marker in _words(order) or (stated and stated in (order.number, order.id)):
                        found[stated or order.number] = (entry, order)
                        left.remove(entry)
                        break
            if not left:
                break
        return found

    @property
    def notices(self) -> tuple[str, ...]:
        """Notices about the orders of the form that the suite couldn't use."""
        sheet = self._sheet
        there = {entry.marker for entry, _ in self._found.values()}
        said = []
        if lost := [f"{entry.marker} (line {entry.line})" for entry in sheet.entries if entry.marker not in there]:
            said.append(
                f"worksheet: not found: {', '.join(lost)}. No exported order has the marker in its notes, or the order "
                "number that was written down"
            )
        if skipped := [f"{marker} ({why})" for marker, why in sheet.skipped.items()]:
            said.append(f"worksheet: left out: {', '.join(skipped)}")
        if sheet.waiting:
            said.append(f"worksheet: not placed yet: {', '.join(sheet.waiting)}")
        return tuple(said)

    def modified_between(self, start: datetime, end: datetime) -> tuple[OrderRef, ...]:
        """Return the orders of the form whose exported LastModified is in a period."""
        found = (OrderRef(number, _moment(order, "LastModified")) for number, (_, order) in self._found.items())
        return tuple(sorted((each for each in found if start <= each.modified_at <= end), key=lambda m: m.modified_at))

    def order(self, number: str) -> Order | None:
        """Return the order as it was written down."""
        if number not in self._found:
            return None
        entry, exported = self._found[number]

        def text(name: str) -> str:
            return str(entry.values.get(name, exported[_row(name).element].text))

        def amount(name: str) -> Decimal:
            return Decimal(entry.values.get(name, exported[_row(name).element].decimal or ZERO))

        return Order(
            order_number=number,
            order_id=exported.id,
            status=text("status"),
            placed_at=_placed(entry.values.get("placed_at"), exported),
            modified_at=_moment(exported, "LastModified"),
            currency=text("currency") or self._sheet.currency,
            customer=Customer(
                email=text("email"),
                billing=_address(entry.billing, exported, "billing"),
                shipping=_address(entry.shipping, exported, "shipping"),
            ),
            shipping_method=text("shipping_method"),
            payment_method=text("payment_method"),
            total=amount("total"),
            tax=amount("tax"),
            shipping_amount=amount("shipping_amount"),
            discounts=_discounts(exported) if entry.discounts is None else entry.discounts,
            gift=bool(entry.values.get("gift", exported["Gift"].boolean)),
            gift_message=text("gift_message"),
            customer_notes=text("customer_notes"),
            internal_notes=text("internal_notes"),
            items=tuple(_items(entry.items, exported.lines)),
        )

    def orders(self, numbers: Sequence[str]) -> list[Order | TruthUnavailable | None]:
        """Return the orders as they were written down."""
        return [look_up(self, number) for number in numbers]

    def create(self, draft: Draft) -> str:
        """Raise OrderRefused: only people can create orders."""
        raise OrderRefused(BY_HAND)

    def change(self, number: str, **fields: str | datetime) -> None:
        """Raise OrderRefused: only people can change orders."""
        raise OrderRefused(BY_HAND)

    def delete(self, number: str) -> bool:
        """Return False: only people can delete orders."""
        return False

    def delete_all(self, numbers: Sequence[str]) -> list[str]:
        """Return all numbers: only people can delete orders."""
        return list(numbers)


def _words(order: ExportedOrder) -> frozenset[str]:
    """Return every word of an exported order, so that a marker in a wrong element is found, too."""
    return frozenset(word for text in order.element.itertext() for word in str(text).split())


def _moment(order: ExportedOrder, name: str) -> datetime:
    moment = order[name].moment
    return UNKNOWN_TIME if moment is None or not is_searchable(moment) else moment.replace(tzinfo=moment.tzinfo or UTC)


def _placed(stated: datetime | None, exported: ExportedOrder) -> datetime:
    """Return the time when the order was placed. A time without seconds may be one that people cut off or rounded."""
    shown = _moment(exported, "OrderDate")
    if stated is None or (not stated.second and abs(stated - shown) <= MINUTE):
        return shown
    return stated


def record_name(key: str) -> str:
    """Return the name of a form's field in the store's record: ``customer.billing.name`` for ``billing.name``."""
    return f"customer.{key}" if f"customer.{key}" in BY_RECORD else key


def _row(key: str) -> Field:
    return BY_RECORD[record_name(key)]


def _address(stated: dict[str, str], exported: ExportedOrder, side: str) -> Address:
    return Address(
        **{
            key: stated.get(key, exported[_row(f"{side}.{key}").element].text.strip())
            for key in Address.__struct_fields__
        }
    )


def _discounts(exported: ExportedOrder) -> tuple[Discount, ...]:
    return tuple(
        Discount(line["Name"].text, abs(line["UnitPrice"].decimal or ZERO), line["SKU"].text)
        for line in exported.adjustments
    )


def _items(stated: tuple[dict[str, Any], ...], lines: Sequence[ExportedLine]) -> list[Item]:
    """Return the stated line items. Fields that are not stated come from the exported line of the same SKU or name."""
    if not stated:
        return [_item({}, line) for line in lines]
    found = []
    left = list(lines)
    for item in stated:
        same = next((line for line in left if _may_be_same_line(item, line)), left[0] if left else None)
        if same is not None:
            left.remove(same)
        found.append(_item(item, same))
    return found


def _may_be_same_line(item: dict[str, Any], line: ExportedLine) -> bool:
    options = {option["Value"].text.strip() for option in line.options}
    wanted = {option.value.strip() for option in item.get("options", ())}
    named = item.get("sku") == line["SKU"].text.strip() or item.get("name") == line["Name"].text.strip()
    return named and (not wanted or wanted == options)


def _item(stated: dict[str, Any], line: ExportedLine | None) -> Item:
    if line is None:
        return Item(**stated)
    assumed = {
        "sku": line["SKU"].text.strip(),
        "name": line["Name"].text,
        "quantity": int(line["Quantity"].decimal or 1),
        "unit_price": line["UnitPrice"].decimal or ZERO,
        "image_url": line["ImageUrl"].text.strip(),
        "location": line["Location"].text.strip(),
        "options": tuple(Option(option["Name"].text, option["Value"].text) for option in line.options),
    }
    return Item(**{**assumed, **stated})
