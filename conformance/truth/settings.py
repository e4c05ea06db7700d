"""The settings of a source of truth. No text form of them shows a secret."""

from __future__ import annotations

import msgspec


class Secret(msgspec.Struct, frozen=True):
    """A password or token that its text form doesn't show."""

    value: str = ""

    def __repr__(self) -> str:
        return "Secret(…)" if self.value else "Secret()"


class ControlAccess(msgspec.Struct, frozen=True, tag="control"):
    """The store control protocol at a URL."""

    url: str
    token: Secret = Secret()


class WorksheetAccess(msgspec.Struct, frozen=True, tag="worksheet"):
    """A worksheet that somebody filled in. Its content is kept here so that a recording contains it."""

    file: str
    content: str


class CsCartAccess(msgspec.Struct, frozen=True, tag="cscart"):
    """CS-Cart's REST API at a URL. ``shipped`` names the statuses of shipped orders, as the API doesn't tell them."""

    url: str
    user: str
    key: Secret = Secret()
    shipped: tuple[str, ...] = ()


TruthAccess = ControlAccess | CsCartAccess | WorksheetAccess
"""The settings of any source of truth."""
