"""The fields of the store's own record that each sentence relies on.

Some sources of truth can't tell a field (``cannot_tell``). A scenario with a sentence that relies on the field is then
not exercised, and nothing is sent for it, because unknown values must not be judged. Sentences not listed here need no
particular field.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.contract.fields import SHIP_NOTICE, cannot_tell
from conformance.core.errors import NotExercised
from conformance.survey.survey import Survey
from conformance.truth.source import cannot_tell_reason

FIELDS_BY_SENTENCE: dict[str, tuple[str, ...]] = {
    # Given
    "only those that are gifts": ("gift",),
    "only those that are not gifts": ("gift",),
    "only those with a gift message": ("gift",),
    "only those with options": ("items.options",),
    "only those with a line without options": ("items.options",),
    "only those with special characters in options": ("items.options",),
    "only those with a weight": ("items.weight",),
    "only those with a line that weighs nothing": ("items.weight",),
    "only those with an image": ("items.image_url",),
    "only those with a product without an image": ("items.image_url",),
    "only those with a location": ("items.location",),
    "the lines of the exported orders that are one of several with the same SKU": ("items.options",),
    "the store's orders with the gift flag": ("gift",),
    "the store's orders with a gift message": ("gift",),
    "the store's orders with a product without an image": ("items.image_url",),
    "the store's orders with more than ten options on a line": ("items.options",),
    # Then
    "LastModified is the UTC time of the last change": ("modified_at",),
    "every order comes in the window of its last change": ("modified_at",),
    "the bounds are exact to the minute": ("modified_at",),
    "every order that comes was modified in the window": ("modified_at",),
    "the order is exported as shipped": ("modified_at",),
    "CurrencyCode is the order's own currency": ("currency",),
    "TaxAmount and ShippingAmount are the amounts of the order": ("tax",),
    "Gift is true": ("gift",),
    "Gift is false or missing": ("gift",),
    "GiftMessage is what the customer wrote": ("gift",),
    "Weight is the weight of one unit": ("items.weight",),
    "Weight and WeightUnits agree with the store's weight": ("items.weight",),
    "lines and options together weigh what the order weighs": ("items.weight",),
    "the weight of that line is 0 or missing": ("items.weight",),
    "each chosen option arrives with the name and value that people see": ("items.options",),
    "that line has no Option": ("items.options",),
    "the options are as they were typed": ("items.options",),
    "ImageUrl is the line's product image": ("items.image_url",),
    "that product has an empty ImageUrl or none": ("items.image_url",),
    "Location is the product's place in the warehouse": ("items.location",),
    "each line has its own Location, or none": ("items.location",),
    "the tracking number is recorded as sent": ("shipments.tracking_number",),
    "the carrier is recorded": ("shipments.carrier",),
    "the service is recorded": ("shipments.service",),
    "the carrier's fee is recorded": ("shipments.cost",),
    "the notes to the buyer are recorded as written": ("shipments.notes",),
    "ShipDate is recorded as the day sent": ("shipments.shipped_on",),
    "no tracking number that was answered 2xx is lost": ("shipments.tracking_number",),
    "each tracking number is recorded as sent": ("shipments.tracking_number",),
    "each carrier is recorded": ("shipments.carrier",),
    "each service is recorded": ("shipments.service",),
    "each fee is recorded": ("shipments.cost",),
    "all notes to the buyer are recorded as written": ("shipments.notes",),
    "each ShipDate is recorded as the day sent": ("shipments.shipped_on",),
    "the items and quantities are recorded": ("shipments.items",),
    "the items and quantities of whole orders are recorded": ("shipments.items",),
    "the items of the first parcel are recorded, and no others": ("shipments.items",),
    **{
        f"each action has the effect that {requirement} demands": (row.record,)
        for row in SHIP_NOTICE.values()
        for requirement in row.requirements
    },
}
"""Sentence → fields, as ``cannot_tell`` names them."""


def fields_of(sentences: Iterable[str]) -> tuple[str, ...]:
    """Return the fields that these sentences rely on."""
    return tuple(dict.fromkeys(field for sentence in sentences for field in FIELDS_BY_SENTENCE.get(sentence, ())))


def require_fields(survey: Survey, fields: Iterable[str]) -> None:
    """Go on only if the store's record has these fields. The sentences about importers need none.

    Raises:
        NotExercised: if the source of truth can't tell one.
    """
    for field in fields:
        if survey.has_truth and cannot_tell(survey.facts, field):
            what = field.replace("shipments.", "a shipment's ")
            raise NotExercised(f"the store's own records are incomplete: {cannot_tell_reason(survey.truth, what)}")
