"""Says which fields of the store's record each sentence of the features needs.

If the source of truth can't tell a field (``cannot_tell``), the sentences that need it are not exercised:
what isn't known must not be judged. Sentences not listed here need no particular field. Which fields
there are, and their names, is in ``contract/fields.py``.
"""

from __future__ import annotations

from conformance.contract.fields import cannot_tell
from conformance.core.errors import NotExercised
from conformance.survey.survey import Survey
from conformance.truth.source import cannot_tell_reason

FIELDS: dict[str, tuple[str, ...]] = {
    # sentences that choose orders
    "that are gifts": ("gift",),
    "that are no gifts": ("gift",),
    "with a gift message": ("gift",),
    "with options": ("items.options",),
    "with a line without options": ("items.options",),
    "with special characters in options": ("items.options",),
    "with two lines of one SKU": ("items.options",),
    "with a weight": ("items.weight",),
    "with a line that weighs nothing": ("items.weight",),
    "with an image": ("items.image_url",),
    "with a product without image": ("items.image_url",),
    "with a location": ("items.location",),
    "the gift flag": ("gift",),
    "a gift message": ("gift",),
    "a product without image": ("items.image_url",),
    "more than ten options on a line": ("items.options",),
    # sentences that judge
    "LastModified is the UTC time of the last change": ("modified_at",),
    "every order comes in the window of its last change": ("modified_at",),
    "the bounds hold to the minute": ("modified_at",),
    "no order comes that was only placed in the window": ("modified_at",),
    "the order is exported in the window of the update as shipped": ("modified_at",),
    "CurrencyCode is the order's own currency": ("currency",),
    "TaxAmount and ShippingAmount are the order's": ("tax",),
    "Gift is true": ("gift",),
    "Gift is false or not there": ("gift",),
    "GiftMessage is what the customer wrote": ("gift",),
    "Weight is that of one unit": ("items.weight",),
    "value and unit agree with the store's": ("items.weight",),
    "lines and options together weigh what the order weighs": ("items.weight",),
    "its weight is 0 or not there": ("items.weight",),
    "they stay two lines": ("items.options",),
    "each chosen option arrives as people read it": ("items.options",),
    "such a line has no Option": ("items.options",),
    "the options are as they were typed": ("items.options",),
    "ImageUrl is the line's product image": ("items.image_url",),
    "there is no ImageUrl for it": ("items.image_url",),
    "Location is the product's place in the warehouse": ("items.location",),
    "each line has its own Location, or none": ("items.location",),
}
"""Sentence, or the end of one that chooses orders → fields of the store's record."""


def require(survey: Survey, sentence: str) -> None:
    """Check that the store's record has the fields that a sentence needs.

    Raises:
        NotExercised: if the source of truth can't tell one of them.
    """
    if not survey.has_truth:
        return
    for field in FIELDS.get(sentence, ()):
        if cannot_tell(survey.facts, field):
            raise NotExercised(f"what the store holds isn't fully known: {cannot_tell_reason(survey.truth, field)}")
