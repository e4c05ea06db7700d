"""Decodes the messages of the control protocol from JSON.

The JSON of an order is :class:`mockstore.orders.model.Order`; the JSON of an order to create is
:class:`mockstore.orders.draft.Draft`.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TypeVar

import msgspec

from mockstore.orders.draft import InvalidField

Message = TypeVar("Message")


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


_NAMED = re.compile(r"(?:missing required|contains unknown) field `([^`]+)`")


def decode(body: bytes, form: type[Message]) -> Message:
    """Decode a message.

    Raises:
        InvalidField: a field does not fit; the error names it.
    """
    try:
        return msgspec.json.decode(body, type=form, strict=False)
    except msgspec.ValidationError as error:
        why, _, path = str(error).partition(" - at `")
        named = _NAMED.search(why)  # msgspec gives no path for a missing or unknown field
        where = ".".join(filter(None, (path.rstrip("`").removeprefix("$").lstrip("."), named and named[1])))
        raise InvalidField(where or "body", why) from None
    except RecursionError:
        raise InvalidField("body", "is nested too deeply") from None
    except (msgspec.DecodeError, ValueError) as error:  # msgspec lets a few errors of Python through
        raise InvalidField("body", f"is not JSON: {error}") from None
