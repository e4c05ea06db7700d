"""The form of an order: its inputs from an order, and the draft that the inputs describe.

The name of an input is the path of its field, like ``items[0].unit_price``. So the path of an
:class:`InvalidField` names the input. A box tells whether an optional address exists.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from mockstore.console.forms import Form
from mockstore.inputs import moments
from mockstore.orders.draft import MAX_QUANTITY, Draft, InvalidField
from mockstore.orders.json_form import checked_draft
from mockstore.orders.model import ZERO, Address, Order, Weight
from mockstore.orders.totals import with_total_and_weight
from mockstore.shop.shop import GRAMS_PER_UNIT

UNITS = tuple(GRAMS_PER_UNIT)
TICKED = "yes"
COMPUTED_WEIGHT = "weight.computed"
"""The box that lets the store compute the weight of the order."""
NOT_IN_FORM = frozenset({"order_id", "shipments"})
ADDRESS = Address.__struct_fields__

LABELS: Final = {
    "order_number": "Order number",
    "status": "Status",
    "placed_at": "Placed at",
    "modified_at": "Last modified",
    "currency": "Currency",
    "shipping_method": "Shipping method",
    "payment_method": "Payment method",
    "total": "Total",
    "tax": "Tax",
    "shipping_amount": "Shipping amount",
    "gift": "This order is a gift",
    "gift_message": "Gift message",
    "customer_notes": "Notes of the customer",
    "internal_notes": "Internal notes",
    "weight.value": "Weight",
    "weight.unit": "Unit of weight",
    COMPUTED_WEIGHT: "Compute the weight from the lines",
    "email": "E-mail",
    "phone": "Phone",
    "code": "Customer code",
    "name": "Name",
    "company": "Company",
    "address1": "Address, line 1",
    "address2": "Address, line 2",
    "city": "City",
    "state": "State or region",
    "postal_code": "Postal code",
    "country": "Country",
    "shipping": "The order has a shipping address",
    "account": "The account has other contact data",
    "line_id": "Line id",
    "sku": "SKU",
    "quantity": "Quantity",
    "unit_price": "Unit price",
    "discount": "Discount",
    "image_url": "Image URL",
    "location": "Location",
    "shippable": "This line is shipped",
    "value": "Value",
    "amount": "Amount",
    "coupon": "Coupon",
}
"""The label of a field, by its path or by the last parts of its path."""
_PLACES = {
    "customer.billing": "Billing address",
    "customer.shipping": "Shipping address",
    "customer.account": "Account",
    "customer": "Customer",
    "items": "Line",
    "options": "option",
    "discounts": "Discount",
}
_ROW = re.compile(r"(items|discounts)\[(\d{1,9})\](?:\.options\[(\d{1,9})\])?")
_BOXES = ("gift", "customer.shipping", "customer.account", ".shippable", COMPUTED_WEIGHT)


def label_of(path: str) -> str:
    """Return the label of an input, without its place."""
    parts = path.split(".")
    return LABELS.get(".".join(parts[-2:])) or LABELS.get(parts[-1], path)


def full_label(path: str) -> str:
    """Return the label of an input with its place, like ``Line 1: SKU``."""
    row = _ROW.match(path)
    if row:
        place = f"{_PLACES[row[1]]} {int(row[2]) + 1}" + (f", option {int(row[3]) + 1}" if row[3] else "")
    else:
        place = next((shown for start, shown in _PLACES.items() if path.startswith(f"{start}.")), "")
    return f"{place}: {label_of(path)}" if place else label_of(path)


def anchor_of(path: str) -> str:
    """Return the id of an input."""
    return f"in-{path}-{TICKED}" if path.endswith(_BOXES) else f"in-{path}"


def digest_of(order: Order) -> str:
    """Return a digest that differs if anything of an order differs."""
    return hashlib.sha256(msgspec.json.encode(order)).hexdigest()[:32]


def browser_text(text: str) -> str:
    """Return a text as any input of a browser may send it: browsers change the ends of lines and drop NUL."""
    return re.sub(r"[\r\n]", "", text).replace("\0", "\ufffd")


# ------------------------------------------------------------------ an order as inputs


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of the inputs that have one."""
    if isinstance(value, msgspec.Struct):
        if path in ("customer.shipping", "customer.account"):
            yield path, TICKED
        for name in value.__struct_fields__:
            if path or name not in NOT_IN_FORM:
                yield from _texts(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, tuple):
        for place, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{place}]")
    elif isinstance(value, bool):
        yield from [(path, TICKED)] if value else ()
    elif isinstance(value, datetime):
        yield path, value.isoformat(" ").removesuffix("+00:00") + "Z"
    elif value is not None:
        yield path, str(value)


def inputs_of(order: Order) -> dict[str, str]:
    """Return the values of the inputs that describe an order."""
    return dict(_texts(order, ""))


def inputs_of_copy(order: Order) -> dict[str, str]:
    """Return the values of the inputs for a new order like this one. Number, times and ids of lines are left out."""
    own = ("order_number", "placed_at", "modified_at")
    return {name: text for name, text in inputs_of(order).items() if name not in own and not name.endswith(".line_id")}


def inputs_of_new(status: str, currency: str) -> dict[str, str]:
    """Return the values of the inputs for a new order: one line, a shipping address, and what the store chooses."""
    return {
        "status": status,
        "currency": currency,
        "customer.shipping": TICKED,
        COMPUTED_WEIGHT: TICKED,
        **new_row("items[0]"),
    }


def new_row(row: str) -> dict[str, str]:
    """Return the values of the inputs of a new row."""
    if row.startswith("discounts"):
        return {f"{row}.name": ""}
    if ".options[" in row:
        return {f"{row}.name": ""}
    return {f"{row}.sku": "", f"{row}.quantity": "1", f"{row}.unit_price": "", f"{row}.shippable": TICKED}


# ------------------------------------------------------------------ rows


Rows = Mapping[str, Sequence[int]]
"""The numbers of the rows of ``items``, ``discounts`` and ``items[N].options``, as far as a form has rows there."""


def rows_of(form: Form) -> Rows:
    """Return the rows of a form."""
    found: dict[str, set[int]] = {}
    for name in form.names():
        if row := _ROW.match(name):
            found.setdefault(row[1], set()).add(int(row[2]))
            if row[3]:
                found.setdefault(f"{row[1]}[{int(row[2])}].options", set()).add(int(row[3]))
    return {of: sorted(numbers) for of, numbers in found.items()}


def numbered(form: Form) -> Form:
    """Return a form whose rows are numbered from 0 on, without gaps."""
    places = {of: {old: new for new, old in enumerate(numbers)} for of, numbers in rows_of(form).items()}

    def renamed(name: str) -> str:
        row = _ROW.match(name)
        if not row:
            return name
        start = f"{row[1]}[{places[row[1]][int(row[2])]}]"
        if row[3]:
            start += f".options[{places[f'{row[1]}[{int(row[2])}].options'][int(row[3])]}]"
        return start + name[row.end() :]

    return Form({renamed(name): form.values(name) for name in form.names()})


def with_row(form: Form, of: str) -> Form:
    """Return a form with one more row of ``items``, ``discounts`` or ``items[N].options``."""
    if not re.fullmatch(r"items|discounts|items\[\d{1,9}\]\.options", of):
        return form
    return form.changed(new_row(f"{of}[{len(rows_of(form).get(of, ()))}]"))


def without_row(form: Form, row: str) -> Form:
    """Return a form without a row, like ``items[2]`` or ``items[0].options[1]``."""
    if not _ROW.fullmatch(row):
        return form
    return numbered(Form({name: form.values(name) for name in form.names() if not name.startswith(f"{row}.")}))


# ------------------------------------------------------------------ inputs as a draft


class _Reading:
    """Reads the inputs of a form. A text that the browser alone changed stays as the order has it."""

    def __init__(self, form: Form, held: Order | None) -> None:
        self.form, self._rows = form, rows_of(form)
        self._held = inputs_of(held) if held is not None else {}

    def each(self, of: str) -> list[str]:
        """Return the paths of the rows."""
        return [f"{of}[{number}]" for number in self._rows.get(of, ())]

    def text(self, path: str) -> str:
        typed, held = self.form.value(path), self._held.get(path)
        return held if held is not None and browser_text(held) == browser_text(typed) else typed

    def amount(self, path: str) -> Decimal:
        return self.form.amount(path, default=ZERO)

    def moment(self, path: str) -> datetime | None:
        moment = self.form.moment(path)
        if moment is not None and not moments.is_kept(moment):
            self.form.refuse(path, f"The time {moments.RANGE}.")
        return moment

    def weight(self, path: str) -> Weight | None:
        if not self.form.value(f"{path}.value").strip():
            return None
        unit = self.form.choice(f"{path}.unit", UNITS, UNITS[0])
        return Weight(self.form.amount(f"{path}.value"), unit)

    def texts(self, path: str, names: Sequence[str]) -> dict[str, str]:
        return {name: self.text(f"{path}.{name}") for name in names}

    def customer(self) -> dict[str, Any]:
        found: dict[str, Any] = self.texts("customer", ("email", "phone"))
        found["code"] = self.text("customer.code") if self._held.get("customer.code") == "" else None
        found["code"] = self.text("customer.code") or found["code"]
        found["billing"] = self.texts("customer.billing", ADDRESS)
        if self.form.flag("customer.shipping"):
            found["shipping"] = self.texts("customer.shipping", ADDRESS)
        if self.form.flag("customer.account"):
            found["account"] = self.texts("customer.account", ("email", "phone"))
        return found

    def option(self, path: str) -> dict[str, Any]:
        return {**self.texts(path, ("name", "value")), "weight": self.weight(f"{path}.weight")}

    def item(self, path: str) -> dict[str, Any]:
        return {
            **self.texts(path, ("line_id", "sku", "name", "image_url", "location")),
            "quantity": self.form.whole(f"{path}.quantity", least=1, most=MAX_QUANTITY),
            "unit_price": self.amount(f"{path}.unit_price"),
            "discount": self.amount(f"{path}.discount"),
            "weight": self.weight(f"{path}.weight"),
            "shippable": self.form.flag(f"{path}.shippable"),
            "options": [self.option(each) for each in self.each(f"{path}.options")],
        }

    def discount(self, path: str) -> dict[str, Any]:
        return {**self.texts(path, ("name", "coupon")), "amount": self.form.amount(f"{path}.amount")}

    def fields(self, statuses: Sequence[str]) -> dict[str, Any]:
        notes = ("gift_message", "customer_notes", "internal_notes")
        return {
            "order_number": self.form.text("order_number", longest=255),
            "status": self.form.choice("status", statuses),
            "placed_at": self.moment("placed_at"),
            "modified_at": self.moment("modified_at"),
            "currency": self.form.text("currency", longest=255),
            **{name: self.text(name) for name in ("shipping_method", "payment_method", *notes)},
            "gift": self.form.flag("gift"),
            "total": self.amount("total"),
            "tax": self.amount("tax"),
            "shipping_amount": self.amount("shipping_amount"),
            "weight": self.weight("weight"),
            "customer": self.customer(),
            "items": [self.item(each) for each in self.each("items")],
            "discounts": [self.discount(each) for each in self.each("discounts")],
        }


def read_order(form: Form, statuses: Sequence[str], held: Order | None = None) -> Draft | None:
    """Return the draft that a numbered form describes; None if an input is wrong, which the form then names.

    ``held`` is the order that is edited. An empty total is computed from the lines.
    """
    reading = _Reading(form, held)
    fields = reading.fields(statuses)
    if form.errors:
        return None
    try:
        draft = checked_draft(fields)
    except InvalidField as wrong:
        form.refuse(wrong.path, f"The value {wrong.why}.")
        return None
    computed = with_total_and_weight(draft)
    return msgspec.structs.replace(
        draft,
        total=draft.total if form.value("total").strip() else computed.total,
        weight=computed.weight if form.flag(COMPUTED_WEIGHT) else draft.weight,
    )


def differences(form: Form, order: Order) -> dict[str, str]:
    """Return what an order has otherwise than a form, by the name of the input. An empty value is shown as such."""
    there = inputs_of(order)
    names = dict.fromkeys((*there, *(name for name in form.names() if name in there or _is_field(name))))
    return {
        name: there.get(name, "") or "(empty)"
        for name in names
        if name != "order_number" and browser_text(form.value(name)) != browser_text(there.get(name, ""))
    }


def _is_field(name: str) -> bool:
    """True if an input has a value of an order. A unit alone has none."""
    return not name.endswith(".unit") and (name in LABELS or "." in name) and name != COMPUTED_WEIGHT
