"""The factors of an order, and the levels that each factor can have.

Many mistakes show only where two properties of an order meet, such as a gift without a second address line. So the
suite makes orders in which every level of every factor meets every level of every other factor (:mod:`covering`).
A level is a function that changes a draft. A draft gets one level of each factor, in the sequence of :data:`FACTORS`:
later factors see what earlier ones made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import quote

import msgspec

from mockstore.orders.draft import Draft
from mockstore.orders.model import Account, Address, Discount, Item, Option, Weight
from mockstore.orders.specimens import SpecimenMaker
from mockstore.orders.totals import lines_total, with_total_and_weight

Level = Callable[[SpecimenMaker, Draft], Draft]


@dataclass(frozen=True, slots=True)
class Factor:
    """A property of an order. ``levels`` are its values by name; ``tripled`` factors meet each other in triples."""

    name: str
    levels: Mapping[str, Level]
    tripled: bool = False


ADDRESSES = {
    "US": Address(
        "Dana Sample", "Sample Works", "+1 973 555 0142", "12 Oak St", "Apt 2", "Newark", "NJ", "07102", "US"
    ),
    "CA": Address(
        "Lee Example", "Maple Goods", "+1 604 555 0123", "9 King St", "Unit 4", "Vancouver", "BC", "V6B 1A1", "CA"
    ),
    "DE": Address(
        "Marta Beispiel", "Muster GmbH", "+49 30 901820", "Turmweg 5", "Hof 2", "Berlin", "BE", "10115", "DE"
    ),
    "GB": Address(
        "Robin Pattern", "Pattern Ltd", "+44 20 7946 0958", "1 Mill Lane", "Flat 4", "London", "", "SW1A 1AA", "GB"
    ),
}
"""An address of each kind of country: with states that ShipStation checks (US, CA), with other states, without."""
STATE_NAMES = {"US": "New Jersey", "CA": "British Columbia", "DE": "Berlin", "GB": "Tyne & Wear"}
"""Country → the name of the state in its address. In a country without states, people type a county."""
AMBIGUOUS_STATES = {
    "US": (("Georgia", "Lebanon"), ("CA", "Cuba")),
    "CA": (("Newfoundland and Labrador", "London"), ("NL", "Paris")),
    "DE": (("Ontario", "Kalifornien"), ("PA", "Norway")),
    "GB": (("Washington", "Gibraltar"), ("Florida", "California")),
}
"""Country → states and cities, in turn, whose names or codes are also those of states or countries elsewhere."""

MANY_LINES = 3
MAX_LINES_WITH_TEXT = 2
"""A text level changes this many lines, the lines of the same SKU, and the last line."""
CENT = Decimal("0.01")
MAX_PHONE_CHARS = 50
TWIN_SKU = "TWIN-1"
PAID_UP = "PAID-UP"
"""The coupon that pays for everything in an order."""
WHOLE_CURRENCIES = ("JPY", "KRW", "CLP", "VND", "ISK", "XOF", "UGX")
MILLESIMAL_CURRENCIES = ("KWD", "BHD", "JOD", "OMR", "TND")
"""Currencies without decimals, and with three. Orders have them in turn: code that knows some may not know others."""
OTHER_PHONE = "+49 40 428231"
"""The phone of an account that no address has."""


def unchanged(make: SpecimenMaker, draft: Draft) -> Draft:
    """Return the draft as it is."""
    return draft


def setting(**fields: object) -> Level:
    """Return a level that sets fields of the draft."""
    return lambda make, draft: msgspec.structs.replace(draft, **fields)


def _with_items(draft: Draft, items: Sequence[Item]) -> Draft:
    return msgspec.structs.replace(draft, items=tuple(items))


def _each_item(change: Callable[[int, Item], Item]) -> Level:
    """Return a level that changes each line; ``change`` gets the line's place, from 0 on."""
    return lambda make, draft: _with_items(draft, [change(place, item) for place, item in enumerate(draft.items)])


def _last_item(change: Callable[[SpecimenMaker, Item], Item]) -> Level:
    return lambda make, draft: _with_items(draft, [*draft.items[:-1], change(make, draft.items[-1])])


# Lines


def _lines(count: int) -> Level:
    return lambda make, draft: _with_items(
        draft, [make.item(number, quantity=2 + number % 3) for number in range(1, count + 1)]
    )


def _twins(first: Mapping[str, object], second: Mapping[str, object]) -> Level:
    """Return a level with two more lines of one SKU, of which each has some fields of its own.

    The first of them is the order's first line, and the second is before the last line.
    """

    def change(make: SpecimenMaker, draft: Draft) -> Draft:
        twin = msgspec.structs.replace(draft.items[0], sku=TWIN_SKU, name="Twin product", options=(), line_id="181")
        before, after = (msgspec.structs.replace(twin, **fields) for fields in (first, {"line_id": "182", **second}))
        return _with_items(draft, [before, *draft.items[:-1], after, draft.items[-1]])

    return change


def _new_edition(make: SpecimenMaker, draft: Draft) -> Draft:
    """Return the draft with two lines of one SKU that differ in everything but their options."""
    first = draft.items[0]
    weight = first.weight and Weight(first.weight.value + Decimal("0.25"), first.weight.unit)
    edition = {
        "unit_price": first.unit_price + 1,
        "weight": weight,
        "name": "Twin product, new edition",
        "image_url": "https://images.example.com/twin.png",
        "location": "T2",
    }
    return _twins({}, edition)(make, draft)


def _with_free_line(make: SpecimenMaker, draft: Draft) -> Draft:
    free = make.item(90, unit_price=Decimal(0), name="Free sample", sku="FREE-90")
    return _with_items(draft, [*draft.items[:-1], free, *draft.items[-1:]])


def _options(*options: tuple[str, str], weights: Sequence[str] = ()) -> Level:
    """Return a level that sets the options of the last line; ``weights`` are those of the first options."""

    def change(make: SpecimenMaker, item: Item) -> Item:
        added = tuple(
            Option(name, value, make.weight(weights[place]) if place < len(weights) else None)
            for place, (name, value) in enumerate(options)
        )
        return msgspec.structs.replace(item, options=added)

    return _last_item(change)


def _numbered_options(count: int) -> Level:
    return _options(*((f"Option {number}", f"Value {number}") for number in range(1, count + 1)))


def _weight_unit(unit: str) -> Level:
    return _each_item(lambda place, item: msgspec.structs.replace(item, weight=Weight(Decimal("1.25"), unit)))


def _weight_value(value: str) -> Level:
    """Return a level that sets the weight of each line that has one; each line gets a weight of its own."""

    def change(place: int, item: Item) -> Item:
        if item.weight is None:
            return item
        return msgspec.structs.replace(item, weight=Weight(Decimal(value) + Decimal(place) / 4, item.weight.unit))

    return _each_item(change)


def _price(price: str) -> Level:
    """Return a level that sets the price of each line that has one; each line gets a price of its own."""
    return _each_item(
        lambda place, item: (
            msgspec.structs.replace(item, unit_price=Decimal(price) + place * CENT) if item.unit_price else item
        )
    )


def _line_discount(make: SpecimenMaker, draft: Draft) -> Draft:
    items = list(draft.items)
    place = next((place for place, item in enumerate(items) if item.unit_price > 1), None)
    if place is not None:
        items[place] = msgspec.structs.replace(items[place], discount=Decimal("0.75"))
    return _with_items(draft, items)


def _without_image_and_location(make: SpecimenMaker, draft: Draft) -> Draft:
    first, *others = draft.items
    return _with_items(draft, [msgspec.structs.replace(first, image_url="", location=""), *others])


# Addresses


def _country(country: str) -> Level:
    where = ADDRESSES[country]

    def change(make: SpecimenMaker, draft: Draft) -> Draft:
        customer = msgspec.structs.replace(draft.customer, billing=where, shipping=where, phone=where.phone)
        return msgspec.structs.replace(draft, customer=customer)

    return change


def _state(spelt: Callable[[str, str], str]) -> Level:
    """Return a level that spells the state of both addresses; ``spelt`` gets its code and its name."""

    def change(make: SpecimenMaker, draft: Draft) -> Draft:
        where = draft.customer.billing
        state = spelt(where.state, STATE_NAMES[where.country])
        return _addresses({"state": state}, {"state": state})(make, draft)

    return change


def _named_as_elsewhere(make: SpecimenMaker, draft: Draft) -> Draft:
    """Return the draft with a state and a city in both addresses that are names of other places, too."""
    ambiguous = AMBIGUOUS_STATES[draft.customer.billing.country]
    state, city = ambiguous[make.place % len(ambiguous)]
    return _addresses({"state": state, "city": city}, {"state": state, "city": city})(make, draft)


def _addresses(billing: Mapping[str, str], shipping: Mapping[str, str]) -> Level:
    """Return a level that changes fields of the billing and the shipping address."""

    def change(make: SpecimenMaker, draft: Draft) -> Draft:
        customer = draft.customer
        to = customer.shipping or Address()
        customer = msgspec.structs.replace(
            customer,
            billing=msgspec.structs.replace(customer.billing, **billing),
            shipping=msgspec.structs.replace(to, **shipping),
        )
        return msgspec.structs.replace(draft, customer=customer)

    return change


def _billed_abroad(make: SpecimenMaker, draft: Draft) -> Draft:
    shipping = draft.customer.shipping or Address()
    abroad = ADDRESSES["GB" if shipping.country != "GB" else "US"]
    customer = msgspec.structs.replace(draft.customer, billing=abroad, phone=abroad.phone)
    return msgspec.structs.replace(draft, customer=customer)


def _account_phone_only(make: SpecimenMaker, draft: Draft) -> Draft:
    silent = _addresses({"phone": ""}, {"phone": ""})(make, draft)
    customer = msgspec.structs.replace(silent.customer, phone="", account=Account(phone="+49 40 428230"))
    return msgspec.structs.replace(silent, customer=customer)


def _extended_phone(make: SpecimenMaker, draft: Draft) -> Draft:
    """Return the draft with a phone in the shipping address that begins with that of the billing address."""
    return _addresses({}, {"phone": f"{draft.customer.billing.phone} ext. 77"})(make, draft)


def _account_of_other_phone(make: SpecimenMaker, draft: Draft) -> Draft:
    """Return the draft with a phone in the account that no address has, unless the account's is the only one."""
    known = draft.customer.account
    if known is not None and known.phone:
        return draft
    account = msgspec.structs.replace(known or Account(), phone=OTHER_PHONE)
    return msgspec.structs.replace(draft, customer=msgspec.structs.replace(draft.customer, account=account))


def _named_as_company(make: SpecimenMaker, draft: Draft) -> Draft:
    """Return the draft with the name of each address as its company, if it has one."""
    billing, shipping = draft.customer.billing, draft.customer.shipping or Address()
    return _addresses({"company": billing.company and billing.name}, {"company": shipping.company and shipping.name})(
        make, draft
    )


def _phone(phone: str) -> Level:
    """Return a level that sets the phone of both addresses, and the customer's."""

    def change(make: SpecimenMaker, draft: Draft) -> Draft:
        changed = _addresses({"phone": phone}, {"phone": phone})(make, draft)
        return msgspec.structs.replace(changed, customer=msgspec.structs.replace(changed.customer, phone=phone))

    return change


# Customers


def _account(make: SpecimenMaker, draft: Draft) -> Draft:
    phone = draft.customer.account.phone if draft.customer.account else ""
    account = Account(f"account-of-{draft.customer.email}", phone)
    code = f"C-{make.unique_digits(draft)}"
    return msgspec.structs.replace(draft, customer=msgspec.structs.replace(draft.customer, code=code, account=account))


def _guest_of_others(make: SpecimenMaker, draft: Draft) -> Draft:
    customer = msgspec.structs.replace(draft.customer, email=make.email("guest-again"))
    return msgspec.structs.replace(draft, customer=customer)


def _account_of_others(make: SpecimenMaker, draft: Draft) -> Draft:
    """Return the draft with a customer of other orders: one of two accounts, and one of three e-mail addresses.

    So there are orders of one account with another address, and orders with one address of another account. One of
    the addresses is that of a guest, too.
    """
    name = ("account-again", "account-moved", "guest-again")[make.place % 3]
    code = make.customer_code(("again", "again-2")[make.place % 2])
    customer = msgspec.structs.replace(draft.customer, email=make.email(name), code=code)
    return msgspec.structs.replace(draft, customer=customer)


# Times, status, number


def _placed(at: Callable[[datetime, SpecimenMaker], datetime]) -> Level:
    def change(make: SpecimenMaker, draft: Draft) -> Draft:
        modified = draft.modified_at or datetime(2020, 1, 1, tzinfo=UTC)
        return msgspec.structs.replace(draft, placed_at=min(at(modified, make), modified))

    return change


def _last_leap_day(before: datetime) -> datetime:
    year = before.year - 1
    while year % 4 or (year % 100 == 0 and year % 400):
        year -= 1
    return datetime(year, 2, 29, 12, tzinfo=UTC)


def _modified_second(second: int) -> Level:
    def change(make: SpecimenMaker, draft: Draft) -> Draft:
        modified = draft.modified_at
        return (
            draft if modified is None else msgspec.structs.replace(draft, modified_at=modified.replace(second=second))
        )

    return change


def _status(place: int) -> Level:
    return lambda make, draft: msgspec.structs.replace(draft, status=make.status(place))


def _number(pattern: str) -> Level:
    """Return a level that sets the order's number. In ``pattern``, ``{}`` is a text that no other order has."""
    return lambda make, draft: msgspec.structs.replace(draft, order_number=pattern.format(make.unique_digits(draft)))


# Money


def _millesimal_currency(make: SpecimenMaker, draft: Draft) -> Draft:
    currency = MILLESIMAL_CURRENCIES[make.place % len(MILLESIMAL_CURRENCIES)]
    return msgspec.structs.replace(draft, currency=currency)


def _whole_amounts(make: SpecimenMaker, draft: Draft) -> Draft:
    """Return the draft in a currency without decimals, in which every amount is whole."""

    def whole(amount: Decimal) -> Decimal:
        return amount.quantize(Decimal(1), ROUND_HALF_UP) if amount >= 1 else Decimal(bool(amount))

    return msgspec.structs.replace(
        draft,
        currency=WHOLE_CURRENCIES[make.place % len(WHOLE_CURRENCIES)],
        tax=whole(draft.tax),
        shipping_amount=whole(draft.shipping_amount),
        discounts=tuple(msgspec.structs.replace(each, amount=whole(each.amount)) for each in draft.discounts),
        items=tuple(
            msgspec.structs.replace(item, unit_price=whole(item.unit_price), discount=whole(item.discount))
            for item in draft.items
        ),
    )


def _discounts(*discounts: tuple[str, int], coupon: str = "") -> Level:
    """Return a level with discounts on the order: names, and percentages of what the lines cost."""

    def change(make: SpecimenMaker, draft: Draft) -> Draft:
        lines = lines_total(draft)
        found = [
            Discount(name, max(CENT, (lines * percent / 100).quantize(CENT, ROUND_HALF_UP)), coupon)
            for name, percent in discounts
        ]
        return msgspec.structs.replace(draft, discounts=tuple(found))

    return change


def _discount_amount(change_amount: Callable[[Decimal], Decimal]) -> Level:
    """Return a level that changes the amount of each discount on the order."""

    def change(make: SpecimenMaker, draft: Draft) -> Draft:
        found = [msgspec.structs.replace(each, amount=change_amount(each.amount)) for each in draft.discounts]
        return msgspec.structs.replace(draft, discounts=tuple(found))

    return change


def _as_dear_as_shipping(make: SpecimenMaker, draft: Draft) -> Draft:
    """Return the draft with discounts of the amount that shipping costs."""
    return _discount_amount(lambda amount: draft.shipping_amount)(make, draft)


def _taxed_as_shipping(make: SpecimenMaker, draft: Draft) -> Draft:
    return msgspec.structs.replace(draft, tax=draft.shipping_amount)


def _paid_by_coupon(make: SpecimenMaker, draft: Draft) -> Draft:
    """Return the draft with a coupon that pays for all that is left, shipping and tax included."""
    whole = _completed(make, draft)
    if not whole.total:
        return whole
    return msgspec.structs.replace(whole, discounts=(*whole.discounts, Discount("Gift card", whole.total, PAID_UP)))


def _other_currency(make: SpecimenMaker, draft: Draft) -> Draft:
    return msgspec.structs.replace(draft, currency="EUR" if draft.currency != "EUR" else "USD")


# Text

Text = Callable[[str, int, int], str]
"""Makes a text from the usual text, the place of the field (from 1 on) and the most characters that the field takes."""


def _filled(word: str, extra: int = 0) -> Text:
    """Return a maker of texts as long as the field allows, and ``extra`` characters longer."""

    def text(usual: str, place: int, limit: int) -> str:
        begin = f"{place}-"
        return (begin + word * limit)[: limit + extra]

    return text


def _image_url(usual: str, text: str) -> str:
    """Return a URL with a text at the end of its file name, escaped as far as a URL demands it."""
    path, point, kind = usual.rpartition(".")
    return f"{path}-{quote(text[:MAX_CHARS_IN_URL], safe=SAFE_IN_URL)}{point}{kind}" if usual else usual


def _text(text: Text) -> Level:
    """Return a level that puts a text of one kind into every text field that isn't empty, and into URLs of images."""

    def change(make: SpecimenMaker, draft: Draft) -> Draft:
        place = 0

        def of(usual: str, limit: int) -> str:
            nonlocal place
            place += 1
            return text(usual, place, limit) if usual.strip() else usual

        kept: dict[str, dict[str, str]] = {}

        def kept_apart(kind: str, usual: str, limit: int) -> str:
            """Return one text for equal texts of a kind, and different texts for different ones."""
            if not usual.strip():
                return usual
            known = kept.setdefault(kind, {})
            if usual not in known:
                new = of(usual, limit)
                while new in known.values():
                    new += "0"
                known[usual] = new
            return known[usual]

        def address(where: Address) -> Address:
            return msgspec.structs.replace(
                where,
                name=kept_apart("who", where.name, 100),
                company=kept_apart("who", where.company, 100),
                address1=kept_apart("address1", where.address1, 200),
                address2=kept_apart("address2", where.address2, 200),
                city=kept_apart("city", where.city, 100),
            )

        def option(chosen: Option) -> Option:
            return msgspec.structs.replace(
                chosen,
                name=kept_apart("option", chosen.name, 100),
                value=kept_apart("value", chosen.value, 100),
            )

        customer, items = draft.customer, []
        for number, item in enumerate(draft.items):
            if MAX_LINES_WITH_TEXT <= number < len(draft.items) - 1 and item.sku != TWIN_SKU:
                items.append(item)
                continue
            items.append(
                msgspec.structs.replace(
                    item,
                    sku=kept_apart("sku", item.sku, 50),
                    name=kept_apart("name", item.name, 200),
                    location=of(item.location, 100),
                    image_url=_image_url(item.image_url, text(item.name, number + 1, 200)),
                    options=tuple(map(option, item.options)),
                )
            )
        return msgspec.structs.replace(
            draft,
            customer=msgspec.structs.replace(
                customer,
                billing=address(customer.billing),
                shipping=address(customer.shipping) if customer.shipping else None,
            ),
            items=tuple(items),
            shipping_method=of(draft.shipping_method, 100),
            payment_method=of(draft.payment_method, 50),
            gift_message=kept_apart("note", draft.gift_message, 1000),
            customer_notes=kept_apart("note", draft.customer_notes, 1000),
            internal_notes=of(draft.internal_notes, 1000),
            discounts=tuple(
                # a name with a code after it fits into the name of a line
                msgspec.structs.replace(
                    each, name=of(each.name, 100 if each.coupon else 200), coupon=of(each.coupon, 50)
                )
                for each in draft.discounts
            ),
        )

    return change


def _completed(make: SpecimenMaker, draft: Draft) -> Draft:
    """Return the draft with total and weight; the total is what can be paid, to the cent."""
    whole = with_total_and_weight(draft)
    return msgspec.structs.replace(whole, total=max(Decimal(0), whole.total.quantize(CENT, ROUND_HALF_UP)))


TYPED_BY_PEOPLE = "Please ring twice"
MAX_CHARS_IN_URL = 18
"""So much of a text is in a URL, which may have 500 characters: an escaped character takes up to twelve."""
SAFE_IN_URL = "+&;=,"
"""The special characters that a URL may hold as they are."""
WORDS_OF_CODE = (
    "Null",
    "None",
    "true",
    "NaN",
    "USD",
    "Germany",
    "Shipped",
    "Adjustment",
    "N/A",
    "US",
    "kg",
    "undefined",
)
"""Texts that mean something in code or in another field."""


def _zero(usual: str, place: int, limit: int) -> str:
    """Return a text of one character, which careless code considers empty."""
    return "0"


def _word_of_code(usual: str, place: int, limit: int) -> str:
    """Return a text that means something elsewhere, a different one for neighbouring fields."""
    return WORDS_OF_CODE[place % len(WORDS_OF_CODE)]


def _customer_note(make: SpecimenMaker, draft: Draft) -> Draft:
    """Return the draft with a note of the customer, in turn another text than the gift message, and the same."""
    note = TYPED_BY_PEOPLE if make.place % 2 else draft.gift_message or TYPED_BY_PEOPLE
    return msgspec.structs.replace(draft, customer_notes=note)


def _both_notes(make: SpecimenMaker, draft: Draft) -> Draft:
    return msgspec.structs.replace(_customer_note(make, draft), internal_notes="Checked by Kim")


FACTORS: tuple[Factor, ...] = (
    Factor("lines", {"one": _lines(1), "two": _lines(2), str(MANY_LINES): _lines(MANY_LINES)}),
    Factor("free line", {"no": unchanged, "yes": _with_free_line}, tripled=True),
    Factor(
        "options",
        {
            "none": unchanged,
            "one": _options(("Size", "L")),
            "two of one name": _options(("Engraving", "Anna"), ("Engraving", "Ben")),
            "ten": _numbered_options(10),
            "eleven": _numbered_options(11),
            "with weight": _options(("Case", "Steel"), ("Strap", "Long"), weights=("0.25", "0.125")),
        },
    ),
    Factor(
        "price",
        {
            "usual": unchanged,
            "0.01": _price("0.01"),
            "three decimals": _price("2.125"),
            "four decimals": _price("0.1234"),
            "999.99": _price("999.99"),
            "over 1,000": _price("1234.50"),
        },
    ),
    Factor(
        "weight unit",
        {
            **{unit: _weight_unit(unit) for unit in ("kg", "g", "lbs", "oz")},
            "no weight": _each_item(lambda place, item: msgspec.structs.replace(item, weight=None)),
        },
    ),
    Factor(
        "weight",
        {
            "usual": unchanged,
            "zero first": _weight_value("0"),
            "tiny": _weight_value("0.02"),
            "large": _weight_value("1250.5"),
        },
    ),
    Factor(
        "shippable",
        {
            "all": unchanged,
            "some": _each_item(lambda place, item: msgspec.structs.replace(item, shippable=place % 2 == 0)),
            "none": _each_item(lambda place, item: msgspec.structs.replace(item, shippable=False)),
        },
    ),
    Factor("image and location", {"all lines": unchanged, "not on the first": _without_image_and_location}),
    Factor(
        "lines of one SKU",
        {
            "none": unchanged,
            "other value": _twins({"options": (Option("Front", "Red"),)}, {"options": (Option("Front", "Blue"),)}),
            "other option": _twins({"options": (Option("Front", "Red"),)}, {"options": (Option("Back", "Red"),)}),
            "option on the first": _twins({"options": (Option("Front", "Red"),)}, {}),
            "option on the second": _twins({}, {"options": (Option("Front", "Red"),)}),
            "other price, name and place": _new_edition,
        },
    ),
    Factor(
        "discounts",
        {
            "none": unchanged,
            "one": _discounts(("Autumn sale", 25)),
            "two of one amount": _discounts(("Loyalty", 20), ("Bulk", 20)),
            "two of one name": _discounts(("Loyalty", 10), ("Loyalty", 20)),
            "coupon": _discounts(("Coupon", 15), coupon="AuTumn-5"),
            "on a line": _line_discount,
        },
        tripled=True,
    ),
    Factor(
        "shipping cost",
        {
            "usual": unchanged,
            "0": setting(shipping_amount=Decimal(0)),
            "three decimals": setting(shipping_amount=Decimal("4.125")),
            "over 1,000": setting(shipping_amount=Decimal("1234.56")),
        },
    ),
    Factor(
        "tax",
        {
            "usual": unchanged,
            "0": setting(tax=Decimal(0)),
            "three decimals": setting(tax=Decimal("1.905")),
            "over 1,000": setting(tax=Decimal("2345.67")),
            "that of shipping": _taxed_as_shipping,
        },
    ),
    Factor(
        "discount amount",
        {
            "usual": unchanged,
            "0": _discount_amount(lambda amount: Decimal(0)),
            "that of shipping": _as_dear_as_shipping,
            "three decimals": _discount_amount(lambda amount: amount - Decimal("0.005") if amount > 1 else amount),
        },
    ),
    Factor(
        "currency",
        {
            "the store's": unchanged,
            "another": _other_currency,
            "without decimals": _whole_amounts,
            "with three decimals": _millesimal_currency,
        },
    ),
    Factor("total", {"to pay": unchanged, "0": _paid_by_coupon}),
    Factor("country", {country: _country(country) for country in ADDRESSES}),
    Factor(
        "state",
        {
            "code": unchanged,
            "name": _state(lambda code, name: name),
            "name in capitals": _state(lambda code, name: name.upper()),
            "name in lower case": _state(lambda code, name: name.lower()),
            "code in lower case": _state(lambda code, name: code.lower()),
            "that of another country": _named_as_elsewhere,
        },
    ),
    Factor(
        "addresses",
        {
            "the same": unchanged,
            "other name": _addresses({}, {"name": "Receiving Desk"}),
            "other company": _addresses({"company": "Invoices Inc."}, {"company": "Dock 7"}),
            "no company, no second line": _addresses({"company": "", "address2": ""}, {"company": "", "address2": ""}),
            "second line only in billing": _addresses({}, {"address2": ""}),
            "other country": _billed_abroad,
        },
    ),
    Factor(
        "names",
        {
            "given": unchanged,
            "none in billing": _addresses({"name": ""}, {}),
            "blanks in billing": _addresses({"name": "  "}, {}),
            "none in shipping": _addresses({}, {"name": ""}),
            "the company's": _named_as_company,
        },
    ),
    Factor(
        "phone",
        {
            "both": unchanged,
            "two": _addresses({}, {"phone": "+1 212 555 0188"}),
            "account's": _account_phone_only,
            "none": _phone(""),
            "with extension": _extended_phone,
            "over 50": _phone("+49 (0) 30 / 90 18 20 - 4711, Pforte 2, Frau Beispiel-Muster"),
        },
    ),
    Factor(
        "missing phone",
        {
            "neither": unchanged,
            "in billing": _addresses({"phone": ""}, {}),
            "in shipping": _addresses({}, {"phone": ""}),
        },
    ),
    Factor("account's phone", {"none": unchanged, "another": _account_of_other_phone}),
    Factor(
        "gift",
        {
            "no": unchanged,
            "yes": setting(gift=True),
            "with message": setting(gift=True, gift_message="Happy birthday"),
        },
        tripled=True,
    ),
    Factor(
        "notes",
        {
            "none": unchanged,
            "customer's": _customer_note,
            "staff's": setting(internal_notes="Checked by Kim"),
            "both": _both_notes,
        },
        tripled=True,
    ),
    Factor(
        "placed",
        {
            "before the change": unchanged,
            "leap day, at noon": _placed(lambda modified, make: _last_leap_day(modified)),
            "last second of a year": _placed(
                lambda modified, make: datetime(modified.year - 1, 12, 31, 23, 59, 59, tzinfo=UTC)
            ),
            "first hour of a clock change": _placed(lambda modified, make: make.clock_change - timedelta(minutes=20)),
            "second hour of a clock change": _placed(lambda modified, make: make.clock_change + timedelta(minutes=20)),
            "midnight": _placed(
                lambda modified, make: (modified - timedelta(days=3)).replace(hour=0, minute=0, second=0)
            ),
        },
    ),
    Factor("second", {str(second): _modified_second(second) for second in (0, 30, 59)}),
    Factor("status", {f"number {place + 1}": _status(place) for place in range(6)}),
    Factor(
        "order number",
        {
            "the store's choice": unchanged,
            "leading zeros": _number("00{}"),
            "letters": _number("CT--{} A/B&C"),
            "50 characters": _number("CT-{}".ljust(43, "x")),
        },
    ),
    Factor(
        "customer",
        {
            "guest": unchanged,
            "account": _account,
            "guest of other orders": _guest_of_others,
            "account of other orders": _account_of_others,
        },
    ),
    Factor(
        "text",
        {
            "usual": unchanged,
            "0": _text(_zero),
            "leading zeros": _text(lambda usual, place, limit: f"00{place}"),
            "formula": _text(lambda usual, place, limit: f"={place}+1" if place % 2 else f"-{place}"),
            "letter case": _text(lambda usual, place, limit: f"aB{place} CdE {usual.swapcase()}"[:limit]),
            "two bytes, full": _text(_filled("Прага")),
            "three bytes, over": _text(_filled("東京都港区", 1)),
            "four bytes, full": _text(_filled("🎁😀")),
            "four bytes, over": _text(_filled("ab🎁", 3)),
            "markup": _text(lambda usual, place, limit: f'{place} A&B <c> ]]> "d" {usual}'[:limit]),
            "markup, full": _text(_filled("a&b<c ")),
            "escapes and separators": _text(
                lambda usual, place, limit: (
                    f"{place}: 5%41 + &#233; &amp;, a; b | c = d \\n %20 / e - f {usual} \\u00e9 %C3%A4 &lt;"[:limit]
                )
            ),
            "words of code": _text(_word_of_code),
            "forms": _text(lambda usual, place, limit: f"{place} é e\u0301 ı İ  שלום {usual}"[:limit]),
        },
    ),
)
"""Every factor of an order."""

IMPOSSIBLE: frozenset[frozenset[tuple[str, str]]] = frozenset(
    frozenset(pair)
    for pair in (
        # these currencies have no decimals
        *(
            (("currency", "without decimals"), ("price", price))
            for price in ("0.01", "three decimals", "four decimals")
        ),
        *(
            (("currency", "without decimals"), (amount, "three decimals"))
            for amount in ("shipping cost", "tax", "discount amount")
        ),
        # so cheap a line has no discount, and no discount of more than a few cents
        *((("discounts", "on a line"), ("price", price)) for price in ("0.01", "four decimals")),
        *((("discount amount", "three decimals"), ("price", price)) for price in ("0.01", "four decimals")),
        *(
            (("discount amount", amount), ("discounts", discounts))
            for amount in ("0", "three decimals", "that of shipping")
            for discounts in ("none", "on a line")
        ),
        # shipping costs more than the lines
        *(
            (("discount amount", "that of shipping"), ("price", price))
            for price in ("0.01", "three decimals", "four decimals")
        ),
        (("discount amount", "that of shipping"), ("shipping cost", "over 1,000")),
        *((("weight unit", "no weight"), ("weight", weight)) for weight in ("zero first", "tiny", "large")),
    )
)
"""Pairs of levels that no order can have, as names of factor and level."""


def draft_of(make: SpecimenMaker, name: str, levels: Sequence[str]) -> Draft:
    """Return a draft with these levels, one for each factor."""
    draft = make.draft(name)
    for factor, level in zip(FACTORS, levels, strict=True):
        draft = factor.levels[level](make, draft)
    return _completed(make, draft)
