"""What an importer holds beside what the store holds: one check a field, right, wrong or not reported.

What the export can't carry isn't asked for: values cut to their field, times to the minute,
weights to two decimals of the unit sent. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import UNSET, UnsetType

from conformance.checks.compare import MAX_WEIGHT_ROUNDING_G, is_same_amount, is_same_phone, is_same_text, normalized
from conformance.checks.item_images import is_same_image
from conformance.checks.item_options import MAX_OPTIONS
from conformance.checks.line_matching import LineForm, LineKey, LineMarks, match_line_places
from conformance.checks.weight import in_grams, options_in_grams
from conformance.client.parsing.values import decimal_places
from conformance.client.shipstation import MINUTE
from conformance.contract.fields import BY_RECORD, ITEM, OPTION
from conformance.contract.weight_units import known_unit
from conformance.core.finding import Finding, shorten
from conformance.importer.result import ImportedAddress, ImportedItem, ImportedOrder, ImportedWeight
from mockstore.orders.model import Address, Item, Order
from mockstore.orders.states import state_code

TOPICS = {
    "e-mail address": ("customer.email",),
    "phone numbers": ("customer.phone", "customer.billing.phone", "customer.shipping.phone"),
    "addresses": ("customer.shipping.", "customer.billing."),
    "status": ("status",),
    "shipping and payment method": ("shipping_method", "payment_method"),
    "notes": ("customer_notes", "internal_notes"),
    "gift flag and message": ("gift", "gift_message"),
    "discounts and coupons": ("discounts", "discounts.coupon"),
    "options": ("items.options",),
    "images": ("items.image_url",),
    "weights": ("weight", "items.weight"),
    "locations": ("items.location",),
    "totals": ("total", "tax", "shipping_amount", "currency"),
    "lines": ("items", "items.sku", "items.name", "items.quantity", "items.unit_price"),
    "times": ("placed_at", "modified_at"),
}
"""What scenarios call a part of an order → its fields; a point at the end takes all below it."""

WIRE_GRAMS = Decimal("2.2680")
"""Half of the coarsest step that a weight is sent in: 0.01 lb."""


@dataclass(frozen=True, slots=True)
class Check:
    """One field of an order: what should stand there, and what does. ``actual`` None: it isn't reported."""

    field: str
    expected: str
    actual: str | None
    right: bool
    place: str = ""

    @property
    def path(self) -> str:
        """The field, with the place of what repeats."""
        return self.field if not self.place else self.field.replace("items", f"items[{self.place}]", 1)


def topic(field: str) -> str:
    """The topic of a field."""
    exact = next((name for name, fields in TOPICS.items() if field in fields), "")
    return exact or next(
        name for name, fields in TOPICS.items() if any(each.endswith(".") and field.startswith(each) for each in fields)
    )


def checks(order: ImportedOrder, held: Order) -> Iterator[Check]:
    """Every field of an order that can be compared."""
    yield from _customer(order, held)
    yield _text("status", held.status, order.status, folded=True)
    yield _text("shipping_method", held.shipping_method, order.shipping_method)
    yield _text("payment_method", held.payment_method, order.payment_method)
    yield _text("customer_notes", held.customer_notes, order.customer_notes)
    yield _text("internal_notes", held.internal_notes, order.internal_notes)
    gift = order.gift
    yield Check(
        "gift", str(held.gift).lower(), None if isinstance(gift, UnsetType) else str(gift).lower(), gift is held.gift
    )
    message = held.gift_message if held.gift else ""
    yield _text("gift_message", message, order.gift_message)
    for name, amount in (("total", held.total), ("tax", held.tax), ("shipping_amount", held.shipping_amount)):
        yield _money(name, amount, getattr(order, name))
    yield _text("currency", held.currency, order.currency, folded=True)
    yield _moment("placed_at", held.placed_at, order.placed_at)
    yield _moment("modified_at", held.modified_at, order.modified_at)
    yield from _discounts(order, held)
    yield from _items(order, held)


def _text(field: str, expected: str, actual: str | UnsetType, *, folded: bool = False, place: str = "") -> Check:
    if isinstance(actual, UnsetType):
        return Check(field, expected, None, right=False, place=place)
    right = is_same_text(expected, actual, *BY_RECORD[field].limits)
    if folded and not right:
        right = normalized(expected).casefold() == normalized(actual).casefold()
    return Check(field, expected, actual, right, place)


def _money(field: str, expected: Decimal, actual: Decimal | UnsetType, place: str = "") -> Check:
    if isinstance(actual, UnsetType):
        return Check(field, str(expected), None, right=False, place=place)
    return Check(field, str(expected), str(actual), is_same_amount(expected, actual), place)


def _moment(field: str, expected: datetime, actual: datetime | UnsetType) -> Check:
    shown = f"{expected:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(actual, UnsetType):
        return Check(field, shown, None, right=False)
    came = actual.replace(tzinfo=UTC) if actual.tzinfo is None else actual.astimezone(UTC)
    minute = expected.replace(second=0, microsecond=0)
    right = minute <= came <= minute + MINUTE
    return Check(field, shown, f"{came:%Y-%m-%dT%H:%M:%SZ}", right)


# ---------------------------------------------------------------------- customer


def _customer(order: ImportedOrder, held: Order) -> Iterator[Check]:
    customer = order.customer
    truth = held.customer
    if isinstance(customer, UnsetType):
        return
    yield _text("customer.email", truth.email, customer.email, folded=True)
    shipping = truth.shipping or Address()
    account = truth.account.phone if truth.account else ""
    every = [phone for phone in (shipping.phone, truth.billing.phone, truth.phone, account) if phone.strip()]
    yield _phone("customer.phone", every, customer.phone)
    for side, address, own in (("billing", customer.billing, truth.billing), ("shipping", customer.shipping, shipping)):
        if isinstance(address, ImportedAddress):
            phones = [own.phone] if own.phone.strip() else every
            yield _phone(f"customer.{side}.phone", phones, address.phone)
            yield from _address(f"customer.{side}", address, own, shipping, whole=side == "shipping")


def _phone(field: str, expected: list[str], actual: str | UnsetType) -> Check:
    wanted = " or ".join(dict.fromkeys(expected))
    if isinstance(actual, UnsetType):
        return Check(field, wanted, None, right=False)
    right = any(
        is_same_phone(phone, actual) or is_same_text(phone, actual, *BY_RECORD[field].limits)
        for phone in expected or [""]
    )
    return Check(field, wanted, actual, right)


def _address(side: str, address: ImportedAddress, own: Address, shipping: Address, *, whole: bool) -> Iterator[Check]:
    """The lines of an address. An export need not carry those of the billing address: it isn't asked for them."""
    names = [own.name] if own.name.strip() else [shipping.name, "Guest", ""]
    shown = [_text(f"{side}.name", name, address.name) for name in names]
    yield next((check for check in shown if check.right), shown[0])
    yield _text(f"{side}.company", own.company, address.company)
    for name in ("address1", "address2", "city", "postal_code"):
        value = getattr(address, name)
        if whole or (isinstance(value, str) and value.strip() and value.strip() != getattr(shipping, name).strip()):
            yield _text(f"{side}.{name}", getattr(own, name), value)
    if whole:
        yield _text(f"{side}.country", own.country, address.country, folded=True)
        yield _state(f"{side}.state", own, address.state)


def _state(field: str, own: Address, actual: str | UnsetType) -> Check:
    wanted = state_code(own.country.upper(), own.state)
    if isinstance(actual, UnsetType):
        return Check(field, wanted, None, right=False)
    came = state_code(own.country.upper(), actual)
    return Check(
        field,
        wanted,
        actual,
        normalized(wanted).casefold() == normalized(came).casefold()
        or is_same_text(wanted, came, *BY_RECORD[field].limits),
    )


# ---------------------------------------------------------------------- money taken off


def _discounts(order: ImportedOrder, held: Order) -> Iterator[Check]:
    """The discounts, wherever the importer keeps them: a list of their own, or lines that take off."""
    lines = [] if isinstance(order.items, UnsetType) else [line for line in order.items if line.is_adjustment]
    reported = not isinstance(order.discounts, UnsetType)
    on_order = sum((each.amount for each in held.discounts), Decimal(0))
    on_lines = sum((item.discount * item.quantity for item in held.items), Decimal(0))
    texts: list[str]
    if isinstance(order.discounts, UnsetType):
        amounts = [_amount(line) for line in lines]
        texts = [f"{line.name} {line.sku}" for line in lines]
    else:
        amounts = [abs(each.amount) for each in order.discounts if isinstance(each.amount, Decimal)]
        texts = [f"{each.name} {each.coupon}" for each in order.discounts]
    if not reported and not lines:
        yield Check("discounts", str(on_order), None, right=not on_order)
        return
    came = sum(amounts, Decimal(0))
    right = any(is_same_amount(expected, came) for expected in (on_order, on_order + on_lines))
    yield Check("discounts", str(on_order), str(came), right)
    if came and (codes := [each.coupon for each in held.discounts if each.coupon]):
        said = normalized(" ".join(texts)).casefold()
        yield Check(
            "discounts.coupon", ", ".join(codes), said, all(normalized(code).casefold() in said for code in codes)
        )


def _amount(line: ImportedItem) -> Decimal:
    price = line.unit_price if isinstance(line.unit_price, Decimal) else Decimal(0)
    return abs(price) * (line.quantity if isinstance(line.quantity, Decimal) else 1)


# ---------------------------------------------------------------------- lines


def _grams(item: Item) -> Decimal:
    """What one unit weighs: the mock store's units are all known."""
    return in_grams(item.weight) or Decimal(0)


def _items(order: ImportedOrder, held: Order) -> Iterator[Check]:
    weights = [_grams(item) + options_in_grams(item) for item in held.items]
    total = sum((item.quantity * each for item, each in zip(held.items, weights, strict=True)), Decimal(0))
    yield _weight("weight", [total], order.weight, sum(item.quantity for item in held.items))
    if isinstance(order.items, UnsetType):
        return
    goods = [line for line in order.items if not line.is_adjustment]
    lines = match_line_places(goods, held.items, IMPORTED_LINES).of(goods, held.items)
    came = len(lines.matched) + len(lines.surplus)
    told = "; without " + ", ".join(item.sku or item.name for item in lines.missing[:3]) if lines.missing else ""
    whole = not lines.missing and not lines.surplus
    yield Check("items", f"{len(held.items)} lines", f"{came} lines{told}", whole)
    for line, item in lines.matched:
        yield from _item(line, item)


def _chosen(line: ImportedItem) -> tuple[tuple[str, str], ...] | None:
    if isinstance(line.options, UnsetType):
        return None
    return tuple((normalized(str(each.name or "")), normalized(str(each.value or ""))) for each in line.options)


def _stated(value: str | UnsetType) -> str | None:
    return None if isinstance(value, UnsetType) or not value.strip() else value


def _key(line: ImportedItem) -> LineKey | None:
    sku, name, options = _stated(line.sku), _stated(line.name), _chosen(line)
    if sku is None or name is None or options is None or isinstance(line.quantity, UnsetType):
        return None
    return normalized(sku), normalized(name), f"{line.quantity.normalize():f}", options


def _marks(line: ImportedItem) -> LineMarks:
    options = _chosen(line)
    return LineMarks(
        _stated(line.line_id),
        _stated(line.sku),
        _stated(line.name),
        None if isinstance(line.quantity, UnsetType) else line.quantity,
        None if isinstance(line.unit_price, UnsetType) else line.unit_price,
        None if options is None else frozenset(options),
    )


IMPORTED_LINES: LineForm[ImportedItem] = LineForm(_key, _marks, lambda line: line)


def _item(line: ImportedItem, item: Item) -> Iterator[Check]:
    place = item.line_id or item.sku
    if item.sku.strip():  # without one, what stands there is the store's way to say so
        yield _text("items.sku", item.sku, line.sku, place=place)
    yield _text("items.name", item.name, line.name, place=place)
    quantity = line.quantity
    yield Check(
        "items.quantity",
        str(item.quantity),
        None if isinstance(quantity, UnsetType) else f"{quantity.normalize():f}",
        quantity == item.quantity,
        place,
    )
    price = _money("items.unit_price", item.unit_price, line.unit_price, place)
    before = _money("items.unit_price", item.unit_price + item.discount, line.unit_price, place)
    yield before if before.right else price
    wanted = [_grams(item), _grams(item) + options_in_grams(item)]
    yield _weight("items.weight", wanted, line.weight, 1, place)
    if not (len(item.image_url) > ITEM["ImageUrl"].limits[0] and not line.image_url):
        shown = None if isinstance(line.image_url, UnsetType) else line.image_url
        yield Check(
            "items.image_url", item.image_url, shown, shown is not None and is_same_image(item.image_url, shown), place
        )
    yield _text("items.location", item.location, line.location, place=place)
    yield _options(line, item, place)


def _options(line: ImportedItem, item: Item, place: str) -> Check:
    wanted = [(option.name, option.value) for option in item.options[:MAX_OPTIONS]]
    shown = ", ".join(f"{name}: {value}" for name, value in wanted)
    if isinstance(line.options, UnsetType):
        return Check("items.options", shown, None, right=False, place=place)
    came = [(str(each.name or ""), str(each.value or "")) for each in line.options]
    right = all(
        any(
            is_same_text(name, one, *OPTION["Name"].limits) and is_same_text(value, other, *OPTION["Value"].limits)
            for one, other in came
        )
        for name, value in wanted
    ) and len(wanted) <= len(came) <= len(item.options)
    return Check("items.options", shown, ", ".join(f"{name}: {value}" for name, value in came), right, place)


def _weight(
    field: str, expected: list[Decimal], actual: ImportedWeight | UnsetType | None, count: int, place: str = ""
) -> Check:
    """A weight, to the precision in which it is sent and reported; without a unit it says nothing."""
    wanted = f"{expected[0].normalize():f} g"
    known = known_unit(actual.unit) if isinstance(actual, ImportedWeight) else None
    unit = None if known is None else known.grams
    if actual is None or isinstance(actual, UnsetType) or (unit is None and not actual.unit):
        right = actual is not UNSET and not expected[0] and actual is None
        return Check(field, wanted, None, right, place)
    shown = f"{actual.value} {actual.unit}"
    if unit is None:
        return Check(field, wanted, shown, right=not actual.value and not expected[0], place=place)
    own = min(Decimal(1).scaleb(-decimal_places(str(actual.value))) / 2 * unit, MAX_WEIGHT_ROUNDING_G)
    slack = WIRE_GRAMS * count + own * (count if field == "weight" else 1) + Decimal("0.001")
    came = actual.value * unit
    return Check(field, wanted, shown, any(abs(came - each) <= slack for each in expected), place)


# ---------------------------------------------------------------------- over many orders


@dataclass(frozen=True)
class Compared:
    """All checks of a pull: order by order."""

    orders: dict[str, tuple[Check, ...]]

    @property
    def reported(self) -> frozenset[str]:
        """The fields that the importer reports at all: others aren't judged."""
        return frozenset(check.field for of in self.orders.values() for check in of if check.actual is not None)

    def wrong(self, fields: Iterable[str] | None = None) -> Iterator[tuple[str, Check]]:
        """What isn't as the store holds it; a field that is reported elsewhere, and missing here, isn't either."""
        known = self.reported if fields is None else frozenset(fields)
        for number, of in self.orders.items():
            for check in of:
                if not check.right and (check.actual is not None or (check.field in known and _says(check))):
                    yield number, check


def _says(check: Check) -> bool:
    """Whether there is something to report at all: an empty text, none and 0 may be left out."""
    return check.expected.strip() not in ("", "0", "0.0", "0.00", "false", "0 g")


def compared(orders: Iterable[ImportedOrder], held: dict[str, Order]) -> Compared:
    """Imported orders beside the store's of the same number; others are left alone, and what can't be shipped."""
    found = {}
    for order in orders:
        truth = held.get(order.number) or next(
            (each for each in held.values() if order.id and each.order_id == order.id), None
        )
        if truth is not None and truth.customer.shipping is not None:
            found[truth.order_number] = tuple(checks(order, truth))
    return Compared(found)


def finding(number: str, check: Check, message: str = "") -> Finding:
    """A wrong check, for the report."""
    actual = "(missing)" if check.actual is None else shorten(check.actual)
    told = message or f"What was imported as {check.field} isn't what the store holds."
    return Finding(message=told, order=number, xpath=check.path, expected=shorten(check.expected), actual=actual)
