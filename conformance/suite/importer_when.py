"""The When sentences of the importer's features: the suite runs the importer.

Each sentence has an occasion: a function that runs the importer and returns the evidence.
"""

from __future__ import annotations

from conformance.importer.occasions import imported_orders, notifications, pages_and_windows, requests, trouble
from conformance.importer.target import Occasion
from conformance.suite.sentences import OneOf

WHEN: dict[str, Occasion] = {
    # requests
    "the importer imports three plain orders": requests.import_plain_orders,
    "the importer imports from a store whose password has special characters": requests.import_with_special_password,
    "the importer imports from a store whose URL has further query parameters": requests.import_with_more_query,
    "the importer has sent its requests in all other scenarios": requests.requests_of_all_occasions,
    # pages and windows
    "the importer imports a window whose pages are not full": pages_and_windows.import_pages_that_are_not_full,
    "the importer imports three consecutive windows": pages_and_windows.import_consecutive_windows,
    "the importer imports three consecutive windows from a store that excludes their last minute": (
        pages_and_windows.import_consecutive_windows_without_last_minute
    ),
    # imported orders
    "the importer imports one order for each hard case": imported_orders.import_hard_cases,
    "the importer imports from a store whose statuses resemble each other": imported_orders.import_similar_statuses,
    "the importer imports from a store whose URL redirects within the store": imported_orders.import_redirected,
    "orders are changed between two imports": imported_orders.import_around_change,
    "an order without a shipping address gets one between two imports": imported_orders.import_around_address,
    "the importer imports from a store with the real add-on": imported_orders.import_real_addon,
    "the importer imports from stores of every version": imported_orders.import_every_version,
    "the importer imports from a store that exports an order without a shipping address": (
        imported_orders.import_without_address
    ),
    # trouble
    "the importer imports with a wrong password": trouble.import_with_wrong_password,
    "the store redirects the importer to another host": trouble.import_redirected_elsewhere,
    # notifications
    "the importer notifies the store of a shipment": notifications.notify,
    "the importer notifies the store of a shipment whose service has special characters": (
        notifications.notify_special_service
    ),
    "the importer notifies the store of parcels with hard values": notifications.notify_hard_parcels,
    "the importer notifies the store of two parcels while it stays bad": notifications.notify_two_parcels_while_bad,
    "the importer notifies a store with the real add-on of a shipment": notifications.notify_real_addon,
    "the importer notifies the store of an order that was marked as shipped": notifications.mark_as_shipped,
}
"""Sentence → occasion."""

WHEN_ONE_OF: OneOf = {
    "the importer imports in the time zone {zone}": (requests.import_in_zone, requests.ZONES),
    "the importer imports from a store in the time zone {zone}": (requests.import_from_zone, requests.ZONES),
    "the importer imports a window that starts {start}": (requests.import_window_from, requests.STARTS),
    "the importer imports a window with {orders}": (pages_and_windows.import_window, pages_and_windows.WINDOWS),
    "{event} while the importer imports": (imported_orders.import_during, imported_orders.EVENTS),
    "the importer imports from stores that write {part} differently": (
        imported_orders.import_forms,
        imported_orders.FORM_MODULES,
    ),
    "the importer gets {trouble}": (trouble.import_in_trouble, trouble.TROUBLES),
    "the importer notifies the store, and the reply is {reply}": (
        notifications.notify_with_reply,
        (*notifications.FAULTY_REPLIES, *notifications.ACCEPTING_REPLIES),
    ),
}
"""Form of sentences in which one word varies → the occasion, and the known words."""
