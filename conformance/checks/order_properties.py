"""The properties of orders, in one table: each has a name, and a function that tells whether an order has it.

Two searches use the table. ``missing_orders`` finds out why orders are missing. ``shared_property`` finds out what the
orders that fail a requirement have in common. The name of a property follows "have" or "with": *a gift message*.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from html import escape
from itertools import combinations, pairwise
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from conformance.checks.item_images import is_without_image
from conformance.checks.item_locations import is_without_location
from conformance.checks.item_options import MAX_OPTIONS
from conformance.checks.missing_lines import FREE, ONE_OF_MANY, TWIN, WITHOUT_SKU, LineProperty
from conformance.checks.notes import MAX_NOTE_CHARS, has_note_over_limit
from conformance.checks.statuses import is_custom_status
from conformance.contract.fields import BY_RECORD
from mockstore.orders.model import Address, Item, Order
from mockstore.shop.facts import StoreFacts

_BREAKING = re.compile(r"<|&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)")
"""Text that makes a document malformed if it isn't escaped."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LATIN = re.compile(r"[\x80-\xff]")
_BEYOND_BASIC_PLANE = re.compile(r"[\U00010000-\U0010ffff]")

NO_SCENARIO = ""
"""The group of the properties that explain missing orders and that no scenario is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderProperty:
    """A property of an order.

    ``fields`` are the fields of the store's record that it is about. ``opposite`` is the name of its opposite; empty if
    the opposite is nothing that people would look for.

    ``group`` is None if the property never explains a missing order. Otherwise it is the property's name in the
    features: ``Given the store's orders with {group}``. One scenario reports all properties of a group. ``is_must`` is
    false if only a SHOULD, or no requirement at all, is about such orders. Then WIN-1 reports their loss, too.
    """

    name: str
    holds: Callable[[Order], bool]
    fields: tuple[str, ...] = ()
    opposite: str = ""
    group: str | None = None
    is_must: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCategory:
    """A property with values: each value that an order has is a property of its own. ``form`` names it."""

    form: str
    fields: tuple[str, ...]
    values: Callable[[Order], Iterable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMeasure:
    """A number that an order has. Orders may share that theirs is higher, or lower, than that of all others.

    ``form`` names the property: ``a total of {}``. ``limits`` are numbers from which on people expect a difference.
    """

    form: str
    fields: tuple[str, ...]
    value: Callable[[Order], Decimal | int | None]
    limits: tuple[int, ...] = ()
    has_low: bool = True
    """True if people look for low numbers, too."""


# ---------------------------------------------------------------------- reading an order


def values_of(order: Order, record: str) -> list[object]:
    """Return the values of a field of the store's record, one for each line, option or discount that has the field."""
    found: list[object] = [order]
    for name in record.split("."):
        found = [value for each in found if (value := getattr(each, name)) is not None]
        found = [one for value in found for one in (value if isinstance(value, tuple) else (value,))]
    return found


def _some(predicate: Callable[[Item], bool]) -> Callable[[Order], bool]:
    return lambda order: any(predicate(item) for item in order.items)


def _line(name: str, fields: str, line: LineProperty, group: str | None = None, opposite: str = "") -> OrderProperty:
    """Return the property of orders that have a line with the property ``line``."""
    return OrderProperty(
        name=name,
        holds=lambda order: any(line.holds(item, order) for item in order.items),
        fields=(fields,),
        opposite=opposite,
        group=group,
        is_must=line.is_must,
    )


def _texts(order: Order) -> str:
    customer = order.customer
    addresses = [customer.billing, *filter(None, (customer.shipping,))]
    return " ".join(
        [
            *(f"{each.name} {each.company} {each.address1} {each.address2} {each.city}" for each in addresses),
            *(f"{item.name} {item.sku} {item.location}" for item in order.items),
            *(f"{option.name} {option.value}" for item in order.items for option in item.options),
            order.customer_notes,
            order.internal_notes,
            order.gift_message,
            order.shipping_method,
            order.payment_method,
            order.status,
        ]
    )


def _is_bare(order: Order) -> bool:
    customer = order.customer
    return not any(
        (
            customer.phone,
            customer.billing.phone,
            customer.billing.company,
            order.customer_notes,
            order.internal_notes,
        )
    ) and all(not item.image_url and not item.options for item in order.items)


def _is_wide(note: str) -> bool:
    """True if a note has too many bytes. Code that counts bytes may cut it inside a character."""
    return len(note.encode("utf-8", "surrogatepass")) > MAX_NOTE_CHARS and not note.isascii()


def _has_twice(values: Iterable[object]) -> bool:
    return any(number > 1 for number in Counter(values).values())


def _amounts(order: Order) -> Iterator[Decimal]:
    yield from (order.total, order.tax, order.shipping_amount)
    yield from (item.unit_price for item in order.items)
    yield from (discount.amount for discount in order.discounts)


def _decimals(amount: Decimal) -> int:
    """Return the number of decimals that an amount needs."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _other(name: str) -> Callable[[Order], bool]:
    """Return the predicate for orders whose two addresses differ in a field."""
    read: Callable[[Address], str] = attrgetter(name)

    def differs(order: Order) -> bool:
        shipping = order.customer.shipping
        return shipping is not None and read(shipping) != read(order.customer.billing)

    return differs


def _address_fields(name: str) -> tuple[str, ...]:
    return (f"customer.billing.{name}", f"customer.shipping.{name}")


def _same_sku(differ: Callable[[Item, Item], bool]) -> Callable[[Order], bool]:
    """Return the predicate for orders with two lines of one SKU that differ in something."""

    def holds(order: Order) -> bool:
        return any(
            one.sku == two.sku and not WITHOUT_SKU.holds(one, order) and differ(one, two)
            for one, two in combinations(order.items, 2)
        )

    return lambda order: _has_twice(item.sku for item in order.items) and holds(order)


def _option_texts(item: Item, name: str) -> list[str]:
    return [getattr(option, name) for option in item.options]


def _state(holds: Callable[[str], bool]) -> Callable[[Order], bool]:
    """Return the predicate for orders whose shipping address has a state for which ``holds`` is true."""
    return lambda order: order.customer.shipping is not None and holds(order.customer.shipping.state.strip())


def _weights(order: Order) -> Iterator[Decimal]:
    yield from (item.weight.value for item in order.items if item.weight is not None)


# ---------------------------------------------------------------------- the table

SPECIAL_CHARACTERS = "special characters"
OPTIONAL_DATA = "optional data missing"
LONG_NOTES = "long notes"
NOTES = ("customer_notes", "internal_notes")
DATES = ("placed_at", "modified_at")


def _property(
    name: str,
    fields: str | tuple[str, ...],
    holds: Callable[[Order], bool],
    *,
    opposite: str = "",
    group: str | None = None,
    is_must: bool = True,
) -> OrderProperty:
    about = (fields,) if isinstance(fields, str) else fields
    return OrderProperty(name=name, fields=about, holds=holds, opposite=opposite, group=group, is_must=is_must)


EXPLAINING = (
    _line("a line that is free", "items.unit_price", FREE, "a free line", "no line that is free"),
    _line("200 lines", "items", ONE_OF_MANY, "200 lines"),
    _line("a product without a SKU", "items.sku", WITHOUT_SKU, "a product without a SKU"),
    _property("hardly any optional data", (), _is_bare, group=OPTIONAL_DATA),
    _property(
        "a product without an image", "items.image_url", _some(is_without_image), group="a product without an image"
    ),
    _property(
        "a product without a weight", "items.weight", _some(lambda item: item.weight is None), group=OPTIONAL_DATA
    ),
    _property("a product without a location", "items.location", _some(is_without_location), group=OPTIONAL_DATA),
    _property(
        "no billing name",
        "customer.billing.name",
        lambda order: not order.customer.billing.name.strip(),
        group="no billing name",
    ),
    _property(
        "no phone in the order",
        ("customer.phone", *_address_fields("phone")),
        lambda order: not order.customer.phone and not order.customer.billing.phone,
        opposite="a phone in the order",
        group=OPTIONAL_DATA,
    ),
    _property(
        "a gift message",
        ("gift_message", "gift"),
        lambda order: bool(order.gift_message),
        opposite="no gift message",
        group="a gift message",
    ),
    _property("the gift flag", "gift", lambda order: order.gift, opposite="no gift flag", group="the gift flag"),
    _property(
        "a coupon",
        ("discounts.coupon", "discounts"),
        lambda order: any(discount.coupon for discount in order.discounts),
        opposite="no coupon",
        group="a coupon",
    ),
    _property(
        "a discount", "discounts", lambda order: bool(order.discounts), opposite="no discount", group="a discount"
    ),
    _property(
        "more than ten options on a line",
        "items.options",
        _some(lambda item: len(item.options) > MAX_OPTIONS),
        group="more than ten options on a line",
    ),
    _property("']]>' in a text", (), lambda order: "]]>" in _texts(order), group=SPECIAL_CHARACTERS),
    _property(
        "& or < in a text", (), lambda order: _BREAKING.search(_texts(order)) is not None, group=SPECIAL_CHARACTERS
    ),
    _property(
        "control characters in a text",
        (),
        lambda order: _CONTROL.search(_texts(order)) is not None,
        group=SPECIAL_CHARACTERS,
    ),
    _property(
        "letters like é or ß in a text",
        (),
        lambda order: _LATIN.search(_texts(order)) is not None,
        group=SPECIAL_CHARACTERS,
    ),
    _property(
        "characters beyond the basic plane",
        (),
        lambda order: _BEYOND_BASIC_PLANE.search(_texts(order)) is not None,
        group=SPECIAL_CHARACTERS,
    ),
    _property(
        "characters beyond ASCII",
        (),
        lambda order: not _texts(order).isascii(),
        opposite="only ASCII characters",
        group=SPECIAL_CHARACTERS,
    ),
    _property("notes over 1000 characters", NOTES, has_note_over_limit, group=LONG_NOTES),
    _property(
        "notes of over 1000 bytes by the customer",
        "customer_notes",
        lambda order: _is_wide(order.customer_notes),
        group=LONG_NOTES,
    ),
    _property(
        "notes of over 1000 bytes by the staff",
        "internal_notes",
        lambda order: _is_wide(order.internal_notes),
        group=LONG_NOTES,
    ),
    _property(
        "a number that isn't its id",
        ("order_number", "order_id"),
        lambda order: order.order_number != order.order_id,
        opposite="a number that is its id",
        group=NO_SCENARIO,
        is_must=False,
    ),
    _property(
        "no line to ship",
        "items.shippable",
        lambda order: not any(item.shippable for item in order.items),
        group=OPTIONAL_DATA,
    ),
)
"""The properties that may explain a missing order."""

FURTHER = (
    _line("several lines with the same SKU", "items.sku", TWIN),
    *(
        _property(
            f"lines with the same SKU, {how}", ("items.sku", "items.options", "items.unit_price"), _same_sku(differ)
        )
        for how, differ in (
            ("only some of which have options", lambda one, two: bool(one.options) != bool(two.options)),
            (
                "with different options of the same values",
                lambda one, two: (
                    one.options != two.options and _option_texts(one, "value") == _option_texts(two, "value")
                ),
            ),
            (
                "with different values of the same options",
                lambda one, two: (
                    one.options != two.options and _option_texts(one, "name") == _option_texts(two, "name")
                ),
            ),
            ("of different prices", lambda one, two: one.unit_price != two.unit_price),
        )
    ),
    _property("a SKU with lower-case letters", "items.sku", _some(lambda item: item.sku != item.sku.upper())),
    _property("no lines", "items", lambda order: not order.items, opposite="a line"),
    _property("several lines", "items", lambda order: len(order.items) > 1, opposite="at most one line"),
    _property(
        "several lines with the same name",
        "items.name",
        lambda order: _has_twice(item.name for item in order.items),
    ),
    _property(
        "a line that is not shipped, like a download",
        "items.shippable",
        _some(lambda item: not item.shippable),
        opposite="only lines to ship",
    ),
    _property(
        "a line of several units",
        "items.quantity",
        _some(lambda item: item.quantity > 1),
        opposite="no line of several units",
    ),
    _property(
        "a discount on a line",
        ("items.discount", "discounts"),
        _some(lambda item: item.discount > 0),
        opposite="no discount on a line",
    ),
    _property("several discounts", "discounts", lambda order: len(order.discounts) > 1),
    _property(
        "several discounts of the same amount",
        "discounts",
        lambda order: _has_twice(each.amount for each in order.discounts),
    ),
    _property(
        "several discounts of the same name",
        "discounts",
        lambda order: _has_twice(each.name for each in order.discounts),
    ),
    _property("several coupons", "discounts", lambda order: sum(bool(each.coupon) for each in order.discounts) > 1),
    _property(
        "a discount without a coupon", "discounts", lambda order: any(not each.coupon for each in order.discounts)
    ),
    _property(
        "a coupon with lower-case letters",
        ("discounts.coupon", "discounts"),
        lambda order: any(each.coupon != each.coupon.upper() for each in order.discounts),
    ),
    _property("a discount of 0", "discounts", lambda order: any(not each.amount for each in order.discounts)),
    _property(
        "an option on a line", "items.options", _some(lambda item: bool(item.options)), opposite="no option on any line"
    ),
    _property("a line without options", "items.options", _some(lambda item: not item.options)),
    _property("several options on a line", "items.options", _some(lambda item: len(item.options) > 1)),
    _property(
        "several options of the same name on a line",
        "items.options",
        _some(lambda item: _has_twice(option.name for option in item.options)),
    ),
    _property(
        "an option with a weight",
        ("items.options.weight", "items.weight", "weight"),
        _some(lambda item: any(option.weight is not None for option in item.options)),
        opposite="no option with a weight",
    ),
    _property(
        "a product that weighs 0",
        "items.weight",
        _some(lambda item: item.weight is not None and not item.weight.value),
    ),
    _property(
        "weights in several units",
        "items.weight",
        lambda order: len({item.weight.unit for item in order.items if item.weight is not None}) > 1,
    ),
    _property(
        "a weight in lines with several units",
        ("items.weight", "weight"),
        _some(lambda item: item.weight is not None and item.quantity > 1),
    ),
    _property("a total of 0", "total", lambda order: not order.total),
    _property("a tax", "tax", lambda order: bool(order.tax), opposite="no tax"),
    _property(
        "shipping costs", "shipping_amount", lambda order: bool(order.shipping_amount), opposite="no shipping costs"
    ),
    _property(
        "amounts with more than two decimals",
        ("items.unit_price", "discounts", "total", "tax", "shipping_amount"),
        lambda order: any(_decimals(amount) > 2 for amount in _amounts(order)),
    ),
    _property(
        "a unit price with more than two decimals",
        "items.unit_price",
        _some(lambda item: _decimals(item.unit_price) > 2),
    ),
    *(
        _property(f"{noun} with more than two decimals", field, holds)
        for noun, field, holds in (
            ("shipping costs", "shipping_amount", lambda order: _decimals(order.shipping_amount) > 2),
            ("a tax", "tax", lambda order: _decimals(order.tax) > 2),
            ("a discount", "discounts", lambda order: any(_decimals(each.amount) > 2 for each in order.discounts)),
        )
    ),
    _property(
        "discounts of everything to pay",
        ("total", "discounts"),
        lambda order: not order.total and any(each.amount > 0 for each in order.discounts),
    ),
    _property(
        "only whole amounts",
        ("items.unit_price", "discounts", "total", "tax", "shipping_amount"),
        lambda order: all(_decimals(amount) == 0 for amount in _amounts(order)),
        opposite="an amount that is not whole",
    ),
    _property(
        "an amount over 1,000",
        ("items.unit_price", "discounts", "total", "tax", "shipping_amount"),
        lambda order: any(amount >= 1000 for amount in _amounts(order)),
    ),
    _property(
        "no shipping address",
        "customer.shipping",
        lambda order: order.customer.shipping is None,
        opposite="a shipping address",
    ),
    _property(
        "a shipping address that is not the billing address",
        ("customer.shipping", "customer.billing"),
        lambda order: order.customer.shipping not in (None, order.customer.billing),
        opposite="the billing address as shipping address",
    ),
    *(
        _property(
            f"another {noun} in the shipping address than in the billing address",
            _address_fields(field),
            _other(field),
            opposite=f"the same {noun} in both addresses",
        )
        for field, noun in (
            ("name", "name"),
            ("company", "company"),
            ("phone", "phone"),
            ("address1", "street"),
            ("city", "city"),
            ("state", "state"),
            ("country", "country"),
        )
    ),
    *(
        _property(name, "customer.shipping.state", _state(holds))
        for name, holds in (
            ("the name of a state in capitals", lambda state: len(state) > 2 and state.isupper()),
            ("the name of a state in lower case", lambda state: len(state) > 2 and state.islower()),
            ("the code of a state in lower case", lambda state: len(state) <= 2 and state.islower()),
            ("the name of a state, in place of its code", lambda state: len(state) > 2),
        )
    ),
    _property(
        "an account with another e-mail address",
        "customer.email",
        lambda order: order.customer.account is not None and bool(order.customer.account.email),
    ),
    _property(
        "an account with another phone",
        ("customer.phone", *_address_fields("phone")),
        lambda order: order.customer.account is not None and bool(order.customer.account.phone),
    ),
    _property("notes of customer and staff", NOTES, lambda order: bool(order.customer_notes and order.internal_notes)),
    _property("no notes at all", NOTES, lambda order: not order.customer_notes and not order.internal_notes),
    _property("a shipment", "shipments", lambda order: bool(order.shipments), opposite="no shipment"),
    _property("several shipments", "shipments", lambda order: len(order.shipments) > 1),
    _property(
        "an order date in the second of the last change",
        DATES,
        lambda order: order.placed_at == order.modified_at,
        opposite="a last change after the order date",
    ),
    _property(
        "an order date on another day than the last change",
        DATES,
        lambda order: order.placed_at.date() != order.modified_at.date(),
        opposite="an order date on the day of the last change",
    ),
    _property(
        "an order date in another year than the last change",
        DATES,
        lambda order: order.placed_at.year != order.modified_at.year,
    ),
    *(
        one
        for field, noun in (("placed_at", "order date"), ("modified_at", "last change"))
        for one in (
            _property(
                f"a time before noon (UTC) as {noun}",
                field,
                lambda order, field=field: getattr(order, field).hour < 12,  # type: ignore[misc]
                opposite=f"a time after noon (UTC) as {noun}",
            ),
            _property(
                f"an hour of 0 or 12 (UTC) in the {noun}",
                field,
                lambda order, field=field: getattr(order, field).hour % 12 == 0,  # type: ignore[misc]
            ),
            _property(
                f"a full minute as {noun}",
                field,
                lambda order, field=field: getattr(order, field).second == 0,  # type: ignore[misc]
            ),
            _property(
                f"February 29 as {noun}",
                field,
                lambda order, field=field: (getattr(order, field).month, getattr(order, field).day) == (2, 29),  # type: ignore[misc]
            ),
            _property(
                f"a day over 12 in the {noun}",
                field,
                lambda order, field=field: getattr(order, field).day > 12,  # type: ignore[misc]
                opposite=f"a day up to 12 in the {noun}",
            ),
        )
    ),
)
"""Further properties that failing orders may share."""

_LINE_TRAITS: tuple[tuple[str, str, Callable[[Item, Order], bool]], ...] = (
    ("several units", "items.quantity", lambda item, order: item.quantity > 1),
    ("a discount", "items.discount", lambda item, order: item.discount > 0),
    ("a price of 0", "items.unit_price", lambda item, order: not item.unit_price),
    ("a price over 1,000", "items.unit_price", lambda item, order: item.unit_price >= 1000),
    ("a price of several decimals", "items.unit_price", lambda item, order: _decimals(item.unit_price) > 2),
    ("options", "items.options", lambda item, order: bool(item.options)),
    ("no SKU", "items.sku", WITHOUT_SKU.holds),
    ("the SKU of another line", "items.sku", TWIN.holds),
    ("no image", "items.image_url", lambda item, order: is_without_image(item)),
    ("no location", "items.location", lambda item, order: is_without_location(item)),
    ("no weight", "items.weight", lambda item, order: item.weight is None),
    (
        "an option with a weight",
        "items.options.weight",
        lambda item, order: any(option.weight is not None for option in item.options),
    ),
    ("nothing to ship", "items.shippable", lambda item, order: not item.shippable),
    ("characters beyond ASCII in its name", "items.name", lambda item, order: not item.name.isascii()),
)
"""Properties of a line: name, field and predicate."""


def _both_on_a_line(one: Callable[[Item, Order], bool], two: Callable[[Item, Order], bool]) -> Callable[[Order], bool]:
    return lambda order: any(one(item, order) and two(item, order) for item in order.items)


ON_ONE_LINE = tuple(
    _property(f"a line with {one} and {two}", (field, other), _both_on_a_line(holds, also))
    for (one, field, holds), (two, other, also) in combinations(_LINE_TRAITS, 2)
)
"""Two properties of the same line."""

MAX_CATEGORY_CHARS = 40
"""A longer value is no category."""
CATEGORIES = (
    OrderCategory(form="the status {}", fields=("status",), values=lambda order: (order.status,)),
    OrderCategory(form="the currency {}", fields=("currency",), values=lambda order: (order.currency,)),
    OrderCategory(
        form="the shipping method {}", fields=("shipping_method",), values=lambda order: (order.shipping_method,)
    ),
    OrderCategory(
        form="the payment method {}", fields=("payment_method",), values=lambda order: (order.payment_method,)
    ),
    OrderCategory(
        form="the country {} in the shipping address",
        fields=("customer.shipping.country", "customer.shipping.state"),
        values=lambda order: values_of(order, "customer.shipping.country"),
    ),
    OrderCategory(
        form="the country {} in the billing address",
        fields=("customer.billing.country", "customer.billing.state"),
        values=lambda order: values_of(order, "customer.billing.country"),
    ),
    OrderCategory(
        form="a weight in {}", fields=("items.weight",), values=lambda order: values_of(order, "items.weight.unit")
    ),
    OrderCategory(
        form="an order date in {}", fields=("placed_at",), values=lambda order: (f"{order.placed_at:%B} (UTC)",)
    ),
    OrderCategory(
        form="a last change in {}", fields=("modified_at",), values=lambda order: (f"{order.modified_at:%B} (UTC)",)
    ),
)
"""Properties with values, in the order in which they are preferred."""


def _numbers(record: str) -> Callable[[Order], Decimal | int | None]:
    def highest(order: Order) -> Decimal | int | None:
        return max((each for each in values_of(order, record) if isinstance(each, Decimal | int)), default=None)

    return highest


MEASURES = (
    OrderMeasure(form="{} lines", fields=("items",), value=lambda order: len(order.items)),
    OrderMeasure(
        form="{} options on a line",
        fields=("items.options",),
        value=lambda order: max((len(item.options) for item in order.items), default=0),
    ),
    OrderMeasure(form="{} discounts", fields=("discounts",), value=lambda order: len(order.discounts)),
    OrderMeasure(form="{} shipments", fields=("shipments",), value=lambda order: len(order.shipments)),
    OrderMeasure(form="{} units of a line", fields=("items.quantity",), value=_numbers("items.quantity")),
    OrderMeasure(form="a unit price of {}", fields=("items.unit_price",), value=_numbers("items.unit_price")),
    OrderMeasure(form="a total of {}", fields=("total",), value=lambda order: order.total),
    OrderMeasure(form="a tax of {}", fields=("tax",), value=lambda order: order.tax),
    OrderMeasure(form="shipping costs of {}", fields=("shipping_amount",), value=lambda order: order.shipping_amount),
    OrderMeasure(form="a discount of {}", fields=("discounts",), value=_numbers("discounts.amount")),
    OrderMeasure(
        form="a product weight of {}", fields=("items.weight",), value=lambda order: max(_weights(order), default=None)
    ),
    OrderMeasure(
        form="{} days between order date and last change",
        fields=DATES,
        value=lambda order: (order.modified_at - order.placed_at).days,
    ),
)
"""Numbers of an order."""

# ---------------------------------------------------------------------- the texts of an order


@dataclass(frozen=True)
class OrderText:
    """A text field of the store's record. ``noun`` names it, with its article; ``whole`` names what it is a part of."""

    record: str
    noun: str
    whole: str = ""
    """For example ``the shipping address``; empty for the order itself."""

    @cached_property
    def bare(self) -> str:
        """The noun without its article."""
        return self.noun.removeprefix("a ").removeprefix("an ")

    @cached_property
    def limits(self) -> tuple[int, ...]:
        """The lengths at which the text may be cut."""
        return BY_RECORD[self.record].limits if self.record in BY_RECORD else ()

    @property
    def is_of_lines(self) -> bool:
        """True if a line, option or discount has the field, so that an order has several."""
        return self.record.startswith(("items.", "discounts."))

    @property
    def name(self) -> str:
        """The field's name after a preposition, like ``the company of the shipping address``."""
        return f"the {self.bare} of {self.whole}" if self.whole else f"the {self.bare}"

    @property
    def present(self) -> str:
        """The name of the property that it is filled, at least once."""
        if self.is_of_lines:
            return f"{self.whole} with {self.noun}"
        return f"{self.noun} in {self.whole}" if self.whole else self.noun

    @property
    def absent(self) -> str:
        """The name of the property that it is empty everywhere."""
        if self.is_of_lines:
            return f"no {self.whole.removeprefix('an ').removeprefix('a ')} with {self.noun}"
        return f"no {self.bare} in {self.whole}" if self.whole else f"no {self.bare}"

    def texts(self, order: Order) -> list[str]:
        """Return the texts of an order."""
        return [str(each) for each in values_of(order, self.record)]


_ADDRESS = (
    ("name", "a name"),
    ("company", "a company"),
    ("address1", "a first address line"),
    ("address2", "a second address line"),
    ("city", "a city"),
    ("state", "a state"),
    ("postal_code", "a postal code"),
    ("phone", "a phone"),
)
TEXTS = (
    OrderText("order_number", "an order number"),
    OrderText("order_id", "an order id"),
    OrderText("status", "a status"),
    OrderText("shipping_method", "a shipping method"),
    OrderText("payment_method", "a payment method"),
    OrderText("customer_notes", "notes of the customer"),
    OrderText("internal_notes", "notes of the staff"),
    OrderText("gift_message", "a gift message"),
    OrderText("customer.code", "a customer code"),
    OrderText("customer.email", "an e-mail address"),
    OrderText("customer.phone", "a phone of the customer"),
    *(
        OrderText(f"customer.{place}.{field}", noun, f"the {place} address")
        for place in ("shipping", "billing")
        for field, noun in _ADDRESS
    ),
    OrderText("items.line_id", "a line id", "a line"),
    OrderText("items.sku", "a SKU", "a line"),
    OrderText("items.name", "a name", "a line"),
    OrderText("items.image_url", "an image URL", "a line"),
    OrderText("items.location", "a location", "a line"),
    OrderText("items.options.name", "a name", "an option"),
    OrderText("items.options.value", "a value", "an option"),
    OrderText("discounts.name", "a name", "a discount"),
    OrderText("discounts.coupon", "a code", "a coupon"),
)
"""The texts that people or the shop typed."""

PLAIN_TEXT = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|[ -](?=[A-Za-z0-9])|\. ?(?=[A-Za-z0-9]))*")
"""Texts of which no property of :data:`CONTENTS` holds."""
CONTENTS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("an &", lambda text: "&" in text),
    ("a <", lambda text: "<" in text),
    ("& or <", lambda text: "&" in text or "<" in text),
    ("']]>'", lambda text: "]]>" in text),
    ("an entity like &#233; as typed", lambda text: re.search(r"&#?\w+;", text) is not None),
    ("a quotation mark", lambda text: '"' in text),
    ("an apostrophe", lambda text: "'" in text),
    ("a %", lambda text: "%" in text),
    ("a +", lambda text: "+" in text),
    ("a backslash", lambda text: "\\" in text),
    ("a comma", lambda text: "," in text),
    ("a slash", lambda text: "/" in text),
    ("characters beyond ASCII", lambda text: not text.isascii()),
    ("letters like é or ß", lambda text: _LATIN.search(text) is not None),
    ("letters beyond Latin-1, like ł", lambda text: any(0x100 <= ord(c) <= 0x7FF for c in text)),
    ("characters of three bytes, like €", lambda text: any(0x800 <= ord(c) <= 0xFFFF for c in text)),
    ("characters of four bytes, like emoji", lambda text: _BEYOND_BASIC_PLANE.search(text) is not None),
    ("combining marks", lambda text: any(map(unicodedata.combining, text))),
    ("right-to-left letters", lambda text: any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)),
    ("a dotless ı or a dotted İ", lambda text: "ı" in text or "İ" in text),
    ("a line break", lambda text: "\n" in text or "\r" in text),
    ("a control character", lambda text: _CONTROL.search(text) is not None),
    ("a blank at the beginning or end", lambda text: text != text.strip()),
    ("two blanks in a row", lambda text: "  " in text),
    ("only digits", lambda text: text.isdecimal()),
    ("a leading zero", lambda text: re.match(r"0\d", text) is not None),
    ("only 0", lambda text: text.strip() == "0"),
    ("= or - or @ at the beginning", lambda text: text.startswith(("=", "-", "@"))),
)
"""The contents of a text that careless code handles wrongly: name → predicate."""

LENGTHS: tuple[tuple[str, Callable[[str], int]], ...] = (
    ("characters", len),
    ("bytes (UTF-8)", lambda text: len(text.encode("utf-8", "surrogatepass"))),
    ("characters once escaped", lambda text: len(escape(text, quote=False))),
)
"""The ways to measure a text."""

# ---------------------------------------------------------------------- the table for some orders


class Trait(NamedTuple):
    """What a search needs to know of a property that an order has: its name, its fields, its place in the table."""

    name: str
    fields: tuple[str, ...]
    rank: tuple[int, int]
    is_opposite: bool = False


@lru_cache(maxsize=4096)
def traits_of(order: Order) -> tuple[Trait, ...]:
    """Return the properties that an order has by itself, without those that are numbers."""
    return (*_held((*EXPLAINING, *FURTHER, *ON_ONE_LINE), order, 0), *_categories(order), *_contents(order))


def _held(table: Sequence[OrderProperty], order: Order, first: int) -> Iterator[Trait]:
    for rank, each in enumerate(table, start=first):
        if each.holds(order):
            yield Trait(each.name, each.fields, (rank, 0))
        elif each.opposite:
            yield Trait(each.opposite, each.fields, (rank, 1), is_opposite=True)


def _categories(order: Order) -> Iterator[Trait]:
    for rank, each in enumerate(CATEGORIES):
        for value in dict.fromkeys(each.values(order)):
            if 0 < len(str(value)) <= MAX_CATEGORY_CHARS:
                yield Trait(each.form.format(value), each.fields, (_CATEGORIES_RANK + rank, 0))


def _contents(order: Order) -> Iterator[Trait]:
    for number, each in enumerate(TEXTS, start=_TEXTS_RANK):
        texts = [text for text in each.texts(order) if text]
        fields = (each.record,)
        is_filled = any(map(str.strip, texts))
        yield Trait(each.present if is_filled else each.absent, fields, (number, 0), is_opposite=not is_filled)
        special = [text for text in texts if not PLAIN_TEXT.fullmatch(text)]
        for rank, (what, holds) in enumerate(CONTENTS, start=1):
            if special and any(map(holds, special)):
                yield Trait(f"{what} in {each.name}", fields, (number, rank))


_CATEGORIES_RANK, _TEXTS_RANK, _SHOP_RANK, _GROUP_RANK = 1000, 2000, 3000, 3500
"""Where the parts of the table begin in the order of preference."""


@lru_cache(maxsize=4096)
def _traits_in_shop(order: Order, facts: StoreFacts) -> tuple[Trait, ...]:
    return tuple(_held(shop_properties(facts), order, _SHOP_RANK))


def traits_among(orders: Sequence[Order], facts: StoreFacts) -> Iterator[tuple[Trait, ...]]:
    """Yield the properties of each order, those included that depend on the shop or on the other orders."""
    table = group_properties(orders)
    for order in orders:
        yield (*traits_of(order), *_traits_in_shop(order, facts), *_held(table, order, _GROUP_RANK))


def text_measures() -> Iterator[OrderMeasure]:
    """Yield the lengths of texts: an order's longest text of each field, in characters and in bytes."""
    for each in TEXTS:
        for unit, length in LENGTHS:
            yield OrderMeasure(
                form=f"{{}} {unit} in {each.name}",
                fields=(each.record,),
                value=lambda order, each=each, length=length: max(map(length, each.texts(order)), default=0),  # type: ignore[misc]
                limits=each.limits,
                has_low=False,
            )


ALL_MEASURES = (*MEASURES, *text_measures())
"""All numbers of an order."""


@lru_cache(maxsize=4096)
def measures_of(order: Order) -> tuple[Decimal | int | None, ...]:
    """Return all numbers of an order, in the sequence of :data:`ALL_MEASURES`."""
    return tuple(measure.value(order) for measure in ALL_MEASURES)


@lru_cache(maxsize=16)
def shop_properties(facts: StoreFacts) -> tuple[OrderProperty, ...]:
    """Return the properties that depend on the settings of the shop."""
    try:
        zone = ZoneInfo(facts.timezone)
    except (KeyError, ValueError, OSError):
        zone = ZoneInfo("UTC")

    def is_dst(order: Order, field: str) -> bool:
        return bool(getattr(order, field).astimezone(zone).dst())

    found = [
        _property(
            "a status that the merchant added",
            "status",
            lambda order: is_custom_status(order.status, facts),
            opposite="a status that the merchant did not add",
        ),
        _property(
            "another date in the shop's zone than in UTC, as last change",
            "modified_at",
            lambda order: order.modified_at.astimezone(zone).date() != order.modified_at.date(),
        ),
        _property(
            "another date in the shop's zone than in UTC, as order date",
            "placed_at",
            lambda order: order.placed_at.astimezone(zone).date() != order.placed_at.date(),
        ),
        _property(
            "an order date in the shop's summer time",
            "placed_at",
            lambda order: is_dst(order, "placed_at"),
            opposite="an order date in the shop's winter time",
        ),
        _property(
            "a last change in the shop's summer time",
            "modified_at",
            lambda order: is_dst(order, "modified_at"),
            opposite="a last change in the shop's winter time",
        ),
        _property(
            "a change of the shop's clocks between order date and last change",
            DATES,
            lambda order: is_dst(order, "placed_at") != is_dst(order, "modified_at"),
        ),
    ]
    if facts.currency:
        found.append(
            _property(
                "another currency than the shop's",
                "currency",
                lambda order: order.currency != facts.currency,
                opposite="the shop's currency",
            )
        )
    return tuple(found)


def group_properties(orders: Sequence[Order]) -> tuple[OrderProperty, ...]:
    """Return the properties that depend on the other orders."""
    mails = Counter(order.customer.email for order in orders)
    changes = Counter(order.modified_at for order in orders)
    first: dict[str, Order] = {}
    for order in sorted(orders, key=lambda order: order.modified_at):
        first.setdefault(order.customer.email, order)
    near = {each for pair in pairwise(sorted(changes)) if pair[1] - pair[0] < timedelta(minutes=1) for each in pair}
    return (
        _property(
            "a customer with another order",
            ("customer.email", "customer.code"),
            lambda order: mails[order.customer.email] > 1,
            opposite="a customer without another order",
        ),
        _property(
            "another billing address than the customer's first order",
            ("customer.email", "customer.code", "customer.billing"),
            lambda order: first[order.customer.email].customer.billing != order.customer.billing,
        ),
        _property(
            "another shipping address than the customer's first order",
            ("customer.email", "customer.code", "customer.shipping"),
            lambda order: first[order.customer.email].customer.shipping != order.customer.shipping,
        ),
        _property(
            "a last change in the same second as another order",
            "modified_at",
            lambda order: changes[order.modified_at] > 1,
        ),
        _property(
            "a last change within a minute of another order",
            "modified_at",
            lambda order: order.modified_at in near,
        ),
    )
