"""The exceptions of reading JSON, in one place: msgspec raises different ones for different bytes."""

from __future__ import annotations

import msgspec

NOT_JSON = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)
"""The exceptions of bytes that aren't JSON of the type that is read: malformed, not UTF-8, nested too deeply, a number
that no program can hold."""
