"""The Given sentences of the store's features: they select the evidence of a scenario.

The tables list all sentences, each with its function.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from conformance.checks import (
    customer,
    discounts,
    gift,
    item_images,
    item_locations,
    item_options,
    items,
    notes,
    order,
    statuses,
    weight,
)
from conformance.checks.matching import Pair
from conformance.client.parsing.document import ExportPage
from conformance.client.parsing.order import ExportedOrder
from conformance.core.errors import NotExercised
from conformance.probes.exported_again import (
    lines_exported_again,
    orders_exported_again,
    staff_notes_exported_again,
)
from conformance.probes.items import PROPERTIES, exported_lines, exported_lines_that_are
from conformance.probes.missing_orders import GROUPS, store_orders, store_orders_with
from conformance.probes.order import MAY_BE_LEFT_OUT, export_beside_records, orders_without
from conformance.probes.shipment_update.sequences import documents_after_changes
from conformance.survey.pages import NO_ORDERS
from conformance.survey.survey import Survey


def exported_orders(survey: Survey) -> tuple[ExportedOrder, ...]:
    """Return every exported order once."""
    survey.exported.require_orders()
    return survey.exported.distinct_orders


def exported_orders_beside_records(survey: Survey) -> tuple[Pair, ...]:
    """Return every exported order with the store's own record of it."""
    if not survey.pairs:
        raise NotExercised("the store's records have none of the exported orders")
    return survey.pairs


def exported_documents(survey: Survey) -> tuple[ExportPage, ...]:
    """Return the documents that the store exported."""
    survey.exported.require_orders()
    if not survey.documents:
        raise NotExercised("the store exported no document that could be read")
    return survey.documents


GIVEN: dict[str, Callable[[Survey], object]] = {
    "the exported orders": exported_orders,
    "the exported orders and the store's own records of them": exported_orders_beside_records,
    "the orders that were exported again after a change, and what the store should hold of them": orders_exported_again,
    "the exported orders, and the store's own records as far as they are known": export_beside_records,
    "the documents that the store exported": exported_documents,
    "the documents that the store exported after shipments and changes": documents_after_changes,
    "the lines of the exported orders": exported_lines,
    "the lines of the orders that were exported again after a change": lines_exported_again,
    "the notes of the orders that were exported again after a change": staff_notes_exported_again,
    "the store's orders": store_orders,
}
"""Use this for a new kind of evidence from the survey. The function takes the survey and returns the evidence."""

GIVEN_ONE_OF: dict[str, tuple[Callable[[Survey, str], object], Collection[str]]] = {
    "the lines of the exported orders that are {property}": (exported_lines_that_are, PROPERTIES),
    "the store's orders with {property}": (store_orders_with, GROUPS),
    "the store's orders without {something}": (orders_without, MAY_BE_LEFT_OUT),
}
"""Use this for sentences in which one word varies: form → function of the survey and the word, and the known words."""


def has_shipping_address(pair: Pair) -> bool:
    """True if the store holds a shipping address for the order."""
    return pair.truth.customer.shipping is not None


ONLY: dict[str, Callable[[Any], bool]] = {
    "only those with special characters": order.has_special_text,
    "only those with a shipping address": has_shipping_address,
    "only those to the US or Canada": customer.is_north_american,
    "only those with a status that the merchant added": statuses.has_custom_status,
    "only those with a discount on the order": discounts.has_order_discount,
    "only those with a discount on a line": discounts.has_line_discount,
    "only those with an adjustment": discounts.has_adjustment,
    "only those with a coupon": discounts.has_coupon,
    "only those with several discounts": discounts.has_several_discounts,
    "only those with no discount at all": discounts.has_no_discount,
    "only those that are gifts": gift.is_gift,
    "only those that are not gifts": gift.is_not_gift,
    "only those with a gift message": gift.has_message,
    "only those with notes of the customer": notes.has_customer_notes,
    "only those with notes of the staff": notes.has_internal_notes,
    "only those with special characters in notes": notes.has_special_notes,
    "only those with notes over 1000 characters": notes.has_long_notes,
    "only those with a weight": weight.has_weight,
    "only those that state a weight": weight.has_exported_weight,
    "only those with a line that weighs nothing": weight.has_weightless_line,
    "only those with lines": items.has_lines,
    "only those with a SKU": items.has_sku,
    "only those with several lines": items.has_several_lines,
    "only those with an image": item_images.has_image,
    "only those that state an image": item_images.has_exported_image,
    "only those with a product without an image": item_images.has_no_image,
    "only those with options": item_options.has_options,
    "only those that state options": item_options.has_exported_options,
    "only those with a line without options": item_options.has_no_options,
    "only those with special characters in options": item_options.has_special_options,
    "only those with a location": item_locations.has_location,
}
"""Use this to keep some of the selected orders. The function takes one order; it must be pure."""


def only_with_address_in_records(survey: Survey, orders: tuple[ExportedOrder, ...]) -> tuple[ExportedOrder, ...]:
    """Keep the orders that have a complete shipping address in the store's records.

    An order without a record is kept, too, because every exported order must have a shipping address (S7). If the
    record lacks a part of the address, the export need not have it.
    """
    without = {
        stored.order_number for stored in survey.known_orders if not customer.is_deliverable(stored.customer.shipping)
    }
    records = {id(pair.exported): pair.truth.order_number for pair in survey.pairs} if survey.has_truth else {}
    found = tuple(each for each in orders if records.get(id(each)) not in without)
    if not found:
        raise NotExercised(NO_ORDERS)
    return found


def only_if_export_leaves_records_unchanged(survey: Survey, pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Go on only if exporting the orders doesn't change the times of their last change."""
    survey.stability.require_modification_times_kept(survey.pairs)
    return pairs


ONLY_BY_SURVEY: dict[str, Callable[[Survey, Any], object]] = {
    "only those with a shipping address, as far as the store's records say": only_with_address_in_records,
    "exporting left those records unchanged": only_if_export_leaves_records_unchanged,
}
"""Use this to keep some of the selected orders if the choice needs the survey."""
