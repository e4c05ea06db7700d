"""The few orders that people place by hand. Each of them is a hard case.

The list of orders and the form are both written from this table, so what a person is asked to do and what the form has
filled in already are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of an order: how many pieces of what. ``known`` are the values that the form has already."""

    what: str = "a product"
    pieces: int = 1
    known: Mapping[str, str] = field(default_factory=dict)
    has_options: bool = False
    has_discount: bool = False


@dataclass(frozen=True, kw_only=True)
class Task:
    """An order to place. ``marker`` goes into the customer's notes.

    ``known`` are values of the order that the form has already: each is the rule of :data:`RULES`, or in a step.
    """

    marker: str
    title: str
    lines: tuple[Line, ...] = (Line(),)
    steps: tuple[str, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)
    gift: bool = False
    discounts: int = 0
    sent_elsewhere: bool = False


RULES = (
    "Unless the order says otherwise: products without options and at their usual price, no gift, no coupon and no "
    "other discount, the same address for billing and shipping, and only the marker in the customer's notes."
)
"""What holds for each order whose steps say nothing else; the form has these values filled in."""

NOTES = "é ß 東京 <b> & ]]> end"

TASKS = (
    Task(
        marker="CT-PLAIN-1",
        title="A plain order",
        lines=(Line(what="a product", pieces=2), Line(what="another product")),
    ),
    Task(
        marker="CT-ADDRESS-1",
        title="Sent to somebody else",
        steps=(
            "Billing and shipping address differ in name, company, street and phone.",
            "The shipping address is in a US state or a Canadian province.",
        ),
        sent_elsewhere=True,
    ),
    Task(
        marker="CT-GIFT-1",
        title="A gift with a message",
        steps=("Tick the gift option, and write the gift message: Happy birthday, José & Zoë!",),
        gift=True,
        known={"gift_message": "Happy birthday, José & Zoë!"},
    ),
    Task(
        marker="CT-OPTIONS-1",
        title="Products with options",
        lines=(
            Line(what="a product with options, like a red shirt", has_options=True),
            Line(what="the same product with other options, like a blue shirt", has_options=True),
            Line(what="a product with a text option, in which you write: Zoë & <Max>", has_options=True),
        ),
    ),
    Task(
        marker="CT-COUPON-1",
        title="A coupon",
        steps=("Use a coupon that takes something off the whole order.",),
        discounts=1,
    ),
    Task(
        marker="CT-COUPON-2",
        title="Two discounts",
        steps=("Two discounts on the whole order: two coupons, or a coupon and a promotion.",),
        discounts=2,
    ),
    Task(
        marker="CT-PRICES-1",
        title="Special prices",
        lines=(
            Line(what="a product at a reduced price; discount is what was taken off one piece", has_discount=True),
            Line(what="a product that costs nothing", known={"unit_price": "0.00"}),
        ),
    ),
    Task(
        marker="CT-TEXT-1",
        title="Characters that careless code damages",
        steps=(
            'Billing name: Sean O\'Neil & "Sons"',
            f"Behind the marker, write in the customer's notes: {NOTES}",
        ),
        known={"customer_notes": f"CT-TEXT-1 {NOTES}", "billing.name": 'Sean O\'Neil & "Sons"'},
    ),
    Task(
        marker="CT-BARE-1",
        title="Hardly anything optional",
        lines=(Line(what="a product without image and without a location", known={"image_url": "", "location": ""}),),
        steps=("No phone, no company, no second address line.",),
        known={"billing.phone": "", "billing.company": "", "billing.address2": ""},
    ),
    Task(
        marker="CT-STAFF-1",
        title="Staff notes",
        steps=("Then, as staff, write into the order's staff notes: Fragile, check before shipping",),
        known={"internal_notes": "Fragile, check before shipping"},
    ),
    Task(
        marker="CT-STATUS-1",
        title="A status of your own",
        steps=("Then, as staff, give the order a status that the merchant added. Name it under [shop], too.",),
    ),
    Task(
        marker="CT-CANCELLED-1",
        title="A cancelled order",
        steps=("Then, as staff, cancel the order.",),
    ),
)
