"""Computes the total and the weight of an order, or of a draft, from its lines."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

import msgspec

from mockstore.orders.model import OrderFields, Weight
from mockstore.shop.shop import GRAMS_PER_UNIT

AnyOrder = TypeVar("AnyOrder", bound=OrderFields)

MAX_WEIGHT_DECIMALS = 6
"""Most decimals of a computed weight: a store may refuse the 28 decimals of a conversion. Six are below a milligram."""


def lines_total(order: OrderFields) -> Decimal:
    """Return the sum of the lines."""
    return sum((item.unit_price * item.quantity for item in order.items), Decimal(0))


def converted(weight: Weight, unit: str) -> Weight:
    """Return a weight in another unit."""
    if weight.unit == unit:
        return weight
    return Weight(weight.value * GRAMS_PER_UNIT[weight.unit] / GRAMS_PER_UNIT[unit], unit)


def rounded(weight: Decimal) -> Decimal:
    """Return a weight with at most :data:`MAX_WEIGHT_DECIMALS` decimals; one with fewer stays as it is written."""
    decimals = -int(weight.as_tuple().exponent)
    return round(weight, MAX_WEIGHT_DECIMALS) if decimals > MAX_WEIGHT_DECIMALS else weight


def with_total_and_weight(order: AnyOrder) -> AnyOrder:
    """Return the order with the total and the weight of its lines."""
    off = sum((discount.amount for discount in order.discounts), Decimal(0))
    weights = [
        (weight, item.quantity)
        for item in order.items
        for weight in (item.weight, *(option.weight for option in item.options))
        if weight is not None
    ]
    unit = weights[0][0].unit if weights else ""
    whole = sum((converted(each, unit).value * count for each, count in weights), Decimal(0))
    return msgspec.structs.replace(
        order,
        total=lines_total(order) + order.tax + order.shipping_amount - off,
        weight=Weight(rounded(whole), unit) if weights else None,
    )
