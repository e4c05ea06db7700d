"""Reads orders from the control protocol's JSON form: of its messages, of files, and of forms."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from mockstore.orders.draft import Draft, InvalidField

Message = TypeVar("Message")

_NAMED = re.compile(r"(?:missing required|contains unknown) field `([^`]+)`")


def decode(body: bytes, form: type[Message]) -> Message:
    """Decode a message.

    Raises:
        InvalidField: a field does not fit; the error names it.
    """
    try:
        return msgspec.json.decode(body, type=form, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid_field(error) from None
    except RecursionError:
        raise InvalidField("body", "is nested too deeply") from None
    except (msgspec.DecodeError, ValueError) as error:  # msgspec lets a few errors of Python through
        raise InvalidField("body", f"is not JSON: {error}") from None


def convert(value: object, form: type[Message]) -> Message:
    """Convert decoded JSON, or values of Python that stand for it.

    Raises:
        InvalidField: a field does not fit; the error names it.
    """
    try:
        return msgspec.convert(value, form, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid_field(error) from None
    except RecursionError:
        raise InvalidField("body", "is nested too deeply") from None


def _invalid_field(error: msgspec.ValidationError) -> InvalidField:
    why, _, path = str(error).partition(" - at `")
    named = _NAMED.search(why)  # msgspec gives no path for a missing or unknown field
    where = ".".join(filter(None, (path.rstrip("`").removeprefix("$").lstrip("."), named and named[1])))
    return InvalidField(where or "body", why)


def read_draft(body: bytes) -> Draft:
    """Return the order to create that a message of the control protocol describes.

    Raises:
        InvalidField: a field does not fit; the error names it.
    """
    return decode(body, Draft)
