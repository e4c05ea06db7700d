"""The orders of sequences of actions, and how notifications name their items: a covering array of what can matter.

Each level of a factor occurs together with each level of every other factor, and in each kind of parcel that names
items (``conformance/checks/action_table.py``). A test proves that.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from mockstore.orders.draft import Draft
from mockstore.orders.model import Discount, Option
from mockstore.orders.specimens import BOSTON, SpecimenMaker, text_of_length

TWINS = "TEE"
"""The SKU of two lines."""
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


def order_of(form: Form, name: str, contents: frozenset[str], make: SpecimenMaker) -> Draft:
    """Return an order of this form, with a value in every field that a change could spoil, as far as ``contents`` says.

    It has a plain line, two lines of one SKU and, in some forms, a line that can't be shipped.
    """

    def options(option: str, value: str) -> tuple[Option, ...]:
        return (Option(option, value),) if "options" in contents else ()

    def sku(usual: str, line: str) -> str:
        return text_of_length(LONG_SKU_CHARS, f"{usual}-LONG-") if form.long_skus == line else usual

    _, first, both = FACTORS["long_skus"]
    twins = sku(TWINS, str(both))
    goods = (
        make.item(
            1,
            sku=sku("PLAIN-1", str(first)),
            quantity=1 if form.is_first_line_single else 4,
            options=options("Size", "L"),
        ),
        make.item(2, sku=twins, name="T-shirt", quantity=4, options=options("Colour", "Red")),
        make.item(3, sku=twins, name="T-shirt", quantity=5, options=options("Colour", "Blue")),
    )
    download = make.item(4, sku="E-BOOK", name=DOWNLOAD, quantity=DOWNLOADED_UNITS, shippable=False, weight=None)
    none, named, _ = FACTORS["download"]
    items = goods if form.download == none else (*goods, download) if form.download == named else (download, *goods)
    customer: dict[str, object] = {"shipping": BOSTON} if "shipping" in contents else {}
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
