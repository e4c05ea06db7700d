"""The place and the cause of the first fault of a document that is not well-formed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from conformance.client.parsing.malformed import MAX_EXAMINED_BYTES, find_fault

GOOD = (
    "<?xml version='1.0' encoding='utf-8'?>\n<!-- made by a shop -->\n<Orders pages='1'>"
    "<Order><OrderNumber>CT-1</OrderNumber><Note><![CDATA[a & b < c]]></Note></Order>"
    "<Order><OrderID>8</OrderID><OrderNumber><![CDATA[CT-2]]></OrderNumber><Note>{}</Note><Gift/></Order>"
    "<Order><Note>x &amp; y &#233; &#x1F381;</Note><OrderNumber>CT-3</OrderNumber></Order></Orders>\n"
)


@pytest.mark.parametrize(
    ("note", "cause", "words"),
    [
        ("R & D", "ampersand", "an & that isn't written &amp;"),
        ("AT&T;", "entity", "the entity &T;, which XML does not know"),
        ("a &amp b", "ampersand", "an & that isn't written &amp;"),
        ("1 < 2", "less-than", "a < that isn't written &lt;"),
        ("a <b c", "less-than", "a < that isn't written &lt;"),
        ("<i>", "end-tag", "the end tag </Note>, which does not fit <i>"),
        ("a ]]> b", "cdata-end", "']]>' in a text, which ends its CDATA section"),
        ("<![CDATA[a ]]> b & c]]>", "cdata-end", "']]>' in a text, which ends its CDATA section"),
        ("<![CDATA[a ]]> <b>c</b> < d]]>", "cdata-end", "']]>' in a text, which ends its CDATA section"),
        ("<![CDATA[a]]>&<![CDATA[b]]>", "ampersand", "an & that isn't written &amp;"),
        ("<![CDATA[a ]]> b]]>", "cdata-end", "']]>' in a text, which ends its CDATA section"),
        ("<![CDATA[a \x07]]>", "control-character", "the character U+0007, which XML forbids"),
        ("a \x00", "control-character", "the character U+0000, which XML forbids"),
        ("&#11;", "control-character", "&#11;, a character which XML forbids"),
        ("&#99999999999999999;", "control-character", "&#99999999999999999;, a character which XML forbids"),
        ("&uuml;", "entity", "the entity &uuml;, which XML does not know"),
    ],
)
def test_the_cause_is_what_stands_at_the_fault(note: str, cause: str, words: str) -> None:
    """In which order it is, and the text around it, are told too."""
    body = GOOD.format(note).encode()
    assert not is_well_formed(body)
    fault = find_fault(body)
    assert fault is not None
    assert (fault.cause, fault.words, fault.order) == (cause, words, "CT-2")
    assert 40 <= len(fault.excerpt) <= 84
    assert fault.excerpt.startswith("…")


def is_well_formed(body: bytes) -> bool:
    """True if lxml reads a document."""
    try:
        etree.fromstring(body)
    except (etree.XMLSyntaxError, ValueError):
        return False
    return True


def test_a_byte_of_another_encoding_is_named() -> None:
    """Latin-1 in a document that says UTF-8; and a character that was cut in its middle."""
    for spoiled, byte in ((GOOD.format("Zoë").encode("latin-1"), "0xEB"), (cut_inside_character(), "0xC3")):
        fault = find_fault(spoiled)
        assert fault is not None
        assert (fault.cause, fault.order) == ("encoding", "CT-2")
        assert fault.words == f"the byte {byte}, which is not UTF-8"


def cut_inside_character() -> bytes:
    """A document in which a text ends after the first byte of ë."""
    return GOOD.format("Zoë").encode().replace("ë".encode(), "ë".encode()[:1])


@pytest.mark.parametrize("length", [30, 100, 150, 200, 260])
def test_a_document_that_ends_early_is_cut_off(length: int) -> None:
    """Wherever it ends: between tags, in a text, in a CDATA section."""
    body = GOOD.format("abc").encode()[: 90 + length]
    fault = find_fault(body)
    assert fault is not None
    assert fault.cause == "cut-off"


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("Warning: x on line 3" + GOOD.format(""), "text-before"),
        ("\n" + GOOD.format(""), "text-before"),
        (GOOD.format("") + "<br/>", "text-after"),
        (GOOD.format("") + "done", "text-after"),
        ("Access denied", "text-before"),
    ],
)
def test_text_around_the_document_is_named(body: str, cause: str) -> None:
    """It belongs to no order."""
    assert not is_well_formed(body.encode())
    fault = find_fault(body.encode())
    assert fault is not None
    assert (fault.cause, fault.order) == (cause, None if cause == "text-before" else fault.order)


def test_a_well_formed_document_has_no_fault() -> None:
    """Comments, CDATA, references, attributes and a byte-order mark are no faults."""
    assert find_fault(GOOD.format("x").encode()) is None
    assert find_fault("\ufeff".encode() + GOOD.format("x").encode()) is None


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="<>&;]['\"!-/ab#x0\x07é? =", max_size=25))
def test_a_fault_is_only_told_of_a_document_that_has_one(note: str) -> None:
    """Whatever stands in a text: a document that a parser reads has no fault."""
    body = GOOD.format(note).encode()
    if is_well_formed(body):
        assert find_fault(body) is None
    else:
        find_fault(body)


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "&", " ", "<a b='", "<![CDATA[", "]]", "<Order>", "</a>", "<!DOCTYPE ["]
)
def test_long_hostile_documents_cost_little(piece: str) -> None:
    """No pattern goes back and forth in the text; much longer documents are not searched."""
    find_fault(b"<Orders>" + piece.encode() * 20_000)
    assert find_fault(b" " * (MAX_EXAMINED_BYTES + 1)) is None
