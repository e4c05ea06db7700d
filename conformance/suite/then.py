"""Then: which pure function or probe each sentence stands for. The tables are the index."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from pytest_bdd import parsers, then

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
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes import changed_orders, connection, hostile_input, paging, time_window
from conformance.probes import item_images as image_probes
from conformance.probes import items as line_probes
from conformance.probes.shipment_update import idempotency, partial_shipments, recorded_values, rejected_notifications
from conformance.suite.given_when import KNOWLEDGE
from conformance.suite.scenario import Found, ScenarioRun
from conformance.survey.survey import Survey
from mockstore.orders.model import Order

EACH: dict[str, Callable[[Any], Found]] = {
    # of an exported order
    "each has an OrderID of 1 to 50 characters": order.id_present,
    "each has an OrderNumber of 1 to 50 characters": order.number_present,
    "OrderDate and LastModified name a real date and time": order.dates_valid,
    "OrderTotal is a plain decimal": order.total_is_decimal,
    "lines, adjustments, shipping and tax add up to OrderTotal": order.adds_up,
    "no value is longer than its field": order.values_fit,
    "each has a CustomerCode": customer.code_present,
    "ShipTo has Name, Address1, City, PostalCode and a two-letter country": customer.address_complete,
    "State is the two-letter code of a state or province": customer.state_code_valid,
    "BillTo/Name is not empty": customer.billing_name_present,
    "customer values have no blanks around them": customer.no_blanks_around,
    "every adjustment has a negative UnitPrice": discounts.adjustments_negative,
    "Gift is never an empty element": gift.gift_not_empty,
    "there is no GiftMessage without Gift": gift.message_needs_gift,
    "the unit is one that ShipStation knows": weight.unit_is_known,
    "no weight is negative": weight.not_negative,
    "every Quantity is a whole number from 1 to 99999": items.quantity_is_whole,
    "every line has a LineItemID of its own": items.line_ids_unique,
    "every ImageUrl is an absolute http URL of at most 500 characters": item_images.image_url_absolute,
    "no line has more than 10 options": item_options.at_most_ten_options,
    # of an exported order beside the store's own record
    "OrderNumber is the number that people see": order.number_matches,
    "OrderDate is the UTC time at which the order was placed": order.order_date_matches,
    "OrderTotal is what the customer was charged": order.total_matches,
    "TaxAmount and ShippingAmount are the order's": order.tax_and_shipping_match,
    "ShippingMethod is the one chosen at checkout": order.shipping_method_matches,
    "PaymentMethod is the one the order was paid with": order.payment_method_matches,
    "CurrencyCode is the order's own currency": order.currency_matches,
    "text is as it was typed": order.texts_as_typed,
    "BillTo/Email is the order's e-mail address": customer.email_matches,
    "the phone numbers are the customer's": customer.phones_match,
    "ShipTo is the shipping address, line by line": customer.ship_to_matches,
    "BillTo/Name is the billing name where there is one": customer.billing_name_matches,
    "Company is the address's own": customer.companies_match,
    "it is exported by its own name": statuses.custom_status_matches,
    "the discount is an Item with Adjustment true": discounts.discount_is_adjustment,
    "the adjustments sum to the order's discount": discounts.adjustments_sum_up,
    "each coupon's code is in an adjustment's name or SKU": discounts.coupon_recognisable,
    "there is no adjustment": discounts.no_adjustment_invented,
    "the discounts all arrive": discounts.all_discounts_arrive,
    "price and adjustments together give what was charged": discounts.charged_once,
    "Gift is true": gift.gift_is_true,
    "Gift is false or not there": gift.gift_is_not_true,
    "GiftMessage is what the customer wrote": gift.message_matches,
    "CustomerNotes is what the customer wrote": notes.customer_notes_match,
    "InternalNotes is what the staff wrote": notes.internal_notes_match,
    "nothing of them shows where the customer may see it": notes.staff_notes_hidden,
    "line breaks and special characters in notes survive": notes.special_text_survives,
    "the notes are cut to 1000 characters": notes.cut_at_limit,
    "Weight is that of one unit": weight.weight_is_of_one_unit,
    "value and unit agree with the store's": weight.weight_matches,
    "lines and options together weigh what the order weighs": weight.total_weight_matches,
    "its weight is 0 or not there": weight.weightless_line_says_so,
    "SKU is the product's code": items.sku_matches,
    "Name is the product's name": items.name_matches,
    "Quantity is what was ordered": items.quantity_matches,
    "UnitPrice is the price of one unit": items.unit_price_matches,
    "no line shows the value of another": items.no_value_of_another_line,
    "ImageUrl is the line's product image": item_images.image_matches,
    "there is no ImageUrl for it": item_images.no_image_invented,
    "each chosen option arrives as people read it": item_options.options_match,
    "such a line has no Option": item_options.no_option_invented,
    "the options are as they were typed": item_options.option_texts_as_typed,
    "Location is the product's place in the warehouse": item_locations.location_matches,
    "each line has its own Location, or none": item_locations.own_location,
}
"""Judged of every piece of what the scenario looks at: pure, so that the same content is judged once."""

WHOLE: dict[str, Callable[[Any], Found]] = {
    "each is valid against orders.xsd": order.schema_valid,
    "each meets orders-strict.xsd": order.strictly_valid,
    "no two share an OrderID": lambda orders: order.unique(orders, "OrderID"),
    "no two share an OrderNumber": lambda orders: order.unique(orders, "OrderNumber"),
    "orders of one customer have one CustomerCode": customer.one_code_per_customer,
    "OrderStatus is the store's status, letter case apart": statuses.status_matches,
    "one status is spelt one way, and two never alike": statuses.one_spelling_per_status,
}
"""Judged of all that the scenario looks at together."""


def _again(survey: Survey, name: str) -> Iterable[Finding]:
    survey.stability.require_repeated_pages()
    for each in survey.stability.repeated_pages:
        yield from order.stable(each.first.orders, each.second.orders, name)


def _same_code_again(survey: Survey) -> Iterable[Finding]:
    survey.stability.require_repeated_pages()
    for each in survey.stability.repeated_pages:
        yield from customer.code_stays([*each.first.orders, *each.second.orders])


def _no_invented_address(survey: Survey) -> Iterable[Finding]:
    for pair in survey.pairs:
        if pair.truth.customer.shipping is None:
            yield from order.no_invented_address(pair)
    survey.exported.require_readable()
    yield from _spoiling(survey, "a shipping address", lambda held: held.customer.shipping is None)


def _lineless_spoils_nothing(survey: Survey) -> Iterable[Finding]:
    survey.exported.require_readable()
    yield from _spoiling(survey, "lines", lambda held: not held.items and held.customer.shipping is not None)


def _spoiling(survey: Survey, what: str, lacks: Callable[[Order], bool]) -> Iterable[Finding]:
    """Windows that can't be read where they hold orders without something that may be left out for it."""
    for fault in survey.exported.unreadable_windows:
        alone = [held for held in survey.known_orders if held.order_number in fault.order_numbers]
        if alone and all(map(lacks, alone)):
            yield Finding(
                message=f"An order without {what} spoils the export.",
                order=alone[0].order_number,
                xpath=None,
                expected="the order left out, the others exported",
                actual=fault.reason,
                exchange=fault.page.exchange.number,
            )


def _not_before(survey: Survey) -> Iterable[Finding]:
    """Where LastModified is known to be right, it is OrderDate that is wrong (ORD-5)."""
    right = {id(pair.exported) for pair in survey.pairs if not list(order.last_modified_matches(pair))}
    for exported in survey.exported.distinct_orders:
        if id(exported) not in right:
            yield from order.modified_after_placed(exported)


def _modified_then(survey: Survey) -> Iterable[Finding]:
    survey.stability.require_modification_times_kept(survey.pairs)
    if not survey.pairs:
        raise NotExercised("no exported order is known to what the store says it holds")
    for pair in survey.pairs:
        yield from order.last_modified_matches(pair)


SURVEY: dict[str, Callable[[Survey], Found]] = {
    "no two statuses differ in letter case alone": lambda survey: statuses.no_spelling_variants(
        survey.exported.distinct_orders, survey.facts
    ),
    "LastModified is not before OrderDate": _not_before,
    "no order without lines spoils the export": _lineless_spoils_nothing,
    "LastModified is the UTC time of the last change": _modified_then,
    "an export made again gives them the same OrderID": lambda survey: _again(survey, "OrderID"),
    "an export made again gives them the same OrderNumber": lambda survey: _again(survey, "OrderNumber"),
    "an export made again gives them the same CustomerCode": _same_code_again,
    "none comes with an address that is not its own": _no_invented_address,
    "it gets a valid, empty Orders document": connection.empty_window,
    "every refusal of credentials is 401 with a challenge, or 403": connection.refused_properly,
    "every reply that carries orders is well-formed XML of an XML content type": connection.well_formed,
    "the replies that brought them forbid caching": connection.not_cacheable,
    "the reply is not the old one": changed_orders.not_stale,
    "the request is not answered as a success": connection.bad_window,
    "no order comes that was neither placed nor modified in the window": time_window.nothing_from_elsewhere,
    "no order comes that was only placed in the window": time_window.nothing_only_placed,
    "every order comes in the window of its last change": time_window.changed_later,
    "the bounds are taken as UTC": time_window.in_utc,
    "the bounds hold to the minute": time_window.to_the_minute,
    "adjoining windows leave no order out": time_window.adjoin,
    "every order comes in it": time_window.over_the_calendar,
    "a window split in two gives the same orders": time_window.split_in_two,
    "asking again gives the same orders with the same LastModified": time_window.asked_twice,
    "a window whose start lies after its end gives no orders or 4xx": time_window.backwards,
    "it is exported again in the window of the change": changed_orders.exported_again,
    "a note alone is enough to export it again": changed_orders.note_exported,
    "the new status shows in the export": changed_orders.status_shows,
    "the change does not give it another OrderID": changed_orders.same_id,
    "page 1 states how many there are": paging.stated,
    "exactly one full page is one page": paging.exactly_full,
    "every order of the window comes exactly once": paging.each_once,
    "orders of the same second come exactly once": paging.ties,
    "asking for a page again gives the same orders": paging.same_again,
    "a page past the last is empty and does not fail": paging.past_last,
    "pages is a whole number from 0 to 32767, the same on every page": paging.number_of_pages,
    "every line arrives once": line_probes.each_once,
    "every free line arrives": line_probes.lost("ITM-6"),
    "they stay two lines": line_probes.lost("ITM-7"),
    "the line arrives, and the lack is visible": line_probes.lost("ITM-9"),
    "they arrive whole": line_probes.lost("ITM-10"),
    "the images can be fetched": image_probes.answer_with_a_picture,
    "it is answered 2xx and the order is shipped": recorded_values.ships_the_order,
    "what the customer wrote is still there": recorded_values.notes_kept,
    "the items and quantities are recorded": recorded_values.items_recorded,
    "only the one that completes the order makes it shipped": partial_shipments.partly,
    "part of a line does not make the order shipped": partial_shipments.partly_of_a_line,
    "a line that costs nothing has to be shipped, too": partial_shipments.free_line_counts,
    "it is answered 2xx and recorded once": idempotency.once_only,
    "it is answered 2xx and nothing is added": idempotency.once_only_whole,
    "it stays shipped": idempotency.once_only_late,
    "it is recorded there, too": idempotency.one_parcel_two_orders,
    "they are two shipments": partial_shipments.two_shipments,
    "the tracking number is kept, or the notification refused": rejected_notifications.unknown_item,
    "the order is found": rejected_notifications.by_number,
    "the order is found by it": rejected_notifications.by_number_with_signs,
    "the other order is left alone": rejected_notifications.not_another_order,
    "the order is exported in the window of the update as shipped": recorded_values.exported_as_shipped,
    "adjustments and non-shippable lines do not hinder": partial_shipments.adjustments_dont_hinder,
    "one without items ships the rest": partial_shipments.what_is_left,
    "the right line is booked": partial_shipments.twins,
    "each line is booked": partial_shipments.twins_in_one_parcel,
    "it is not recorded silently": partial_shipments.too_much,
    "that is refused and changes nothing": rejected_notifications.by_get,
    "each is recorded once": idempotency.at_once,
    "it is accepted and the order is shipped": partial_shipments.without_tracking,
    "they are not resolved": hostile_input.external_entities,
    "it is refused within seconds, and the store answers afterwards": hostile_input.entity_bomb,
    "the replies show nothing of the store's inside": hostile_input.errors_are_silent,
    "the refusals show nothing of the store's inside": hostile_input.refusals_are_silent,
    "nothing of an order is in the replies": connection.nothing_leaks,
    "nothing of an order is in the reply": hostile_input.silent_without_login,
}
"""Judged from the survey, with exchanges of their own where they need some."""


def _hostile_parameters(survey: Survey, kind: str) -> Iterable[Finding]:
    for name in hostile_input.PARAMETERS:
        yield from hostile_input.parameter(survey, name, kind)


KIND: dict[str, Callable[[Survey, str], Found]] = {
    "it gets no order data and no success": connection.refused,
    "the notification is refused and changes nothing": rejected_notifications.unauthenticated,
    "the request is refused with 4xx": connection.unknown_action,
    "it gets the same orders": connection.spelt_otherwise,
    "the date is refused with 4xx": connection.missing_bound,
    "it gets page 1 or 4xx": paging.odd_page,
    "the tracking number is recorded as sent": recorded_values.tracking_recorded,
    "the service is recorded": recorded_values.service_recorded,
    "the carrier's fee is recorded": recorded_values.cost_recorded,
    "ShipDate is recorded as the day sent": recorded_values.day_recorded,
    "the notes to the buyer are recorded as written": recorded_values.notes_recorded,
    "it is answered with an error": rejected_notifications.unknown_order,
    "the carrier is recorded": recorded_values.carrier_recorded,
    "it is refused with 4xx and changes nothing": rejected_notifications.malformed,
    "what is left is shipped": partial_shipments.without_items,
    "the burden is refused, and the store answers afterwards": hostile_input.burden,
    "it gets 4xx or an honest answer": _hostile_parameters,
    "no order is touched and nothing fails": hostile_input.order_number,
    "nothing fails": hostile_input.notice_parameters,
}
"""Judged for one variation of the occasion."""


def _statuses(survey: Survey) -> Iterable[str]:
    seen = sorted({each["OrderStatus"].text.strip() for each in survey.exported.distinct_orders})
    if not seen:
        raise NotExercised("the store exported no order")
    yield f"for ShipStation's status mapping: {', '.join(seen)}"


NOTED: dict[str, Callable[[Survey], Iterable[str]]] = {
    "the ways in are noted": connection.ways_in,
    "the sizes of pages are noted": paging.sizes,
    "the statuses seen are noted": _statuses,
}
"""Measured, never judged."""


@then("none of them is missing from the export")
def none_is_missing(case: ScenarioRun) -> None:
    case.judge_survey(lambda survey: time_window.arrive(survey, case.requirement))


class OneOf(parsers.StepParser):
    """Takes just the sentences of a table."""

    def __init__(self, name: str, table: Iterable[str]) -> None:
        super().__init__(name)
        self._sentences = frozenset(table)

    def parse_arguments(self, name: str) -> dict[str, Any]:
        """Which sentence it is."""
        return {"sentence": name}

    def is_matching(self, name: str) -> bool:
        """Whether it is one of them."""
        return name in self._sentences


@then(OneOf("each", EACH))
def each(case: ScenarioRun, sentence: str) -> None:
    case.require(sentence)
    case.judge_each(partial(KNOWLEDGE.judged, EACH[sentence]))


@then(OneOf("whole", WHOLE))
def whole(case: ScenarioRun, sentence: str) -> None:
    case.require(sentence)
    case.judge(WHOLE[sentence])


@then(OneOf("survey", SURVEY))
def survey(case: ScenarioRun, sentence: str) -> None:
    case.require(sentence)
    case.judge_survey(SURVEY[sentence])


@then(OneOf("kind", KIND))
def kind(case: ScenarioRun, sentence: str) -> None:
    case.require(sentence)
    case.judge(lambda material: KIND[sentence](*material))


@then(OneOf("noted", NOTED))
def noted(case: ScenarioRun, sentence: str) -> None:
    case.take(lambda survey: survey, "")
    case.note(NOTED[sentence])
