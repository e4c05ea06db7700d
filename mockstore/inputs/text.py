"""Text from outside: bytes that are not UTF-8, lone surrogates, and characters that a terminal would obey.

Python decodes the bytes of a request with ``surrogateescape``: a byte that is not UTF-8 becomes a
lone surrogate. Such a text cannot be encoded again, neither as JSON nor for a database. So every text of a
request passes :func:`decoded` before it is used, and :func:`spelled` before it is kept.
"""

from __future__ import annotations

import hmac
import re

_SURROGATE = re.compile("[\ud800-\udfff]")
_SPELLED = re.compile("[\\\\\ud800-\udfff]")
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
"""Characters that a terminal obeys, or that nobody sees: controls, unusual spaces, direction marks, surrogates."""


def decoded(text: str) -> str:
    """Return a text with U+FFFD in place of each byte that is not UTF-8."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def is_decoded(text: str) -> bool:
    """True if every byte of the text was UTF-8."""
    return text.isascii() or _SURROGATE.search(text) is None


def spelled(text: str) -> str:
    r"""Return a text with ``\xff`` in place of each byte that is not UTF-8, and with each backslash doubled.

    Nothing is lost: the bytes can be restored from the text.
    """
    return _SPELLED.sub(_spelling, text)


def _spelling(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code == 0x5C:
        return "\\\\"
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def visible(text: str) -> str:
    """Return a text as one line in which a visible symbol replaces each character that a terminal would obey."""
    return _INVISIBLE.sub(_symbol, text)


def _symbol(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def is_same_secret(given: str, right: str) -> bool:
    """True if a secret from a request is the right one. The time does not depend on the number of right characters."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))
