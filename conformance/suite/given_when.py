"""Given and When: what a scenario looks at."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from pytest_bdd import given, parsers, when

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
from conformance.checks.cache import CheckCache
from conformance.suite.scenario import ScenarioRun
from conformance.survey.survey import Survey
from mockstore.orders.model import Order

KNOWLEDGE = CheckCache()
"""What this process knows of contents, whichever store they came from."""
NO_ORDERS = "the store exported no order in the windows asked for"
NO_PAIRS = "no exported order is known to what the store says it holds"

ONLY: dict[str, Callable[[Any], bool]] = {
    "with special characters": order.has_special_text,
    "with a shipping address": lambda pair: pair.truth.customer.shipping is not None,
    "to the US or Canada": customer.is_north_american,
    "with a status that the merchant added": statuses.has_custom_status,
    "with a discount on the order": discounts.has_order_discount,
    "with a discount on a line": discounts.has_line_discount,
    "with an adjustment": discounts.has_adjustment,
    "with a coupon": discounts.has_coupon,
    "with several discounts": discounts.has_several_discounts,
    "with no discount at all": discounts.has_no_discount,
    "that are gifts": gift.is_gift,
    "that are no gifts": gift.is_not_gift,
    "with a gift message": gift.has_message,
    "with notes of the customer": notes.has_customer_notes,
    "with notes of the staff": notes.has_internal_notes,
    "with special characters in notes": notes.has_special_notes,
    "with notes over 1000 characters": notes.has_long_notes,
    "with a weight": weight.has_weight,
    "that state a weight": weight.states_weight,
    "with a line that weighs nothing": weight.has_weightless_line,
    "with lines": items.has_lines,
    "with a SKU": items.has_sku,
    "with a product without SKU": items.has_no_sku,
    "with a free line": items.has_free_line,
    "with two lines of one SKU": items.has_twins,
    "with 200 lines": items.has_many_lines,
    "with several lines": items.has_several_lines,
    "with an image": item_images.has_image,
    "that state an image": item_images.states_image,
    "with a product without image": item_images.has_no_image,
    "with options": item_options.has_options,
    "that state options": item_options.states_options,
    "with a line without options": item_options.has_no_options,
    "with special characters in options": item_options.has_special_options,
    "with a location": item_locations.has_location,
}
"""What ``And only those …`` keeps, of exported orders or of pairs."""


HELD: dict[str, Callable[[Order, Survey], bool]] = {
    "any content": lambda held, survey: True,
    "any status": lambda held, survey: True,
    "special characters": lambda held, survey: True,
    "no shipping address": lambda held, survey: held.customer.shipping is None,
    "no lines": lambda held, survey: not held.items,
    "notes over 1000 characters": lambda held, survey: notes.has_note_over_limit(held),
    "hardly anything optional": lambda held, survey: not held.customer.phone and not held.customer.billing.company,
    "no billing name": lambda held, survey: not held.customer.billing.name.strip(),
    "a status that the merchant added": lambda held, survey: statuses.is_custom_status(held.status, survey.facts),
    "a discount": lambda held, survey: bool(held.discounts),
    "a coupon": lambda held, survey: any(discount.coupon for discount in held.discounts),
    "the gift flag": lambda held, survey: held.gift,
    "a gift message": lambda held, survey: bool(held.gift_message),
    "a free line": lambda held, survey: any(item.unit_price == 0 for item in held.items),
    "a product without SKU": lambda held, survey: any(not item.sku.strip() for item in held.items),
    "200 lines": lambda held, survey: len(held.items) >= 200,
    "a product without image": lambda held, survey: any(not item.image_url for item in held.items),
    "more than ten options on a line": lambda held, survey: any(len(item.options) > 10 for item in held.items),
}
"""What ``the store's orders with …`` takes of what the store holds."""


@given("the exported orders")
def exported_orders(case: ScenarioRun) -> None:
    case.take(lambda survey: survey.exported.distinct_orders, NO_ORDERS)


@given("the exported orders beside the store's own records")
def exported_beside_own(case: ScenarioRun) -> None:
    case.take(lambda survey: survey.pairs, NO_PAIRS)


@given("the documents that the store exported")
def exported_documents(case: ScenarioRun) -> None:
    case.take(lambda survey: survey.documents, "the store exported no document that could be read")


@given("with a shipping address as far as the store says")
def with_an_address_in_the_store(case: ScenarioRun) -> None:
    """Where nobody knows what the store holds, every exported order should have one (S7).

    What the store itself lacks in an address isn't asked of its export.
    """

    def fetch(survey: Survey) -> list[Any]:
        without = {
            held.order_number for held in survey.known_orders if not customer.is_deliverable(held.customer.shipping)
        }
        by_order = {id(pair.exported): pair.truth.order_number for pair in survey.pairs} if survey.has_truth else {}
        return [each for each in survey.exported.distinct_orders if by_order.get(id(each)) not in without]

    case.take(fetch, NO_ORDERS)


@given(parsers.parse("only those {what}"))
def only_those(case: ScenarioRun, what: str) -> None:
    case.require(what)
    case.keep(partial(KNOWLEDGE.holds, ONLY[what]), f"no order {what} was there to judge")


@given(parsers.parse("the store's orders with {what}"))
def orders_held(case: ScenarioRun, what: str) -> None:
    case.require(what)
    holds = HELD[what]
    case.take(
        lambda survey: [held for held in survey.known_orders if holds(held, survey)],
        f"the store holds no order with {what} in the windows asked for",
    )


WHEN_PLAIN = (
    "ShipStation asks for orders of an empty window",
    "ShipStation asks for orders of the survey",
    "ShipStation asks for a window that is no window",
    "ShipStation asks for the windows in which orders were changed",
    "ShipStation asks for the minutes around an order",
    "ShipStation asks for a window over midnight or the end of a month or year",
    "ShipStation asks for all pages",
    "ShipStation asks for what cannot be answered",
    "ShipStation asks for orders without the right credentials",
    "an order is changed after it was exported",
    "an order is changed and the same request is made again",
    "ShipStation notifies of a whole order",
    "ShipStation notifies of two parcels",
    "ShipStation notifies of the same parcel again",
    "ShipStation notifies of the same whole order again",
    "ShipStation notifies again of the first parcel of a shipped order",
    "ShipStation notifies of the same parcel for another order",
    "ShipStation notifies of an item the order does not hold",
    "ShipStation notifies of an order whose number is not its id",
    "ShipStation notifies of an order whose number is the id of another",
    "ShipStation notifies of all that can be shipped",
    "ShipStation notifies of one of two lines of one SKU",
    "ShipStation notifies of two lines of one SKU in one parcel",
    "ShipStation notifies of an order whose number has signs in it",
    "ShipStation notifies of the lines that cost something",
    "ShipStation asks for a window in which a page ends between orders of one second",
    "ShipStation notifies of more than was ordered",
    "ShipStation notifies by GET",
    "ShipStation sends several notifications at the same moment",
    "ShipStation notifies without a tracking number",
    "ShipStation notifies with external entities",
    "ShipStation notifies with an entity bomb",
    "ShipStation notifies without credentials",
    "ShipStation notifies of what cannot be booked",
)
"""Occasions: which exchanges they are is in the Then, so that evidence is shared."""

WHEN_KIND = (
    "ShipStation asks for orders with {kind}",
    "ShipStation asks for page {kind}",
    "ShipStation asks with {kind} in its parameters",
    "ShipStation asks with {kind}",
    "ShipStation asks for {kind}",
    "ShipStation notifies of a parcel with the carrier {kind}",
    "ShipStation notifies of a tracking number of {kind}",
    "ShipStation notifies of notes of {kind}",
    "ShipStation notifies of a parcel by the service {kind}",
    "ShipStation notifies of a fee of {kind}",
    "ShipStation notifies of a parcel that was shipped on {kind}",
    "ShipStation notifies of an order by {kind}",
    "ShipStation notifies with {kind} for carrier, service and tracking number",
    "ShipStation notifies with {kind} behind the number of an order",
    "ShipStation notifies with {kind}",
)
"""Occasions with a variation: what varies is handed to the Then."""


def occasion(case: ScenarioRun) -> None:
    case.take(lambda survey: survey, "")


def varied_occasion(case: ScenarioRun, kind: str) -> None:
    case.take(lambda survey: (survey, kind.strip()), "")


for _text in WHEN_PLAIN:
    when(parsers.string(_text))(occasion)


class Varied(parsers.StepParser):
    """Any of the varied occasions that isn't a plain one; the longest form wins."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._forms = [parsers.parse(form) for form in WHEN_KIND]

    def parse_arguments(self, name: str) -> dict[str, Any] | None:
        """What varies."""
        return next((form.parse_arguments(name) for form in self._forms if form.is_matching(name)), None)

    def is_matching(self, name: str) -> bool:
        """Whether one of the forms fits."""
        return name not in WHEN_PLAIN and any(form.is_matching(name) for form in self._forms)


when(Varied("a varied occasion"))(varied_occasion)
