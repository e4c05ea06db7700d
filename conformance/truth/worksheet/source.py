"""Truth from a form that somebody filled in by hand: the orders are found in the export by their markers.

What wasn't stated of an order is taken as exported, and what needs it isn't judged (``unknown``); so is
when an order was last changed, which nobody can write down exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from conformance.client.parsing.order import ExportedLine, ExportedOrder
from conformance.client.shipstation import MINUTE
from conformance.truth.source import OrderRef, OrderRefused, TruthUnavailable, look_up
from conformance.truth.worksheet.form import NEEDED, Sheet, WorksheetEntry
from mockstore.orders.draft import Draft
from mockstore.orders.model import ZERO, Address, Customer, Discount, Item, Option, Order
from mockstore.shop.facts import StoreFacts

Exported = Callable[[], Iterator[Sequence[ExportedOrder]]]
"""What a shop exports, in one window after the other, each wider than the last."""
BY_HAND = "orders of a worksheet can't be made or changed by a program"


class WorksheetTruth:
    """A form as a source of truth. ``exported`` gives what the shop exports, once that is asked for."""

    name = "the worksheet"
    alternative_source = ""

    def __init__(self, sheet: Sheet, exported: Exported) -> None:
        self._sheet, self._exported = sheet, exported

    @property
    def facts(self) -> StoreFacts:
        """What the form says of the shop."""
        sheet = self._sheet
        return StoreFacts(
            sheet.name,
            "",
            "",
            sheet.timezone,
            sheet.currency,
            sheet.weight_unit,
            sheet.statuses,
            None,
            ("read",),
            tuple(sheet.lacks),
        )

    @cached_property
    def unknown(self) -> dict[str, str]:
        """Requirement → why the form is no base to judge it."""
        found: dict[str, str] = {}
        for field, requirements in NEEDED.items():
            why = self._why_unknown(field)
            for requirement in requirements if why else ():
                found.setdefault(requirement, why)
        return found

    def _why_unknown(self, field: str) -> str:
        if (why := self._sheet.lacks.get(field)) is not None:
            return f"the worksheet says of {field}: {why}"
        if field == "modified_at":
            return "a worksheet doesn't say when an order was changed"
        if field == "currency" and self._sheet.currency:
            return ""
        silent = next((entry for entry in self._sheet.entries if not entry.states(field)), None)
        return f"the worksheet doesn't say {field} of {silent.marker} (line {silent.line})" if silent else ""

    @cached_property
    def _found(self) -> dict[str, tuple[WorksheetEntry, ExportedOrder]]:
        """Order number → what was written down, and what was exported."""
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
        """What of the form couldn't be used."""
        sheet = self._sheet
        there = {entry.marker for entry, _ in self._found.values()}
        said = [
            f"worksheet: {entry.marker} (line {entry.line}) wasn't found: no exported order of the window has the "
            "marker in its notes, or the order number that was written down"
            for entry in sheet.entries
            if entry.marker not in there
        ]
        said += [f"worksheet: {marker} was left out: {why}" for marker, why in sheet.skipped.items()]
        if sheet.waiting:
            said.append(f"worksheet: not placed yet: {', '.join(sheet.waiting)}")
        return tuple(said)

    def modified_between(self, start: datetime, end: datetime) -> tuple[OrderRef, ...]:
        """The orders of the form that were found, at the times that the export says."""
        found = (OrderRef(number, _moment(order, "LastModified")) for number, (_, order) in self._found.items())
        return tuple(sorted((each for each in found if start <= each.modified_at <= end), key=lambda m: m.modified_at))

    def order(self, number: str) -> Order | None:
        """The order as it was written down."""
        if number not in self._found:
            return None
        entry, exported = self._found[number]
        values = entry.values

        def text(name: str, path: str) -> str:
            return str(values.get(name, exported[path].text))

        def amount(name: str, path: str) -> Decimal:
            return Decimal(values.get(name, exported[path].decimal or ZERO))

        billing = _address(entry.billing, exported, "BillTo")
        shipping = _address(entry.shipping, exported, "ShipTo")
        gift = exported["Gift"].boolean is True
        return Order(
            order_number=number,
            order_id=exported.id,
            status=text("status", "OrderStatus"),
            placed_at=_placed(values.get("placed_at"), exported),
            modified_at=_moment(exported, "LastModified"),
            currency=text("currency", "CurrencyCode") or self._sheet.currency,
            customer=Customer(text("email", "Customer/BillTo/Email"), "", billing, shipping),
            shipping_method=text("shipping_method", "ShippingMethod"),
            payment_method=text("payment_method", "PaymentMethod"),
            total=amount("total", "OrderTotal"),
            tax=amount("tax", "TaxAmount"),
            shipping_amount=amount("shipping_amount", "ShippingAmount"),
            discounts=_discounts(exported) if entry.discounts is None else entry.discounts,
            gift=bool(values.get("gift", gift)),
            gift_message=text("gift_message", "GiftMessage"),
            customer_notes=text("customer_notes", "CustomerNotes"),
            internal_notes=text("internal_notes", "InternalNotes"),
            items=tuple(_items(entry.items, exported.lines)),
        )

    def orders(self, numbers: Sequence[str]) -> list[Order | TruthUnavailable | None]:
        """The orders as they were written down."""
        return [look_up(self, number) for number in numbers]

    def create(self, draft: Draft) -> str:
        """Never."""
        raise OrderRefused(BY_HAND)

    def change(self, number: str, **fields: str | datetime) -> None:
        """Never."""
        raise OrderRefused(BY_HAND)

    def delete(self, number: str) -> bool:
        """Never."""
        return False

    def delete_all(self, numbers: Sequence[str]) -> list[str]:
        """None."""
        return list(numbers)


def _words(order: ExportedOrder) -> frozenset[str]:
    """Every word of an order, wherever it stands: a marker in the wrong element is found as well."""
    return frozenset(word for text in order.element.itertext() for word in str(text).split())


def _moment(order: ExportedOrder, name: str) -> datetime:
    moment = order[name].moment
    return datetime(2001, 1, 1, tzinfo=UTC) if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC)


def _placed(stated: datetime | None, exported: ExportedOrder) -> datetime:
    """When the order was placed. Somebody who reads it off a page sees the minute, cut off or rounded."""
    shown = _moment(exported, "OrderDate")
    if stated is None or (not stated.second and abs(stated - shown) <= MINUTE):
        return shown
    return stated


def _address(stated: dict[str, str], exported: ExportedOrder, place: str) -> Address:
    names = {name: "".join(part.capitalize() for part in name.split("_")) for name in Address.__struct_fields__}
    return Address(
        **{
            name: stated.get(name, exported[f"Customer/{place}/{element}"].text.strip())
            for name, element in names.items()
        }
    )


def _discounts(exported: ExportedOrder) -> tuple[Discount, ...]:
    return tuple(
        Discount(line["Name"].text, abs(line["UnitPrice"].decimal or ZERO), line["SKU"].text)
        for line in exported.adjustments
    )


def _items(stated: tuple[dict[str, Any], ...], lines: Sequence[ExportedLine]) -> list[Item]:
    """The lines that were written down; of what wasn't stated, the exported line of the same SKU or name says it."""
    if not stated:
        return [_item({}, line) for line in lines]
    found = []
    left = list(lines)
    for item in stated:
        same = next((line for line in left if _likely(item, line)), left[0] if left else None)
        if same is not None:
            left.remove(same)
        found.append(_item(item, same))
    return found


def _likely(item: dict[str, Any], line: ExportedLine) -> bool:
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
