"""Completes the fields of an order that a test leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from mockstore.orders.json_form import checked_draft
from mockstore.orders.totals import with_total_and_weight

ADDRESS = {
    "name": "Dana Sample",
    "phone": "+1 617 555 0142",
    "address1": "12 Oak St",
    "city": "Boston",
    "state": "MA",
    "postal_code": "02108",
    "country": "US",
}
CUSTOMER = {"email": "dana@example.com", "phone": ADDRESS["phone"], "billing": ADDRESS, "shipping": ADDRESS}
ITEM = {"sku": "TEE-RED-L", "name": "T-shirt, red, L", "quantity": 1, "unit_price": "19.90"}


def completed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an order with a customer, a line, and the total and the weight of the lines.

    Raises:
        InvalidField: there is no such field, or its value has another type.
    """
    wanted = {"customer": CUSTOMER, "items": [ITEM], **fields}
    summed = with_total_and_weight(checked_draft(wanted))
    sums = {"total": summed.total, "weight": msgspec.to_builtins(summed.weight, builtin_types=(type(summed.total),))}
    return {**sums, **wanted}
