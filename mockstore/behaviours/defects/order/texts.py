"""Defects of texts, in any element: escaping, encoding and length."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from html import escape

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    edit_body,
    edit_order,
    edit_typed_text,
    element_at,
)
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.orders.model import Address, Order
from mockstore.shop.shop import Shop


def _escape_html(text: str) -> str:
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#039;")):
        text = text.replace(char, entity)
    return text


@defect(
    "text-escaped-twice",
    "Texts are escaped as HTML before they are escaped as XML.",
    "ORD-13 NOT-4 OPT-4 ITM-2 ORD-1 ORD-14",
    seen="WooCommerce",
)
def text_escaped_twice(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, _escape_html)


@defect(
    "text-encoded-twice",
    "UTF-8 is read as Latin-1 and encoded again.",
    "ORD-13 NOT-1 NOT-2 NOT-4 OPT-4 ITM-2 ORD-1 ORD-14 GIF-3",
)
def text_encoded_twice(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda text: text.encode().decode("latin-1")[:1000])


@defect("text-in-latin-1", "Characters that Latin-1 lacks become question marks.", "ORD-13 NOT-4 OPT-4 ITM-2 DIS-4")
def text_in_latin_1(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda text: text.encode("latin-1", "replace").decode("latin-1"))


@defect("text-without-accents", "Letters lose their accents.", "ORD-13 NOT-4 OPT-4 ITM-2")
def text_without_accents(behaviour: Behaviour) -> Behaviour:
    def plain(text: str) -> str:
        return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))

    return edit_typed_text(behaviour, plain)


@defect("text-without-emoji", "Four-byte characters are dropped.", "ORD-13 NOT-4 OPT-4 ITM-2 DIS-4")
def text_without_emoji(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda text: "".join(char for char in text if ord(char) < 0x10000))


@defect(
    "text-ends-at-emoji",
    "A text ends at its first four-byte character, as in MySQL's utf8.",
    "ORD-13 NOT-4 OPT-4 ITM-2 DIS-4",
)
def text_ends_at_emoji(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda text: re.split("[\U00010000-\U0010ffff]", text)[0].rstrip())


@defect(
    "text-made-compatible", "Texts are normalised to NFKC: ½ becomes 1⁄2, and ™ becomes TM.", "ITM-2 NOT-4 OPT-4 ORD-13"
)
def text_made_compatible(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda text: unicodedata.normalize("NFKC", text))


@defect("text-without-tags", "Text that looks like a tag is removed.", "ORD-13 NOT-4 OPT-4 ITM-2")
def text_without_tags(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda text: re.sub("<[^<>]*>", "", text).strip())


@defect("text-backslashed", "Quotes in texts get a backslash.", "ORD-13 NOT-4 OPT-4 ITM-2 ORD-1 ORD-14")
def text_backslashed(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda text: re.sub(r"""(['"\\])""", r"\\\1", text))


@defect("text-unescaped-once-more", "Typed entities are unescaped: &amp; is exported as &.", "ORD-13 NOT-4 ITM-2 OPT-4")
def text_unescaped_once_more(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(
        behaviour, lambda text: text.replace("&amp;", "&").replace("&lt;", "<").replace("&#039;", "'")
    )


@defect("notes-as-json", "Notes are escaped as in JSON: \\u00e9 for é.", "ORD-13 NOT-1 NOT-2 NOT-4 GIF-3")
def notes_as_json(behaviour: Behaviour) -> Behaviour:
    notes = frozenset(("CustomerNotes", "InternalNotes", "GiftMessage"))
    return edit_typed_text(behaviour, lambda text: json.dumps(text)[1:-1][:1000], notes)


@defect("address-not-cut", "Addresses are sent uncut, however long they are.", "ORD-1 ORD-14")
def address_not_cut(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        address = order.customer.shipping or Address()
        element_at(fields, "Customer", "ShipTo").update(
            Name=address.name.strip() or "Guest",
            Company=address.company,
            Address1=address.address1,
            Address2=address.address2,
            City=address.city.strip(),
        )

    return edit_order(behaviour, change)


@defect(
    "text-cut-by-bytes", "Names and cities are cut at 100 bytes, but not inside a character.", "CUS-4 CUS-7 ITM-3 OPT-1"
)
def text_cut_by_bytes(behaviour: Behaviour) -> Behaviour:
    fields = frozenset(("Name", "City"))
    return edit_typed_text(behaviour, lambda text: text.encode()[:100].decode(errors="ignore"), fields)


# ---------------------------------------------------------------- escaped before they are cut

_AMPERSAND = "\ue000"
"""Stands for the & of an entity until the document is written: a character that no text has."""


def _escape_before_cutting(behaviour: Behaviour, limits: Mapping[str, int], *, whole: bool) -> Behaviour:
    """Cut elements after they are escaped; ``whole``: an entity that the cut breaks is dropped."""

    def change(fields: Fields) -> None:
        for name, value in fields.items():
            if isinstance(value, str) and name in limits:
                escaped = escape(value, quote=False)[: limits[name]]
                if whole:
                    escaped = re.sub("&[a-z]{0,3}$", "", escaped)
                fields[name] = escaped.replace("&", _AMPERSAND)
            elif isinstance(value, dict):
                change(value)
            elif isinstance(value, list):
                for each in value:
                    change(each)

    edited = edit_order(behaviour, lambda fields, order, shop: change(fields))
    return edit_body(edited, lambda body: body.replace(_AMPERSAND.encode(), b"&"))


NOTE_LIMITS = {"CustomerNotes": 1000, "InternalNotes": 1000}


@defect("notes-escaped-before-cut", "Notes are escaped and then cut, even inside an entity.", "CON-7")
def notes_escaped_before_cut(behaviour: Behaviour) -> Behaviour:
    return _escape_before_cutting(behaviour, NOTE_LIMITS, whole=False)


@defect("notes-cut-too-early", "Notes are escaped and then cut, before an entity that would be cut.", "NOT-1 NOT-2")
def notes_cut_too_early(behaviour: Behaviour) -> Behaviour:
    return _escape_before_cutting(behaviour, NOTE_LIMITS, whole=True)


@defect("gift-message-escaped-before-cut", "A gift message is escaped and then cut.", "GIF-3")
def gift_message_escaped_before_cut(behaviour: Behaviour) -> Behaviour:
    return _escape_before_cutting(behaviour, {"GiftMessage": 1000}, whole=True)


@defect(
    "texts-escaped-before-cut",
    "Addresses, methods and texts of lines are escaped and then cut.",
    "CUS-4 CUS-7 CUS-9 DIS-4 ITM-2 ITM-3 LOC-1 OPT-1 ORD-10 ORD-11",
)
def texts_escaped_before_cut(behaviour: Behaviour) -> Behaviour:
    limits = {
        "Name": 100,
        "Company": 100,
        "Address1": 200,
        "Address2": 200,
        "City": 100,
        "ShippingMethod": 100,
        "PaymentMethod": 50,
        "SKU": 50,
        "Location": 100,
        "Value": 100,
    }
    return _escape_before_cutting(behaviour, limits, whole=True)


@defect(
    "texts-of-zero-empty",
    "A text that is 0 counts as empty.",
    "CUS-4 CUS-5 CUS-7 CUS-9 GIF-3 ITM-2 ITM-3 LOC-1 NOT-1 NOT-2 OPT-1 ORD-10 ORD-11 ORD-17",
)
def texts_of_zero_empty(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda text: "" if text == "0" else text)


@defect(
    "escapes-of-code-decoded",
    "A backslash and an n in a text become a line break.",
    "CUS-4 CUS-7 CUS-9 DIS-4 GIF-3 ITM-2 ITM-3 LOC-1 NOT-1 NOT-2 OPT-1 ORD-10 ORD-11",
)
def escapes_of_code_decoded(behaviour: Behaviour) -> Behaviour:
    return edit_typed_text(behaviour, lambda text: text.replace("\\n", "\n"))
