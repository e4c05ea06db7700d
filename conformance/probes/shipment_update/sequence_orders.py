"""The orders of sequences of actions, and how notifications name their items: a covering array of what can matter.

Each level of a factor occurs together with each level of every other factor, and in each kind of parcel that names
items (``conformance/checks/action_table.py``). A test proves that.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from mockstore.orders.draft import Draft
from mockstore.orders.model import Address, Discount, Option
from mockstore.orders.specimens import BERLIN, BOSTON, SpecimenMaker, text_of_length

SKUS = {
    "words": ("PLAIN-1", "TEE"),
    "digits after zeros": ("0042", "42"),
    "a decimal with zeros at its end": ("1.10", "1.1"),
    "an exponent": ("1e3", "1000"),
    "a truth value": ("true", "1"),
    "nothing": ("null", "None"),
}
"""What SKUs look like → that of the first line, and that of two lines. Parsers that guess types alter them."""
USUAL_SKUS = "words"
HOMES = {
    "Germany, to Boston": (BERLIN, BOSTON),
    "Germany": (
        BERLIN,
        Address("Jan Muster", "Muster KG", "+49 40 5550142", "Hafenweg 7", "Tor 3", "Hamburg", "HH", "20457", "DE"),
    ),
    "France": (
        Address("Anne Modèle", "", "+33 1 55501421", "3 rue du Port", "", "Paris", "", "75001", "FR"),
        Address("Luc Modèle", "Modèle SARL", "+33 4 55501422", "8 quai Bleu", "Bât. C", "Lyon", "", "69002", "FR"),
    ),
    "Brazil": (
        Address("Rita Exemplo", "", "+55 11 55501421", "Rua Um 10", "", "Campinas", "SP", "13010-000", "BR"),
        Address(
            "Davi Exemplo",
            "Exemplo Ltda",
            "+55 21 55501422",
            "Rua Dois 20",
            "Sala 4",
            "Niteroi",
            "RJ",
            "24020-000",
            "BR",
        ),
    ),
}
"""Where buyers live → billing and shipping address. Only parcels to Boston go where decimals have a point."""
USUAL_HOME = "Germany, to Boston"
LONG_SKU_CHARS = 64
"""More than an export can show."""
DOWNLOAD = "Handbook (PDF)"
DOWNLOADED_UNITS = 20
"""More than the order has goods: a store that counts pieces of all lines takes the order for complete."""
CUSTOMER_NOTE = "Please leave it with the neighbours."
STAFF_NOTE = "Packed by Kim."


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What varies from order to order, and how its notifications name items."""

    naming: str = "by LineItemID"
    long_skus: str = "none"
    download: str = "none"
    is_discounted: bool = False
    has_customer_code: bool = False
    shares_number: bool = False
    is_first_line_single: bool = False


FACTORS: dict[str, tuple[str | bool, ...]] = {
    "naming": ("by LineItemID", "by SKU", "the first line by SKU", "the two lines of one SKU by SKU"),
    "long_skus": ("none", "the first line", "the two lines of one SKU"),
    "download": ("none", "in the notification", "not in the notification"),
    "is_discounted": (False, True),
    "has_customer_code": (False, True),
    "shares_number": (False, True),
    "is_first_line_single": (False, True),
}
"""Field of a form → its levels.

``shares_number``: the order's first parcel has the tracking number of a parcel of another order.
"""
PLAIN = Form()


def form_of(row: str) -> Form:
    """Return the form of a row of the array, which has a digit for each factor: the place of its level."""
    levels = (of[int(digit)] for of, digit in zip(FACTORS.values(), row, strict=True))
    return Form(**dict(zip(FACTORS, levels, strict=True)))  # type: ignore[arg-type]


def is_unnamed(form: Form, *, is_twin: bool, is_download: bool) -> bool:
    """True if notifications name a line by its SKU alone."""
    by_id, by_sku, first_by_sku, _ = FACTORS["naming"]
    if form.naming in (by_id, by_sku):
        return form.naming == by_sku
    return not is_twin and not is_download if form.naming == first_by_sku else is_twin


def order_of(
    form: Form,
    name: str,
    contents: frozenset[str],
    make: SpecimenMaker,
    *,
    skus: str = USUAL_SKUS,
    home: str = USUAL_HOME,
) -> Draft:
    """Return an order of this form, with a value in every field that a change could spoil, as far as ``contents`` says.

    It has a plain line, two lines of one SKU and, in some forms, a line that can't be shipped. ``skus`` is a key of
    :data:`SKUS`, ``home`` one of :data:`HOMES`.
    """

    def options(option: str, value: str) -> tuple[Option, ...]:
        return (Option(option, value),) if "options" in contents else ()

    _, first, both = FACTORS["long_skus"]
    single, twins = (
        text_of_length(LONG_SKU_CHARS, f"{usual}-LONG-") if form.long_skus == line else short
        for usual, short, line in zip(SKUS[USUAL_SKUS], SKUS[skus], (first, both), strict=True)
    )
    goods = (
        make.item(
            1,
            sku=single,
            quantity=1 if form.is_first_line_single else 4,
            options=options("Size", "L"),
        ),
        make.item(2, sku=twins, name="T-shirt", quantity=4, options=options("Colour", "Red")),
        make.item(3, sku=twins, name="T-shirt", quantity=5, options=options("Colour", "Blue")),
    )
    download = make.item(4, sku="E-BOOK", name=DOWNLOAD, quantity=DOWNLOADED_UNITS, shippable=False, weight=None)
    none, named, _ = FACTORS["download"]
    items = goods if form.download == none else (*goods, download) if form.download == named else (download, *goods)
    billing, shipping = HOMES[home]
    customer: dict[str, object] = {"billing": billing, "phone": billing.phone}
    customer["shipping"] = shipping if "shipping" in contents else billing
    if form.has_customer_code:
        customer["code"] = f"C-{name}"
    return make.draft(
        name,
        *items,
        customer=make.customer(name, **customer),
        discounts=(Discount("Coupon", Decimal("1.50"), "AGAIN15"),)
        if form.is_discounted and "discounts" in contents
        else (),
        gift="gift" in contents,
        gift_message="Happy birthday!" if "gift" in contents else "",
        customer_notes=CUSTOMER_NOTE if "customer_notes" in contents else "",
        internal_notes=STAFF_NOTE if "internal_notes" in contents else "",
    )
