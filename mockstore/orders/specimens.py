"""Specimens: orders made by hand, one for each hard case, so that boundary values are always tested.

The suite creates them through the control protocol in any store that allows it; the mock store
has them from the start. Each specimen is modified in a minute of its own (except the three of
:func:`ties`), has an e-mail address of its own that ends in :data:`EMAIL_SUFFIX`, and differs from
a plain order in as little as possible. It is a :class:`Draft`: the store may change it,
so the suite reads the order back before it judges an export.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from mockstore.orders.draft import Draft
from mockstore.orders.model import Account, Address, Customer, Discount, Item, Option, Weight
from mockstore.orders.totals import with_total_and_weight
from mockstore.shop.facts import StoreFacts
from mockstore.shop.shop import GRAMS_PER_UNIT

EMAIL_SUFFIX = "@specimen.example"
"""The end of every specimen's e-mail address."""

MAX_EMAIL_CHARS = 50
"""Many stores use the e-mail address as the CustomerCode, which has at most 50 characters."""
SPACING = timedelta(minutes=7)
"""Time between the modifications of two specimens."""

BERLIN = Address("Marta Beispiel", "", "+49 30 901820", "Turmweg 5", "", "Berlin", "BE", "10115", "DE")
BOSTON = Address("Dana Sample", "Sample Works", "+1 617 555 0142", "12 Oak St", "Apt 2", "Boston", "MA", "02108", "US")
LONDON = Address("Robin Pattern", "", "+44 20 7946 0958", "1 Mill Lane", "Flat 4", "London", "", "SW1A 1AA", "GB")

SPECIAL_CHARACTERS = "A&B <c> \"d\" 'e' ]]> é ß 東京 שלום 🎁 &amp; &#039; %20 \\ end"
"""Characters that careless code changes, in one line."""

SEVERAL_LINES = "first line\nsecond & third\n\nlast <b>line</b>"

SCRIPTS = {
    "latin": "Zoë Ångström-Øvergård",
    "greek": "Ελένη Παπαδοπούλου",
    "cyrillic": "Юлия Щербакова",
    "arabic": "محمد الأمين",
    "hebrew": "יעל כהן",
    "devanagari": "अंजलि शर्मा",
    "thai": "สมชาย ใจดี",
    "japanese": "山田 太郎",
    "korean": "김민수",
    "chinese": "王小明",
    "emoji": "Sam Star 👩‍🚀 Kim",
}


@dataclass(frozen=True, slots=True)
class Specimen:
    """A hard case: its name, and the draft of its order."""

    name: str
    draft: Draft


def text_of_length(length: int, seed: str = "") -> str:
    """Return a text of exactly that many characters. It has blanks only if the seed has."""
    unit = (seed or "abcdefghi") + "0123456789"
    return (unit * (length // len(unit) + 1))[:length]


class SpecimenMaker:
    """Makes the drafts for one store, from the facts that it states about itself."""

    def __init__(self, facts: StoreFacts, base: datetime, run: str = "ct") -> None:
        self._facts, self._base, self._run = facts, base, run
        self._slot = 0
        self._unit = facts.weight_unit if facts.weight_unit in GRAMS_PER_UNIT else "kg"
        paid = [status.name for status in facts.statuses if status.maps_to == "paid"]
        self._status = (paid or [status.name for status in facts.statuses] or [""])[0]
        self._currency = facts.currency or "USD"

    @property
    def clock_change(self) -> datetime:
        """The time when the clocks of the store's zone were last set back, before the first order."""
        return last_clock_change_back(self._facts.timezone, self._base)

    def status(self, place: int) -> str:
        """Return a status of the store, counted from 0 and around; the usual status if the store states none."""
        names = [status.name for status in self._facts.statuses]
        return names[place % len(names)] if names else self._status

    def unique_digits(self, draft: Draft) -> str:
        """Return nine digits that no other order of the run has; its e-mail address tells it from the others."""
        return f"{zlib.crc32(draft.customer.email.encode()) % 10**9:09}"

    def weight(self, value: str) -> Weight:
        """Return a weight in the store's own unit."""
        return Weight(Decimal(value), self._unit)

    def item(self, number: int = 1, **changes: object) -> Item:
        """Return a plain line with some fields changed."""
        line = Item(
            line_id=str(100 + number),
            sku=f"PLAIN-{number}",
            name=f"Plain product {number}",
            quantity=1,
            unit_price=Decimal(10 + number),
            weight=self.weight("0.5"),
            image_url=f"https://images.example.com/plain-{number}.png",
            location=f"A1-{number}",
        )
        return msgspec.structs.replace(line, **changes)

    def _email(self, name: str) -> str:
        """Return an e-mail address that names the specimen, in at most :data:`MAX_EMAIL_CHARS` characters.

        A longer one would be too long as a CustomerCode. The end of a long name is replaced by a checksum.
        """
        room = MAX_EMAIL_CHARS - len(f"{self._run}-{EMAIL_SUFFIX}")
        short = name if len(name) <= room else f"{name[: room - 5]}-{zlib.crc32(name.encode()) % 0x10000:04x}"
        return f"{self._run}-{short}{EMAIL_SUFFIX}"

    def customer(self, name: str, **changes: object) -> Customer:
        """Return a customer with an address in Berlin and an e-mail address that names the specimen."""
        plain = Customer(email=self._email(name), phone=BERLIN.phone, billing=BERLIN, shipping=BERLIN)
        return msgspec.structs.replace(plain, **changes)

    def draft(self, name: str, *items: Item, moment: datetime | None = None, **changes: object) -> Draft:
        """Return the draft of a plain order, modified at ``moment`` or else in a minute of its own."""
        if moment is None:
            moment = self._base + self._slot * SPACING
            self._slot += 1
        plain = Draft(
            status=self._status,
            placed_at=moment - timedelta(minutes=2),
            modified_at=moment,
            currency=self._currency,
            customer=self.customer(name),
            shipping_method="Standard",
            payment_method="Invoice",
            tax=Decimal("1.90"),
            shipping_amount=Decimal("4.90"),
            items=items or (self.item(),),
        )
        return with_total_and_weight(msgspec.structs.replace(plain, **changes))

    def specimen(self, name: str, *items: Item, moment: datetime | None = None, **changes: object) -> Specimen:
        """Return a specimen: a plain order with some fields changed."""
        return Specimen(name, self.draft(name, *items, moment=moment, **changes))


Family = Callable[[SpecimenMaker], Iterator[Specimen]]


def plain(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield plain orders, which show whether a problem is general or comes from a special value."""
    yield make.specimen("plain-1")
    yield make.specimen("plain-2", make.item(1), make.item(2, quantity=3))
    yield make.specimen("plain-3", make.item(3, quantity=2), shipping_method="Express", payment_method="Card")


def statuses(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with every status of the store."""
    for number, status in enumerate(make._facts.statuses[:16], start=1):
        yield make.specimen(f"status-{number}", status=status.name)
    if make._facts.statuses:
        yield make.specimen("status-again", status=make._facts.statuses[-1].name)


def gifts(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield gifts with and without a message."""
    yield make.specimen("gift", gift=True)
    yield make.specimen("gift-message", gift=True, gift_message="Happy birthday, Grandma!")
    yield make.specimen("gift-message-special", gift=True, gift_message=f"{SPECIAL_CHARACTERS}\n{SEVERAL_LINES}")
    yield make.specimen("gift-message-long", gift=True, gift_message=text_of_length(1001))


def discounts(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with one discount, several, coupons, and discounts on lines."""
    yield make.specimen("discount", discounts=(Discount("Autumn sale", Decimal("2.50")),))
    yield make.specimen("discount-coupon", discounts=(Discount("Coupon", Decimal("5.00"), "AUTUMN5"),))
    yield make.specimen(
        "discount-coupons",
        make.item(1, quantity=3),
        discounts=(
            Discount("Coupon", Decimal("1.25"), "TEN-A"),
            Discount("Coupon", Decimal("0.75"), "TEN-B"),
        ),
    )
    yield make.specimen(
        "discount-several",
        make.item(1, quantity=2),
        make.item(2),
        discounts=(
            Discount("Loyalty", Decimal("3.33")),
            Discount("Summer & Sun", Decimal("0.01"), "SUN&MOON"),
            Discount("Bulk", Decimal("1.00")),
        ),
    )
    yield make.specimen(
        "discount-line",
        make.item(1, quantity=2, unit_price=Decimal("9.50"), discount=Decimal("1.50")),
        make.item(2),
    )
    yield make.specimen(
        "discount-line-and-order",
        make.item(1, quantity=2, unit_price=Decimal("9.50"), discount=Decimal("1.50")),
        discounts=(Discount("Coupon", Decimal("2.00"), "BOTH2"),),
    )
    yield make.specimen("discount-of-nothing", discounts=(Discount("Loyalty", Decimal("0.00")),))
    yield make.specimen(
        "discount-coupon-long", discounts=(Discount("Coupon", Decimal("1.50"), "WELCOME-BACK-FRIENDS-2026"),)
    )
    yield make.specimen("discount-large", discounts=(Discount("Free day", Decimal("11.00")),))


def customers(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with many kinds of customers and addresses, some with missing fields."""
    yield make.specimen(
        "other-address",
        customer=make.customer("other-address", billing=BERLIN, shipping=BOSTON, phone="+49 30 901820"),
    )
    yield make.specimen("us-state", customer=make.customer("us-state", billing=BOSTON, shipping=BOSTON))
    yield make.specimen(
        "us-state-name",
        customer=make.customer(
            "us-state-name", shipping=msgspec.structs.replace(BOSTON, state="California", city="Fresno")
        ),
    )
    district = msgspec.structs.replace(BOSTON, city="Washington", state="DC", postal_code="20001")
    yield make.specimen("us-district", customer=make.customer("us-district", shipping=district))
    toronto = Address("Lee Example", "", "+1 416 555 0123", "9 King St W", "", "Toronto", "ON", "M5H 1A1", "CA")
    yield make.specimen("canada", customer=make.customer("canada", billing=toronto, shipping=toronto))
    montreal = msgspec.structs.replace(toronto, state="Québec", city="Montréal", postal_code="H2Y 1C6")
    yield make.specimen("canada-name", customer=make.customer("canada-name", shipping=montreal))
    yield make.specimen("no-state", customer=make.customer("no-state", billing=LONDON, shipping=LONDON))
    nameless = msgspec.structs.replace(LONDON, name="")
    yield make.specimen("guest", customer=make.customer("guest", billing=nameless, shipping=LONDON))
    yield make.specimen(
        "companies",
        customer=make.customer(
            "companies",
            billing=msgspec.structs.replace(BERLIN, company="Rechnung & Söhne GmbH"),
            shipping=msgspec.structs.replace(BOSTON, company="Dock 7 Inc."),
        ),
    )
    yield make.specimen(
        "company-billing-only",
        customer=make.customer("company-billing-only", billing=msgspec.structs.replace(BERLIN, company="Nur GmbH")),
    )
    yield make.specimen(
        "two-phones",
        customer=make.customer(
            "two-phones",
            phone="+49 30 901820",
            shipping=msgspec.structs.replace(BOSTON, phone="+1 617 555 0199"),
        ),
    )
    silent = msgspec.structs.replace(BERLIN, phone="")
    yield make.specimen(
        "phone-billing-only",
        customer=make.customer("phone-billing-only", shipping=silent, phone="+49 30 901820"),
    )
    yield make.specimen(
        "phone-account-only",
        customer=make.customer(
            "phone-account-only",
            billing=silent,
            shipping=silent,
            phone="",
            account=Account(phone="+49 40 428230"),
        ),
    )
    yield make.specimen(
        "account-differs",
        customer=make.customer("account-differs", account=Account("account@elsewhere.example", "+49 89 23300")),
    )
    for number in (1, 2):
        yield make.specimen(
            f"returning-{number}",
            customer=make.customer("returning", email=f"returning-{make._run}{EMAIL_SUFFIX}", code=f"C-{make._run}-77"),
        )
    yield make.specimen(
        "other-account",
        customer=make.customer("other-account", code=f"C-{make._run}-78"),
    )
    yield make.specimen(
        "email-special", customer=make.customer("email", email=f"{make._run}-o'neil+shop&co{EMAIL_SUFFIX}")
    )
    longest = f"{make._run}-{text_of_length(64, 'name')}"[:64]  # RFC 5321: at most 64 characters before the @
    yield make.specimen("email-long", customer=make.customer("email-long", email=f"{longest}{EMAIL_SUFFIX}"))
    desk = msgspec.structs.replace(BERLIN, phone="+49 (0) 30 / 90 18 20 - 4711")
    yield make.specimen(
        "phone-long", customer=make.customer("phone-long", billing=desk, shipping=desk, phone=desk.phone)
    )
    zeros = msgspec.structs.replace(BOSTON, postal_code="00501", address2="")
    yield make.specimen("postal-code-zeros", customer=make.customer("postal-code-zeros", shipping=zeros))
    yield make.specimen("no-shipping-address", customer=make.customer("no-shipping-address", shipping=None))
    yield make.specimen(
        "blanks",
        customer=make.customer(
            "blanks",
            billing=msgspec.structs.replace(BERLIN, name="  Marta Beispiel "),
            shipping=msgspec.structs.replace(BERLIN, name="  Marta Beispiel ", city=" Berlin  "),
        ),
    )


def bare(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders that have only the necessary fields."""
    who = Address("Solo", "", "", "1 Way", "", "Paris", "", "75001", "FR")
    yield make.specimen(
        "bare",
        Item(line_id="1", sku="BARE", name="Bare", quantity=1, unit_price=Decimal(7), weight=make.weight("0.1")),
        customer=make.customer("bare", phone="", billing=who, shipping=who),
        tax=Decimal(0),
        shipping_amount=Decimal(0),
    )
    yield make.specimen("no-notes-no-company", make.item(1, location="", options=()))
    yield Specimen(
        "no-lines", msgspec.structs.replace(make.draft("no-lines"), items=(), weight=None, total=Decimal("6.80"))
    )
    yield make.specimen("order-number", order_number=f"{make._run}-A-1001")


def notes(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with notes of customers and staff, long ones and special ones."""
    yield make.specimen("customer-notes", customer_notes="Please ring the bell twice.")
    yield make.specimen("staff-notes", internal_notes="Checked by Kim: address confirmed by phone.")
    yield make.specimen(
        "both-notes",
        customer_notes="Leave it with the neighbour.",
        internal_notes="Customer complained twice before.",
    )
    yield make.specimen("notes-lines", customer_notes=SEVERAL_LINES, internal_notes=f"staff {SEVERAL_LINES}")
    typed = "first line\r\nsecond  line\r\n\r\n\tindented"
    yield make.specimen("notes-typed", customer_notes=typed, internal_notes=f"staff {typed}")
    yield make.specimen(
        "notes-special", customer_notes=SPECIAL_CHARACTERS, internal_notes=f"staff {SPECIAL_CHARACTERS}"
    )
    for length in (1000, 1001):
        yield make.specimen(f"notes-customer-{length}", customer_notes=text_of_length(length))
        yield make.specimen(f"notes-staff-{length}", internal_notes=text_of_length(length, "staff"))
    wide = "1) " + text_of_length(900, "Позвоните за час до доставки, домофон не работает! ")
    yield make.specimen("notes-wide", customer_notes=wide, internal_notes=f"staff {wide}")
    yield make.specimen("notes-customer-emoji", customer_notes="Note " + "🎁" * 985 + "äöü😀" * 20)
    yield make.specimen("notes-staff-emoji", internal_notes="staff " + "日本語🎌" * 400)


def texts(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with texts in many scripts, and with every character that careless code changes."""
    for script, name in SCRIPTS.items():
        where = msgspec.structs.replace(BERLIN, name=name, city=name.split()[-1])
        yield make.specimen(
            f"script-{script}", customer=make.customer(f"script-{script}", billing=where, shipping=where)
        )
    where = msgspec.structs.replace(BERLIN, name='Sean O\'Neil & "Sons"', company="<B> & C]]>D", address2="c/o A&B")
    yield make.specimen("text-name", customer=make.customer("text-name", billing=where, shipping=where))
    where = msgspec.structs.replace(BERLIN, company="Œuvre № ½ ﬁn™", address2="ＡＢＣ ２階")
    yield make.specimen("text-compatible", customer=make.customer("text-compatible", billing=where, shipping=where))
    yield make.specimen("text-item", make.item(1, name=SPECIAL_CHARACTERS, location="Regal <3> & 'Ö'"))
    yield make.specimen("text-control", customer_notes="a bell \x07 and a tab stop \x0b of old")
    yield make.specimen("text-entities", make.item(1, name="Typed &amp; meant &lt;so&gt; &#8364;"))
    yield make.specimen("text-methods", shipping_method="DHL Paket & Spätzustellung", payment_method="Carte Bleue €")


def lengths(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with values as long as their field allows, and one character longer."""
    for over in (0, 1):
        where = msgspec.structs.replace(
            BERLIN,
            name=text_of_length(100 + over, "Name"),
            company=text_of_length(100 + over, "Company"),
            address1=text_of_length(200 + over, "Street"),
            address2=text_of_length(200 + over, "Floor"),
            city=text_of_length(100 + over, "City"),
        )
        word = "over" if over else "full"
        wide = msgspec.structs.replace(BERLIN, name="東京都" * 33 + "港区"[: 1 + over], city="ж" * (100 + over))
        yield make.specimen(
            f"length-address-wide-{word}", customer=make.customer(f"wide-{word}", billing=wide, shipping=wide)
        )
        yield make.specimen(f"length-address-{word}", customer=make.customer(f"length-address-{word}", shipping=where))
        yield make.specimen(
            f"length-item-{word}",
            make.item(
                1,
                sku=text_of_length(50 + over, "SKU"),
                name=text_of_length(200 + over, "Name"),
                location=text_of_length(100 + over, "Shelf"),
                image_url="https://images.example.com/" + text_of_length(473 + over),
                options=(Option(text_of_length(100 + over, "Name"), text_of_length(100 + over, "Value")),),
            ),
        )
        yield make.specimen(
            f"length-methods-{word}",
            shipping_method=text_of_length(100 + over, "Ship"),
            payment_method=text_of_length(50 + over, "Pay"),
        )


def weights(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with weights of lines and options, in several units, and without weights."""
    yield make.specimen("weight-fine", make.item(1, weight=make.weight("0.375"), quantity=4))
    yield make.specimen("weight-heavy", make.item(1, weight=make.weight("123.45")))
    for unit, value in (("kg", "1.25"), ("g", "640"), ("lbs", "2.5"), ("oz", "17.5")):
        yield make.specimen(f"weight-in-{unit}", make.item(1, weight=Weight(Decimal(value), unit)))
    yield make.specimen(
        "weight-mixed",
        make.item(1, weight=Weight(Decimal("1.25"), "kg")),
        make.item(2, weight=Weight(Decimal("6.5"), "oz"), quantity=2),
    )
    yield make.specimen("weight-none", make.item(1, weight=None), make.item(2))
    yield make.specimen("weight-zero", make.item(1, weight=make.weight("0")))
    yield make.specimen(
        "weight-options",
        make.item(
            1,
            quantity=3,
            options=(
                Option("Case", "Steel", make.weight("0.25")),
                Option("Strap", "Long", make.weight("0.125")),
                Option("Colour", "Red"),
            ),
        ),
    )


def lines(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with lines of every kind: free, expensive, many, similar, without SKU, or not shippable."""
    yield make.specimen("line-free", make.item(1), make.item(2, unit_price=Decimal(0), name="Free sample"))
    yield make.specimen("line-only-free", make.item(1, unit_price=Decimal(0), name="Free sample"))
    yield make.specimen(
        "line-dear",
        make.item(1, unit_price=Decimal("9999999.99")),
        tax=Decimal(0),
        shipping_amount=Decimal(0),
    )
    yield make.specimen("line-dear-enough", make.item(1, unit_price=Decimal("1234567.89")))
    yield make.specimen(
        "line-cents",
        make.item(1, unit_price=Decimal("0.01")),
        make.item(2, unit_price=Decimal("19.99"), quantity=3),
    )
    yield make.specimen("line-many-units", make.item(1, quantity=99999, unit_price=Decimal("0.01")))
    yield make.specimen("line-skus", make.item(1, sku="A/B&C-Ü 'x' #7"), make.item(2, sku="<SKU>+1"))
    yield make.specimen("line-skus-of-digits", make.item(1, sku="00123"), make.item(2, sku="1.10"))
    yield make.specimen("line-no-sku", make.item(1, sku=""), make.item(2))
    yield make.specimen(
        "line-download", make.item(1), make.item(2, shippable=False, weight=None, name="Handbook (PDF)")
    )
    red, blue = (
        make.item(n, sku="TEE", name="T-shirt", options=(Option("Colour", c),)) for n, c in ((1, "Red"), (2, "Blue"))
    )
    yield make.specimen("line-twins", red, msgspec.structs.replace(blue, quantity=2, location="B7-2"))
    yield make.specimen(
        "lines-5",
        *(
            make.item(
                n,
                quantity=n,
                unit_price=Decimal(f"{n}.{n}5"),
                weight=make.weight(f"0.{n}5"),
                options=(Option("Size", f"S{n}"),) if n % 2 else (),
            )
            for n in range(1, 6)
        ),
    )
    yield make.specimen("lines-200", *(make.item(n, unit_price=Decimal(n) / 100) for n in range(1, 201)))


def images(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with lines that have an image, and without."""
    yield make.specimen("image-none", make.item(1, image_url=""))
    yield make.specimen("image-some", make.item(1), make.item(2, image_url=""), make.item(3))
    yield make.specimen("image-query", make.item(1, image_url="https://images.example.com/a.png?w=80&h=80&t=1"))


def options(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with 0, 1, several, 10 and 11 options on a line."""
    yield make.specimen("option-one", make.item(1, options=(Option("Size", "L"),)), make.item(2))
    for count in (3, 10, 11):
        chosen = tuple(Option(f"Option {n}", f"Value {n}") for n in range(1, count + 1))
        yield make.specimen(f"options-{count}", make.item(1, options=chosen))
    yield make.specimen("option-zero", make.item(1, options=(Option("Engraving", "0"), Option("Size", "L"))))
    yield make.specimen(
        "options-of-one-name", make.item(1, options=(Option("Engraving", "Anna"), Option("Engraving", "Ben")))
    )
    yield make.specimen("option-emoji", make.item(1, options=(Option("Card", "Hi 🎁 for Grandma"),)))
    yield make.specimen(
        "options-special",
        make.item(1, options=(Option("Größe & Farbe", 'Rot <dunkel> ]]> "XL"'), Option("色", "赤 'あか'"))),
    )


def locations(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with and without a location in the warehouse."""
    yield make.specimen(
        "locations",
        make.item(1, location="Aisle 1 / Bin 2"),
        make.item(2, location=""),
        make.item(3, location="Z9-9"),
    )
    yield make.specimen("location-none", make.item(1, location=""))


def money(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with special amounts: in another currency, without tax or shipping cost, and in thousands."""
    other = "EUR" if make._currency != "EUR" else "USD"
    yield make.specimen("currency", currency=other)
    yield make.specimen("no-tax", tax=Decimal(0))
    yield make.specimen("no-shipping-cost", shipping_amount=Decimal(0))
    yield make.specimen(
        "total-zero",
        make.item(1, unit_price=Decimal(0), name="Free sample"),
        tax=Decimal(0),
        shipping_amount=Decimal(0),
    )
    yield make.specimen("thousands", make.item(1, quantity=12, unit_price=Decimal("123.40")))


def times(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with times at the edges of a minute, changed long after placing, in winter and in summer."""
    base = make._base
    slot = base + make._slot * SPACING
    for name, minutes, second in (("first-second", 0, 0), ("last-second", 12, 59), ("half-minute", 24, 30)):
        moment = slot + timedelta(minutes=minutes, seconds=second)
        yield make.specimen(f"edge-{name}", moment=moment, placed_at=moment.replace(second=0))
    make._slot += 6
    # placed in another year, and under another offset from UTC
    year_end = base.replace(year=base.year - 1, month=12, day=31, hour=23, minute=50)
    yield make.specimen("placed-at-years-end", placed_at=year_end)
    summer = base.replace(month=7, day=15)
    yield make.specimen("placed-in-summer", placed_at=summer if summer < base else summer.replace(year=base.year - 1))
    yield make.specimen(
        "placed-as-clocks-went-back",
        placed_at=last_clock_change_back(make._facts.timezone, base) + timedelta(minutes=20),
    )
    yield make.specimen("old-changed", placed_at=base - timedelta(days=6))
    later = base + timedelta(days=6)
    yield make.specimen("changed-later", moment=later, placed_at=base + timedelta(minutes=30))


HOURS_IN_A_YEAR = 366 * 24


@lru_cache(maxsize=64)
def last_clock_change_back(zone: str, before: datetime) -> datetime:
    """Return when clocks of a zone were last set back an hour: the second beginning of the repeated hour.

    For a zone without summer time, return when they were set back in New York.
    """
    for name in (zone, "America/New_York"):
        try:
            where = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
        hour = before.replace(minute=0, second=0, microsecond=0)
        for _ in range(HOURS_IN_A_YEAR):
            hour -= timedelta(hours=1)
            if hour.astimezone(where).fold and not (hour - timedelta(hours=1)).astimezone(where).fold:
                return hour
    return before - timedelta(days=300)


def ties(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield three orders of one second: a page that ends between them shows how pages are cut."""
    moment = make._base + make._slot * SPACING
    for number in (1, 2, 3):
        yield make.specimen(f"tie-{number}", moment=moment)
    make._slot += 1


SEASONS = ("winter", "summer")


def seasons(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders of the last January and the last July before the others: offsets differ by zone and season.

    One is modified at noon, one in the afternoon. A third is modified on a day whose date can be read in two ways.
    """
    for name, month in zip(SEASONS, (1, 7), strict=True):
        moment = make._base.replace(month=month, day=15, hour=12 if name == "winter" else 14, minute=20)
        if moment > make._base - timedelta(days=10):
            moment = moment.replace(year=moment.year - 1)
        yield make.specimen(f"season-{name}", moment=moment, placed_at=moment)
    early = make._base - timedelta(days=20)
    early = early.replace(day=9 if early.month in (4, 5, 6) else 5, hour=16, minute=40)
    yield make.specimen("early-in-month", moment=early, placed_at=early)


FAMILIES: tuple[Family, ...] = (
    plain,
    times,
    seasons,
    statuses,
    gifts,
    discounts,
    customers,
    bare,
    notes,
    texts,
    ties,
    lengths,
    weights,
    lines,
    images,
    options,
    locations,
    money,
)


def specimens(facts: StoreFacts, base: datetime, run: str = "ct") -> tuple[Specimen, ...]:
    """Return every specimen for a store, modified from ``base`` on, seven minutes apart.

    ``run`` distinguishes the specimens of different runs.
    """
    make = SpecimenMaker(facts, base, run)
    return tuple(specimen for family in FAMILIES for specimen in family(make))
