"""When two values are the same, when a text is damaged, and when it is another text."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.compare import (
    is_beginning,
    is_cut,
    is_same_amount,
    is_same_but_damaged,
    is_same_moment,
    is_same_phone,
    is_same_text,
    is_special,
)
from conformance.client.parsing.order import Value
from mockstore.orders.specimens import SCRIPTS, SEVERAL_LINES, SPECIAL_CHARACTERS

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)
LONG = {"note": "Note " + "🎁" * 985 + "äöü😀" * 20, "staff": "staff " + "日本語🎌" * 400}
AT = datetime(2026, 3, 10, 8, 0, 20, tzinfo=UTC)


def plain(text: str) -> str:
    """Without accents."""
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


DAMAGES: dict[str, Callable[[str], str]] = {
    "escaped": html.escape,
    "escaped twice": lambda text: html.escape(html.escape(text)),
    "quotes escaped": lambda text: text.replace("'", "&#039;").replace('"', "&quot;"),
    "unescaped": html.unescape,
    "encoded twice": lambda text: text.encode().decode("latin-1"),
    "in Latin-1": lambda text: text.encode("latin-1", "replace").decode("latin-1"),
    "in ASCII": lambda text: text.encode("ascii", "replace").decode(),
    "a mark for each byte": lambda text: re.sub(r"[^\x00-\x7f]", lambda found: "?" * len(found[0].encode()), text),
    "without emoji": lambda text: "".join(char for char in text if ord(char) < 0x10000),
    "to the first emoji": lambda text: re.split("[\U00010000-\U0010ffff]", text)[0],
    "without tags": lambda text: re.sub("<[^<>]*>", "", text),
    "with backslashes": lambda text: re.sub(r"""(['"\\])""", r"\\\1", text),
    "with <br />": lambda text: text.replace("\n", "<br />\n"),
    "on one line": lambda text: " ".join(text.split()),
    "first line": lambda text: text.partition("\n")[0],
    "without accents": plain,
    "URL-decoded": unquote,
    "as JSON": lambda text: json.dumps(text)[1:-1],
}
SPECIAL = {"horror": SPECIAL_CHARACTERS, "lines": SEVERAL_LINES, **SCRIPTS, **LONG}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", SPECIAL)
def test_damaged_text_is_recognised(name: str, damage: str) -> None:
    """Whatever careless code does to a text, the text can still be recognised."""
    damaged = DAMAGES[damage](SPECIAL[name])[:1000]
    assert is_same_but_damaged(SPECIAL[name], damaged, 1000)


ESCAPES: dict[str, Callable[[str], str]] = {
    "escaped": html.escape,
    "escaped twice": lambda text: html.escape(html.escape(text)),
    "numbered": lambda text: text.encode("ascii", "xmlcharrefreplace").decode(),
    "URL-encoded": quote,
    "as JSON": lambda text: json.dumps(text)[1:-1],
    "encoded twice": lambda text: text.encode().decode("latin-1"),
    "with <br />": lambda text: text.replace("\n", "<br />"),
}


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("ellipsis", ["", "…", "..."])
def test_a_text_that_is_cut_inside_an_escape_is_damaged(escape: str, ellipsis: str) -> None:
    """Wherever the cut of a text falls that had to be cut: what is left of an escape makes it no other text."""
    text = 'a&b<c> "ä\né😀" ' * 100
    escaped = ESCAPES[escape](text)
    cuts = [escaped[: length - len(ellipsis)] + ellipsis for length in range(950, 1001)]
    assert not [came[-20:] for came in cuts if not is_same_but_damaged(text, came, 1000)]


@pytest.mark.parametrize("ellipsis", ["", "…", "..."])
def test_a_text_that_fits_must_not_be_cut_because_it_is_escaped(ellipsis: str) -> None:
    """Its end is lost, and that is more than damage."""
    text = "a&b<c " * 160
    escaped = html.escape(text)
    assert not any(
        is_same_but_damaged(text, escaped[: length - len(ellipsis)] + ellipsis, 1000) for length in range(950, 1001)
    )


@pytest.mark.parametrize(
    ("wanted", "came"),
    [
        ("Straße 5", "Straße 6"),
        ("Zoë", "Zora"),
        ("Zoë", ""),
        ("東京都1-2-3", "東京都1-2-3 港ビル"),
        ("山田 太郎", "王小明"),
        ("A & B", "A & B & C"),
        ("Plain", "Plain product"),
        ("Marta Muster", "Marta"),
        (SEVERAL_LINES, "Something else\nand more"),
        (LONG["note"], LONG["note"][:255]),
        ("Ä" * 30 + "B" * 90, "Ä" * 30),
    ],
)
def test_another_text_is_not_taken_for_a_damaged_one(wanted: str, came: str) -> None:
    """Another text is wrong, and so is a part that no known damage explains."""
    assert not is_same_but_damaged(wanted, came, 100 if len(wanted) < 1000 else 1000)


@given(TEXT)
def test_a_text_is_the_same_in_another_form(text: str) -> None:
    """Blanks at the ends, line ends and Unicode composition make no difference."""
    assert is_same_text(text, f"  {unicodedata.normalize('NFD', text)}\r\n")


@given(TEXT)
def test_plain_text_with_something_behind_it_is_another(text: str) -> None:
    """Nothing is removed from a text to make it fit."""
    assert not is_same_text(text, f"{text}x")


@given(st.integers(90, 130))
def test_a_text_may_be_cut_near_its_limit(length: int) -> None:
    """It has the limit's length or up to three characters less, with an ellipsis or without."""
    text = "abcdefghij" * 20
    assert is_cut(text, text[:length], 100) == (97 <= length <= 100)
    assert is_cut(text, f"{text[: length - 3]}...", 100) == (length == 100)


def test_only_a_text_that_is_too_long_may_be_cut() -> None:
    """A text that fits its field arrives whole."""
    assert not is_same_text("a" * 100, "a" * 99, 100)
    assert is_same_text("a" * 101, "a" * 99, 100)


def test_forbidden_characters_may_be_missing_or_blank() -> None:
    """XML can't hold control characters."""
    assert is_same_text("a bell \x07 rings", "a bell  rings")
    assert is_same_text("a bell\x07rings", "a bell rings")
    assert not is_same_text("a bell\x07rings", "a bell?rings")


def test_a_beginning_is_shorter_than_the_whole() -> None:
    """An ellipsis at the end doesn't count."""
    assert is_beginning("first second", "first…")
    assert not is_beginning("first second", "first second")
    assert not is_beginning("first second", "")


@pytest.mark.parametrize("text", ["", "Plain 5, (a) #1", "50%", "a@b.example"])
def test_plain_characters_are_not_special(text: str) -> None:
    """Letters, digits and harmless punctuation are never damaged."""
    assert not is_special(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("03/10/2026 08:00", 0), ("03/10/2026 08:00:20", 0), ("3/10/2026 8:00 AM", 0), ("03/10/2026 08:01", 30)],
)
def test_times_are_the_same_to_the_precision_sent(text: str, seconds: int) -> None:
    """The minute may be cut off or rounded; if seconds are sent, they must be right."""
    assert is_same_moment(AT + timedelta(seconds=seconds), Value(text, "/"))


@pytest.mark.parametrize(
    "text", ["03/10/2026 08:01", "03/10/2026 07:59", "03/10/2026 08:00:21", "03/10/2026 20:00", ""]
)
def test_a_minute_off_is_another_time(text: str) -> None:
    """20 seconds are not rounded up to a minute."""
    assert not is_same_moment(AT, Value(text, "/"))


@pytest.mark.parametrize(
    ("text", "same"), [("5", True), ("5.0", True), ("5.0000", True), ("5.004", True), ("5.01", False)]
)
def test_money_is_the_same_to_the_cent(text: str, same: bool) -> None:
    """The number of decimals makes no difference."""
    assert is_same_amount(Decimal(5), Decimal(text)) is same


def test_an_unreadable_amount_is_not_the_same() -> None:
    """A text that isn't a number is no amount."""
    assert not is_same_amount(Decimal(0), None)


@pytest.mark.parametrize(
    ("came", "same"),
    [("+4930901820", True), ("+49 (30) 90-18.20", True), ("4930901820", False), ("+49 30 901821", False), ("", False)],
)
def test_phones_are_the_same_apart_from_punctuation(came: str, same: bool) -> None:
    """A plus sign counts: without it, the number is another."""
    assert is_same_phone("+49 30 901820", came, 50) is same
