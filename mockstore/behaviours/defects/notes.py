"""Defects of notes: which notes are exported, staff notes in the wrong field, and the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    edit_body,
    edit_order,
    edit_order_after_change,
    edit_order_after_shipment,
    edit_text,
    edit_typed_text,
    element_at,
    lines_of,
    options_of,
    set_element,
    text_of,
)
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.endpoint.presentation import cut
from mockstore.orders.model import Order, Shipment
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

NOTES = frozenset(("CustomerNotes", "InternalNotes"))
WITH_GIFT = NOTES | {"GiftMessage"}


def _set_both_notes(behaviour: Behaviour, change_note: Callable[[str], str]) -> Behaviour:
    """Set the notes of customer and staff, made from the stored ones."""
    noted = set_element(behaviour, "CustomerNotes", lambda order: change_note(order.customer_notes.strip()))
    return set_element(noted, "InternalNotes", lambda order: change_note(order.internal_notes.strip()))


# ---------------------------------------------------------------- which notes are exported


@defect("notes-with-blank-lines", "CR and LF become a line break each, so that notes get blank lines.", "NOT-4 ORD-13")
def notes_with_blank_lines(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for name, note in (("CustomerNotes", order.customer_notes), ("InternalNotes", order.internal_notes)):
            fields[name] = cut(note.replace("\r", "\n"), 1000)

    return edit_order(behaviour, change)


@defect("notes-without-tabs", "Control characters are dropped from notes, tabs included.", "NOT-4 ORD-13")
def notes_without_tabs(behaviour: Behaviour) -> Behaviour:
    return edit_text(
        edit_text(behaviour, "CustomerNotes", lambda note: note.replace("\t", "")),
        "InternalNotes",
        lambda note: note.replace("\t", ""),
    )


@defect("customer-notes-missing", "CustomerNotes is always empty.", "NOT-1")
def customer_notes_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "CustomerNotes", lambda order: "")


@defect("customer-notes-array", "CustomerNotes is the word Array if the customer wrote nothing.", "NOT-1")
def customer_notes_array(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "CustomerNotes", lambda order: "Array", of=lambda order: not order.customer_notes)


@defect("customer-notes-of-order-before", "An order without notes has the notes of the previous order.", "NOT-1")
def customer_notes_of_order_before(behaviour: Behaviour) -> Behaviour:
    last = ""

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        nonlocal last
        fields["CustomerNotes"] = last = str(fields["CustomerNotes"] or last)

    return edit_order(behaviour, change)


@defect("internal-notes-missing", "InternalNotes is always empty.", "NOT-2")
def internal_notes_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "InternalNotes", lambda order: "")


@defect("internal-notes-are-customers", "InternalNotes are the customer's notes.", "NOT-2")
def internal_notes_are_customers(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "InternalNotes", lambda order: cut(order.customer_notes, 1000))


@defect("notes-swapped", "The notes of customer and staff are swapped.", "NOT-1 NOT-2 NOT-3")
def notes_swapped(behaviour: Behaviour) -> Behaviour:
    noted = set_element(behaviour, "CustomerNotes", lambda order: cut(order.internal_notes, 1000))
    return set_element(noted, "InternalNotes", lambda order: cut(order.customer_notes, 1000))


# ---------------------------------------------------------------- staff notes in the wrong field


@defect(
    "notes-in-one-field",
    "The staff's notes are in CustomerNotes, after the customer's.",
    "NOT-3 NOT-1",
    seen="WooCommerce",
)
def notes_in_one_field(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "CustomerNotes",
        lambda order: cut(f"{order.customer_notes}\n{order.internal_notes}", 1000),
    )


@defect("staff-notes-as-gift-message", "GiftMessage is the staff's notes for a gift without a message.", "NOT-3 GIF-3")
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


@defect("notes-with-br", "Line breaks in notes become <br />.", "NOT-4 ORD-13")
def notes_with_br(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda note: note.replace("\n", "<br />\n"), NOTES)


@defect("notes-on-one-line", "Line breaks in notes are lost.", "NOT-4 ORD-13")
def notes_on_one_line(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda note: " ".join(note.split()), NOTES)


@defect("notes-first-line-only", "Only the first line of notes is exported.", "NOT-4 ORD-13")
def notes_first_line_only(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda note: note.partition("\n")[0], NOTES)


@defect(
    "notes-with-entities",
    "Notes and gift messages contain HTML entities.",
    "NOT-4 ORD-13",
    seen="WooCommerce",
)
def notes_with_entities(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda note: note.replace("'", "&#039;").replace('"', "&quot;"), WITH_GIFT)


@defect("notes-without-tags", "Text that looks like a tag is removed from notes.", "NOT-4 ORD-13")
def notes_without_tags(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda note: re.sub("<[^<>]*>", "", note), NOTES)


# ---------------------------------------------------------------- their length


@defect("notes-not-cut", "Notes are sent uncut, however long they are.", "NOT-5 ORD-1 ORD-14")
def notes_not_cut(behaviour: Behaviour) -> Behaviour:
    return _set_both_notes(behaviour, lambda note: note)


@defect("notes-cut-at-255", "Notes are cut at 255 characters.", "NOT-1 NOT-2 NOT-5")
def notes_cut_at_255(behaviour: Behaviour) -> Behaviour:
    return _set_both_notes(behaviour, lambda note: note[:255])


@defect(
    "notes-cut-by-bytes",
    "Notes are cut at 1000 bytes; a broken character becomes a question mark.",
    "NOT-1 NOT-2 NOT-5",
)
def notes_cut_by_bytes(behaviour: Behaviour) -> Behaviour:
    return _set_both_notes(behaviour, lambda note: note.encode()[:1000].decode(errors="replace").replace("\ufffd", "?"))


@defect("notes-cut-inside-character", "Notes are cut at 1000 bytes, even inside a character.", "NOT-5 CON-7")
def notes_cut_inside_character(behaviour: Behaviour) -> Behaviour:
    noted = set_element(behaviour, "CustomerNotes", lambda order: order.customer_notes)
    return edit_body(noted, lambda body: re.sub(rb"(<CustomerNotes>[^<]{1000})[^<]*", rb"\1", body))


@defect("customer-notes-twice", "CustomerNotes has the customer's notes twice.", "NOT-1")
def customer_notes_twice(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "CustomerNotes", lambda note: f"{note}\n{note}"[:1000].rstrip())


@defect("staff-notes-as-option", "The first line has the staff's notes as an option.", "NOT-3 OPT-2")
def staff_notes_as_option(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if order.internal_notes and order.items:
            note: Fields = {"Name": "Note", "Value": cut(order.internal_notes, 100)}
            line = lines_of(fields)[0]
            line["Options"] = {"Option": [*options_of(line)[:9], note]}

    return edit_order(behaviour, change)


@defect("staff-notes-as-company", "ShipTo/Company is the staff's notes if there is no company.", "NOT-3 CUS-9")
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


@defect("customer-note-once", "A note of the customer that says the same as the gift message is left out.", "NOT-1")
def customer_note_once(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "CustomerNotes",
        lambda order: "",
        of=lambda order: order.customer_notes.strip() == order.gift_message.strip(),
    )


# ---------------------------------------------------------------- after a change by staff

_BEYOND_BASIC_PLANE = re.compile("[\U00010000-\U0010ffff].*", re.DOTALL)


def _cut_notes_at_emoji(fields: Fields, order: Order, shop: Shop) -> None:
    for name in NOTES:
        fields[name] = _BEYOND_BASIC_PLANE.sub("", text_of(fields, name))


@defect(
    "edit-cuts-notes-at-emoji",
    "An edit by staff saves both notes anew in three-byte UTF-8, so that they end before the first emoji.",
    "NOT-4 ORD-13",
)
def edit_cuts_notes_at_emoji(behaviour: Behaviour) -> Behaviour:
    return edit_order_after_change(behaviour, _cut_notes_at_emoji)


@defect(
    "shipment-cuts-notes-at-emoji",
    "A notification saves the order's notes anew in three-byte UTF-8, so that they end before the first emoji.",
    "NOT-4 ORD-13",
)
def shipment_cuts_notes_at_emoji(behaviour: Behaviour) -> Behaviour:
    return edit_order_after_shipment(behaviour, _cut_notes_at_emoji)


@defect(
    "edit-moves-staff-notes",
    "After an edit by staff, CustomerNotes has the staff's notes if the customer wrote none.",
    "NOT-3",
)
def edit_moves_staff_notes(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if not order.customer_notes:
            fields["CustomerNotes"] = text_of(fields, "InternalNotes")

    return edit_order_after_change(behaviour, change)


@defect(
    "edit-moves-customer-notes",
    "After an edit by staff, InternalNotes has the customer's notes if the staff wrote none.",
    "NOT-2",
)
def edit_moves_customer_notes(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if not order.internal_notes:
            fields["InternalNotes"] = text_of(fields, "CustomerNotes")

    return edit_order_after_change(behaviour, change)


@defect(
    "deleted-note-stays",
    "A note of the customer that staff have deleted is still exported.",
    "WIN-11",
)
def deleted_note_stays(behaviour: Behaviour) -> Behaviour:
    last: dict[str, str] = {}

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        note = text_of(fields, "CustomerNotes") or last.get(order.order_number, "")
        fields["CustomerNotes"] = last[order.order_number] = note

    return edit_order(behaviour, change)


@defect(
    "status-history-in-internal-notes",
    "After a change of status, InternalNotes has a line about it besides what the staff wrote.",
    "NOT-2",
)
def status_history_in_internal_notes(behaviour: Behaviour) -> Behaviour:
    statuses: dict[str, list[str]] = {}

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        known = statuses.setdefault(order.order_number, [])
        if order.status not in known[-1:]:
            known.append(order.status)
        if len(known) > 1:
            fields["InternalNotes"] = f"{text_of(fields, 'InternalNotes')}\nStatus: {' -> '.join(known)}".strip()

    return edit_order(behaviour, change)


@defect(
    "tracking-added-to-customer-notes",
    "A notification adds a line with its tracking number to what the customer wrote.",
    "NOT-1",
)
def tracking_added_to_customer_notes(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        behaviour.book(store, order, shipment, status, key)
        if shipment.tracking_number not in {each.tracking_number for each in order.shipments}:
            notes = f"{order.customer_notes}\nSent by {shipment.carrier}, {shipment.tracking_number}.".strip()
            store.change(order.order_number, customer_notes=notes)

    return replace(behaviour, book=book)
