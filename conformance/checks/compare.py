"""Decides when two values are the same.

Each tolerance is just wide enough for the forms in which a conforming store may send a value;
``docs/rulings.md`` gives the reasons. Every comparison of an exported value with the store's
record goes through this module.
"""

from __future__ import annotations

import contextlib
import html
import json
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from urllib.parse import unquote

from conformance.client.parsing.order import Value
from conformance.client.parsing.values import decimal_places, has_seconds
from conformance.client.shipstation import MINUTE

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ELLIPSIS = re.compile(r"(…|\.{1,3})$")
_SPECIAL = re.compile(r"""[^A-Za-z0-9 .,:;/_#+*()@!?%-]""")
_HALF_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{0,3})?$")
_CUT_ESCAPE = re.compile(r"(&[#\w]{0,10}|%[0-9a-fA-F]?|\\(u[0-9a-fA-F]{0,3})?|<[^<>]{0,10})$")
_TAG = re.compile(r"<[^<>]*>")
_REPLACED = re.compile("[?\ufffd]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_FOLDED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})
CUT_SLACK_CHARS = 3
"""A cut value may be this much shorter than its limit, to leave room for an ellipsis."""
CENT = Decimal("0.01")
HALF_CENT = CENT / 2
MIN_PREFIX_LETTERS = 3
"""The shortest beginning that identifies a text, in letters."""
MAX_LETTERS_FOR_ONE = 10
"""A text is recognised by its ASCII letters if at least one of so many letters is one."""
MAX_WEIGHT_ROUNDING_G = Decimal(25)
"""The coarsest rounding of a weight that is accepted, in grams: half a tenth of a pound, and a little more."""


@lru_cache(maxsize=8192)
def normalized(text: str) -> str:
    """Return text in the form in which it is compared: LF line ends, Unicode NFC, no spaces at its ends."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def is_same_text(expected: str, actual: str, *limits: int) -> bool:
    """True if a text arrived as it was typed, or cut at one of its field's limits.

    A character that XML forbids may be missing, or replaced by a space.
    """
    if expected == actual:
        return True
    wanted, sent = normalized(expected), normalized(actual)
    if wanted == sent:
        return True
    if _FORBIDDEN.search(wanted):
        if is_same_text(_FORBIDDEN.sub("", wanted), sent, *limits):
            return True
        if is_same_text(_FORBIDDEN.sub(" ", wanted), sent, *limits):
            return True
        wanted = _FORBIDDEN.sub("", wanted)
    return any(is_cut(wanted, sent, limit) for limit in limits)


def is_cut(wanted: str, sent: str, limit: int) -> bool:
    """True if ``sent`` is ``wanted`` cut at the limit, with or without an ellipsis."""
    if len(wanted) <= limit or len(sent) > limit:
        return False
    bare = _ELLIPSIS.sub("", sent).rstrip()
    beginnings = {wanted[:length].rstrip() for length in range(limit - CUT_SLACK_CHARS, limit + 1)}
    return sent in beginnings or (bare != sent and bare in beginnings)


def is_special(text: str) -> bool:
    """True if text has characters that careless code damages: letters beyond ASCII, line breaks, markup."""
    return _SPECIAL.search(text) is not None


@lru_cache(maxsize=16384)
def is_same_but_damaged(expected: str, actual: str, *limits: int) -> bool:
    """True if ``actual`` is the expected text, even if its special characters are damaged.

    Damaged characters are reported once, by ORD-13, NOT-4, OPT-4 or ITM-2. The requirement about a
    field reports only another text in that field.
    """
    if is_same_text(expected, actual, *limits):
        return True
    wanted = normalized(expected)
    if not is_special(wanted) or not actual.strip():
        return False
    if is_beginning(wanted, whole := normalized(actual).rstrip("?\ufffd ")):
        return _ends_at_special(wanted, whole)
    partial = bool(limits) and len(wanted) > min(limits)
    # as it was typed, too: a letter and its accent may be two characters, of which one was replaced
    typed = expected.strip()
    return any(
        is_same_text(meant, sent, *limits) or _alike(meant, sent, partial=partial) or _ends_at_special(meant, sent)
        for sent in (_readings_of_cut(actual) if partial else readings(actual))
        for meant in dict.fromkeys((typed, *_meanings(wanted)))
    )


def _meanings(wanted: str) -> Iterable[str]:
    """Return what careless code may take a text for: itself, or the text without its escapes or markup."""
    return dict.fromkeys((wanted, html.unescape(wanted), normalized(untagged(wanted)), normalized(unquote(wanted))))


@lru_cache(maxsize=4096)
def readings(text: str) -> tuple[str, ...]:
    """Return the text as it is, and the texts that result if escaping, markup or a wrong encoding is undone."""
    once = html.unescape(text)
    found = [text, once, html.unescape(once), untagged(text), unquote(text), _unquoted_json(text)]
    for encoding in ("cp1252", "latin-1"):
        with contextlib.suppress(UnicodeError):
            found.append(text.encode(encoding).decode("utf-8", "ignore"))
    return tuple(dict.fromkeys(map(normalized, found)))


def _readings_of_cut(text: str) -> Iterable[str]:
    """Return the readings of a text that had to be cut, also without an escape or tag that the cut broke."""
    return dict.fromkeys((*readings(text), *map(_without_broken_end, readings(_without_broken_end(text)))))


def _without_broken_end(text: str) -> str:
    """Return text without an ellipsis, and without the beginning of an escape or tag before it."""
    return _CUT_ESCAPE.sub("", _ELLIPSIS.sub("", text.rstrip()).rstrip())


def _unquoted_json(text: str) -> str:
    """Return the text with the escapes of a JSON string undone; unchanged if it isn't the content of a JSON string."""
    if "\\" not in text:
        return text
    with contextlib.suppress(ValueError):
        return str(json.loads(f'"{_HALF_ESCAPE.sub("", text)}"', strict=False))
    return text


def untagged(text: str) -> str:
    """Return text without everything that looks like a tag."""
    return _TAG.sub("", text)


def is_beginning(whole: str, text: str) -> bool:
    """True if ``whole`` begins with ``text`` and is longer."""
    wanted, sent = normalized(whole), _ELLIPSIS.sub("", normalized(text)).rstrip()
    return bool(sent) and len(sent) < len(wanted) and wanted.startswith(sent)


def is_inside_but_damaged(expected: str, text: str) -> bool:
    """True if a text contains the expected one with damaged special characters, in any letter case."""
    wanted = normalized(expected)
    if not is_special(wanted):
        return False
    return any(_is_inside(meant.casefold(), sent.casefold()) for sent in readings(text) for meant in _meanings(wanted))


def _is_inside(wanted: str, sent: str) -> bool:
    if wanted in sent:
        return True
    pairs = [(meant, _skeleton(sent)) for meant in (_skeleton(wanted), _skeleton(wanted.translate(_UMLAUTS)))]
    pairs.append((_ascii_letters(wanted), _ascii_letters(sent)))
    if any(len(meant) >= MIN_PREFIX_LETTERS and meant in whole for meant, whole in pairs):
        return True
    ascii_parts = [re.escape(part) for part in re.split("[^\x00-\x7f]+", wanted)]
    has_letters = len(_ascii_letters(wanted)) >= MIN_PREFIX_LETTERS
    return has_letters and re.search(_REPLACED.pattern.join(ascii_parts), sent) is not None


def _alike(wanted: str, sent: str, *, partial: bool) -> bool:
    """True if both texts are equal once special characters are dropped or replaced.

    ``partial`` also accepts a beginning of the wanted text, because that text had to be cut.
    """

    def same(whole: str, part: str) -> bool:
        return bool(part) and (
            whole == part or (partial and len(part) >= MIN_PREFIX_LETTERS and whole.startswith(part))
        )

    if any(same(whole, _skeleton(sent)) for whole in (_skeleton(wanted), _skeleton(wanted.translate(_UMLAUTS)))):
        return True
    if _REPLACED.search(sent):
        pattern = "[^\x00-\x7f]+".join(map(re.escape, _REPLACED.split(sent)))
        if re.match(pattern, wanted) if partial else re.fullmatch(pattern, wanted):
            return True
    letters = sum(map(str.isalnum, wanted))
    shorter = sum(map(str.isalnum, sent)) <= letters
    left = _ascii_letters(wanted)
    # if hardly any letter is left, nothing shows that this is the text
    return shorter and len(left) * MAX_LETTERS_FOR_ONE >= letters and same(left, _ascii_letters(sent))


def _ends_at_special(wanted: str, sent: str) -> bool:
    """True if ``sent`` was cut before the first special character of a kind, as some databases and parsers do."""
    if not sent or not wanted.startswith(sent) or len(sent) == len(wanted):
        return False
    after = wanted[len(sent) :].lstrip(" ")[:1]
    return is_special(after) and _kind(after) not in map(_kind, sent)


def _kind(char: str) -> str | int:
    return char if char.isascii() else len(char.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=4096)
def _skeleton(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_FOLDED)
    return "".join(char for char in folded if char.isalnum())


@lru_cache(maxsize=4096)
def _ascii_letters(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isalnum())


def is_same_phone(expected: str, actual: str, limit: int) -> bool:
    """True if two phone numbers differ only in spaces and punctuation. A plus sign counts.

    A number that is longer than the limit may be cut, before or after its punctuation is removed.
    """
    wanted, sent = _dialled(expected), _dialled(actual)
    if wanted == sent:
        return True
    if len(expected.strip()) <= limit or len(actual.strip()) > limit:
        return False
    shortest = _dialled(expected.strip()[: limit - CUT_SLACK_CHARS])
    return wanted.startswith(sent) and len(sent) >= len(shortest)


def _dialled(text: str) -> str:
    typed = unicodedata.normalize("NFKC", text)
    return "".join(char for char in typed if char == "+" or char.isalnum()).casefold()


def is_same_amount(expected: Decimal, actual: Decimal | None) -> bool:
    """True if two amounts are the same to the cent. An amount with more decimals may be cut or rounded up at half."""
    return actual is not None and abs(expected - actual) <= HALF_CENT


def is_same_moment(expected: datetime, value: Value, *, may_round_up: bool = True) -> bool:
    """True if two times are the same, to the precision that was sent.

    With seconds, the second must be the same. Without seconds, the minute may be cut off or, with ``may_round_up``,
    rounded.
    """
    actual = value.moment
    if actual is None:
        return False
    expected = expected.replace(microsecond=0)
    if has_seconds(value.text) and actual.second:
        return actual == expected
    minute = expected.replace(second=0)
    rounded = minute + MINUTE if may_round_up and expected.second >= 30 else minute
    return actual in (minute, rounded)


def half_of_last_decimal(text: str) -> Decimal:
    """Return half a unit of a number's last decimal: how far rounding can have moved it."""
    return Decimal(1).scaleb(-decimal_places(text)) / 2


def weight_tolerance(text: str, unit_grams: Decimal) -> Decimal:
    """Return half a unit of the last decimal that was sent, in grams, at most ``MAX_WEIGHT_ROUNDING_G``."""
    return min(half_of_last_decimal(text) * unit_grams, MAX_WEIGHT_ROUNDING_G) + Decimal("0.0005")


def is_same_weight(expected_grams: Decimal, value: Value, unit_grams: Decimal) -> bool:
    """True if two weights are the same, to half a unit of the last decimal that was sent."""
    sent = value.decimal
    if sent is None:
        return False
    return abs(sent * unit_grams - expected_grams) <= weight_tolerance(value.text, unit_grams)
