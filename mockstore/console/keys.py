"""Who may use the console: links that open it once, sessions in a cookie, and a token for each form.

All three are signed texts, so that a session outlives a restart of the store if the key does
(:mod:`mockstore.console.key_file`). A signature also covers the store's port, because browsers send a
cookie to every port of a host.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from mockstore.errors import MockStoreError
from mockstore.inputs.text import is_same_secret

LINK_LIFETIME_S = 12 * 3600
SESSION_LIFETIME_S = 7 * 24 * 3600
MAX_CLOCK_DIFFERENCE_S = 60
"""A link from the future is refused beyond this many seconds."""
MAX_TOKEN_CHARS = 200
SIGNATURE_CHARS = 32
"""A link should fit into a line: 128 bits are enough."""
OPEN_PATH = "/console/open"


class LinkRefused(MockStoreError):
    """A link opens nothing: it was used, is too old, or was never made."""


@dataclass(frozen=True)
class Session:
    """A browser that was let in. ``name`` is random, and no secret of its own."""

    name: str


class Keys:
    """Makes and checks links, cookies and form tokens for the store at one port."""

    def __init__(self, secret: bytes, port: int, now: Callable[[], float] = time.time) -> None:
        self._secret, self._port, self._now = secret, port, now
        self._started = now()
        self._used: dict[str, float] = {}
        """The links that were used, with the time of their making."""

    @property
    def cookie_name(self) -> str:
        """Return the name of the cookie, which differs for each port."""
        return f"mockstore-console-{self._port}"

    def _signature(self, purpose: str, text: str) -> str:
        message = f"{purpose}\n{self._port}\n{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret, message, "sha256").hex()[:SIGNATURE_CHARS]

    def _signed(self, purpose: str) -> str:
        text = f"{secrets.token_hex(8)}.{int(self._now() * 1000)}"
        return f"{text}.{self._signature(purpose, text)}"

    def _checked(self, purpose: str, signed: str) -> tuple[str, float] | None:
        """Return name and time of a signed text; None if this key did not sign it for this purpose."""
        text, _, signature = signed.rpartition(".")
        if len(signed) > MAX_TOKEN_CHARS or not is_same_secret(signature, self._signature(purpose, text)):
            return None
        name, _, made = text.partition(".")
        return name, int(made) / 1000

    def new_link(self, base_url: str) -> str:
        """Return a link that opens the console once."""
        return f"{base_url}{OPEN_PATH}?token={quote(self._signed('link'))}"

    def open(self, token: str) -> str:
        """Use up the token of a link, and return the cookie of a new session.

        A link that was made before the store started is refused, because it may have been used then.

        Raises:
            LinkRefused: the link opens nothing.
        """
        found = self._checked("link", token)
        if found is None:
            raise LinkRefused("This link was not made for this store.")
        name, made = found
        now = self._now()
        if not self._started - 1 <= made <= now + MAX_CLOCK_DIFFERENCE_S or now - made > LINK_LIFETIME_S:
            raise LinkRefused("This link is too old: the store was started again, or 12 hours have passed.")
        if name in self._used:
            raise LinkRefused("This link was used before. Each link opens the console once.")
        self._used = {each: at for each, at in self._used.items() if now - at <= LINK_LIFETIME_S}
        self._used[name] = made
        return self._signed("session")

    def session(self, cookie: str) -> Session | None:
        """Return the session of a cookie; None if it is not valid any more."""
        found = self._checked("session", cookie)
        return Session(found[0]) if found is not None and self._now() - found[1] <= SESSION_LIFETIME_S else None

    def form_token(self, session: Session) -> str:
        """Return the token that each form of a session must send."""
        return self._signature("form", session.name)

    def is_form_token(self, session: Session, given: str) -> bool:
        """True if a form sent the right token."""
        return is_same_secret(given, self.form_token(session))
