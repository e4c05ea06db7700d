"""How a source of truth is reached: frozen, and without secrets in any text form."""

from __future__ import annotations

import msgspec


class Secret(msgspec.Struct, frozen=True):
    """A password or token; shows nothing of itself."""

    value: str = ""

    def __repr__(self) -> str:
        return "Secret(…)" if self.value else "Secret()"


class ControlAccess(msgspec.Struct, frozen=True, tag="control"):
    """The store control protocol at a URL."""

    url: str
    token: Secret = Secret()


class WorksheetAccess(msgspec.Struct, frozen=True, tag="worksheet"):
    """A form that somebody filled in; its whole content, so that a recording has it."""

    file: str
    content: str


class CsCartAccess(msgspec.Struct, frozen=True, tag="cscart"):
    """CS-Cart's REST API at a URL; ``shipped`` are the statuses of shipped orders, which it doesn't tell."""

    url: str
    user: str
    key: Secret = Secret()
    shipped: tuple[str, ...] = ()


TruthAccess = ControlAccess | CsCartAccess | WorksheetAccess
"""How to learn what a store holds: a union, one member for each way."""
