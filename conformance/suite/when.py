"""The When sentences of the store's features: ShipStation sends a request.

Each sentence names a function that does it and returns the evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from conformance.probes import connection, hostile_input, item_images, order_changes, paging, time_window
from conformance.probes.shipment_update import (
    idempotency,
    notify,
    partial_shipments,
    recorded_values,
    rejected_notifications,
)
from conformance.survey.survey import Survey

WHEN: dict[str, Callable[[Survey], Any]] = {
    # connection
    "ShipStation asks for the orders of an empty window": connection.ask_for_empty_window,
    "ShipStation asks for orders": connection.ask_for_orders,
    "ShipStation asks for orders without the right credentials": connection.ask_without_right_credentials,
    "ShipStation asks for orders with the right credentials in SS-AUTH headers": connection.ask_with_ss_auth_headers,
    "ShipStation asks for a window whose bounds are no dates": connection.ask_for_bad_window,
    "an order is changed and the same request is made again": connection.change_an_order_and_ask_again,
    # time window
    "ShipStation asks for windows over midnight and the end of a month or year": (
        time_window.ask_for_windows_over_the_calendar
    ),
    "ShipStation asks for windows with other orders around them": time_window.ask_for_windows_with_neighbours,
    "ShipStation asks for the windows in which orders were changed days after they were placed": (
        time_window.ask_for_windows_of_late_changes
    ),
    "ShipStation asks for the minutes around an order of winter and of summer": time_window.ask_for_minutes_in_seasons,
    "ShipStation asks for the minutes around, before and after an order": time_window.ask_for_minutes_before_and_after,
    "ShipStation asks for two windows that meet in the minute of an order": time_window.ask_for_adjoining_windows,
    "ShipStation asks for a window and for its two halves": time_window.ask_for_window_and_its_halves,
    "ShipStation asks for the same windows twice": time_window.ask_for_same_windows_twice,
    "ShipStation asks for a window whose start lies after its end": time_window.ask_for_backwards_window,
    "staff give an order another status after it was exported": order_changes.give_another_status,
    "staff write a note on an order after it was exported": order_changes.write_a_note,
    # paging
    "ShipStation asks for all pages": paging.ask_for_all_pages,
    "ShipStation asks for the first of several pages": paging.ask_for_first_of_several_pages,
    "ShipStation asks for a window with exactly one full page of orders": paging.ask_for_exactly_one_full_page,
    "ShipStation asks for all pages, and for the minutes of orders on none of them": paging.look_for_every_order,
    "ShipStation asks for a window in which a page ends between orders of one second": (
        paging.ask_for_page_end_within_a_second
    ),
    "ShipStation asks for each page twice": paging.ask_for_each_page_twice,
    "ShipStation asks for pages past the last": paging.ask_for_pages_past_the_last,
    # item images
    "ShipStation fetches images of the exported orders": item_images.fetch_images,
    # shipment update
    "ShipStation notifies of a whole order": notify.notify_of_whole_order,
    "ShipStation notifies of a whole order and asks for the window of the update": (
        recorded_values.notify_and_ask_for_window_of_update
    ),
    "ShipStation notifies of two parcels": partial_shipments.notify_of_two_parcels,
    "ShipStation notifies of one line after the other": partial_shipments.notify_of_one_line_after_the_other,
    "ShipStation notifies of part of a line, and then of the rest": (
        partial_shipments.notify_of_part_of_a_line_and_then_the_rest
    ),
    "ShipStation notifies of the lines that cost something": partial_shipments.notify_of_lines_that_cost_something,
    "ShipStation notifies of all that can be shipped": partial_shipments.notify_of_all_that_can_be_shipped,
    "ShipStation notifies without items after a first parcel": (
        partial_shipments.notify_without_items_after_first_parcel
    ),
    "ShipStation notifies of one of two lines of one SKU": partial_shipments.notify_of_one_of_two_lines_of_one_sku,
    "ShipStation notifies of two lines of one SKU in one parcel": (
        partial_shipments.notify_of_two_lines_of_one_sku_in_one_parcel
    ),
    "ShipStation notifies of more than was ordered": partial_shipments.notify_of_more_than_was_ordered,
    "ShipStation notifies without a tracking number": partial_shipments.notify_without_tracking_number,
    "ShipStation notifies of the same parcel again": idempotency.notify_of_same_parcel_again,
    "ShipStation notifies of the same whole order again": idempotency.notify_of_same_whole_order_again,
    "ShipStation notifies again of the first parcel of a shipped order": (
        idempotency.notify_again_of_first_parcel_of_shipped_order
    ),
    "ShipStation notifies of the same parcel for another order": idempotency.notify_of_same_parcel_for_another_order,
    "ShipStation sends several notifications at the same moment": idempotency.notify_at_the_same_moment,
    "ShipStation notifies by GET": rejected_notifications.notify_by_get,
    "ShipStation notifies of an order whose number is not its id": (
        rejected_notifications.notify_of_order_whose_number_is_not_its_id
    ),
    "ShipStation notifies of an order whose number has special characters": (
        rejected_notifications.notify_of_order_whose_number_has_special_characters
    ),
    "ShipStation notifies of an order whose number is the id of another": (
        rejected_notifications.notify_of_order_whose_number_is_id_of_another
    ),
    # hostile input
    "ShipStation asks for what cannot be answered": hostile_input.ask_for_what_cannot_be_answered,
    "ShipStation notifies of what cannot be booked": hostile_input.notify_of_what_cannot_be_booked,
    "ShipStation notifies with external entities": hostile_input.notify_with_external_entities,
    "ShipStation notifies with an entity bomb": hostile_input.notify_with_entity_bomb,
    "ShipStation notifies without credentials": hostile_input.notify_without_credentials,
}
"""Use this for something that ShipStation does. The function takes the survey, does it, and returns the evidence."""

WHEN_ONE_OF: dict[str, tuple[Callable[[Survey, str], Any], Collection[str]]] = {
    # connection
    "ShipStation asks for orders with {credentials}": (connection.ask_for_orders_with, connection.CREDENTIALS),
    "ShipStation sends a request with {action}": (connection.ask_with_action, connection.ACTIONS),
    "ShipStation sends the same request with {spelling}": (connection.ask_again_with, connection.SPELLINGS),
    "ShipStation asks for a window with {bounds}": (connection.ask_for_window_with, connection.BOUNDS),
    # paging
    "ShipStation asks for page {page}": (paging.ask_for_page, paging.INVALID_PAGES),
    # shipment update
    "ShipStation notifies of a tracking number of {form}": (
        recorded_values.notify_of_tracking_number,
        recorded_values.TRACKING_NUMBERS,
    ),
    "ShipStation notifies of a parcel with the carrier {carrier}": (
        recorded_values.notify_of_carrier,
        recorded_values.CARRIERS,
    ),
    "ShipStation notifies of a parcel by the service {service}": (
        recorded_values.notify_of_service,
        recorded_values.SERVICES,
    ),
    "ShipStation notifies of a fee of {amount}": (recorded_values.notify_of_fee, recorded_values.COSTS),
    "ShipStation notifies of a parcel that was shipped on {day}": (
        recorded_values.notify_of_shipping_day,
        recorded_values.SHIP_DATES,
    ),
    "ShipStation notifies with notes to the buyer of {text}": (
        recorded_values.notify_with_notes,
        recorded_values.NOTES_TO_CUSTOMER,
    ),
    "ShipStation notifies with {items}": (partial_shipments.notify_without_items, partial_shipments.ITEMS),
    "ShipStation sends a notification with {credentials}": (
        rejected_notifications.notify_with_credentials,
        rejected_notifications.CREDENTIALS,
    ),
    "ShipStation notifies of an order by {number}": (
        rejected_notifications.notify_of_order_by,
        rejected_notifications.NUMBERS,
    ),
    "ShipStation sends a notification whose body is {body}": (
        rejected_notifications.notify_with_body,
        rejected_notifications.BODIES,
    ),
    "ShipStation notifies of {items}": (rejected_notifications.notify_of_items, rejected_notifications.ITEMS),
    # hostile input
    "ShipStation puts {value} into each parameter of a request for orders": (
        hostile_input.put_into_each_parameter,
        hostile_input.VALUES,
    ),
    "ShipStation puts {value} behind the order number of a notification": (
        hostile_input.put_behind_order_number,
        hostile_input.VALUES,
    ),
    "ShipStation puts {value} into carrier, service and tracking number of a notification": (
        hostile_input.put_into_carrier_service_and_tracking_number,
        hostile_input.VALUES,
    ),
    "ShipStation sends a notification of {body}": (hostile_input.notify_with_overload, hostile_input.LOADS),
}
"""Use this for something that varies by one word: form → function of the survey and the word, and the known words."""
