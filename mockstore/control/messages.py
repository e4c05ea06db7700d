"""The control protocol's messages: JSON in, typed values out, and back.

An order's JSON is :class:`mockstore.orders.model.Order`; here are the drafts that a
client sends, which may leave out more, and what a store says of itself.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TypeVar

import msgspec

from mockstore.orders.draft import InvalidField

Message = TypeVar("Message")


class OrderPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a PATCH may change."""

    status: str | msgspec.UnsetType = msgspec.UNSET
    modified_at: datetime | msgspec.UnsetType = msgspec.UNSET
    customer_notes: str | msgspec.UnsetType = msgspec.UNSET
    internal_notes: str | msgspec.UnsetType = msgspec.UNSET


_NAMED = re.compile(r"(?:missing required|contains unknown) field `([^`]+)`")


def decode(body: bytes, form: type[Message]) -> Message:
    """A message of that form.

    Raises:
        Wrong: naming the field that doesn't fit.
    """
    try:
        return msgspec.json.decode(body, type=form, strict=False)
    except msgspec.ValidationError as error:
        why, _, path = str(error).partition(" - at `")
        named = _NAMED.search(why)  # what is missing or unknown has no place of its own
        where = ".".join(filter(None, (path.rstrip("`").removeprefix("$").lstrip("."), named and named[1])))
        raise InvalidField(where or "body", why) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidField("body", f"is not JSON: {error}") from None
