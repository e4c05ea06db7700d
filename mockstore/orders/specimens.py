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
from mockstore.orders.model import Address, Customer, Discount, Item, Option, Weight
from mockstore.orders.totals import with_total_and_weight
from mockstore.shop.facts import StoreFacts
from mockstore.shop.shop import GRAMS_PER_UNIT

DOMAIN = "specimen.example"
"""The domain of every specimen's e-mail address. An order without one has it in the second line of its addresses."""
EMAIL_SUFFIX = f"@{DOMAIN}"
LONG_DOMAIN = f"department-with-a-rather-long-name.{DOMAIN}"
"""After 64 characters and the @, it makes an address of more than the 100 characters of the field Email."""
MIN_CUT_DOMAIN_CHARS = 24
"""At least so much of it is left in an export that cuts the address as the contract allows."""

MAX_EMAIL_CHARS = 50
"""Many stores use the e-mail address as the CustomerCode, which has at most 50 characters."""
SPACING = timedelta(minutes=7)
"""Time between the modifications of two specimens."""

BERLIN = Address("Marta Beispiel", "", "+49 30 901820", "Turmweg 5", "", "Berlin", "BE", "10115", "DE")
BOSTON = Address("Dana Sample", "Sample Works", "+1 617 555 0142", "12 Oak St", "Apt 2", "Boston", "MA", "02108", "US")
LONDON = Address("Robin Pattern", "", "+44 20 7946 0958", "1 Mill Lane", "Flat 4", "London", "", "SW1A 1AA", "GB")

COMPANIES = {
    "athens": Address("Eleni Paradigma", "Paradigma AE", "+30 210 5550142", "Odos 5", "", "Athina", "", "105 57", "GR"),
    "belfast": Address(
        "Robin Pattern", "Pattern Ltd", "+44 28 9018 0142", "1 Mill Lane", "", "Belfast", "", "BT1 5GS", "GB"
    ),
    "las-palmas": Address(
        "Luz Muestra", "Muestra SL", "+34 928 555 014", "Paseo 9", "", "Las Palmas", "", "35001", "ES"
    ),
}
"""Companies in places for which tax offices or customs use another country code: EL, XI and IC."""

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


def is_of_specimen(email: str) -> bool:
    """True if an e-mail address is in the domain of specimens. The end of a long address may be cut off."""
    domain = email.rpartition("@")[2].rstrip("… ").lower()
    return domain == DOMAIN or (len(domain) >= MIN_CUT_DOMAIN_CHARS and LONG_DOMAIN.startswith(domain))


class SpecimenMaker:
    """Makes the drafts for one store, from the facts that it states about itself.

    ``run`` tells its orders and customers from those of other makers. Makers of one ``family`` can have customers in
    common.
    """

    def __init__(self, facts: StoreFacts, base: datetime, run: str = "ct", family: str = "") -> None:
        self._facts, self._base, self._run, self._family = facts, base, run, family or run
        self._slot = 0
        self._unit = facts.weight_unit if facts.weight_unit in GRAMS_PER_UNIT else "kg"
        paid = [status.name for status in facts.statuses if status.maps_to == "paid"]
        self._status = (paid or [status.name for status in facts.statuses] or [""])[0]
        self._currency = facts.currency or "USD"

    @property
    def clock_change(self) -> datetime:
        """The time when the clocks of the store's zone were last set back, before the first order."""
        return last_clock_change_back(self._facts.timezone, self._base)

    @property
    def place(self) -> int:
        """The number of drafts made so far at times of their own, from 1 on: what orders have in turn depends on it."""
        return self._slot

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

    def customer_code(self, name: str) -> str:
        """Return the code of a customer of the shop, which no customer of another run has."""
        return f"C-{self._run}-{name}"

    def family_code(self, name: str) -> str:
        """Return the code of a customer that makers of the same family have in common."""
        return f"C-{self._family}-{name}"

    def email(self, name: str) -> str:
        """Return an e-mail address that names the specimen, in at most :data:`MAX_EMAIL_CHARS` characters.

        A longer one would be too long as a CustomerCode. The end of a long name is replaced by a checksum.
        """
        room = MAX_EMAIL_CHARS - len(f"{self._run}-{EMAIL_SUFFIX}")
        short = name if len(name) <= room else f"{name[: room - 5]}-{zlib.crc32(name.encode()) % 0x10000:04x}"
        return f"{self._run}-{short}{EMAIL_SUFFIX}"

    def customer(self, name: str, **changes: object) -> Customer:
        """Return a customer with an address in Berlin and an e-mail address that names the specimen."""
        plain = Customer(email=self.email(name), phone=BERLIN.phone, billing=BERLIN, shipping=BERLIN)
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


STATUSES_IN_ARRAY = 6
"""The first statuses of a store have orders in the covering array."""


def statuses(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with the statuses of the store that the covering array doesn't have."""
    for number, status in enumerate(make._facts.statuses[:16], start=1):
        if number > STATUSES_IN_ARRAY:
            yield make.specimen(f"status-{number}", status=status.name)
    if make._facts.statuses:
        yield make.specimen("status-again", status=make._facts.statuses[-1].name)


def gifts(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield a gift with a message, and a message without a gift."""
    yield make.specimen("gift-message", gift=True, gift_message="Happy birthday, Grandma!")
    yield make.specimen("gift-message-alone", gift_message="Happy birthday, Grandma!")


def discounts(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with one coupon, and with several."""
    yield make.specimen("discount-coupon", discounts=(Discount("Coupon", Decimal("5.00"), "AUTUMN5"),))
    yield make.specimen(
        "discount-coupons",
        make.item(1, quantity=3),
        discounts=(
            Discount("Coupon", Decimal("1.25"), "TEN-A"),
            Discount("Coupon", Decimal("0.75"), "TEN-B"),
            Discount("Loyalty", Decimal("0.01")),
        ),
    )


def customers(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with customers and addresses of kinds that the covering array doesn't have."""
    yield make.specimen("us-state", customer=make.customer("us-state", billing=BOSTON, shipping=BOSTON))
    district = msgspec.structs.replace(BOSTON, city="Washington", state="DC", postal_code="20001")
    yield make.specimen("us-district", customer=make.customer("us-district", shipping=district))
    montreal = Address("Lee Example", "", "+1 416 555 0123", "9 King St W", "", "Montréal", "Québec", "H2Y 1C6", "CA")
    yield make.specimen("canada-name", customer=make.customer("canada-name", shipping=montreal))
    yield make.specimen(
        "company-billing-only",
        customer=make.customer("company-billing-only", billing=msgspec.structs.replace(BERLIN, company="Nur GmbH")),
    )
    yield make.specimen(
        "email-special", customer=make.customer("email", email=f"{make._run}-o'neil+shop&co{EMAIL_SUFFIX}")
    )
    longest = f"{make._run}-{text_of_length(64, 'name')}"[:64]  # RFC 5321: at most 64 characters before the @
    yield make.specimen("email-long", customer=make.customer("email-long", email=f"{longest}@{LONG_DOMAIN}"))
    anybody = msgspec.structs.replace(BERLIN, address2=make.email("no-email"))
    yield make.specimen(
        "no-email",
        make.item(1, image_url=""),
        customer=make.customer("no-email", email="", billing=anybody, shipping=anybody),
    )
    for name, where in COMPANIES.items():
        yield make.specimen(f"company-{name}", customer=make.customer(f"company-{name}", billing=where, shipping=where))
    yield make.specimen("no-shipping-address", customer=make.customer("no-shipping-address", shipping=None))
    yield make.specimen(
        "blanks",
        customer=make.customer(
            "blanks",
            billing=msgspec.structs.replace(BERLIN, name="  Marta Beispiel "),
            shipping=msgspec.structs.replace(BERLIN, name="  Marta Beispiel ", city=" Berlin  "),
        ),
    )


def customers_again(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield several orders of one guest, and of one customer with an account, that differ in one thing each.

    The suite recognises what a store takes from another order of the same customer.
    """
    elsewhere = msgspec.structs.replace(LONDON, name=BERLIN.name)
    changes: dict[str, dict[str, object]] = {
        "first": {},
        "second": {},
        "moved": {"billing": elsewhere, "shipping": elsewhere, "phone": elsewhere.phone},
        "sent-elsewhere": {"shipping": BOSTON},
        "other-phone": {"billing": msgspec.structs.replace(BERLIN, phone="+49 30 2270"), "phone": "+49 30 2270"},
        "no-address": {"billing": msgspec.structs.replace(elsewhere, address1="2 Mill Lane"), "shipping": None},
    }
    for who, code in (("guest", None), ("account", make.customer_code("again"))):
        for name, change in changes.items():
            yield make.specimen(f"{who}-{name}", customer=make.customer(f"{who}-again", code=code, **change))


def bare(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders that have only the necessary fields."""
    who = Address("Solo", "", "", "1 Way", "", "Nice", "", "06000", "FR")
    yield make.specimen(
        "bare",
        Item(line_id="1", sku="BARE", name="Bare", quantity=1, unit_price=Decimal(7), weight=make.weight("0.1")),
        customer=make.customer("bare", phone="", billing=who, shipping=who),
        tax=Decimal(0),
        shipping_amount=Decimal(0),
    )
    yield Specimen(
        "no-lines", msgspec.structs.replace(make.draft("no-lines"), items=(), weight=None, total=Decimal("6.80"))
    )


def notes(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with notes of several lines, by customer and staff."""
    yield make.specimen(
        "both-notes",
        customer_notes="Leave it with the neighbour.",
        internal_notes="Customer complained twice before.",
    )
    yield make.specimen("notes-lines", customer_notes=SEVERAL_LINES, internal_notes=f"staff {SEVERAL_LINES}")
    typed = "first line\r\nsecond  line\r\n\r\n\tindented"
    yield make.specimen("notes-typed", customer_notes=typed, internal_notes=f"staff {typed}")


def texts(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with texts in many scripts, and with characters that the covering array doesn't have."""
    yield make.specimen(
        "scripts",
        *(
            make.item(number, name=name, location=name.split()[0], options=(Option("Name", name.split()[-1]),))
            for number, name in enumerate(SCRIPTS.values(), start=1)
        ),
    )
    where = msgspec.structs.replace(BERLIN, name='Sean O\'Neil & "Sons"', company="<B> & C]]>D", address2="c/o A&B")
    yield make.specimen("text-name", customer=make.customer("text-name", billing=where, shipping=where))
    where = msgspec.structs.replace(BERLIN, company="Œuvre № ½ ﬁn™", address2="ＡＢＣ ２階")
    compatible = Option("Größe ①", "５ ｍ² ½")
    yield make.specimen(
        "text-compatible",
        make.item(1, name="Cable 5 m² ﬁne™ №２", location="Ⅳ/½", options=(compatible,)),
        customer=make.customer("text-compatible", billing=where, shipping=where),
        customer_notes="¼ of it for № ２ ﬁrst",
    )
    yield make.specimen("text-control", customer_notes="a bell \x07 and a tab stop \x0b of old")


def lengths(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with ASCII values as long as their field allows, and one character longer."""
    for over in (0, 1):
        where = Address(
            name=text_of_length(100 + over, "Name"),
            company=text_of_length(100 + over, "Company"),
            phone=BERLIN.phone,
            address1=text_of_length(200 + over, "Street"),
            address2=text_of_length(200 + over, "Floor"),
            city=text_of_length(100 + over, "City"),
            state=text_of_length(100 + over, "State"),
            postal_code=text_of_length(50 + over, "Code"),
            country="DE",
        )
        word = "over" if over else "full"
        yield make.specimen(
            f"length-{word}",
            make.item(
                1,
                sku=text_of_length(50 + over, "SKU"),
                name=text_of_length(200 + over, "Name"),
                location=text_of_length(100 + over, "Shelf"),
                image_url="https://images.example.com/" + text_of_length(473 + over),
                options=(Option(text_of_length(100 + over, "Name"), text_of_length(100 + over, "Value")),),
            ),
            customer=make.customer(f"length-{word}", shipping=where),
            shipping_method=text_of_length(100 + over, "Ship"),
            payment_method=text_of_length(50 + over, "Pay"),
            customer_notes=text_of_length(1000 + over),
            internal_notes=text_of_length(1000 + over, "staff"),
        )


def weights(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with weights in several units, of some lines only, and of options."""
    yield make.specimen(
        "weight-mixed",
        make.item(1, weight=Weight(Decimal("1.25"), "kg")),
        make.item(2, weight=Weight(Decimal("6.5"), "oz"), quantity=2),
    )
    yield make.specimen("weight-none", make.item(1, weight=None), make.item(2))
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
    """Yield orders with lines of extreme amounts and quantities, without SKU, and with many lines."""
    yield make.specimen(
        "line-dear",
        make.item(1, unit_price=Decimal("9999999.99")),
        tax=Decimal(0),
        shipping_amount=Decimal(0),
    )
    yield make.specimen("line-many-units", make.item(1, quantity=99999, unit_price=Decimal("0.01")))
    yield make.specimen("line-no-sku", make.item(1, sku=""), make.item(2))
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
    many = [make.item(n, unit_price=Decimal(n) / 100) for n in range(1, 201)]
    many[-1] = msgspec.structs.replace(many[-1], options=(Option("Size", "L"),))
    yield make.specimen("lines-200", *many)
    # together with the order before, more than 300 lines on a page
    yield make.specimen("lines-101", *(make.item(n, unit_price=Decimal(n) / 100) for n in range(1, 102)))


def images(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield an order with an image whose URL has a query."""
    yield make.specimen("image-query", make.item(1, image_url="https://images.example.com/a.png?w=80&h=80&t=1"))


def options(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with one option, with 11 options on a line, and with options that resemble something else.

    Code that takes off a price in brackets, or looks for a word in an option's name, changes them.
    """
    yield make.specimen("option-one", make.item(1, options=(Option("Size", "L"),)), make.item(2))
    chosen = tuple(Option(f"Option {n}", f"Value {n}") for n in range(1, 12))
    yield make.specimen("options-11", make.item(1, options=chosen))
    yield make.specimen(
        "option-marks",
        make.item(
            1, options=(Option("Finish (outside)", "red (matte)"), Option("Plug [EU]", "[C]"), Option("a: b", "16:9"))
        ),
        make.item(
            2, options=(Option("Finish (outside)", "red (gloss)"), Option("Length, m", "1,5 = 1.50"), Option("-", "–"))
        ),
    )
    yield make.specimen(
        "option-words",
        make.item(1, options=(Option("Gift wrap", "none"), Option("Gift message", "No"), Option("Weight", "2 kg"))),
        make.item(2, options=(Option("Discount", "-5.00"), Option("Coupon", "null"), Option("SKU", "0"))),
    )


def locations(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield an order whose lines have locations in the warehouse, except one.

    The last line is a product that the customer also bought, given away: "buy one, get one free".
    """
    yield make.specimen(
        "locations",
        make.item(1, location="Aisle 1 / Bin 2"),
        make.item(2, location=""),
        make.item(3, quantity=2, location="Z9-9"),
        make.item(3, line_id="104", unit_price=Decimal(0), location="Z9-9"),
    )


def money(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield an order that costs nothing."""
    yield make.specimen(
        "total-zero",
        make.item(1, unit_price=Decimal(0), name="Free sample"),
        tax=Decimal(0),
        shipping_amount=Decimal(0),
    )


def times(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield orders with times at the edges of a minute, changed long after placing, in winter and in summer."""
    base = make._base
    slot = base + make._slot * SPACING
    for name, minutes, second in (("first-second", 0, 0), ("last-second", 12, 59), ("half-minute", 24, 30)):
        moment = slot + timedelta(minutes=minutes, seconds=second)
        yield make.specimen(f"edge-{name}", moment=moment, placed_at=moment.replace(second=0))
    make._slot += 6
    yield make.specimen("old-changed", placed_at=base - timedelta(days=6))
    later = base + timedelta(days=6)
    yield make.specimen("changed-later", moment=later, placed_at=base + timedelta(minutes=30))


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
YEAR = 366 * DAY


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
        hour = before.replace(minute=0, second=0, microsecond=0) - HOUR
        earliest = hour - YEAR
        while hour > earliest:
            local = hour.astimezone(where)
            if local.utcoffset() == (hour - DAY).astimezone(where).utcoffset():
                hour -= DAY  # no zone sets its clocks forward and back within a day
            elif local.fold and not (hour - HOUR).astimezone(where).fold:
                return hour
            else:
                hour -= HOUR
    return before - timedelta(days=300)


def ties(make: SpecimenMaker) -> Iterator[Specimen]:
    """Yield three orders of one second: a page that ends between them shows how pages are cut.

    Two of them are a guest's, and agree in everything but their numbers.
    """
    moment = make._base + make._slot * SPACING
    for number in (1, 2, 3):
        yield make.specimen(f"tie-{number}", moment=moment, customer=make.customer(f"tie-{min(number, 2)}"))
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
    customers_again,
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
