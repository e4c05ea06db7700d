"""The Then sentences of the store's features: they judge the evidence.

The tables list all sentences, each with a pure function of the evidence.

The type of a function's first parameter is the type of the evidence that it judges. A scenario whose Given or When
returns other evidence is refused when the suite starts (:mod:`conformance.suite.sentences`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
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
from conformance.probes import (
    connection,
    failed_exports,
    hostile_input,
    missing_orders,
    order_changes,
    paging,
    time_window,
)
from conformance.probes import customer as customer_probes
from conformance.probes import item_images as image_probes
from conformance.probes import items as item_probes
from conformance.probes import notes as note_probes
from conformance.probes import order as order_probes
from conformance.probes import statuses as status_probes
from conformance.probes.shipment_update import (
    idempotency,
    notify,
    partial_shipments,
    recorded_values,
    rejected_notifications,
    sequences,
)
from conformance.suite.scenario import Found

PER_ORDER: dict[str, Callable[[Any], Found]] = {
    # of an exported order
    "each order has an OrderID of 1 to 50 characters": order.id_present,
    "each order has an OrderNumber of 1 to 50 characters": order.number_present,
    "OrderDate and LastModified are real dates and times": order.dates_valid,
    "OrderTotal is a plain decimal": order.total_is_decimal,
    "no value is longer than its field": order.values_fit,
    "each order has a CustomerCode": customer.code_present,
    "ShipTo has Name, Address1, City, PostalCode and a two-letter country": customer.address_complete,
    "State is the two-letter code of a state or province": customer.state_code_valid,
    "BillTo/Name is not empty": customer.billing_name_present,
    "customer values have no spaces around them": customer.no_spaces_around,
    "every adjustment has a negative UnitPrice": discounts.adjustments_negative,
    "Gift is never an empty element": gift.gift_not_empty,
    "there is no GiftMessage unless Gift is true": gift.message_needs_gift,
    "the unit is one that ShipStation knows": weight.unit_is_known,
    "no weight is negative": weight.not_negative,
    "every Quantity is a whole number from 1 to 99999": items.quantity_is_whole,
    "every line has a LineItemID of its own": items.line_ids_unique,
    "every ImageUrl is an absolute http URL of at most 500 characters": item_images.image_url_absolute,
    "no line has more than 10 options": item_options.at_most_ten_options,
    # of an exported order beside the store's own record
    "OrderNumber is the number that people see": order.number_matches,
    "OrderDate is the UTC time at which the order was placed": order.order_date_matches,
    "LastModified is the UTC time of the last change": order.last_modified_matches,
    "OrderTotal is what the customer was charged": order.total_matches,
    "TaxAmount and ShippingAmount are the amounts of the order": order.tax_and_shipping_match,
    "ShippingMethod is the method chosen at checkout": order.shipping_method_matches,
    "PaymentMethod is the method with which the order was paid": order.payment_method_matches,
    "CurrencyCode is the order's own currency": order.currency_matches,
    "text is as it was typed": order.texts_as_typed,
    "BillTo/Email is the order's e-mail address": customer.email_matches,
    "the phone numbers are the customer's": customer.phones_match,
    "ShipTo is the shipping address, line by line": customer.ship_to_matches,
    "BillTo/Name is the billing name, if there is one": customer.billing_name_matches,
    "Company is the company of the same address": customer.companies_match,
    "the status is exported by its own name": statuses.custom_status_matches,
    "the discount is an Item with Adjustment true": discounts.discount_is_adjustment,
    "the adjustments add up to the order's discount": discounts.adjustments_sum_up,
    "each coupon's code is in an adjustment's name or SKU": discounts.coupon_recognisable,
    "there is no adjustment": discounts.no_adjustment_invented,
    "all discounts arrive": discounts.all_discounts_arrive,
    "price and adjustments together give what was charged": discounts.charged_once,
    "Gift is true": gift.gift_is_true,
    "Gift is false or missing": gift.gift_is_not_true,
    "GiftMessage is what the customer wrote": gift.message_matches,
    "CustomerNotes is what the customer wrote": notes.customer_notes_match,
    "InternalNotes is what the staff wrote": notes.internal_notes_match,
    "staff notes appear only in InternalNotes": notes.staff_notes_hidden,
    "line breaks and special characters in notes are preserved": notes.special_text_is_preserved,
    "the notes are cut to 1000 characters": notes.cut_at_limit,
    "Weight is the weight of one unit": weight.weight_is_of_one_unit,
    "Weight and WeightUnits agree with the store's weight": weight.weight_matches,
    "lines and options together weigh what the order weighs": weight.total_weight_matches,
    "the weight of that line is 0 or missing": weight.weightless_line_says_so,
    "SKU is the product's code": items.sku_matches,
    "Name is the product's name": items.name_matches,
    "Quantity is what was ordered": items.quantity_matches,
    "UnitPrice is the price of one unit": items.unit_price_matches,
    "no line shows the value of another line": items.no_value_of_another_line,
    "ImageUrl is the line's product image": item_images.image_matches,
    "that product has an empty ImageUrl or none": item_images.no_image_invented,
    "each chosen option arrives with the name and value that people see": item_options.options_match,
    "that line has no Option": item_options.no_option_invented,
    "the options are as they were typed": item_options.option_texts_as_typed,
    "Location is the product's place in the warehouse": item_locations.location_matches,
    "each line has its own Location, or none": item_locations.own_location,
}
"""Use this if one order can be judged by itself. The function takes an exported order, or one with its record.

It must be pure: orders of the same content are judged once.
"""

ALL_TOGETHER: dict[str, Callable[[Any], Found]] = {
    "each document is valid against orders.xsd": order.schema_valid,
    "each document is valid against orders-strict.xsd": order.strictly_valid,
    "no two orders share an OrderID": order.order_ids_unique,
    "no two orders share an OrderNumber": order.order_numbers_unique,
    "orders of one customer have one CustomerCode": customer.one_code_per_customer,
    "OrderStatus is the order's status in the store, in any letter case": statuses.status_matches,
    "each status has one spelling of its own": statuses.one_spelling_per_status,
}
"""Use this if the function needs all selected orders or documents together, for example to find duplicates."""

OF_EVIDENCE: dict[str, Callable[[Any], Found]] = {
    # order, customer, statuses, notes
    "each order has the same OrderID both times": order_probes.same_order_id_both_times,
    "each order has the same OrderNumber both times": order_probes.same_order_number_both_times,
    "each customer has the same CustomerCode both times": customer_probes.same_customer_code_both_times,
    "each changed order keeps its OrderID": order_changes.order_ids_stay,
    "each changed order keeps its CustomerCode": order_changes.customer_codes_stay,
    "lines, adjustments, shipping and tax add up to OrderTotal": order_probes.amounts_add_up,
    "LastModified is not before OrderDate": order_probes.last_modified_not_before_order_date,
    "none of these orders is exported with an address that is not its own": order_probes.no_invented_address,
    "the other orders are exported": order_probes.others_are_exported,
    "no two statuses differ only in letter case": status_probes.no_two_differ_in_letter_case,
    "each new status shows in the next export": order_changes.new_statuses_show,
    "InternalNotes has nothing besides what the staff wrote": note_probes.only_the_staffs_text_is_there,
    "the customer's notes are still there": note_probes.customer_notes_are_kept,
    # missing orders and lines
    "none of the orders is missing because of this property": missing_orders.none_missing_because_of_property,
    "none of the orders is missing because of its status": missing_orders.none_missing_because_of_status,
    "every missing order is missing for a reason that another rule reports": (
        missing_orders.none_missing_without_explanation
    ),
    "none of the lines is missing because of this property": item_probes.none_missing_because_of_property,
    "every line arrives once": item_probes.every_line_arrives_once,
    # item images
    "each URL leads to an image": image_probes.each_url_leads_to_an_image,
    # connection
    "ShipStation gets a valid, empty Orders document": connection.is_valid_and_empty,
    "ShipStation gets no order data and no 2xx status": connection.gets_no_order_data_and_no_2xx,
    "every refusal has status 401 with a WWW-Authenticate challenge, or status 403": connection.every_refusal_is_proper,
    "the request is refused with 4xx": connection.is_refused_with_4xx,
    "the request is not answered 2xx": connection.is_not_answered_2xx,
    "no reply is compressed for another client": connection.no_kept_reply_is_compressed,
    "every reply with orders is well-formed XML with an XML content type": connection.replies_are_well_formed,
    "every request is answered with its orders": failed_exports.every_window_is_answered,
    "every one of these replies was well-formed XML": failed_exports.every_other_reply_is_well_formed,
    "every one of these requests was answered with its orders": failed_exports.every_other_request_is_answered,
    "the replies with orders forbid caching": connection.replies_forbid_caching,
    "the reply is not the old one": connection.reply_is_not_the_old_one,
    "ShipStation gets the same orders": connection.gets_the_same_orders,
    # time window
    "every order comes in the windows around its last change": time_window.comes_in_each_window,
    "every order that comes was placed or modified in the window": time_window.no_order_from_elsewhere,
    "every order that comes was modified in the window": time_window.no_order_only_placed_in_window,
    "every order comes in the window of its last change": time_window.comes_in_window_of_last_change,
    "each reply has the orders of its own window": time_window.orders_of_its_own_window,
    "no reply has orders of another window": time_window.no_orders_of_another_window,
    "the bounds are read as UTC": time_window.bounds_are_utc,
    "the bounds are exact to the minute": time_window.bounds_are_exact_to_the_minute,
    "one of the two windows holds the order": time_window.one_of_two_adjoining_windows_holds_the_order,
    "the halves hold the orders of the whole window": time_window.halves_hold_what_the_window_holds,
    "the same orders come with the same LastModified": time_window.exporting_changes_nothing,
    "no orders come, or the request is refused with 4xx": time_window.backwards_window_is_empty_or_refused,
    "each changed order is exported again in the window of the change": order_changes.are_exported_again,
    "each new note shows in the next export": order_changes.new_notes_show,
    "each order that was placed just before is exported, too": order_changes.fresh_orders_come,
    # paging
    "page 1 states how many pages there are": paging.page_1_states_the_pages,
    "the store does not state more than one page": paging.one_full_page_is_one_page,
    "every order of the window comes exactly once": paging.every_order_comes_once,
    "orders of the same second come exactly once": paging.orders_of_one_second_come_once,
    "every other order of this window comes exactly once": paging.orders_beside_come_once,
    "no order of the window is lost": paging.no_order_of_a_full_page_is_lost,
    "each page holds the same orders both times": paging.each_page_holds_the_same_orders_again,
    "each reply is an empty document or 4xx": paging.each_reply_is_empty_or_4xx,
    "ShipStation gets page 1 or 4xx": paging.is_page_1_or_refused,
    "pages is a whole number from 0 to 32767, the same on every page": paging.pages_is_a_valid_number,
    # shipment update
    "the notification is answered 2xx, and the order is shipped": notify.is_accepted_and_shipped,
    "the tracking number is recorded as sent": recorded_values.tracking_number_is_recorded,
    "the carrier is recorded": recorded_values.carrier_is_recorded,
    "the service is recorded": recorded_values.service_is_recorded,
    "the carrier's fee is recorded": recorded_values.fee_is_recorded,
    "the notes to the buyer are recorded as written": recorded_values.notes_to_the_buyer_are_recorded,
    "ShipDate is recorded as the day sent": recorded_values.ship_date_is_recorded,
    "none is refused because of the kind of its order, and whole orders are shipped": (
        recorded_values.orders_of_every_kind_are_accepted_and_shipped
    ),
    "each tracking number is recorded as sent": recorded_values.tracking_numbers_are_recorded,
    "each carrier is recorded": recorded_values.carriers_are_recorded,
    "each service is recorded": recorded_values.services_are_recorded,
    "each fee is recorded": recorded_values.fees_are_recorded,
    "all notes to the buyer are recorded as written": recorded_values.notes_are_recorded,
    "each ShipDate is recorded as the day sent": recorded_values.ship_dates_are_recorded,
    "the items and quantities are recorded": recorded_values.items_are_recorded,
    "the items and quantities of whole orders are recorded": recorded_values.items_of_whole_orders_are_recorded,
    "the items of the first parcel are recorded, and no others": partial_shipments.items_of_the_first_are_recorded,
    "the order is exported as shipped": recorded_values.is_exported_as_shipped,
    "only the second notification makes the order shipped": partial_shipments.only_the_second_ships_the_order,
    "the order is not shipped yet": partial_shipments.order_is_not_shipped_yet,
    "the store records two shipments": partial_shipments.are_two_shipments,
    "the second shipment has the values that it shares with the first": partial_shipments.second_has_the_same_values,
    "the quantity is recorded on the right line": partial_shipments.quantity_is_recorded_on_the_right_line,
    "the quantity of each line is recorded": partial_shipments.quantity_of_each_line_is_recorded,
    "the notification is answered 2xx and recorded once": idempotency.is_recorded_once,
    "the order stays shipped": idempotency.order_stays_shipped,
    "the parcel is recorded on the second order, too": idempotency.is_recorded_on_the_second_order_too,
    "no tracking number that was answered 2xx is lost": idempotency.no_accepted_parcel_is_lost,
    "each notification is recorded once": idempotency.each_is_recorded_once,
    "the notification is refused and changes nothing": rejected_notifications.is_refused_and_changes_nothing,
    "the notification is refused with 4xx and changes nothing": (
        rejected_notifications.is_refused_with_4xx_and_changes_nothing
    ),
    "the notification is answered with an error": rejected_notifications.is_answered_with_an_error,
    "the tracking number is recorded, or the notification is refused": (
        rejected_notifications.tracking_number_is_recorded_or_notification_refused
    ),
    "the order with that number is found": rejected_notifications.order_of_that_number_is_found,
    "the other order is unchanged": rejected_notifications.other_order_is_unchanged,
    # hostile input
    "the entities are not resolved": hostile_input.entities_are_not_resolved,
    "the notification is refused, and the store answers afterwards": (
        hostile_input.is_refused_and_the_store_answers_afterwards
    ),
    "the notification is answered within 10 seconds": hostile_input.is_answered_within_seconds,
    "the store answers 4xx or with correct orders": hostile_input.is_4xx_or_correct_orders,
    "no order changes, and the store does not fail": hostile_input.no_order_changes_and_the_store_does_not_fail,
    "the store does not fail": hostile_input.the_store_does_not_fail,
    "the store does not fail, and records no negative quantity": (
        hostile_input.the_store_does_not_fail_and_records_no_negative_quantity
    ),
    "the replies show no internals of the store": hostile_input.replies_show_nothing_internal,
    "the replies contain no order data": connection.replies_contain_no_order_data,
    "the reply contains no order data": hostile_input.reply_contains_no_order_data,
}
"""Use this for the evidence of a When, or of a Given that returns more than orders."""

OBSERVED: dict[str, Callable[[Any], Iterable[str]]] = {
    "the accepted credentials, the add-on's version and HTTPS are noted": connection.ways_in,
    "the sizes of pages are noted": paging.sizes_of_pages,
    "the statuses seen are noted": statuses.statuses_seen,
}
"""Use this for requirements of level info: the function returns sentences for the report, and nothing is judged."""

OF_EVIDENCE_ONE_OF: dict[str, tuple[Callable[[Any, str], Found], Collection[str]]] = {
    "each action has the effect that {requirement} demands": (
        sequences.deviations_from,
        sequences.REPORTED,
    ),
}
"""Use this for evidence that several requirements judge: the function takes it and the id of the requirement."""
