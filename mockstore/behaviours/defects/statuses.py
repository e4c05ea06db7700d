"""Defects of statuses: the status of an order, its spelling, and statuses that the merchant added."""

from __future__ import annotations

import re
from collections.abc import Callable

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_order, edit_text, fail_on, filter_orders, set_element
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop

CODES = {
    "Processed": "P",
    "Complete": "C",
    "Open": "O",
    "Failed": "F",
    "Declined": "D",
    "Backordered": "B",
    "Canceled": "I",
    "Awaiting call": "Y",
}
"""The letters with which CS-Cart stores its own statuses."""

IN_GERMAN = {
    "Processed": "Bearbeitet",
    "Complete": "Abgeschlossen",
    "Open": "Offen",
    "Failed": "Fehlgeschlagen",
    "Declined": "Abgelehnt",
    "Backordered": "Nachbestellt",
    "Canceled": "Storniert",
    "Awaiting call": "Wartet auf Anruf",
}


def is_added_by_merchant(order: Order) -> bool:
    """True if the merchant added the order's status."""
    return order.status not in CODES


def _edit_status(behaviour: Behaviour, name: Callable[[str], str]) -> Behaviour:
    return edit_text(behaviour, "OrderStatus", name)


# ---------------------------------------------------------------- STA-1: the right status


@defect("status-is-code-letter", "OrderStatus is the letter of the status in the database.", "STA-1 STA-3")
def status_is_code_letter(behaviour: Behaviour) -> Behaviour:
    return _edit_status(behaviour, lambda name: CODES.get(name, chr(65 + len(name) % 26) + "1"))


@defect(
    "status-is-what-it-means",
    "OrderStatus is the meaning of the status (paid, shipped), not its name.",
    "STA-1 STA-2 STA-3",
)
def status_is_what_it_means(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        meaning = next((status.maps_to for status in shop.statuses if status.name == order.status), None)
        fields["OrderStatus"] = meaning or "on_hold"

    return edit_order(behaviour, change)


@defect(
    "status-in-the-admins-language", "CS-Cart's own statuses are in the language of the last administrator.", "STA-1"
)
def status_in_the_admins_language(behaviour: Behaviour) -> Behaviour:
    return _edit_status(behaviour, lambda name: IN_GERMAN.get(name, name))


@defect("status-cut-at-10", "OrderStatus is cut at 10 characters.", "STA-1 STA-3")
def status_cut_at_10(behaviour: Behaviour) -> Behaviour:
    return _edit_status(behaviour, lambda name: name[:10].rstrip())


@defect("status-paid-for-all", "OrderStatus is always Processed.", "STA-1 STA-2 STA-3 STA-4 SHP-15")
def status_paid_for_all(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderStatus", lambda order: "Processed")


# ---------------------------------------------------------------- STA-2: one spelling for each status


@defect("status-in-two-spellings", "Some orders have their status in capitals, others in the shop's spelling.", "STA-2")
def status_in_two_spellings(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "OrderStatus",
        lambda order: order.status.upper()[:50],
        of=lambda order: not order.customer.code,
    )


@defect("declined-is-canceled", "A declined order is exported as canceled.", "STA-1 STA-2")
def declined_is_canceled(behaviour: Behaviour) -> Behaviour:
    return _edit_status(behaviour, lambda name: "Canceled" if name == "Declined" else name)


# ---------------------------------------------------------------- STA-3: statuses that the merchant added


@defect(
    "custom-status-empty",
    "OrderStatus is empty for a status that the merchant added.",
    "STA-3 ORD-17",
    seen="WooCommerce",
)
def custom_status_empty(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderStatus", lambda order: "", of=is_added_by_merchant)


@defect("custom-status-unknown", "Statuses that the merchant added are all called Unknown.", "STA-2 STA-3")
def custom_status_unknown(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderStatus", lambda order: "Unknown", of=is_added_by_merchant)


@defect("custom-status-left-out", "Orders with a status that the merchant added are not exported.", "STA-3 WIN-7")
def custom_status_left_out(behaviour: Behaviour) -> Behaviour:
    return filter_orders(behaviour, lambda order, store: not is_added_by_merchant(order))


@defect(
    "custom-status-breaks-export",
    "An order with a status that the merchant added crashes the export.",
    "CON-12 STA-3 WIN-7",
)
def custom_status_breaks_export(behaviour: Behaviour) -> Behaviour:
    return fail_on(behaviour, is_added_by_merchant)


# ---------------------------------------------------------------- STA-4: changes


@defect("status-of-the-first-export", "OrderStatus never changes after the first export.", "STA-4 SHP-15")
def status_of_the_first_export(behaviour: Behaviour) -> Behaviour:
    first: dict[str, str] = {}
    return set_element(behaviour, "OrderStatus", lambda order: first.setdefault(order.order_id, order.status)[:50])


@defect("status-escaped-twice", "OrderStatus is escaped as HTML before it is escaped as XML.", "ORD-1 ORD-13 ORD-14")
def status_escaped_twice(behaviour: Behaviour) -> Behaviour:
    return _edit_status(behaviour, lambda name: name.replace("&", "&amp;"))


@defect("status-as-slug", "OrderStatus consists of lower-case letters and underscores.", "STA-1 STA-3 ORD-13")
def status_as_slug(behaviour: Behaviour) -> Behaviour:
    return _edit_status(behaviour, lambda name: re.sub("[^a-z]+", "_", name.lower()))
