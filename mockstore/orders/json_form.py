"""Reads orders from the control protocol's JSON form: of its messages, of files, and of forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from mockstore.orders.draft import Draft, InvalidField
from mockstore.shop.suggestions import did_you_mean

Message = TypeVar("Message")

HALF_CHARACTER = "has a half of a surrogate pair, which is no character"

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
    except UnicodeEncodeError:
        raise InvalidField("body", HALF_CHARACTER) from None
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


def checked_draft(fields: Mapping[str, Any]) -> Draft:
    """Return the order to create that these fields describe; values may also be of Python's types.

    Raises:
        InvalidField: there is no such field, or its value does not fit; the error names it.
    """
    return checked(fields, Draft)


def checked(value: object, form: type[Message]) -> Message:
    """Convert decoded JSON, and refuse members that the form does not have.

    Raises:
        InvalidField: a member does not exist, or does not fit; the error names it.
    """
    plain = msgspec.to_builtins(value, builtin_types=(datetime, date, Decimal))
    converted = convert(plain, form)
    try:
        msgspec.json.encode(converted)
    except UnicodeEncodeError:
        raise InvalidField("body", HALF_CHARACTER) from None
    for path, name, known in _unknown_members(plain, form, ""):
        raise InvalidField(f"{path}{name}", f"is no field of an order.{did_you_mean(name, known)}")
    return converted


def _unknown_members(value: object, form: Any, path: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield place and name of each member that the form does not have, and the names that it has there."""
    if isinstance(value, list):
        (inner, *_) = get_args(form) or (None,)
        for number, each in enumerate(value):
            yield from _unknown_members(each, inner, f"{path.removesuffix('.')}[{number}].")
        return
    struct = next((each for each in (form, *get_args(form)) if hasattr(each, "__struct_fields__")), None)
    if not isinstance(value, dict) or struct is None:
        return
    types = get_type_hints(struct)
    for name, each in value.items():
        if name not in struct.__struct_fields__:
            yield path, name, struct.__struct_fields__
        else:
            yield from _unknown_members(each, types[name], f"{path}{name}.")
