"""Checks the credentials of a request: Basic authentication, or the add-on's own pair of headers."""

from __future__ import annotations

import binascii
from base64 import b64decode

from mockstore.endpoint.message import Refusal, Request
from mockstore.inputs.text import is_same_secret
from mockstore.shop.shop import Shop

Credentials = tuple[str, str]


def basic_credentials(request: Request) -> Credentials | None:
    """Return user name and password of the Authorization header; None if it has none."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, colon, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (username, password) if colon else None


def header_credentials(request: Request) -> Credentials | None:
    """Return user name and password of the two headers that the add-on accepts since version 1.0.12."""
    username, password = request.headers.get("ss-auth-user"), request.headers.get("ss-auth-pw")
    return None if username is None or password is None else (username, password)


def authenticate(request: Request, shop: Shop) -> None:
    """Check that the credentials are those of the shop (CON-2, CON-3, CON-4).

    Raises:
        Refusal: 401 with a challenge (CON-5): the credentials are missing or wrong.
    """
    given = header_credentials(request) or basic_credentials(request)
    if given is not None and all(
        is_same_secret(said, known) for said, known in zip(given, (shop.username, shop.password), strict=True)
    ):
        return
    raise Refusal(
        401,
        "User name or password is missing or wrong." if given else "This URL needs Basic authentication.",
        {"WWW-Authenticate": 'Basic realm="ShipStation", charset="UTF-8"'},
    )
