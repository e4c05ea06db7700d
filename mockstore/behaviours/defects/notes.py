"""Ways to get notes wrong: whose they are, who sees them, and what becomes of their text."""

from __future__ import annotations

import re
from collections.abc import Callable

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    edit_body,
    edit_order,
    edit_text,
    edit_typed_text,
    element_at,
    lines_of,
    options_of,
    set_element,
)
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.endpoint.presentation import cut
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop

NOTES = frozenset(("CustomerNotes", "InternalNotes"))
WITH_GIFT = NOTES | {"GiftMessage"}


def _both(behaviour: Behaviour, say: Callable[[str], str]) -> Behaviour:
    """What customer and staff wrote, as it is stored, said otherwise."""
    noted = set_element(behaviour, "CustomerNotes", lambda order: say(order.customer_notes.strip()))
    return set_element(noted, "InternalNotes", lambda order: say(order.internal_notes.strip()))


# ---------------------------------------------------------------- whose they are


@defect("notes-with-blank-lines", "CR and LF are a line break each: notes get blank lines.", "NOT-4 ORD-13")
def notes_with_blank_lines(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for name, note in (("CustomerNotes", order.customer_notes), ("InternalNotes", order.internal_notes)):
            fields[name] = cut(note.replace("\r", "\n"), 1000)

    return edit_order(behaviour, change)


@defect("notes-without-tabs", "Control characters, tabs among them, are dropped from notes.", "NOT-4 ORD-13")
def notes_without_tabs(behaviour: Behaviour) -> Behaviour:
    return edit_text(
        edit_text(behaviour, "CustomerNotes", lambda note: note.replace("\t", "")),
        "InternalNotes",
        lambda note: note.replace("\t", ""),
    )


@defect("customer-notes-missing", "CustomerNotes is always empty.", "NOT-1")
def customer_notes_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "CustomerNotes", lambda order: "")


@defect("customer-notes-array", "Where the customer wrote nothing, CustomerNotes says Array.", "NOT-1")
def customer_notes_array(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "CustomerNotes", lambda order: "Array", of=lambda order: not order.customer_notes)


@defect("customer-notes-of-order-before", "An order without notes has those of the order before.", "NOT-1")
def customer_notes_of_order_before(behaviour: Behaviour) -> Behaviour:
    last = ""

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        nonlocal last
        fields["CustomerNotes"] = last = str(fields["CustomerNotes"] or last)

    return edit_order(behaviour, change)


@defect("internal-notes-missing", "InternalNotes is always empty.", "NOT-2")
def internal_notes_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "InternalNotes", lambda order: "")


@defect("internal-notes-are-customers", "InternalNotes says what the customer wrote.", "NOT-2")
def internal_notes_are_customers(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "InternalNotes", lambda order: cut(order.customer_notes, 1000))


@defect("notes-swapped", "What the customer and what the staff wrote stand in each other's place.", "NOT-1 NOT-2 NOT-3")
def notes_swapped(behaviour: Behaviour) -> Behaviour:
    noted = set_element(behaviour, "CustomerNotes", lambda order: cut(order.internal_notes, 1000))
    return set_element(noted, "InternalNotes", lambda order: cut(order.customer_notes, 1000))


# ---------------------------------------------------------------- who sees them


@defect("notes-in-one-field", "Staff notes stand in CustomerNotes, below the customer's.", "NOT-3", seen="WooCommerce")
def notes_in_one_field(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "CustomerNotes",
        lambda order: cut(f"{order.customer_notes}\n{order.internal_notes}", 1000),
    )


@defect("staff-notes-as-gift-message", "A gift without a message has the staff's notes for one.", "NOT-3")
def staff_notes_as_gift_message(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "GiftMessage",
        lambda order: cut(order.internal_notes, 1000) or None,
        of=lambda order: order.gift and not order.gift_message,
    )


@defect("staff-notes-in-custom-field", "CustomField1 has the beginning of the staff's notes.", "NOT-3")
def staff_notes_in_custom_field(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "CustomField1", lambda order: cut(order.internal_notes, 100))


# ---------------------------------------------------------------- their text


@defect("notes-with-br", "Line breaks in notes are <br />.", "NOT-4 ORD-13")
def notes_with_br(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda note: note.replace("\n", "<br />\n"), NOTES)


@defect("notes-on-one-line", "Line breaks in notes are lost.", "NOT-4 ORD-13")
def notes_on_one_line(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda note: " ".join(note.split()), NOTES)


@defect("notes-first-line-only", "Of notes, the first line comes.", "NOT-4 ORD-13")
def notes_first_line_only(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda note: note.partition("\n")[0], NOTES)


@defect(
    "notes-with-entities",
    "HTML entities are left in notes and gift messages.",
    "NOT-4 ORD-13",
    seen="WooCommerce",
)
def notes_with_entities(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda note: note.replace("'", "&#039;").replace('"', "&quot;"), WITH_GIFT)


@defect("notes-without-tags", "What looks like a tag is stripped from notes.", "NOT-4 ORD-13")
def notes_without_tags(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda note: re.sub("<[^<>]*>", "", note), NOTES)


# ---------------------------------------------------------------- their length


@defect("notes-not-cut", "Notes are sent at any length.", "NOT-5 ORD-1 ORD-14")
def notes_not_cut(behaviour: Behaviour) -> Behaviour:
    return _both(behaviour, lambda note: note)


@defect("notes-cut-at-255", "Notes are cut at 255 characters.", "NOT-1 NOT-2 NOT-5")
def notes_cut_at_255(behaviour: Behaviour) -> Behaviour:
    return _both(behaviour, lambda note: note[:255])


@defect(
    "notes-cut-by-bytes",
    "Notes are cut at 1000 bytes, a broken character becoming a question mark.",
    "NOT-1 NOT-2 NOT-5",
)
def notes_cut_by_bytes(behaviour: Behaviour) -> Behaviour:
    return _both(behaviour, lambda note: note.encode()[:1000].decode(errors="replace").replace("\ufffd", "?"))


@defect("notes-cut-inside-character", "Notes are cut at 1000 bytes, in the middle of a character.", "NOT-5 CON-7")
def notes_cut_inside_character(behaviour: Behaviour) -> Behaviour:
    noted = set_element(behaviour, "CustomerNotes", lambda order: order.customer_notes)
    return edit_body(noted, lambda body: re.sub(rb"(<CustomerNotes>[^<]{1000})[^<]*", rb"\1", body))


@defect("customer-notes-twice", "CustomerNotes has what the customer wrote twice.", "NOT-1")
def customer_notes_twice(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "CustomerNotes", lambda note: f"{note}\n{note}"[:1000].rstrip())


@defect("staff-notes-as-option", "The first line has the staff's notes for an option.", "NOT-3 OPT-2")
def staff_notes_as_option(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if order.internal_notes and order.items:
            note: Fields = {"Name": "Note", "Value": cut(order.internal_notes, 100)}
            line = lines_of(fields)[0]
            line["Options"] = {"Option": [*options_of(line)[:9], note]}

    return edit_order(behaviour, change)


@defect("staff-notes-as-company", "ShipTo/Company has the staff's notes where there is no company.", "NOT-3 CUS-9")
def staff_notes_as_company(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        ship_to = element_at(fields, "Customer", "ShipTo")
        ship_to["Company"] = ship_to["Company"] or cut(order.internal_notes, 100)

    return edit_order(behaviour, change)


@defect("staff-notes-in-excerpt", "CustomField2 has the first 30 characters of the staff's notes.", "NOT-3")
def staff_notes_in_excerpt(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "CustomField2",
        lambda order: f"{order.internal_notes[:30].strip()}..." if order.internal_notes else None,
    )
