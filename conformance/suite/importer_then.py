"""The Then sentences of the importer's features, each with the check that judges the evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import mockstore.traffic.rules as rules
from conformance.core.finding import Finding
from conformance.importer.checks import imported_orders, notifications, pages_and_windows, requests, trouble
from conformance.importer.checks.breaches import everywhere, obeys
from conformance.importer.compare import ORDER_PARTS
from conformance.suite.sentences import OneOf

Check = Callable[[Any], Iterator[Finding]]

THEN: dict[str, Check] = {
    # requests
    "every request carries the credentials in its header": obeys(rules.credentials_in_header, requirement="IMP-1"),
    "no request carries credentials in its URL": obeys(rules.no_credentials_in_url, requirement="IMP-1"),
    "the store accepts the credentials": requests.password_arrives,
    "the other host gets no credentials": requests.credentials_stay,
    "the window bounds are written MM/dd/yyyy HH:mm": obeys(
        rules.bounds_in_agreed_format, rules.method_and_action, requirement="IMP-2"
    ),
    "every request keeps the query of the store's URL": obeys(rules.query_kept, requirement="IMP-2"),
    "the importer requests the window to be imported, in UTC": requests.window_requested_in_utc,
    "the importer accepts compressed replies": obeys(rules.compressed_replies, requirement="IMP-14"),
    "the importer reuses its connection": obeys(rules.connection_kept, requirement="IMP-14"),
    "no page is requested repeatedly": obeys(rules.pages_not_repeated, requirement="IMP-14"),
    "the importer waits as long as Retry-After says": requests.retry_after_respected,
    "the importer pauses between its tries": requests.tries_are_paced,
    "each of these requests carries credentials that the store accepts, in its header only": everywhere(
        obeys(rules.credentials_in_header, rules.no_credentials_in_url, requirement="IMP-1"),
        requests.credentials_accepted,
    ),
    "each of these requests is one that the store understands": everywhere(
        obeys(rules.bounds_in_agreed_format, rules.method_and_action, rules.query_kept, requirement="IMP-2"),
        requests.requests_understood,
    ),
    "each of these notifications is valid, and its query and body agree": everywhere(
        notifications.every_body_is_valid,
        obeys(rules.notice_agrees_with_query, rules.method_and_action, requirement="IMP-12"),
    ),
    # pages and windows
    "every page is requested, and no page past the last": pages_and_windows.every_page_arrives,
    "the windows leave no gap, and no order at their bounds is lost": (
        pages_and_windows.consecutive_windows_leave_no_gap
    ),
    "the windows leave no gap after the failed poll": pages_and_windows.failed_poll_leaves_no_gap,
    # imported orders
    "every order is imported": imported_orders.every_order_imported,
    "the orders of every page are imported": imported_orders.orders_of_every_page_imported,
    "no order is imported twice": imported_orders.imported_once,
    "the changed order is imported once, with its new values": imported_orders.changes_are_imported,
    "each changed order is imported once, with its new values": imported_orders.changes_are_imported,
    "the order without a shipping address is left out and reported, and the others are imported": (
        imported_orders.order_without_address_left_out
    ),
    "every status is mapped as configured, and an unmapped status is reported": imported_orders.statuses_are_mapped,
    "the orders are imported as from a plain store": imported_orders.stores_imported_alike,
    # trouble
    "the importer reports that it was refused": trouble.refusal_is_reported,
    "the importer gives up": trouble.gives_up_when_refused,
    "the refused request is not repeated in a tight loop": obeys(rules.refusals_respected, requirement="IMP-10"),
    "no order is lost once the store works again": trouble.no_order_lost_to_trouble,
    # notifications
    "the notification's body is valid": notifications.body_is_valid,
    "the notification's query and body agree": obeys(
        rules.notice_agrees_with_query, rules.method_and_action, requirement="IMP-12"
    ),
    "the store is notified of every parcel, each under the number of its order": notifications.every_parcel_is_told,
    "the notification names the order": notifications.names_the_order,
    "the store books the shipment": notifications.store_books_it,
    "the notification has nothing that the importer was not given": notifications.invents_nothing,
    "the notification is sent again until the store accepts it": notifications.sent_again_until_accepted,
    "each notification is sent again until the store accepts it": notifications.each_sent_again_until_accepted,
    "each of its tries is the same message": notifications.tries_are_alike,
    "an accepted notification is not sent again": notifications.accepted_is_not_sent_again,
}
"""Sentence → check."""


THEN_ONE_OF: OneOf = {
    "the imported orders have the store's {part}": (imported_orders.part_is_the_stores, ORDER_PARTS),
    "the notification carries the {part}": (notifications.carries, notifications.PARTS),
    "the notification of each parcel carries its {part}": (notifications.each_carries, notifications.PARTS),
}
"""Form of sentences in which one word varies → the check, and the known words."""
