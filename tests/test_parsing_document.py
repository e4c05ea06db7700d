"""Parsing replies: every conforming form is read, and no reply makes the parser fail."""

from __future__ import annotations

from dataclasses import replace
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from conformance.client.parsing.document import declared_charset, encoding_problem, has_xml_content_type, parse_export
from tests.support.judged import EXCHANGE, ORDER, edited, element_of, exchange, reading

NAME = 'Žoë & <b>"東京"</b> 🎁 ]]>'
ESCAPED = NAME.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
BODY = f"<Orders pages='1'><Order><OrderNumber>{ESCAPED}</OrderNumber></Order></Orders>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (BODY.encode(), "text/xml"),
        (BODY.encode(), "application/xml; charset=utf-8"),
        (BODY.encode(), "text/xml; charset=UTF8"),
        (BODY.encode(), ""),
        (f'<?xml version="1.0" encoding="utf-8"?>\n{BODY}'.encode(), "text/xml"),
        (f"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>{BODY}".encode(), "text/xml"),
        (f'<?xml version="1.0"?>{BODY}'.encode(), "text/xml"),
        (f"\ufeff{BODY}".encode(), "text/xml; charset=utf-8"),
        (f'\ufeff<?xml version="1.0" encoding="utf-8"?>{BODY}'.encode(), "text/xml"),
        (f'<?xml version="1.0" encoding="UTF-16"?>{BODY}'.encode("utf-16"), "text/xml; charset=utf-16"),
        (f'<?xml version="1.0" encoding="utf-16"?>{BODY}'.encode("utf-16"), "application/xml"),
        (f'\ufeff<?xml version="1.0" encoding="utf-16"?>{BODY}'.encode("utf-16-be"), "text/xml"),
        (BODY.encode("utf-16"), "text/xml"),
        (f'<?xml version="1.0" encoding="utf-16"?>{BODY}'.encode("utf-16-le"), "text/xml"),
        (BODY.encode("ascii", "xmlcharrefreplace"), "text/xml; charset=us-ascii"),
        (f"<!-- by us --><?shop 1?>\n{BODY}\n<!-- end -->".encode(), "text/xml"),
    ],
)
def test_every_conforming_form_gives_the_same_orders(body: bytes, content_type: str) -> None:
    """With or without XML declaration and byte order mark, in UTF-8 or UTF-16."""
    found = reading(body, content_type=content_type)
    assert found.problem is None
    assert found.is_orders
    assert found.order_numbers == (NAME,)
    assert found.pages_attribute == "1"
    assert encoding_problem(found.exchange) is None


@pytest.mark.parametrize(
    ("declared", "content_type"),
    [
        ('<?xml version="1.0" encoding="ISO-8859-1"?>', "text/xml"),
        ('<?xml version="1.0" encoding="iso-8859-1"?>', "text/xml; charset=ISO-8859-1"),
        ("", "text/xml; charset=iso-8859-1"),
        ("", 'text/xml; charset="ISO-8859-1"'),
    ],
)
def test_declared_latin_1_is_read(declared: str, content_type: str) -> None:
    """The document or the Content-Type declares it."""
    body = f"{declared}<Orders><Order><OrderNumber>Zoë</OrderNumber></Order></Orders>".encode("latin-1")
    assert reading(body, content_type=content_type).order_numbers == ("Zoë",)


def test_undeclared_latin_1_is_no_xml() -> None:
    """Without a declaration, the bytes have to be UTF-8."""
    body = "<Orders><Order><OrderNumber>Zoë</OrderNumber></Order></Orders>".encode("latin-1")
    assert (reading(body, content_type="text/xml").problem or "").startswith("not well-formed XML")


@pytest.mark.parametrize(
    "written",
    [
        "A &amp; B",
        "A &#38; B",
        "A &#x26; B",
        "<![CDATA[A & B]]>",
        "A <![CDATA[&]]> B",
        "<![CDATA[A ]]>&amp;<![CDATA[ B]]>",
        "A &amp;<!-- a comment --> B",
        "A <?shop x?>&amp; B",
    ],
)
def test_text_is_the_same_in_every_notation(written: str) -> None:
    """Escaped, in one or several CDATA sections, or with a comment inside."""
    found = reading(f"<Orders><Order><OrderStatus>{written}</OrderStatus></Order></Orders>")
    assert found.orders[0]["OrderStatus"].text == "A & B"


def test_the_content_of_an_order_is_independent_of_its_notation() -> None:
    """The order of elements, CDATA and spaces around values don't matter; another value does."""
    plain = reading("<Orders><Order><OrderID>1</OrderID><OrderNumber>2</OrderNumber></Order></Orders>")
    other = reading(
        "<Orders>\n <Order>\n  <OrderNumber> <![CDATA[2]]></OrderNumber>\n  <OrderID>1</OrderID>\n </Order>\n</Orders>"
    )
    third = reading("<Orders><Order><OrderID>1</OrderID><OrderNumber>3</OrderNumber></Order></Orders>")
    first, second, changed = (each.orders[0].canonical_children for each in (plain, other, third))
    assert first == second != changed


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "the body is empty"),
        (b" \r\n ", "the body is empty"),
        (b"Access denied", "not well-formed XML"),
        (b"<Orders><Order></Orders>", "not well-formed XML"),
        (b"<Orders/>trailing", "not well-formed XML"),
        (b"<Orders/><Orders/>", "not well-formed XML"),
        (b'\n<?xml version="1.0"?><Orders/>', "not well-formed XML"),
        (b"Notice: undefined index<Orders/>", "not well-formed XML"),
        (b"<Orders><a>&nbsp;</a></Orders>", "not well-formed XML"),
        (b"<Orders><a>A & B</a></Orders>", "not well-formed XML"),
        (b"<Orders><a>\x01</a></Orders>", "not well-formed XML"),
        (b"<!DOCTYPE html><html><br></html>", "not well-formed XML"),
        (b'{"orders": []}', "not well-formed XML"),
        (b"<Orders>\xff</Orders>", "not well-formed XML"),
        (b"<Orders><a><![CDATA[x]]>]]></a></Orders>", "not well-formed XML"),
    ],
)
def test_a_body_that_is_no_xml_has_a_reason(body: bytes, problem: str) -> None:
    """The reason is one line, and the page has no orders."""
    found = reading(body)
    assert (found.problem or "").startswith(problem)
    assert "\n" not in (found.problem or "")
    assert (found.is_orders, found.orders, found.pages_attribute) == (False, (), None)


def test_a_document_of_another_kind_has_no_orders() -> None:
    """A page of orders is a success (2xx) with an Orders element."""
    assert not reading("<html><Order/></html>").is_orders
    assert reading("<html><Order/></html>").orders == ()
    refused = reading(BODY, status=500)
    assert not refused.is_orders
    assert refused.problem is None
    assert not reading(BODY, status=None).is_orders


def test_an_unknown_charset_is_a_problem() -> None:
    """The parser doesn't guess."""
    assert reading("<Orders/>", content_type="text/xml; charset=klingon").problem == "the charset klingon is unknown"


@pytest.mark.parametrize("name", ["ü", "utf-8\x00", "\x7f", "a" * 500, "undefined", "idna", "base64", "unicode_escape"])
def test_a_strange_charset_does_not_make_the_parser_fail(name: str) -> None:
    """A header may contain anything."""
    found = exchange(b"<Orders/>", content_type=f"text/xml; charset={name}")
    assert parse_export(found).exchange is found
    assert encoding_problem(found) is None or name.lower() in (encoding_problem(found) or "")


def test_entities_are_not_resolved() -> None:
    """A document can neither include a file nor expand without limit."""
    doctype = '<!DOCTYPE Orders [<!ENTITY leak SYSTEM "file:///etc/passwd"><!ENTITY b "bang">]>'
    found = reading(f"{doctype}<Orders><Order><OrderID>&leak;&b;</OrderID></Order></Orders>")
    assert found.orders[0].id in ("&leak;&b;", "")
    assert "root:" not in str(found.orders[0].canonical_children)


def test_the_content_type_declares_charset_and_type() -> None:
    """In upper or lower case, with or without parameters."""
    assert declared_charset(exchange(b"", content_type='text/xml; Charset="UTF-8"; x=y')) == "utf-8"
    assert declared_charset(exchange(b"", content_type="text/xml")) is None
    for right in ("text/xml", "application/xml", "Application/XML; charset=utf-8", "application/atom+xml", " text/xml"):
        assert has_xml_content_type(exchange(b"", content_type=right)), right
    for wrong in ("", "text/html", "application/json", "text/plain", "xml"):
        assert not has_xml_content_type(exchange(b"", content_type=wrong)), wrong


def test_bytes_that_contradict_the_header_are_a_problem() -> None:
    """A byte order mark counts more than the header."""
    latin = exchange("<Orders>ë</Orders>".encode("latin-1"), content_type="text/xml; charset=utf-8")
    assert "charset=utf-8, but the bytes are in another encoding" in (encoding_problem(latin) or "")
    assert encoding_problem(exchange(b"<Orders/>", content_type="text/xml; charset=klingon")) is not None
    assert encoding_problem(exchange("\ufeff<Orders/>".encode(), content_type="text/xml; charset=latin-1")) is None


def test_a_value_knows_its_xpath() -> None:
    """Positions count from 1. A missing element has an XPath, too."""
    held = element_of(ORDER)
    found = reading(b"<Orders/>")
    assert found.orders == ()
    text = b"<Orders><Order/>" + etree.tostring(held) + b"</Orders>"
    found = reading(text)
    second = found.orders[1]
    assert second["Customer/BillTo/Email"].xpath == "/Orders/Order[2]/Customer/BillTo/Email"
    assert second.lines[1]["SKU"].xpath == "/Orders/Order[2]/Items/Item[2]/SKU"
    assert second.lines[0].options[0]["Value"].xpath == "/Orders/Order[2]/Items/Item[1]/Options/Option[1]/Value"
    assert found.root is not None
    for value in (second["OrderID"], second.lines[1]["SKU"], second.lines[0].options[0]["Value"]):
        (element,) = found.root.xpath(value.xpath)
        assert element.text == value.text
    missing = second["CustomField1"]
    assert (missing.present, missing.filled, missing.text, missing.shown) == (False, False, "", "(no such element)")
    assert second.exchange == EXCHANGE
    assert second.label == "1001"
    assert found.orders[0].label == "(no OrderNumber)"


def test_line_items_and_adjustments_are_separated() -> None:
    """Only Adjustment decides. Positions count all Items."""
    element = edited(element_of(ORDER), {"Items/Item[1]/Adjustment": "1"})
    found = reading(b"<Orders>" + etree.tostring(element) + b"</Orders>").orders[0]
    assert [line.xpath[-7:] for line in found.adjustments] == ["Item[1]"]
    assert [line.xpath[-7:] for line in found.lines] == ["Item[2]"]
    assert len(found.all_lines) == 2


@given(st.binary(max_size=200))
def test_no_bytes_make_the_parser_fail(body: bytes) -> None:
    """Any body gives a document or a problem."""
    found = reading(body)
    assert (found.root is None) == (found.problem is not None)
    assert found.order_numbers == tuple(order.number for order in found.orders)


TAGS = st.sampled_from(["Orders", "Order", "OrderID", "Items", "Item", "Options", "Option", "SKU"])
TREES = st.recursive(
    st.builds(lambda tag, text: f"<{tag}>{text}</{tag}>", TAGS, st.sampled_from(["", "1", " x ", "<!---->", "&lt;"])),
    lambda inner: st.builds(lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", TAGS, st.lists(inner, max_size=4)),
    max_leaves=12,
)


@given(TREES)
def test_no_structure_makes_the_parser_fail(body: str) -> None:
    """Elements may be at any place."""
    found = reading(body)
    for order in found.orders:
        assert all(content.startswith(f"{name}(") for name, content in order.canonical_children)
        assert len(order.lines) + len(order.adjustments) == len(order.all_lines)
        assert all(isinstance(option["Name"].text, str) for line in order.lines for option in line.options)


def test_equal_replies_are_parsed_once_and_keep_their_exchange() -> None:
    """They share elements and values; each order has the number of its own exchange, and so have its findings."""
    first = reading(BODY)
    second = parse_export(replace(exchange(BODY.encode()), number=EXCHANGE + 1))
    assert second.root is first.root
    assert second.orders[0].number is first.orders[0].number == NAME
    assert second.orders[0].lines is first.orders[0].lines
    assert (first.orders[0].exchange, second.orders[0].exchange) == (EXCHANGE, EXCHANGE + 1)


def test_equal_bytes_with_another_charset_are_another_document() -> None:
    """What a body says depends on the charset of the Content-Type, too."""
    body = "<Orders><Order><OrderNumber>é</OrderNumber></Order></Orders>".encode("latin-1")
    right = parse_export(exchange(body, content_type="text/xml; charset=iso-8859-1"))
    wrong = parse_export(exchange(body, content_type="text/xml; charset=utf-8"))
    assert right.order_numbers == ("é",)
    assert wrong.is_malformed


def test_a_document_is_freed_with_its_last_page() -> None:
    """Otherwise the replies of earlier runs would stay in memory."""
    page = reading(f"{BODY} ")
    document = ref(page.document)
    del page
    assert document() is None
