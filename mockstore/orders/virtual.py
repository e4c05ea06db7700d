"""Virtual orders: they are computed, not stored. An order is a function of seed, version and index.

Seed and index are hashed (blake2b) into numbers, and each number chooses a value from a table. So
any order can be computed alone, in any process, at the same cost. The version matters only
through its facts: the same shop in two versions differs in nothing else. The modification time
grows with the index, so that a time window is a range of indexes. Status and times also depend
on when the shop opened and how many orders it has.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import Any, TypeVar

import msgspec

from mockstore.orders.locales import locale_pool
from mockstore.orders.model import Account, Address, Customer, Discount, Item, Order, Shipment, ShippedItem, Weight
from mockstore.orders.people import PEOPLE_PER_POOL, Person, pools
from mockstore.orders.phrases import PHRASES, Phrases
from mockstore.orders.products import catalogue
from mockstore.shop.shop import Shop
from mockstore.shop.versions import Version

USUAL_SPACING_S = 97 * 60
"""Average seconds between two orders in a shop with few orders."""
MAX_HISTORY_S = 10 * 365 * 86400
"""Longest time between the first and the last order. In a shop with many orders they are closer together."""
MAX_ORDERS = 1_000_000_000
"""Most orders of a store: one in each second."""
MAX_REMEMBERED_ORDERS = 4096
"""Most computed orders that are kept."""
FIRST_NUMBER = 1000
"""Number and id of the first order."""

_DAY = 86400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_FIELDS = Struct("<IQ10H32s")
"""The fields of a hash: one for the time, one for numbers, ten numbers and thirty-two bytes for choices."""

_T = TypeVar("_T")


def spacing_of(count: int) -> int:
    """Return the average seconds from one order to the next in a shop with this many orders."""
    return max(1, min(USUAL_SPACING_S, MAX_HISTORY_S // max(1, count)))


def history_of(count: int) -> int:
    """Return the seconds from the opening of a shop to the end of its orders.

    Raises:
        ValueError: a store cannot have that many orders.
    """
    if not 0 <= count <= MAX_ORDERS:
        raise ValueError(f"A store has from 0 to {MAX_ORDERS:,} orders, not {count:,}.")
    return spacing_of(count) * count


def _spread(common: _T, *shares: tuple[_T, int]) -> tuple[_T, ...]:
    """Return a table of 256 places. Each value has its share of them; the first value has the rest."""
    rest = 256 - sum(share for _, share in shares)
    return (common,) * rest + tuple(value for value, share in shares for _ in range(share))


def _even(values: tuple[_T, ...]) -> tuple[_T, ...]:
    """Return a table of 256 places in which all values have nearly the same share."""
    return tuple(values[place * len(values) >> 8] for place in range(256))


class _Method(msgspec.Struct, frozen=True):
    """A shipping method: its name at checkout, its price, and the carrier, service and tracking number of a parcel."""

    name: str
    cents: int
    carrier: str
    service: str
    tracking: str


_LINES = _spread(1, (2, 64), (3, 36), (4, 20), (5, 11), (6, 7), (7, 4), (8, 3), (9, 2), (10, 1), (11, 1), (12, 1))
_QUANTITIES = _spread(1, (2, 40), (3, 16), (4, 5), (5, 3), (6, 2), (10, 2), (24, 1), (100, 1))
_PERCENT = _even((5, 10, 10, 15, 20))
_PAYMENTS = _spread(
    "Credit card", ("PayPal", 80), ("Check", 12), ("Money Order", 8), ("C.O.D.", 14), ("Phone ordering", 6),
    ("Purchase Order", 8), ("Überweisung / bank transfer", 16),
)  # fmt: skip
_OTHER_CURRENCIES = ("EUR", "USD", "GBP", "CAD", "PLN", "CHF")
_DISCOUNTS = (
    ("Autumn sale", ""),
    ("Welcome, 1st order", "WELCOME"),
    ("Loyal customer", ""),
    ("Newsletter <coupon>", "NEWS-2026"),
    ("Buy more & save", ""),
    ("Rabatt für Freunde", "FREUNDE10"),
    ("Free shipping week", "SHIP&SAVE"),
    ("Clearance", ""),
)

_ANYWHERE = (
    _Method("DHL Express Worldwide", 3490, "DHL", "EXPRESS_WORLDWIDE", "{:010d}"),
    _Method("International airmail, registered", 1290, "Post", "REGISTERED", "RR{:09d}XX"),
    _Method("UPS Worldwide Saver", 2950, "UPS", "WORLDWIDE_SAVER", "1Z999AA1{:010d}"),
)
_AT_HOME = {
    "US": (
        _Method("UPS Ground", 895, "UPS", "Ground", "1Z12345E{:010d}"),
        _Method("USPS Priority Mail", 765, "USPS", "Priority Mail", "9405510200{:012d}"),
        _Method("FedEx 2Day", 1895, "FedEx", "FEDEX_2_DAY", "{:012d}"),
        _Method("UPS 3 Day Select", 1490, "UPS", "3 Day Select", "1Z12345E{:010d}"),
    ),
    "CA": (
        _Method("Canada Post Expedited", 1395, "CAN", "DOM.EP", "{:016d}"),
        _Method("Purolator Ground", 1650, "Purolator", "Ground", "{:012d}"),
    ),
    "GB": (
        _Method("Royal Mail Tracked 48", 349, "Royal Mail", "TRACKED_48", "JD{:09d}GB"),
        _Method("DPD Next Day", 799, "DPD", "NEXT_DAY", "{:014d}"),
    ),
    "DE": (
        _Method("DHL Paket", 490, "DHL", "V01PAK", "00340434{:012d}"),
        _Method("Hermes – Paketshop", 420, "Hermes", "PAKETSHOP", "H{:019d}"),
    ),
    "AT": (_Method("Österreichische Post", 520, "Post AT", "10", "{:022d}"),),
    "FR": (
        _Method("Colissimo à domicile", 690, "Colissimo", "DOM", "6A{:011d}"),
        _Method("Point relais®", 390, "Mondial Relay", "24R", "{:08d}"),
    ),
    "JP": (_Method("ヤマト宅急便", 800, "Yamato", "宅急便", "{:012d}"),),
    "NL": (_Method("PostNL pakket", 675, "PostNL", "3085", "3SABCD{:09d}"),),
    "IT": (_Method("Corriere BRT", 790, "BRT", "STD", "{:014d}"),),
    "PL": (_Method("InPost Paczkomat 24/7", 1299, "InPost", "LOCKER", "{:024d}"),),
    "ES": (_Method("Correos Paq 72", 595, "Correos", "PAQ72", "PQ{:010d}E"),),
}
_COLLECTED = _Method("Pick up in store", 0, "", "", "")
SHIPPING_METHODS = {
    method.name: method.cents
    for method in (_COLLECTED, *_ANYWHERE, *(each for country in _AT_HOME.values() for each in country))
}
"""The name of every shipping method, with its price in cents."""

_TAX = {
    "US": 725, "CA": 1300, "GB": 2000, "DE": 1900, "AT": 2000, "FR": 2000, "ES": 2100, "IT": 2200, "PL": 2300,
    "NL": 2100, "SE": 2500, "JP": 1000,
}  # fmt: skip
"""Tax by country of the buyer, in hundredths of a percent."""
_BUYERS = {
    "en_US": 46,
    "de_DE": 24,
    "en_GB": 20,
    "fr_FR": 16,
    "en_CA": 12,
    "it_IT": 12,
    "es_ES": 12,
    "ja_JP": 12,
}
"""Orders out of 256 by locale of the buyer. The other locales share the rest evenly."""

_AGES = 2 * _DAY, 7 * _DAY
"""Ages at which the shares of statuses change."""
_MEANINGS = (
    _spread("paid", ("unpaid", 48), ("shipped", 18), ("on_hold", 26), ("cancelled", 14), (None, 14)),
    _spread("shipped", ("unpaid", 14), ("paid", 74), ("on_hold", 14), ("cancelled", 22), (None, 6)),
    _spread("shipped", ("unpaid", 3), ("paid", 10), ("on_hold", 4), ("cancelled", 24), (None, 2)),
)
"""Shares of the meanings of statuses: up to the first age, up to the second, and beyond."""
_DELAYS = {
    "unpaid": (0, 600), "paid": (20, 3600), "shipped": (_DAY // 3, 5 * _DAY), "cancelled": (3600, 8 * _DAY),
    "on_hold": (60, 2 * _DAY), None: (300, _DAY),
}  # fmt: skip
"""Fewest seconds from placing an order to its last change, and most seconds that are added."""
MAX_DELAY_S = max(least + more for least, more in _DELAYS.values())
"""Seconds from placing an order to its last modification, at most."""


class _Line(msgspec.Struct, frozen=True, gc=False):
    """A line with its sums: price in cents, and weight in the last decimal place that the version keeps."""

    item: Item
    cents: int
    weight: int
    weighed: bool
    shipped: ShippedItem | None


class _Buyer(msgspec.Struct, frozen=True):
    """A buyer as the customer of an order: shipping to the usual address, to another one, or without an address."""

    usual: Customer
    elsewhere: Customer
    nowhere: Customer
    phrases: Phrases
    methods: tuple[_Method, ...]
    tax: int


class Drawn(msgspec.Struct, frozen=True, gc=False):
    """What an export shows of a virtual order, in whole cents and seconds since 1970.

    An order also has a weight and shipments, and its amounts and dates are objects of Python: to make one takes
    twice as long. No amount is negative.
    """

    number: str
    status: str
    placed: int
    modified: int
    currency: str
    customer: Customer
    method: str
    payment: str
    total: int
    tax: int
    shipping: int
    discounts: tuple[Discount, ...]
    gift: bool
    gift_message: str
    customer_notes: str
    internal_notes: str
    items: tuple[Item, ...]

    def order(self, weight: Weight | None = None, shipments: tuple[Shipment, ...] = ()) -> Order:
        """Return the order with this weight and these shipments, which an export does not show."""
        return Order(
            order_number=self.number,
            order_id=self.number,
            status=self.status,
            placed_at=_moment(self.placed),
            modified_at=_moment(self.modified),
            currency=self.currency,
            customer=self.customer,
            shipping_method=self.method,
            payment_method=self.payment,
            total=_money(self.total),
            tax=_money(self.tax),
            shipping_amount=_money(self.shipping),
            discounts=self.discounts,
            gift=self.gift,
            gift_message=self.gift_message,
            customer_notes=self.customer_notes,
            internal_notes=self.internal_notes,
            weight=weight,
            items=self.items,
            shipments=shipments,
        )


@lru_cache(1 << 14)
def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


class VirtualOrders:
    """The virtual orders of a shop, by index from 0.

    ``opened_at`` is the earliest time at which the first order may have been modified.

    Raises:
        UnknownLocale: Faker has no locale of the shop.
    """

    def __init__(self, shop: Shop, version: Version, count: int, opened_at: datetime) -> None:
        self._count, self._spacing = count, spacing_of(count)
        self._opened = (opened_at - _EPOCH) // _SECOND
        self._end = self._opened + history_of(count)
        self._hash = blake2b(str(shop.seed).encode(), digest_size=_FIELDS.size, person=b"mockstore order").copy
        self._shop = shop
        self._variants = catalogue(shop, version)
        self._strides = tuple(n for n in range(1, len(self._variants)) if math.gcd(n, len(self._variants)) == 1)
        self._lines: dict[tuple[int, int, bool], _Line] = {}
        self._buyers: dict[tuple[int, int], _Buyer] = {}
        self._known_pools = tuple(map(locale_pool, shop.locales)) if shop.locales else pools().pools
        self._pools = self._pool_table()
        self._statuses = tuple(self._statuses_for(table) for table in _MEANINGS)
        decimals = version.weight_decimals

        @lru_cache(1 << 12)
        def weight(units: int) -> Weight:
            return Weight(Decimal(units).scaleb(-decimals), shop.weight_unit)

        self._weight = weight
        self.second = lru_cache(1 << 14)(self._second)
        self.order = lru_cache(MAX_REMEMBERED_ORDERS)(self._order)

    def _second(self, index: int) -> int:
        """Return the second since 1970 in which the order was last modified."""
        return self._modified(index, self._fields(index))

    def __len__(self) -> int:
        return self._count

    @property
    def first_free_number(self) -> int:
        """Return the first number after the numbers of the virtual orders."""
        return FIRST_NUMBER + self._count

    # ------------------------------------------------------------------ times and numbers

    def _fields(self, index: int) -> tuple[Any, ...]:
        digest = self._hash()
        digest.update(index.to_bytes(8, "little"))
        return _FIELDS.unpack(digest.digest())

    def _modified(self, index: int, fields: tuple[Any, ...]) -> int:
        within: int = fields[0] % self._spacing
        return self._opened + index * self._spacing + within

    def modified_at(self, index: int) -> datetime:
        """Return when the order was last modified: later than the order before."""
        return _moment(self.second(index))

    def first_since(self, second: int) -> int:
        """Return the first index that was modified in that second since 1970 or later."""
        index = (second - self._opened) // self._spacing
        if not 0 <= index < self._count:
            return 0 if index < 0 else self._count
        return index + (self.second(index) < second)

    def indexes(self, start: datetime | None, end: datetime | None) -> range:
        """Return the orders modified from ``start`` to ``end``, both included. None leaves a side open."""
        first = 0 if start is None else self.first_since(-((_EPOCH - start) // _SECOND))
        stop = self._count if end is None else self.first_since((end - _EPOCH) // _SECOND + 1)
        return range(first, max(first, stop))

    def number_of(self, index: int) -> str:
        """Return the order's number, which is also its id, as in CS-Cart."""
        return str(FIRST_NUMBER + index)

    def index_of(self, order_number: str) -> int | None:
        """Return the index of the order with that number, if it is a virtual order."""
        if not order_number.isascii() or not order_number.isdigit() or len(order_number) > 10:
            return None
        index = int(order_number) - FIRST_NUMBER
        return index if 0 <= index < self._count and order_number[0] != "0" else None

    def index_of_id(self, order_id: str) -> int | None:
        """Return the index of the order with that id, if it is a virtual order."""
        return self.index_of(order_id)

    # ------------------------------------------------------------------ tables of this shop

    def _pool_table(self) -> tuple[int, ...]:
        """Return the number of a pool of people for each of 256 places."""
        known = self._known_pools
        if self._shop.locales:
            return _even(tuple(range(len(known))))
        places = [place for place, pool in enumerate(known) for _ in range(_BUYERS.get(pool.locale, 0))]
        others = [place for place, pool in enumerate(known) if pool.locale not in _BUYERS]
        return tuple(places) + tuple(others[n % len(others)] for n in range(256 - len(places)))

    def _statuses_for(self, table: tuple[str | None, ...]) -> tuple[tuple[str, str | None], ...]:
        """Replace the meanings in a table by statuses of this shop; by the first status if none has the meaning."""
        found = []
        for place, meaning in enumerate(table):
            names = [status.name for status in self._shop.statuses if status.maps_to == meaning]
            names = names or [self._shop.statuses[0].name]
            found.append((names[place % len(names)], meaning))
        return tuple(found)

    def _line(self, place: int, quantity: int, reduced: bool) -> _Line:
        variant = self._variants[place]
        off = variant.cents // 10 if reduced else 0
        item = Item(
            variant.line_id,
            variant.sku,
            variant.name,
            quantity,
            _money(variant.cents - off),
            variant.weight,
            variant.image_url,
            variant.location,
            variant.options,
            variant.shippable,
            _money(off),
        )
        shipped = ShippedItem(variant.sku, quantity, variant.line_id) if variant.shippable else None
        weighed = variant.weight is not None
        cents = (variant.cents - off) * quantity
        line = _Line(item, cents, variant.weight_units * quantity, weighed, shipped)
        return self._lines.setdefault((place, quantity, reduced), line)

    def _buyer(self, pool_number: int, number: int) -> _Buyer:
        pool = self._known_pools[pool_number]
        person, other = pool.people[number], pool.people[(number + 7) % len(pool.people)]
        guest = number % 10 < 3
        bare = guest and number % 2 == 0  # left every optional field blank
        silent = number % 10 == 5  # has a telephone number only in the account
        phone = "" if bare or silent else person.phone
        billing = _address(person, pool.country, phone, "" if bare else person.company)
        account = None
        if not guest and (silent or number % 10 == 7):
            email = person.email if silent else f"old.{person.email}"
            account = Account(email, person.phone)
        customer = Customer(
            person.email,
            phone,
            billing,
            billing,
            None if guest else str(pool_number * len(pool.people) + number + 101),
            account,
        )
        return self._buyers.setdefault(
            (pool_number, number),
            _Buyer(
                customer,
                msgspec.structs.replace(customer, shipping=_address(other, pool.country, other.phone, other.company)),
                msgspec.structs.replace(customer, shipping=None),
                PHRASES.get(pool.language, PHRASES["en"]),
                _AT_HOME.get(pool.country, ()) + _ANYWHERE[: 1 if pool.country in _AT_HOME else None],
                _TAX.get(pool.country, 0),
            ),
        )

    # ------------------------------------------------------------------ an order

    def drawn(self, index: int) -> Drawn:
        """Return what was drawn for the order with that index.

        Raises:
            IndexError: there is no order with that index.
        """
        return self._draw(index)[0]

    def _draw(self, index: int) -> tuple[Drawn, list[_Line], _Method, str | None, int, int]:
        """Return what was drawn, and what an export does not show.

        That is the lines, the shipping method, the meaning of the status, and the numbers that choose the parcels.

        Raises:
            IndexError: there is no order with that index.
        """
        if not 0 <= index < self._count:
            raise IndexError(index)
        fields = self._fields(index)
        (_, digits, who, product, stride, state, delay, reduction, customer_note, staff_note, gift, extra,
         small) = fields  # fmt: skip

        modified = self._modified(index, fields)
        status, meaning, placed = self._history(modified, state, delay)
        lines, cents, shippable = self._cart(product, stride, small)

        pool, number = self._pools[who & 255], (who >> 8) * PEOPLE_PER_POOL >> 8
        buyer = self._buyers.get((pool, number)) or self._buyer(pool, number)
        method = buyer.methods[small[15] * len(buyer.methods) >> 8] if shippable else _COLLECTED
        customer = buyer.usual
        if small[14] < 8:
            customer, method = buyer.nowhere, _COLLECTED
        elif small[14] < 23:
            customer = buyer.elsewhere
        shipping = 0 if cents >= 25000 else method.cents

        discounts, off = _discounts(reduction, small[16], cents) if reduction < 13800 else ((), 0)
        tax = ((cents - off) * buyer.tax + 5000) // 10000
        gift_message = ""
        if gift < 7864 and small[19] < 180:
            gift_message = _written(buyer.phrases.gift, gift, digits)
        drawn = Drawn(
            self.number_of(index),
            status,
            placed,
            modified,
            _OTHER_CURRENCIES[extra % 6] if extra < 3900 else self._shop.currency,
            customer,
            method.name,
            _PAYMENTS[small[17]],
            cents - off + shipping + tax,
            tax,
            shipping,
            discounts,
            gift < 7864,
            gift_message,
            _written(buyer.phrases.customer, customer_note, digits) if customer_note < 9830 else "",
            _written(buyer.phrases.staff, staff_note, digits) if staff_note < 7864 else "",
            tuple([line.item for line in lines]),
        )
        return drawn, lines, method, meaning, digits, small[18]

    def _order(self, index: int) -> Order:
        """Return the order with that index.

        Raises:
            IndexError: there is no order with that index.
        """
        drawn, lines, method, meaning, digits, choice = self._draw(index)
        parcels = tuple([line.shipped for line in lines if line.shipped is not None])
        is_shipped = meaning == "shipped" and parcels and drawn.customer.shipping is not None
        is_weighed = any(line.weighed for line in lines)
        return drawn.order(
            self._weight(sum([line.weight for line in lines])) if is_weighed else None,
            _shipments(method, parcels, digits, _moment(drawn.modified).date(), choice) if is_shipped else (),
        )

    def _history(self, modified: int, state: int, delay: int) -> tuple[str, str | None, int]:
        """Return the order's status, its meaning, and the second in which the order was placed."""
        age = self._end - modified
        young, old = _AGES
        status, meaning = self._statuses[(age > young) + (age > old)][state >> 8]
        least, more = _DELAYS[meaning]
        return status, meaning, modified - least - (delay * more >> 16)

    def placed_second(self, index: int) -> int:
        """Return the second since 1970 in which the order was placed."""
        fields = self._fields(index)
        return self._history(self._modified(index, fields), fields[5], fields[6])[2]

    def _cart(self, product: int, stride: int, small: bytes) -> tuple[list[_Line], int, bool]:
        """Return lines with different variants, their price in cents, and whether any can be shipped."""
        variants, known = len(self._variants), self._lines
        place = product * variants >> 16
        step = self._strides[stride * len(self._strides) >> 16]
        reduced = small[12] < 10
        lines = []
        cents = 0
        shippable = False
        for quantity in small[: _LINES[small[13]]]:
            key = place, _QUANTITIES[quantity], reduced
            line = known.get(key) or self._line(*key)
            lines.append(line)
            cents += line.cents
            shippable = shippable or line.shipped is not None
            place = (place + step) % variants
            reduced = False
        return lines, cents, shippable


def _address(person: Person, country: str, phone: str, company: str) -> Address:
    return Address(
        person.name,
        company,
        phone,
        person.address1,
        person.address2,
        person.city,
        person.state,
        person.postal_code,
        country,
    )


def _written(sentences: tuple[str, ...], choice: int, digits: int) -> str:
    return sentences[choice % len(sentences)].replace("{n}", str(digits % 90 + 10))


def _discounts(choice: int, percent: int, cents: int) -> tuple[tuple[Discount, ...], int]:
    """Return one or two discounts and their sum in cents; none for a free cart."""
    first = cents * _PERCENT[percent] // 100
    if not first:
        return (), 0
    name, coupon = _DISCOUNTS[choice % 8]
    found = (Discount(name, _money(first), coupon),)
    if choice >= 2000 or first + 100 >= cents:
        return found, first
    name, coupon = _DISCOUNTS[(choice + 3) % 8]
    return (*found, Discount(name, _money(100), coupon)), first + 100


def _shipments(
    method: _Method, items: tuple[ShippedItem, ...], digits: int, day: date, choice: int
) -> tuple[Shipment, ...]:
    """Return the shipments of a shipped order: one, or sometimes two."""
    if choice < 50 and len(items) > 1:
        half = len(items) // 2
        return (
            _shipment(method, items[:half], digits, day, 0),
            _shipment(method, items[half:], digits, day, 1),
        )
    return (_shipment(method, items, digits, day, 0),)


def _shipment(method: _Method, items: tuple[ShippedItem, ...], digits: int, day: date, number: int) -> Shipment:
    return Shipment(
        method.tracking.format((digits + number) % 10**8),
        method.carrier,
        method.service,
        _money(method.cents * 4 // 5 + number),
        "",
        day,
        items,
    )
