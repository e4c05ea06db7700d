"""The few orders that people place by hand. Each of them is a hard case."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Task:
    """An order to place. ``marker`` goes into the customer's notes; ``known`` are values that the form has already."""

    marker: str
    title: str
    steps: tuple[str, ...]
    lines: int = 1
    gift: bool = False
    known: dict[str, str] = field(default_factory=dict)
    discount: bool = False
    options: bool = False
    sent_elsewhere: bool = False


TASKS = (
    Task(
        "CT-PLAIN-1",
        "A plain order",
        ("Two different products, two pieces of the first.", "The same address for billing and shipping."),
        lines=2,
    ),
    Task(
        "CT-ADDRESS-1",
        "Sent to somebody else",
        (
            "One product.",
            "Billing and shipping address differ in name, company, street and phone.",
            "The shipping address is in a US state or a Canadian province.",
        ),
        sent_elsewhere=True,
    ),
    Task(
        "CT-GIFT-1",
        "A gift with a message",
        ("One product.", "Tick the gift option, and write the gift message: Happy birthday, José & Zoë!"),
        gift=True,
        known={"gift_message": "Happy birthday, José & Zoë!"},
    ),
    Task(
        "CT-OPTIONS-1",
        "One product twice, with different options",
        ("A product with options, in two variants on two lines, like a shirt in red and in blue.",),
        lines=2,
        options=True,
    ),
    Task(
        "CT-COUPON-1",
        "A coupon",
        ("One product.", "Use a coupon that takes something off the whole order."),
        discount=True,
    ),
    Task(
        "CT-TEXT-1",
        "Characters that careless code damages",
        (
            "One product.",
            'Billing name: Sean O\'Neil & "Sons"',
            "Behind the marker, write in the customer's notes: é ß 東京 <b> & ]]> end",
        ),
        known={"customer_notes": "CT-TEXT-1 é ß 東京 <b> & ]]> end"},
    ),
    Task(
        "CT-BARE-1",
        "Hardly anything optional",
        ("One product without image, if the shop has one.", "No phone, no company, no second address line."),
    ),
    Task(
        "CT-STAFF-1",
        "Staff notes",
        ("One product.", "Then, as staff, write into the order's staff notes: Fragile, check before shipping"),
        known={"internal_notes": "Fragile, check before shipping"},
    ),
    Task("CT-CANCELLED-1", "A cancelled order", ("One product.", "Then, as staff, cancel the order.")),
)
