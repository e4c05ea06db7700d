"""The When sentences of the store's features: ShipStation sends requests, or staff change an order.

Each sentence has a function that does so and returns the evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from conformance.probes import (
    connection,
    failed_exports,
    hostile_input,
    item_images,
    order_changes,
    paging,
    time_window,
)
from conformance.probes.shipment_update import (
    idempotency,
    notify,
    partial_shipments,
    recorded_values,
    rejected_notifications,
    sequences,
)
from conformance.survey.survey import Survey

WHEN: dict[str, Callable[[Survey], object]] = {
    # connection
    "ShipStation asks for the orders of an empty window": connection.ask_for_empty_window,
    "ShipStation asks for orders": connection.ask_for_orders,
    "ShipStation asks for orders again, and accepts no compression": connection.ask_without_compression,
    "ShipStation asks for the orders of every window": failed_exports.ask_for_every_window,
    "ShipStation has asked for orders in all other scenarios": failed_exports.ask_for_orders_in_other_scenarios,
    "ShipStation has got whole replies in all other scenarios": (
        failed_exports.ask_for_readable_orders_in_other_scenarios
    ),
    "ShipStation asks for orders without the right credentials": connection.ask_without_right_credentials,
    "ShipStation asks for orders with the right credentials in SS-AUTH headers": connection.ask_with_ss_auth_headers,
    "ShipStation asks for a window whose bounds are not dates": connection.ask_for_bad_window,
    "an order is changed and the same request is made again": order_changes.change_an_order_and_ask_again,
    # time window
    "ShipStation asks for windows over midnight and the end of a month or year, and for a long one": (
        time_window.ask_for_windows_over_the_calendar
    ),
    "ShipStation asks for windows that have other orders before and after them": (
        time_window.ask_for_windows_with_neighbours
    ),
    "ShipStation asks for the windows in which orders were changed days after they were placed": (
        time_window.ask_for_windows_of_late_changes
    ),
    "ShipStation asks for the minutes around the last change of an order in winter and of one in summer": (
        time_window.ask_for_minutes_in_seasons
    ),
    "ShipStation asks for the minutes around, before and after the last change of an order": (
        time_window.ask_for_minutes_before_and_after
    ),
    "ShipStation asks for several windows at the same moment": time_window.ask_for_windows_at_once,
    "ShipStation asks for two windows that meet in the minute of an order's last change": (
        time_window.ask_for_adjoining_windows
    ),
    "ShipStation asks for a window and for its two halves": time_window.ask_for_window_and_its_halves,
    "ShipStation asks for the same windows twice": time_window.ask_for_same_windows_twice,
    "ShipStation asks for a window whose start lies after its end": time_window.ask_for_backwards_window,
    "staff change orders after each export, in every sequence of kinds of changes": (
        order_changes.change_orders_again_and_again
    ),
    # paging
    "ShipStation asks for all pages": paging.ask_for_all_pages,
    "ShipStation asks for the first of several pages": paging.ask_for_first_of_several_pages,
    "ShipStation asks for a window with exactly one full page of orders": paging.ask_for_exactly_one_full_page,
    "ShipStation asks for a window with one full page of orders, and others that the store leaves out": (
        paging.ask_for_full_page_and_orders_left_out
    ),
    "ShipStation asks for all pages, and for the minute of each order that is on none of them": (
        paging.look_for_every_order
    ),
    "ShipStation asks for a window in which a page ends between orders of the same second": (
        paging.ask_for_page_end_within_a_second
    ),
    "ShipStation asks for each page twice": paging.ask_for_each_page_twice,
    "ShipStation asks for pages past the last": paging.ask_for_pages_past_the_last,
    # item images
    "ShipStation fetches images of the exported orders": item_images.fetch_images,
    # shipment update
    "ShipStation sends a notification for a whole order": notify.notify_of_whole_order,
    "ShipStation sends a notification for a whole order and asks for the window of the change": (
        recorded_values.notify_and_ask_for_window_of_update
    ),
    "ShipStation sends notifications for orders of many kinds": recorded_values.notify_of_orders_of_many_kinds,
    "ShipStation sends notifications for two parcels of an order": partial_shipments.notify_of_two_parcels,
    "ShipStation sends notifications for one line after the other": (
        partial_shipments.notify_of_one_line_after_the_other
    ),
    "ShipStation sends a notification for all lines except a free one": (
        partial_shipments.notify_of_all_lines_except_a_free_one
    ),
    "ShipStation sends a notification for all lines that can be shipped": (
        partial_shipments.notify_of_all_that_can_be_shipped
    ),
    "ShipStation sends a notification for one of two lines with the same SKU": (
        partial_shipments.notify_of_one_of_two_lines_of_one_sku
    ),
    "ShipStation sends a notification for two lines with the same SKU in one parcel": (
        partial_shipments.notify_of_two_lines_of_one_sku_in_one_parcel
    ),
    "ShipStation sends a notification with an empty Items element": partial_shipments.notify_with_empty_items,
    "ShipStation sends a notification without a tracking number": partial_shipments.notify_without_tracking_number,
    "ShipStation sends the notification for a parcel again": idempotency.notify_of_same_parcel_again,
    "ShipStation sends the notification for a whole order again": idempotency.notify_of_same_whole_order_again,
    "ShipStation sends the notification for the first parcel of a shipped order again": (
        idempotency.notify_again_of_first_parcel_of_shipped_order
    ),
    "ShipStation sends a notification for a second order in the same parcel": (
        idempotency.notify_of_same_parcel_for_another_order
    ),
    "ShipStation sends several notifications at the same moment": idempotency.notify_at_the_same_moment,
    "ShipStation sends a notification for items of the order and one that is not in it": (
        rejected_notifications.notify_of_items_and_unknown_one
    ),
    "ShipStation sends a notification by GET": rejected_notifications.notify_by_get,
    "ShipStation sends a notification for an order whose number is not its id": (
        rejected_notifications.notify_of_order_whose_number_is_not_its_id
    ),
    "ShipStation sends a notification for an order whose number has special characters": (
        rejected_notifications.notify_of_order_whose_number_has_special_characters
    ),
    "ShipStation sends a notification for an order whose number is the id of another order": (
        rejected_notifications.notify_of_order_whose_number_is_id_of_another
    ),
    "ShipStation and staff act on orders, one action after the other": sequences.play_sequences,
    "ShipStation and staff act on orders, one action after the other, and ShipStation asks for the changed orders": (
        sequences.play_sequences_and_export
    ),
    # hostile input
    "ShipStation sends requests that cannot be answered": hostile_input.ask_for_what_cannot_be_answered,
    "ShipStation sends notifications that cannot be recorded": hostile_input.notify_of_what_cannot_be_recorded,
    "ShipStation sends a notification with external entities": hostile_input.notify_with_external_entities,
    "ShipStation sends a notification with an entity bomb": hostile_input.notify_with_entity_bomb,
    "ShipStation sends a notification without credentials": hostile_input.notify_without_credentials,
}
"""Use this for an action of ShipStation or staff. The function takes the survey, acts, and returns the evidence."""

WHEN_ONE_OF: dict[str, tuple[Callable[[Survey, str], object], Collection[str]]] = {
    # connection
    "ShipStation asks for orders with {credentials}": (connection.ask_for_orders_with, connection.CREDENTIALS),
    "ShipStation sends a request with {action}": (connection.ask_with_action, connection.ACTIONS),
    "ShipStation sends the same request with {spelling}": (connection.ask_again_with, connection.SPELLINGS),
    "ShipStation asks for a window with {bounds}": (connection.ask_for_window_with, connection.BOUNDS),
    # paging
    "ShipStation asks for orders with {page}": (paging.ask_for_page, paging.INVALID_PAGES),
    # shipment update
    "ShipStation sends a notification whose tracking number has {form}": (
        recorded_values.notify_of_tracking_number,
        recorded_values.TRACKING_NUMBERS,
    ),
    "ShipStation sends a notification with the carrier {carrier}": (
        recorded_values.notify_of_carrier,
        recorded_values.CARRIERS,
    ),
    "ShipStation sends a notification with the service {service}": (
        recorded_values.notify_of_service,
        recorded_values.SERVICES,
    ),
    "ShipStation sends a notification with a fee of {amount}": (recorded_values.notify_of_fee, recorded_values.COSTS),
    "ShipStation sends a notification for a parcel that was shipped on {day}": (
        recorded_values.notify_of_shipping_day,
        recorded_values.SHIP_DATES,
    ),
    "ShipStation sends a notification whose notes to the buyer have {text}": (
        recorded_values.notify_with_notes,
        recorded_values.NOTES_TO_CUSTOMER,
    ),
    "ShipStation sends a notification with {credentials}": (
        rejected_notifications.notify_with_credentials,
        rejected_notifications.CREDENTIALS,
    ),
    "ShipStation sends a notification for {number}": (
        rejected_notifications.notify_of_order_by,
        rejected_notifications.NUMBERS,
    ),
    "ShipStation sends a notification whose body is {body}": (
        rejected_notifications.notify_with_body,
        rejected_notifications.BODIES,
    ),
    # hostile input
    "ShipStation puts {value} into each parameter of a request for orders": (
        hostile_input.put_into_each_parameter,
        hostile_input.VALUES,
    ),
    "ShipStation appends {value} to the order number of a notification": (
        hostile_input.append_to_order_number,
        hostile_input.VALUES,
    ),
    "ShipStation puts {value} into carrier, service and tracking number of a notification": (
        hostile_input.put_into_carrier_service_and_tracking_number,
        hostile_input.VALUES,
    ),
    "ShipStation sends a notification with an item whose quantity is {quantity}": (
        hostile_input.notify_of_quantity,
        hostile_input.QUANTITIES,
    ),
    "ShipStation sends a notification with {load}": (hostile_input.notify_with_overload, hostile_input.LOADS),
}
"""Use this for sentences in which one word varies: form → function of the survey and the word, and the known words."""
