"""Defects of elements of a notification that tell nothing of the parcel: Recipient, notes, custom fields, UPC."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from lxml import etree

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_body, edit_order, element_at
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields, Notice, NoticeItem, Refusal, Request
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

COMMA_COUNTRIES = frozenset({"BR", "DE", "ES", "FR", "IT", "NL", "PL"})
"""Countries that write decimals with a comma."""


def _edit_by_body(behaviour: Behaviour, change: Callable[[Notice, etree._Element], Notice]) -> Behaviour:
    """Change a notification by its body."""
    return replace(
        behaviour,
        read_notice=lambda request: change(behaviour.read_notice(request), etree.fromstring(request.body)),
    )


# ---------------------------------------------------------------- Recipient


def _export_recipient(behaviour: Behaviour, change: Callable[[Fields, etree._Element], object]) -> Behaviour:
    """Change ShipTo of the orders whose notifications had a Recipient, by the last one."""
    known: dict[str, etree._Element] = {}

    def read_notice(request: Request) -> Notice:
        notice = behaviour.read_notice(request)
        recipient = etree.fromstring(request.body).find("Recipient")
        if recipient is not None:
            known[notice.order_number] = recipient
        return notice

    def change_known(fields: Fields, order: Order, shop: Shop) -> None:
        if order.shipments and order.order_number in known:
            change(element_at(fields, "Customer", "ShipTo"), known[order.order_number])

    return edit_order(replace(behaviour, read_notice=read_notice), change_known)


@defect(
    "recipient-replaces-address",
    "The Recipient of a notification becomes the shipping address, which has no phone any more.",
    "CUS-2 CUS-4 CUS-9",
)
def recipient_replaces_address(behaviour: Behaviour) -> Behaviour:
    def change(address: Fields, recipient: etree._Element) -> None:
        address.clear()
        address.update({str(child.tag): child.text for child in recipient if child.text})

    return _export_recipient(behaviour, change)


@defect("recipient-without-company-clears-it", "If a Recipient has no Company, that of the order is lost.", "CUS-9")
def recipient_without_company_clears_it(behaviour: Behaviour) -> Behaviour:
    return _export_recipient(
        behaviour,
        lambda address, recipient: address.pop("Company", None) if not recipient.findtext("Company") else None,
    )


@defect(
    "unknown-elements-refused", "A notification is refused if it has an element that the plug-in doesn't use.", "SHP-1"
)
def unknown_elements_refused(behaviour: Behaviour) -> Behaviour:
    def check(notice: Notice, body: etree._Element) -> Notice:
        if body.find("Recipient") is not None or body.find("CustomerCode") is not None:
            raise Refusal(400, "The notification has an unknown element.")
        return notice

    return _edit_by_body(behaviour, check)


@defect("name-found-anywhere", "If an item's Name is not the first Name in the body, the notes are lost.", "SHP-6")
def name_found_anywhere(behaviour: Behaviour) -> Behaviour:
    def check(notice: Notice, body: etree._Element) -> Notice:
        first = body.find(".//Name")
        parent = None if first is None else first.getparent()
        return replace(notice, notes="") if parent is not None and parent.tag == "Recipient" else notice

    return _edit_by_body(behaviour, check)


# ---------------------------------------------------------------- notes, custom fields, UPC


def _write_by_body(behaviour: Behaviour, name: str, text_of: Callable[[etree._Element], str | None]) -> Behaviour:
    """Write a text of the body over a field of the order; None leaves the field as it is."""
    texts: dict[str, str | None] = {}

    def read_notice(request: Request) -> Notice:
        notice = behaviour.read_notice(request)
        texts[notice.order_number] = text_of(etree.fromstring(request.body))
        return notice

    def find_order(store: Store, notice: Notice) -> Order:
        order, text = behaviour.find_order(store, notice), texts.get(notice.order_number)
        if text is not None and getattr(order, name) != text:
            store.change(order.order_number, **{name: text})
            order = behaviour.find_order(store, notice)
        return order

    return replace(behaviour, read_notice=read_notice, find_order=find_order)


@defect("empty-notes-clear-notes", "An empty CustomerNotes of a notification erases the customer's notes.", "NOT-1")
def empty_notes_clear_notes(behaviour: Behaviour) -> Behaviour:
    return _write_by_body(
        behaviour, "customer_notes", lambda body: "" if body.findtext("CustomerNotes") == "" else None
    )


@defect("custom-field-over-staff-notes", "CustomField1 of a notification replaces what the staff wrote.", "NOT-2")
def custom_field_over_staff_notes(behaviour: Behaviour) -> Behaviour:
    return _write_by_body(behaviour, "internal_notes", lambda body: body.findtext("CustomField1") or None)


@defect("empty-elements-refused", "A notification with an empty NotesToCustomer is refused.", "SHP-1")
def empty_elements_refused(behaviour: Behaviour) -> Behaviour:
    def check(notice: Notice, body: etree._Element) -> Notice:
        if body.findtext("NotesToCustomer") == "":
            raise Refusal(400, "NotesToCustomer is empty.")
        return notice

    return _edit_by_body(behaviour, check)


@defect("item-found-by-upc", "An item with a UPC is looked up by it, and not found.", "SHP-7")
def item_found_by_upc(behaviour: Behaviour) -> Behaviour:
    def change(notice: Notice, body: etree._Element) -> Notice:
        codes = [item.findtext("UPC") or "" for item in body.iterfind("Items/Item")]
        items = (
            NoticeItem(code, item.quantity) if code else item for item, code in zip(notice.items, codes, strict=True)
        )
        return replace(notice, items=tuple(items))

    return _edit_by_body(behaviour, change)


# ---------------------------------------------------------------- NotifyCustomer


@defect(
    "mail-leaves-locale",
    "The mail to a buyer sets the decimal comma of the buyer's country for all exports, until the next mail.",
    "ITM-5 ORD-1 ORD-8 WGT-3",
)
def mail_leaves_locale(behaviour: Behaviour) -> Behaviour:
    flags: dict[str, str | None] = {}
    has_comma = {"now": False}

    def read_notice(request: Request) -> Notice:
        notice = behaviour.read_notice(request)
        flags[notice.order_number] = etree.fromstring(request.body).findtext("NotifyCustomer")
        return notice

    def find_order(store: Store, notice: Notice) -> Order:
        order = behaviour.find_order(store, notice)
        if flags.get(notice.order_number) in ("true", "1"):
            where = order.customer.shipping or order.customer.billing
            has_comma["now"] = where.country in COMMA_COUNTRIES
        return order

    def write(body: bytes) -> bytes:
        return _AMOUNT.sub(rb"\1,\2<", body) if has_comma["now"] else body

    return edit_body(replace(behaviour, read_notice=read_notice, find_order=find_order), write)


_AMOUNT = re.compile(rb"(<(?:OrderTotal|TaxAmount|ShippingAmount|UnitPrice|Weight)>-?[0-9]+)\.([0-9]+)<")
