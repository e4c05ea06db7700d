"""The messages of the control protocol.

The JSON of an order is :class:`mockstore.orders.model.Order`; the JSON of an order to create is
:class:`mockstore.orders.draft.Draft`. :mod:`mockstore.orders.json_form` reads them.
"""

from __future__ import annotations

from datetime import datetime

import msgspec


class OrderPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of an order that a PATCH may change."""

    status: str | msgspec.UnsetType = msgspec.UNSET
    modified_at: datetime | msgspec.UnsetType = msgspec.UNSET
    customer_notes: str | msgspec.UnsetType = msgspec.UNSET
    internal_notes: str | msgspec.UnsetType = msgspec.UNSET


MAX_BATCH = 500
"""The orders of one batch call, at most."""


class OrderBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The message of ``POST /orders/batch``. Each order is decoded for itself."""

    orders: list[msgspec.Raw]


class NumberBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The message of ``POST /orders/lookup`` and ``POST /orders/remove``."""

    order_numbers: list[str]
