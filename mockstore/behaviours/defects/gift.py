"""Defects of gifts: the flag, the message, and one without the other."""

from __future__ import annotations

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_adjustments, edit_order, fail_on, set_element
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.endpoint.presentation import cut
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop

# ---------------------------------------------------------------- the flag


@defect(
    "gift-and-discounts-never-sent",
    "Neither gifts nor discounts are exported.",
    "GIF-1 DIS-1 ORD-9",
    seen="CS-Cart",
)
def gift_and_discounts_never_sent(behaviour: Behaviour) -> Behaviour:
    without = edit_adjustments(behaviour, lambda adjustments, order: [])
    return set_element(set_element(without, "Gift", lambda order: None), "GiftMessage", lambda order: None)


@defect("gift-always-false", "Gift is always false, even with a message.", "GIF-1 GIF-4 ORD-17")
def gift_always_false(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "Gift", lambda order: "false")


@defect("gift-only-with-message", "Gift is false for a gift without a message.", "GIF-1")
def gift_only_with_message(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "Gift", lambda order: "true" if order.gift and order.gift_message else "false")


@defect("gift-breaks-export", "A gift crashes the export.", "CON-12 GIF-1")
def gift_breaks_export(behaviour: Behaviour) -> Behaviour:
    return fail_on(behaviour, lambda order: order.gift)


@defect("gift-is-y-or-n", "Gift is Y or N.", "GIF-1 GIF-2 ORD-1")
def gift_is_y_or_n(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "Gift", lambda order: "Y" if order.gift else "N")


@defect("gift-empty", "Gift is an empty element: PHP prints nothing for false.", "GIF-2 ORD-1", seen="Magento")
def gift_empty(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "Gift", lambda order: "true" if order.gift else "")


@defect("gift-always-true", "Gift is true for every order.", "GIF-2")
def gift_always_true(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "Gift", lambda order: "true")


@defect("gift-by-name-of-option", "An order with an option that has gift in its name is a gift.", "GIF-2")
def gift_by_name_of_option(behaviour: Behaviour) -> Behaviour:
    def has_such_option(order: Order) -> bool:
        return any("gift" in option.name.lower() for item in order.items for option in item.options)

    return set_element(behaviour, "Gift", lambda order: "true", of=has_such_option)


# ---------------------------------------------------------------- the message


@defect("gift-message-missing", "GiftMessage is never sent.", "GIF-3")
def gift_message_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "GiftMessage", lambda order: None)


@defect("gift-message-is-customer-notes", "GiftMessage is the customer's note from the checkout.", "GIF-3")
def gift_message_is_customer_notes(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "GiftMessage",
        lambda order: cut(order.customer_notes, 1000),
        of=lambda order: order.gift,
    )


@defect("gift-message-in-customer-notes", "The gift message is at the end of CustomerNotes.", "GIF-3 NOT-1")
def gift_message_in_customer_notes(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if order.gift_message:
            fields["GiftMessage"] = None
            fields["CustomerNotes"] = cut(f"{order.customer_notes}\nGift message: {order.gift_message}", 1000)

    return edit_order(behaviour, change)


@defect("gift-message-cut-at-255", "GiftMessage is cut at 255 characters.", "GIF-3")
def gift_message_cut_at_255(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour, "GiftMessage", lambda order: cut(order.gift_message, 255), of=lambda order: order.gift
    )


@defect(
    "gift-message-without-gift",
    "An order without a gift message has the GiftMessage (no message).",
    "GIF-3 GIF-4 ORD-17",
)
def gift_message_without_gift(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "GiftMessage",
        lambda order: "(no message)",
        of=lambda order: not (order.gift and order.gift_message),
    )


@defect("gift-of-order-before", "After a gift, Gift stays true for the rest of the page.", "GIF-2")
def gift_of_order_before(behaviour: Behaviour) -> Behaviour:
    gift = False

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        nonlocal gift
        gift = gift or order.gift
        fields["Gift"] = "true" if gift else "false"

    return edit_order(behaviour, change)


@defect("gift-message-labelled", "GiftMessage begins with the label of its field.", "GIF-3")
def gift_message_labelled(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "GiftMessage",
        lambda order: cut(f"Gift message: {order.gift_message}", 1000),
        of=lambda order: bool(order.gift and order.gift_message),
    )
