"""Checks who may use the API: Basic authentication with e-mail address and API key."""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Literal

from mockstore.inputs.text import is_same_secret
from mockstore.rest.message import RestError
from mockstore.shop.versions import Version

CHALLENGE = {"WWW-Authenticate": 'Basic realm="User email/API key"'}


@dataclass(frozen=True)
class ApiAccount:
    """A user of the shop. ``privileges`` None means all; ``token`` replaces e-mail and key in some versions."""

    email: str
    key: str = field(repr=False)
    kind: Literal["admin", "vendor", "customer"] = "admin"
    root: bool = True
    disabled: bool = False
    privileges: frozenset[str] | None = None
    token: str = field(default="", repr=False)

    def may(self, privilege: str) -> bool:
        """True if the account has the privilege."""
        return self.privileges is None or privilege in self.privileges


@dataclass(frozen=True)
class RestAccess:
    """The accounts with access to a shop's API, and the settings that the API depends on.

    ``several_shipments`` is the setting that an order may have several shipments, in versions with
    that setting. ``https_only`` is the setting that refuses plain HTTP.
    """

    accounts: tuple[ApiAccount, ...]
    https_only: bool = False
    several_shipments: bool = True

    def admit(self, authorization: str, secure: bool, known: Version) -> ApiAccount:
        """Return the account that the credentials belong to.

        Raises:
            RestError: 401 or 403, they do not give access.
        """
        if self.https_only and known.rest_https_only and not secure:
            raise RestError(403, "The API is only accessible over HTTPS")
        account = self._account(*_credentials(authorization), known)
        if account is None or (account.disabled and not known.rest_disabled_users):
            raise RestError(401, headers=CHALLENGE)
        if account.kind == "customer":
            refused = known.rest_customer_status
            raise RestError(refused, headers=CHALLENGE if refused == 401 else None)
        return account

    def _account(self, name: str, key: str, known: Version) -> ApiAccount | None:
        found = None
        for account in self.accounts:
            pairs = [(account.email, account.key)]
            if known.rest_tokens and account.token:
                pairs.append((account.token, ""))
            if any(is_same_secret(name, right) & is_same_secret(key, other) for right, other in pairs):
                found = account
        return found


def _credentials(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    try:
        name, _, key = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return (name, key) if scheme.lower() == "basic" else ("", "")
