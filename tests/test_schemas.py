"""The schemas in ``schemas/`` and the module that validates documents with them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from conformance.contract import schemas
from conformance.contract.paths import SCHEMAS
from conformance.contract.schemas import MAX_SHOWN_CHARS, Violation, notice_violations, strict_violations, violations
from conformance.report.model import SCHEMA_VERSION, Report

XS = "{http://www.w3.org/2001/XMLSchema}"
XSDS = ("orders.xsd", "orders-strict.xsd", "shipnotice.xsd")

ITEM = """<Item>
  <LineItemID>1</LineItemID><SKU>MUG-1</SKU><Name>Blue mug</Name>
  <ImageUrl>https://shop.example/mug.jpg</ImageUrl><Weight>0.50</Weight><WeightUnits>Pounds</WeightUnits>
  <Quantity>2</Quantity><UnitPrice>9.99</UnitPrice><UPC>012345678905</UPC><Location>A-1</Location>
  <Adjustment>false</Adjustment>
  <Options><Option><Name>Size</Name><Value>L</Value><Weight>0.10</Weight></Option></Options>
</Item>"""
ORDER = f"""<Order>
  <OrderID>77</OrderID><OrderNumber>1001</OrderNumber><OrderDate>10/18/2019 21:56</OrderDate>
  <OrderStatus>paid</OrderStatus><LastModified>10/19/2019 08:05</LastModified>
  <ShippingMethod>Ground</ShippingMethod><PaymentMethod>Card</PaymentMethod><CurrencyCode>USD</CurrencyCode>
  <OrderTotal>21.50</OrderTotal><TaxAmount>0.52</TaxAmount><ShippingAmount>1.00</ShippingAmount>
  <CustomerNotes>Ring twice</CustomerNotes><InternalNotes/><Gift>true</Gift><GiftMessage>Hi</GiftMessage>
  <CustomField1/><CustomField2/><CustomField3/><RequestedWarehouse/><Source/>
  <Dimensions><DimensionUnits>Inch</DimensionUnits><Length>1</Length><Width>2</Width><Height>3</Height></Dimensions>
  <Customer>
    <CustomerCode>ann@example.org</CustomerCode>
    <BillTo><Name>Ann Lee</Name><Company/><Phone>1</Phone>
      <Email>ann@example.org</Email><Country>US</Country></BillTo>
    <ShipTo><Name>Ann Lee</Name><Company/><Address1>12 Oak St</Address1><Address2/><City>New York</City>
      <State>NY</State><PostalCode>10001</PostalCode><Country>US</Country><Phone>1</Phone></ShipTo>
  </Customer>
  <Items>{ITEM}</Items>
</Order>"""
NOTICE = """<ShipNotice>
  <OrderID>77</OrderID><OrderNumber>1001</OrderNumber><CustomerCode>ann@example.org</CustomerCode>
  <CustomerNotes/><InternalNotes/><NotesToCustomer>Thanks</NotesToCustomer><NotifyCustomer>false</NotifyCustomer>
  <LabelCreateDate>10/20/2019 12:56</LabelCreateDate><ShipDate>10/20/2019</ShipDate><Carrier>USPS</Carrier>
  <Service>Priority</Service><TrackingNumber>1Z</TrackingNumber><ShippingCost>4.95</ShippingCost>
  <CustomField1/><CustomField2/><CustomField3/>
  <Recipient><Name>Ann</Name><Company/><Address1>a</Address1><Address2/><City>b</City><State>NY</State>
    <PostalCode>1</PostalCode><Country>US</Country></Recipient>
  <Items><Item><SKU>MUG-1</SKU><Name>Mug</Name><Quantity>1</Quantity><LineItemID>1</LineItemID><UPC/></Item></Items>
</ShipNotice>"""


def parse(text: str | bytes) -> etree._Element:
    return etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))


def order(*changes: tuple[str, str], base: str = ORDER) -> etree._Element:
    """A document of one conforming order, with pieces of its text replaced."""
    for old, new in changes:
        assert base.count(old), old
        base = base.replace(old, new, 1)
    return parse(f"<Orders pages='1'>{base}</Orders>")


def abroad(country: str) -> tuple[str, str]:
    """The change that sends the parcel to another country."""
    us = "<PostalCode>10001</PostalCode><Country>US<"
    return us, us.replace("US", country)


def having(path: str, text: str | None) -> etree._Element:
    """A document of one conforming order in which the element at ``path`` holds ``text``, or isn't there."""
    document = parse(f"<Orders pages='1'>{ORDER}</Orders>")
    return changed(document, f"Order/{path}", text)


def changed(document: etree._Element, path: str, text: str | None) -> etree._Element:
    parent_path, _, tag = path.rpartition("/")
    parent = document.find(parent_path or ".")
    assert parent is not None, path
    element = parent.find(tag)
    if element is None and text is not None:
        element = etree.SubElement(parent, tag)
    assert element is not None, path
    if text is None:
        parent.remove(element)
    else:
        element.text = text
    return document


def codes(found: tuple[Violation, ...]) -> list[str]:
    return [violation.code for violation in found]


def strictly(document: etree._Element) -> list[str]:
    """The codes of the strict schema, on which lxml and xmlschema must agree."""
    fast, slow = strict_violations(document), strict_violations(document, authority=True)
    assert fast == slow
    return codes(fast)


# -- What is conforming


def test_a_full_order_is_accepted_by_both_schemas() -> None:
    """An order that uses every element is refused by neither schema."""
    assert violations(order()) == ()
    assert strictly(order()) == []


@pytest.mark.parametrize("root", ["<Orders/>", "<Orders></Orders>", "<Orders pages='0'/>", "<Orders pages='32767'/>"])
def test_an_empty_document_is_accepted(root: str) -> None:
    """A document without orders is valid, with and without ``pages``."""
    assert violations(parse(root)) == ()
    assert strictly(parse(root)) == []


FREEDOMS = {
    "CDATA": order((">Ring twice<", "><![CDATA[a & b <c>]]><")),
    "escaped text": order((">Ring twice<", ">a &amp; b &lt;c&gt;<")),
    "CDATA around numbers, dates and booleans": order(
        (">21.50<", "><![CDATA[21.50]]><"),
        (">10/18/2019 21:56<", "><![CDATA[10/18/2019 21:56]]><"),
        ("<Gift>true<", "<Gift><![CDATA[true]]><"),
    ),
    "comment inside a boolean": order(("<Gift>true<", "<Gift>tr<!-- -->ue<")),
    "processing instruction inside a number and a date": order(
        (">21.50<", ">21<?x?>.50<"), (">10/18/2019 21:56<", ">10/18/<?x y?>2019 21:56<")
    ),
    "comment before an adjustment's price": order((">9.99<", "><!-- off -->-9.99<"), (">false<", ">tr<!-- -->ue<")),
    "comments and instructions between elements": order(("<OrderID>", "<!-- a --><?b c?><OrderID>")),
    "12-hour clock": order((">10/18/2019 21:56<", ">10/18/2019 09:56 PM<")),
    "12-hour clock, marker glued and in lower case": order((">10/18/2019 21:56<", ">10/18/2019 9:56pm<")),
    "noon and midnight": order((":56<", ":56 AM<"), (" 21:", " 12:"), (" 08:05<", " 12:05 PM<")),
    "seconds": order((">10/18/2019 21:56<", ">10/18/2019 21:56:59<"), (" 08:05<", " 8:05:00 AM<")),
    "one-digit month, day and hour": order((">10/18/2019 21:56<", ">1/8/2019 1:56<")),
    "leap day": order((">10/18/2019 21:56<", ">02/29/2024 21:56<"), ("10/19/2019", "2/29/2000")),
    "last day of a long month": order((">10/18/2019 21:56<", ">12/31/2019 21:56<")),
    "money as 5": order((">21.50<", ">5<")),
    "money as 5.0": order((">21.50<", ">5.0<")),
    "money with zeros behind": order((">21.50<", ">5.0000<")),
    "nine digits": order((">21.50<", ">1234567.89<"), (">0.52<", ">123456789<")),
    "weight with three decimals, the third 0": order((">0.50<", ">0.500<")),
    "no weight": order(("<Weight>0.50</Weight><WeightUnits>Pounds</WeightUnits>", "")),
    "weight 0 without unit": order((">0.50<", ">0.000<"), (">Pounds<", "><")),
    "blanks around pages": parse(f"<Orders pages=' 3 '>{ORDER}</Orders>"),
    "Gift 1": order(("<Gift>true<", "<Gift> 1 <")),
    "no gift, empty message": order(("<Gift>true</Gift><GiftMessage>Hi<", "<Gift>0</Gift><GiftMessage><")),
    "no gift elements": order(("<Gift>true</Gift><GiftMessage>Hi</GiftMessage>", "")),
    "adjustment": order((">9.99<", ">-9.99<"), ("nt>false<", "nt>true<")),
    "adjustment said by 1": order((">9.99<", "> -0.01 <"), ("nt>false<", "nt>1<")),
    "refund without adjustment": order((">9.99<", ">-9.99<")),
    "product without SKU": order((">MUG-1<", "><")),
    "SKU of 100": order((">MUG-1<", f">{'x' * 100}<")),
    "state in lower case": order((">NY<", ">ny<")),
    "country without states": order((">NY<", "><"), abroad("MC")),
    "country whose states have names": order((">NY<", ">Wien<"), abroad("AT")),
    "state of one letter": order((">NY<", ">M<"), abroad("ES")),
    "no state": order(("<State>NY</State>", ""), abroad("SG")),
    "address in BillTo": order(("<BillTo>", "<BillTo><Address1>a</Address1><City>b</City><State>c</State>")),
    "Dimensions in an item": order(
        ("<UPC>", "<Dimensions><DimensionUnits>Centimeter</DimensionUnits></Dimensions><UPC>")
    ),
    "no lines": order((ITEM, "")),
    "URL with brackets and per cent": order(("mug.jpg", "mug[1]%zz.jpg")),
    "characters outside the basic plane": order((">1001<", f">{'𝒳' * 50}<")),
    "document in UTF-16": parse(f"<?xml version='1.0' encoding='UTF-16'?><Orders>{ORDER}</Orders>".encode("utf-16")),
    "schema location": parse(
        '<Orders xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:noNamespaceSchemaLocation="http://127.0.0.1:9/no.xsd" xsi:schemaLocation="urn:a /no/such.xsd"/>'
    ),
}


@pytest.mark.parametrize("document", FREEDOMS.values(), ids=FREEDOMS.keys())
def test_a_conforming_form_is_accepted_by_both_schemas(document: etree._Element) -> None:
    """None of the forms that an implementation is free to choose is refused."""
    assert violations(document) == ()
    assert strictly(document) == []


UNITS = [
    *(
        "Pounds",
        "Ounces",
        "Grams",
        "pound",
        "pounds",
        "lb",
        "lbs",
        "gram",
        "grams",
        "gm",
        "oz",
        "ounce",
        "ounces",
    ),
    *(
        "Pound",
        "Lb",
        "Lbs",
        "Gram",
        "Gm",
        "Oz",
        "Ounce",
        "POUND",
        "POUNDS",
        "LB",
        "LBS",
        "GRAM",
        "GRAMS",
        "GM",
    ),
    *("OZ", "OUNCE", "OUNCES"),
]


@pytest.mark.parametrize("unit", UNITS)
def test_every_spelling_of_a_unit_is_accepted(unit: str) -> None:
    """Guide's and published spellings, in lower, Capitalised and UPPER case, are all right."""
    document = having("Items/Item/WeightUnits", unit)
    assert violations(document) == ()
    assert strict_violations(document) == ()


def test_elements_may_come_in_any_order() -> None:
    """Every container but the lists takes its children back to front as well."""
    document = order()
    for element in list(document.iter("*")):
        element[:] = list(element)[::-1]
    assert violations(document) == ()
    assert strictly(document) == []


def optional(schema: str) -> list[str]:
    """The paths of the optional elements of an order, within it."""
    source = etree.parse(SCHEMAS / schema)

    def below(type_name: str, path: str) -> list[str]:
        found = []
        for element in source.iterfind(f"{XS}complexType[@name='{type_name}']/*/{XS}element"):
            place = f"{path}{element.get('name')}"
            found += [place] if element.get("minOccurs") == "0" and element.get("maxOccurs", "1") == "1" else []
            found += below(element.get("type", ""), f"{place}/")
        return found

    return below("Order", "")


@pytest.mark.parametrize("path", sorted(optional("orders.xsd")))
def test_an_optional_element_may_be_absent_or_empty(path: str) -> None:
    """An optional element may be missing or empty, also in the strict schema; only Gift may not be empty."""
    if path.startswith("Items/Item/Dimensions/"):
        return  # the order's own stand for these
    if parse(ORDER).find(path) is not None:
        assert violations(having(path, None)) == ()
    if path.endswith(("Dimensions", "Options")):
        return
    assert codes(violations(having(path, ""))) == (["not-boolean"] if path == "Gift" else [])
    if path in optional("orders-strict.xsd"):
        needed = {
            "Items/Item/WeightUnits": "weight-without-unit",
            "Customer/ShipTo/State": "state-not-two-letters",
        }
        assert strictly(having(path, "")) == [code for place, code in needed.items() if place == path]


# -- What orders.xsd refuses

REFUSED: list[tuple[str, str | None, str]] = [
    ("OrderNumber", None, "missing-element"),
    ("OrderDate", None, "missing-element"),
    ("OrderStatus", None, "missing-element"),
    ("LastModified", None, "missing-element"),
    ("OrderTotal", None, "missing-element"),
    ("Customer", None, "missing-element"),
    ("Items", None, "missing-element"),
    ("Customer/CustomerCode", None, "missing-element"),
    ("Customer/BillTo", None, "missing-element"),
    ("Customer/ShipTo", None, "missing-element"),
    ("Customer/BillTo/Name", None, "missing-element"),
    ("Customer/ShipTo/Name", None, "missing-element"),
    ("Customer/ShipTo/Address1", None, "missing-element"),
    ("Customer/ShipTo/City", None, "missing-element"),
    ("Customer/ShipTo/PostalCode", None, "missing-element"),
    ("Customer/ShipTo/Country", None, "missing-element"),
    ("Items/Item/SKU", None, "missing-element"),
    ("Items/Item/Name", None, "missing-element"),
    ("Items/Item/Quantity", None, "missing-element"),
    ("Items/Item/UnitPrice", None, "missing-element"),
    ("Items/Item/Options/Option/Name", None, "missing-element"),
    ("Items/Item/Options/Option/Value", None, "missing-element"),
    ("Foo", "bar", "unknown-element"),
    ("orderid", "1", "unknown-element"),
    ("Customer/Email", "a@b.c", "unknown-element"),
    ("Customer/ShipTo/Address3", "", "unknown-element"),
    ("Items/Item/Foo", "", "unknown-element"),
    ("Items/Foo", "", "unknown-element"),
    ("Gift", "", "not-boolean"),
    ("Gift", "yes", "not-boolean"),
    ("Gift", "True", "not-boolean"),
    ("Items/Item/Adjustment", "N", "not-boolean"),
    ("OrderDate", "", "bad-date"),
    ("OrderDate", "2019-10-18 21:56", "bad-date"),
    ("OrderDate", "18.10.2019 21:56", "bad-date"),
    ("OrderDate", "10/18/2019", "bad-date"),
    ("OrderDate", "10/18/2019 9 PM", "bad-date"),
    ("OrderDate", "100/18/2019 21:56", "bad-date"),
    ("LastModified", "2019-10-18T21:56:00Z", "bad-date"),
    ("OrderTotal", "", "not-a-decimal"),
    ("OrderTotal", "21,50", "not-a-decimal"),
    ("OrderTotal", "1,021.50", "not-a-decimal"),
    ("OrderTotal", "$21.50", "not-a-decimal"),
    ("OrderTotal", "2.15e1", "not-a-decimal"),
    ("OrderTotal", "NaN", "not-a-decimal"),
    ("TaxAmount", "none", "not-a-decimal"),
    ("ShippingAmount", "free", "not-a-decimal"),
    ("Dimensions/Length", "3 in", "not-a-decimal"),
    ("Dimensions/DimensionUnits", "Furlong", "not-a-dimension-unit"),
    ("Items/Item/UnitPrice", "", "not-a-decimal"),
    ("Items/Item/Weight", "0.5 lb", "not-a-decimal"),
    ("Items/Item/WeightUnits", "kg", "not-a-weight-unit"),
    ("Items/Item/WeightUnits", "kilograms", "not-a-weight-unit"),
    ("Items/Item/WeightUnits", "pOUNDS", "not-a-weight-unit"),
    ("Items/Item/Quantity", "", "not-an-integer"),
    ("Items/Item/Quantity", "1.5", "not-an-integer"),
    ("Items/Item/Quantity", "2147483648", "not-an-integer"),
    ("Customer/ShipTo/Country", "", "not-a-country-code"),
    ("Customer/ShipTo/Country", "USA", "not-a-country-code"),
    ("Customer/BillTo/Country", "U", "not-a-country-code"),
]
LENGTHS = {
    3: ["CurrencyCode"],
    12: ["Items/Item/UPC"],
    50: [
        *("OrderID", "OrderNumber", "OrderStatus", "PaymentMethod", "Source", "Customer/BillTo/Phone"),
        *(
            "Customer/BillTo/PostalCode",
            "Customer/ShipTo/PostalCode",
            "Customer/ShipTo/Phone",
            "Items/Item/LineItemID",
        ),
    ],
    100: [
        *("ShippingMethod", "CustomField1", "CustomField2", "CustomField3", "RequestedWarehouse"),
        *("Customer/CustomerCode", "Customer/BillTo/Name", "Customer/BillTo/Company", "Customer/BillTo/City"),
        *("Customer/BillTo/State", "Customer/ShipTo/Name", "Customer/ShipTo/Company", "Customer/ShipTo/City"),
        *("Customer/ShipTo/State", "Items/Item/SKU", "Items/Item/Location"),
        *("Items/Item/Options/Option/Name", "Items/Item/Options/Option/Value"),
    ],
    200: [
        *("Customer/BillTo/Address1", "Customer/BillTo/Address2", "Customer/ShipTo/Address1"),
        *("Customer/ShipTo/Address2", "Items/Item/Name"),
    ],
    1000: ["CustomerNotes", "InternalNotes", "GiftMessage"],
}


@pytest.mark.parametrize(("path", "text", "code"), REFUSED)
def test_orders_xsd_refuses_it_by_its_code(path: str, text: str | None, code: str) -> None:
    """A value that the published schema refuses is reported once, at its place; the strict schema adds nothing."""
    document = having(path, text)
    (violation,) = violations(document)
    assert (violation.code, violation.element) == (code, path.rpartition("/")[2])
    (place,) = document.xpath(violation.xpath)
    assert place.tag == path.split("/")[-2 if text is None and "/" in path else -1] or place.tag == "Order"
    assert violation.value == (text or "")
    assert strictly(document) == []


@pytest.mark.parametrize(("most", "path"), [(most, path) for most, paths in LENGTHS.items() for path in paths])
def test_a_text_has_an_upper_bound(most: int, path: str) -> None:
    """A text of the longest length is accepted, one more character is refused; an empty text is accepted."""
    assert codes(violations(having(path, "é" * most))) == []
    assert codes(violations(having(path, "é" * (most + 1)))) == ["too-long"]
    assert codes(violations(having(path, ""))) == []


@pytest.mark.parametrize(
    "text",
    [
        *("10/18/2019 21:56 PM", "10/18/2019 21:56PM", "1/8/19 1:5", "99/99/9999 99:99"),
        *("10/18/2019 21:56:30  pm", "1/1/2019 1:00Z"),
    ],
)
def test_the_published_date_pattern_is_loose(text: str) -> None:
    """orders.xsd accepts whatever the published pattern accepts, also the guide's own impossible example."""
    assert violations(having("OrderDate", text)) == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Customer/BillTo/Email", "x" * 300),
        ("Items/Item/ImageUrl", "not a URL " * 60),
        ("Items/Item/Quantity", "-3"),
        ("Items/Item/Weight", "-3.12345"),
        ("OrderTotal", "+123456789012.345"),
    ],
)
def test_orders_xsd_accepts_what_the_published_schema_accepts(path: str, text: str) -> None:
    """A doubtful value is left to the strict schema and to the checks."""
    assert violations(having(path, text)) == ()


@pytest.mark.parametrize("pages", ["", "two", "1.0", "32768", "-32769"])
def test_pages_is_a_short_whole_number(pages: str) -> None:
    """Any other ``pages`` is refused, and the violation points at the attribute."""
    (violation,) = violations(parse(f"<Orders pages='{pages}'/>"))
    assert violation == Violation(
        "/Orders/@pages", "Orders", pages, "a whole number of pages, at most 32767", "bad-pages"
    )


XSI = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
ENTITY = "<!DOCTYPE Orders [<!ENTITY e 'x'>]><Orders><Order><OrderID>&e;&e;</OrderID></Order></Orders>"
STRUCTURES = [
    (order(("<OrderID>", "<OrderID>78</OrderID><OrderID>")), "repeated-element", "OrderID[2]"),
    (order(("</Items>", "</Items><Items/>")), "repeated-element", "Items[2]"),
    (order(("<OrderID>", "<OrderID xml:lang='en'>")), "unknown-attribute", "OrderID/@lang"),
    (order(("<OrderID>", "<OrderID type='x'>")), "unknown-attribute", "OrderID/@type"),
    (
        order((">0.52<", "><"), ("<TaxAmount", f"<TaxAmount {XSI} xsi:nil='true'")),
        "unknown-attribute",
        "TaxAmount/@nil",
    ),
    (order((">paid<", "><b>paid</b><")), "unknown-element", "OrderStatus/b"),
    (order((">paid<", ">pa<b/>id<")), "unknown-element", "OrderStatus/b"),
    (order(("<OrderID>", "<OrderID>1</OrderID>text<OrderID>")), "repeated-element", "OrderID[2]"),
    (order(("<OrderID>", "<x:a xmlns:x='urn:x'/><OrderID>")), "unknown-element", "*[local-name()='a']"),
]


@pytest.mark.parametrize(("document", "code", "place"), STRUCTURES)
def test_a_wrong_structure_is_refused_at_its_place(document: etree._Element, code: str, place: str) -> None:
    """Elements, attributes and text at a wrong place are refused; the strict schema adds nothing."""
    found = violations(document)
    assert (code, f"/Orders/Order[1]/{place}") in [(violation.code, violation.xpath) for violation in found]
    assert len(found) == 1 + ("text" in str(document[0].xpath("string()")))
    assert strictly(document) == []


@pytest.mark.parametrize(
    ("document", "code", "place"),
    [
        (parse("<Orderz/>"), "wrong-root", "/Orderz"),
        (parse("<Orders xmlns='urn:x'/>"), "wrong-root", "/*[local-name()='Orders']"),
        (parse("<html><body/></html>"), "wrong-root", "/html"),
        (parse(ENTITY), "entity-reference", "/Orders/Order[1]/OrderID"),
        (parse("<Orders>none</Orders>"), "stray-text", "/Orders"),
    ],
)
def test_a_document_of_another_kind_is_refused_whole(document: etree._Element, code: str, place: str) -> None:
    """Another root, an unresolved entity and loose text have codes of their own."""
    assert [(violation.code, violation.xpath) for violation in violations(document)] == [(code, place)]
    assert strictly(document) == []


def test_an_unknown_attribute_of_orders_is_only_strictly_refused() -> None:
    """Plug-ins that run against ShipStation send the number of the page. Attributes elsewhere are refused."""
    document = parse("<Orders pages='1' page='1'/>")
    assert violations(document) == ()
    assert [violation.code for violation in strict_violations(document)] == ["unknown-attribute"]


def test_a_hundred_options_are_the_most() -> None:
    """orders.xsd refuses the hundred-and-first option; the strict schema refuses from the eleventh on."""
    options = "<Options>" + "<Option><Name>a</Name><Value>b</Value></Option>" * 100
    document = order(("<Options>", options))
    (violation,) = violations(document)
    assert violation.xpath == "/Orders/Order[1]/Items/Item[1]/Options/Option[101]"
    assert strictly(document) == ["too-many-elements"] * 90


def test_one_violation_hides_no_other() -> None:
    """The rest of an order is judged beside an unknown, a repeated and a missing element."""
    broken = ORDER.replace("<OrderID>", "<Foo/><OrderID>").replace("<Source/>", "<Source/><Source/>")
    broken = broken.replace("<OrderTotal>21.50</OrderTotal>", "").replace(">true<", "><", 1).replace(">9.99<", ">9,99<")
    document = parse(f"<Orders>{ORDER}{broken}</Orders>")
    assert [(each.code, each.xpath) for each in violations(document)] == [
        ("missing-element", "/Orders/Order[2]"),
        ("unknown-element", "/Orders/Order[2]/Foo"),
        ("not-boolean", "/Orders/Order[2]/Gift"),
        ("repeated-element", "/Orders/Order[2]/Source[2]"),
        ("not-a-decimal", "/Orders/Order[2]/Items/Item[1]/UnitPrice"),
    ]
    assert [each.tag for each in document[1]][:2] == ["Foo", "OrderID"]


def test_all_violations_are_reported() -> None:
    """However many there are, in document order."""
    document = parse(f"<Orders>{ORDER.replace('>21.50<', '>x<') * 300}</Orders>")
    assert [each.xpath for each in violations(document)] == [f"/Orders/Order[{n}]/OrderTotal" for n in range(1, 301)]


def test_a_violation_says_the_rule_in_words() -> None:
    """A violation has place, name, value, the schema's own words and the code."""
    (violation,) = violations(having("Items/Item/WeightUnits", "kg"))
    assert violation.xpath == "/Orders/Order[1]/Items/Item[1]/WeightUnits"
    assert (violation.element, violation.value, violation.code) == ("WeightUnits", "kg", "not-a-weight-unit")
    assert violation.rule.startswith("a unit that ShipStation knows")


def test_a_comment_is_no_part_of_a_value() -> None:
    """A comment inside a refused value makes no difference."""
    (violation,) = violations(order(("<Gift>true<", "<Gift>may<!-- or -->be<")))
    assert (violation.value, violation.code) == ("maybe", "not-boolean")
    (violation,) = strict_violations(order((">21.50<", ">21.5<!-- or -->05<")))
    assert (violation.value, violation.code) == ("21.505", "too-many-decimals")


def test_a_long_value_is_shortened() -> None:
    """A violation shows no more than a line or two of the value."""
    (violation,) = violations(having("CustomerNotes", "x" * 5000))
    assert len(violation.value) == MAX_SHOWN_CHARS
    assert violation.value.endswith("…")


def test_a_tree_and_its_root_are_judged_alike() -> None:
    """A whole tree, its root, and an Orders element inside another element give the same violations."""
    document = having("Gift", "")
    assert violations(document.getroottree()) == violations(document)
    assert codes(violations(parse(b"<x>" + etree.tostring(document) + b"</x>")[0])) == ["not-boolean"]


# -- What only orders-strict.xsd refuses

STRICT: list[tuple[str, str | None, list[str]]] = [
    ("OrderID", None, ["missing-element"]),
    ("ShippingAmount", None, ["missing-element"]),
    ("ShippingAmount", "", ["not-a-decimal"]),
    ("OrderID", "", ["empty"]),
    ("OrderNumber", "", ["empty"]),
    ("OrderStatus", "", ["empty"]),
    ("Customer/CustomerCode", "", ["empty"]),
    ("Customer/CustomerCode", "x" * 51, ["too-long"]),
    ("Customer/CustomerCode", "x" * 50, []),
    ("Customer/BillTo/Name", "", ["empty"]),
    ("Customer/BillTo/Email", "x" * 101, ["too-long"]),
    ("Customer/BillTo/Email", "x" * 100, []),
    ("Customer/ShipTo/Name", "", ["empty"]),
    ("Customer/ShipTo/Address1", "", ["empty"]),
    ("Customer/ShipTo/City", "", ["empty"]),
    ("Customer/ShipTo/PostalCode", "", []),
    ("Customer/ShipTo/Country", "us", ["not-a-country-code"]),
    ("Customer/BillTo/Country", "us", ["not-a-country-code"]),
    ("Items/Item/Name", "", ["empty"]),
    ("Items/Item/Options/Option/Name", "", ["empty"]),
    ("Items/Item/Options/Option/Value", "", ["empty"]),
    ("Items/Item/ImageUrl", "x" * 500, []),
    ("Items/Item/ImageUrl", "x" * 501, ["too-long"]),
    ("Items/Item/Quantity", "0", ["out-of-range"]),
    ("Items/Item/Quantity", "-1", ["out-of-range"]),
    ("Items/Item/Quantity", "1", []),
    ("Items/Item/Quantity", "99999", []),
    ("Items/Item/Quantity", "100000", ["out-of-range"]),
    ("Items/Item/UPC", "01234567890X", ["not-a-upc"]),
    ("CurrencyCode", "usd", ["not-a-currency-code"]),
    ("CurrencyCode", "$", ["not-a-currency-code"]),
    ("OrderTotal", "21.505", ["too-many-decimals"]),
    ("TaxAmount", "0.525", ["too-many-decimals"]),
    ("ShippingAmount", "1.001", ["too-many-decimals"]),
    ("Items/Item/UnitPrice", "9.999", ["too-many-decimals"]),
    ("Items/Item/UnitPrice", "1234567890", ["too-many-digits"]),
    ("OrderTotal", "12345678.12", ["too-many-digits"]),
    ("OrderTotal", "0000000001.10", []),
    ("Items/Item/Weight", "0.125", ["too-many-decimals"]),
    ("Items/Item/Weight", "-0.5", ["negative-weight"]),
    ("Items/Item/Options/Option/Weight", "-0.5", ["negative-weight"]),
    ("Items/Item/WeightUnits", None, ["weight-without-unit"]),
    ("Items/Item/WeightUnits", "", ["weight-without-unit"]),
    ("Gift", "false", ["gift-message-without-gift"]),
    ("Gift", "0", ["gift-message-without-gift"]),
    ("Gift", None, ["gift-message-without-gift"]),
    ("Gift", "1", []),
    ("Items/Item/Adjustment", "true", ["adjustment-not-negative"]),
    ("Items/Item/Adjustment", "1", ["adjustment-not-negative"]),
    ("Items/Item/Adjustment", "0", []),
    ("Customer/ShipTo/State", "New York", ["state-not-two-letters"]),
    ("Customer/ShipTo/State", "N", ["state-not-two-letters"]),
    ("Customer/ShipTo/State", "N1", ["state-not-two-letters"]),
    ("Customer/ShipTo/State", None, ["state-not-two-letters"]),
    ("OrderDate", "10/18/2019 21:56 PM", ["not-a-clock-time"]),
    ("OrderDate", "10/18/2019 00:05 AM", ["not-a-clock-time"]),
    ("OrderDate", "10/18/2019 24:00", ["not-a-clock-time"]),
    ("OrderDate", "10/18/2019 21:60", ["not-a-clock-time"]),
    ("OrderDate", "10/18/2019 21:5", ["not-a-clock-time"]),
    ("OrderDate", "10/18/2019 21:56:60", ["not-a-clock-time"]),
    ("OrderDate", "10/18/2019 9:56 p", ["not-a-clock-time"]),
    ("OrderDate", "10/18/19 21:56", ["year-not-four-digits"]),
    ("OrderDate", "18/10/2019 21:56", ["not-a-calendar-date"]),
    ("OrderDate", "00/18/2019 21:56", ["not-a-calendar-date"]),
    ("OrderDate", "10/00/2019 21:56", ["not-a-calendar-date"]),
    ("OrderDate", "10/32/2019 21:56", ["not-a-calendar-date"]),
    ("OrderDate", "04/31/2019 21:56", ["not-a-calendar-date"]),
    ("LastModified", "02/29/2023 9:56 PM", ["not-a-calendar-date"]),
    ("LastModified", "02/29/1900 21:56", ["not-a-calendar-date"]),
    ("LastModified", "02/30/2024 21:56", ["not-a-calendar-date"]),
]


@pytest.mark.parametrize(("path", "text", "expected"), STRICT)
def test_the_strict_schema_decides_it(path: str, text: str | None, expected: list[str]) -> None:
    """The strict schema refuses what only the stricter source forbids; orders.xsd accepts it."""
    document = having(path, text)
    assert violations(document) == ()
    assert strictly(document) == expected


@pytest.mark.parametrize("price", ["9.99", "0", "0.00", "-0.00", "+9.99", ".5"])
def test_an_adjustment_that_takes_nothing_off_is_refused(price: str) -> None:
    """The price must be below 0, and the violation points at it."""
    document = changed(having("Items/Item/Adjustment", "true"), "Order/Items/Item/UnitPrice", price)
    (violation,) = strict_violations(document, authority=True)
    assert strict_violations(document) == (violation,)
    assert violation == Violation(
        "/Orders/Order[1]/Items/Item[1]/UnitPrice",
        "UnitPrice",
        price,
        "an adjustment has a negative UnitPrice",
        "adjustment-not-negative",
    )


def test_canada_needs_a_province_too() -> None:
    """The rule on states holds for the US and for Canada."""
    document = changed(having("Customer/ShipTo/State", "Ontario"), "Order/Customer/ShipTo/Country", "CA")
    assert strictly(document) == ["state-not-two-letters"]
    assert strictly(changed(document, "Order/Customer/ShipTo/State", "ON")) == []


def test_an_assertion_about_a_missing_element_points_at_its_parent() -> None:
    """The violation names the missing element."""
    (violation,) = strict_violations(having("Customer/ShipTo/State", None))
    assert (violation.xpath, violation.element) == ("/Orders/Order[1]/Customer/ShipTo", "State")


def test_the_strict_schema_accepts_ten_options() -> None:
    """The guide allows ten options a line."""
    option = "<Option><Name>a</Name><Value>b</Value></Option>"
    assert strictly(order(("<Options>", "<Options>" + option * 9))) == []
    (violation,) = strict_violations(order(("<Options>", "<Options>" + option * 10)))
    assert (violation.code, violation.rule) == ("too-many-elements", "at most 10 in Options")
    assert violation.xpath == "/Orders/Order[1]/Items/Item[1]/Options/Option[11]"


def test_negative_pages_are_refused() -> None:
    """orders.xsd accepts them, because the published schema's type does; the strict schema refuses them."""
    assert violations(parse("<Orders pages='-1'/>")) == ()
    assert strictly(parse("<Orders pages='-1'/>")) == ["bad-pages"]


def test_consequences_of_a_refused_value_are_not_reported() -> None:
    """The strict schema's assertions skip elements that orders.xsd refuses or misses."""
    assert strictly(having("Gift", "perhaps")) == []
    document = having("Items/Item/Adjustment", "true")
    assert strictly(changed(document, "Order/Items/Item/UnitPrice", None)) == []


def test_valid_documents_are_judged_without_xmlschema() -> None:
    """A process loads the slow processor only if lxml refuses something."""
    script = (
        "import sys\nfrom lxml import etree\nfrom conformance.contract.schemas import strict_violations\n"
        "assert not strict_violations(etree.fromstring('<Orders/>'))\n"
        "loaded_early = 'xmlschema' in sys.modules\n"
        "assert strict_violations(etree.fromstring('<Orders pages=\"-1\"/>'))\n"
        "sys.exit(loaded_early or 'xmlschema' not in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=SCHEMAS.parent, check=False).returncode == 0


# -- A violation is certain


def refused_without_cause(places: str) -> Callable[[Any, etree._Element], list[Any]]:
    """An engine like lxml's that also refuses the values at an XPath, as older versions of libxml2 do with decimals."""
    by_lxml = schemas._by_lxml

    def engine(schema: Any, root: etree._Element) -> list[Any]:
        found = by_lxml(schema, root)
        wrong = [each for each in root.xpath(places) if isinstance(each, etree._Element)]
        return [*found, *(schemas._Refusal(each, "value") for each in wrong)]

    return engine


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("OrderTotal", "0000000000000000000000000012.50"),
        ("Items/Item/Weight", "0.33333333333333333333333333"),
        ("Customer/ShipTo/Name", "\N{GRINNING FACE}" * 100),
        ("OrderDate", "1/1/26 1:11 pm"),
    ],
)
def test_what_xmlschema_accepts_is_no_violation(monkeypatch: pytest.MonkeyPatch, path: str, text: str) -> None:
    """If lxml alone refuses a value, nothing is reported; a wrong value beside it still is."""
    monkeypatch.setattr(schemas, "_by_lxml", refused_without_cause(f"/Orders/Order/{path}"))
    assert codes(violations(having(path, text))) == []
    assert codes(violations(changed(having(path, text), "Order/Gift", "perhaps"))) == ["not-boolean"]


def test_what_xmlschema_refuses_too_is_a_violation() -> None:
    """Of every kind: value, attribute, structure, assertion, and in the strict schema."""
    for document in (having("OrderTotal", "1,5"), having("Foo", "1"), having("Customer/CustomerCode", None)):
        assert len(violations(document)) == 1
    for document in (parse("<Orders pages='-1'/>"), having("Customer/ShipTo/State", "New York")):
        assert strict_violations(document) == strict_violations(document, authority=True) != ()


# -- lxml and xmlschema agree

VALUES = [
    *(
        "",
        " ",
        "0",
        "1",
        "true",
        "false",
        "True",
        "US",
        "CA",
        "FR",
        "us",
        "NY",
        "Ontario",
        "kg",
        "lb",
        "Pounds",
    ),
    *(
        "5",
        "-5",
        "+5",
        "-0.00",
        "5.000",
        "5.125",
        " 5 ",
        "5,00",
        "123456789",
        "1234567890",
        ".5",
        "5.",
        "1e3",
    ),
    *(
        "10/18/2019 21:56",
        "10/18/2019 21:56 PM",
        "10/18/2019 9:56pm",
        "2/29/2024 12:00 AM",
        "2/29/2023 12:00",
    ),
    *("13/01/2019 10:00", "10/18/19 10:00", "12/31/2019 23:59:59", "10/18/2019 21:56x", "a\nb", "\t", "é𝒳"),
    *("x" * 50, "x" * 51, "x" * 100, "x" * 101, "x" * 201, "x" * 1001),
]
PLACES = sorted(
    {element.getroottree().getelementpath(element) for element in parse(ORDER).iter("*")} - {"."}
    | {"Customer/BillTo/State", "Foo"}
)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(PLACES),
        st.sampled_from(["text", "comment", "drop", "twice"]),
        st.sampled_from(VALUES),
    ),
    min_size=1,
    max_size=6,
)


def distorted(changes: list[tuple[str, str, str]]) -> etree._Element:
    """An order with elements given other text, split by a comment, dropped or doubled."""
    document = parse(f"<Orders>{ORDER}{ORDER}</Orders>")
    for path, how, text in changes:
        element = document[0].find(path)
        parent = document[0] if element is None else element.getparent()
        assert parent is not None
        if element is None:
            element = etree.SubElement(parent, path.rpartition("/")[2])
        if how == "drop":
            parent.remove(element)
        elif how == "twice":
            parent.append(etree.fromstring(etree.tostring(element, with_tail=False)))
        elif not len(element):
            element.text = text
            if how == "comment" and text:
                element.text = text[: len(text) // 2]
                element.append(etree.Comment("cut"))
                element[0].tail = text[len(text) // 2 :]
    return document


@settings(max_examples=40)
@given(CHANGES)
def test_lxml_and_xmlschema_judge_alike(changes: list[tuple[str, str, str]]) -> None:
    """Both report the same for any document, and orders.xsd accepts what the strict schema accepts."""
    document = distorted(changes)
    plain = violations(document)
    assert strict_violations(document) == strict_violations(document, authority=True)
    etree.strip_elements(document, etree.Comment, with_tail=False)
    assert processor("orders.xsd").is_valid(document) is (plain == ())
    assert not (plain and processor("orders-strict.xsd").is_valid(document))


PROCESSORS: dict[str, Any] = {}


def processor(name: str) -> Any:
    import xmlschema

    if name not in PROCESSORS:
        PROCESSORS[name] = xmlschema.XMLSchema11(SCHEMAS / name)
    return PROCESSORS[name]


# -- The notification


def notice(path: str, text: str | None) -> etree._Element:
    return changed(parse(NOTICE), path, text)


@pytest.mark.parametrize(
    "text",
    [
        NOTICE,
        "<ShipNotice/>",
        "<ShipNotice><OrderNumber>1</OrderNumber><Items/></ShipNotice>",
        "<ShipNotice><NotifyCustomer/><Carrier/><Service/><TrackingNumber/><ShippingCost/><ShipDate/></ShipNotice>",
        "<ShipNotice><Items><Item><Quantity>1</Quantity><SKU/></Item></Items><OrderNumber>1</OrderNumber></ShipNotice>",
        "<ShipNotice><LabelCreateDate>1/9/2019 9:56:03 PM</LabelCreateDate></ShipNotice>",
    ],
)
def test_a_notification_may_be_nearly_empty(text: str) -> None:
    """A full notification is valid, and so is one with only an order number."""
    assert notice_violations(parse(text)) == ()


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        ("OrderNumber", "", "empty"),
        ("OrderNumber", "x" * 51, "too-long"),
        ("OrderID", "x" * 51, "too-long"),
        ("NotesToCustomer", "x" * 1001, "too-long"),
        ("TrackingNumber", "x" * 51, "too-long"),
        ("NotifyCustomer", "no", "not-boolean"),
        ("LabelCreateDate", "2019-10-20 12:56", "bad-date"),
        ("LabelCreateDate", "10/20/2019 21:56 PM", "not-a-clock-time"),
        ("LabelCreateDate", "10/20/2019", "bad-date"),
        ("ShipDate", "10/20/2019 12:56", "bad-date"),
        ("ShipDate", "13/20/2019", "bad-date"),
        ("ShipDate", "2019-10-20", "bad-date"),
        ("ShippingCost", "$4.95", "not-a-decimal"),
        ("ShippingCost", "4.955", "too-many-decimals"),
        ("ShippingCost", "1234567890", "too-many-digits"),
        ("CustomField2", "x" * 101, "too-long"),
        ("Recipient/Country", "USA", "not-a-country-code"),
        ("Recipient/Phone", "1", "unknown-element"),
        ("Items/Item/Quantity", None, "missing-element"),
        ("Items/Item/Quantity", "0", "out-of-range"),
        ("Items/Item/Quantity", "1.0", "not-an-integer"),
        ("Items/Item/SKU", "x" * 101, "too-long"),
        ("Foo", "", "unknown-element"),
    ],
)
def test_a_wrong_notification_is_refused(path: str, text: str | None, code: str) -> None:
    """Each bound of the guide's table is checked."""
    (violation,) = notice_violations(notice(path, text))
    assert (violation.code, violation.element) == (code, path.rpartition("/")[2])


def test_an_export_document_is_no_notification() -> None:
    """Another document is refused by its root."""
    assert codes(notice_violations(parse("<Orders/>"))) == ["wrong-root"]


# -- The files themselves


def named(schema: str, *kinds: str) -> list[etree._Element]:
    return list(etree.parse(SCHEMAS / schema).iter(*(XS + kind for kind in kinds)))


@pytest.mark.parametrize("schema", XSDS)
def test_every_type_and_assertion_says_its_rule(schema: str) -> None:
    """Each type has a name and a rule in words; each type of value, and each assertion, has a code."""
    for node in named(schema, "simpleType", "complexType", "assert"):
        assert node.tag == f"{XS}assert" or node.get("name")
        assert (node.findtext(f"{XS}annotation/{XS}documentation") or "").strip()
        if node.tag != f"{XS}complexType":
            code = node.findtext(f"{XS}annotation/{XS}appinfo[@source='code']") or ""
            assert re.fullmatch("[a-z]+(-[a-z]+)*", code), node.attrib


@pytest.mark.parametrize("schema", XSDS)
def test_no_type_is_left_over(schema: str) -> None:
    """Every named type is used."""
    source = etree.parse(SCHEMAS / schema)
    used = {word for names in source.xpath("//@type | //@base | //@memberTypes") for word in str(names).split()}
    assert {node.get("name") for node in named(schema, "simpleType", "complexType")} <= used


def test_a_type_that_two_schemas_share_is_the_same_in_both() -> None:
    """The schemas don't include each other, so types of one name must be equal."""
    shared = (
        "Text3",
        "Text12",
        "Text50",
        "Text100",
        "Text200",
        "Text1000",
        "WeightUnits",
        "DimensionUnits",
        "Boolean",
    )
    plain = {node.get("name"): etree.tostring(node, method="c14n") for node in named("orders.xsd", "simpleType")}
    for schema in XSDS[1:]:
        for node in named(schema, "simpleType"):
            if node.get("name") in shared:
                assert etree.tostring(node, method="c14n") == plain[node.get("name")]


def test_assertions_use_only_what_both_xpath_versions_have() -> None:
    """Every value goes through string(), and nothing of XPath 2.0 is used."""
    for node in named("orders-strict.xsd", "assert"):
        test = node.get("test", "")
        assert not re.search(r"\$|\bfor\b|\bif\b|\bsome\b|\bevery\b|matches|xs:|\beq\b|number\(", test)
        bare = re.sub(r"'[^']*'|string\([A-Z]\w+\)", "", test)
        assert not re.search(r"\b[A-Z]\w+", bare), bare


def test_the_readme_names_every_code_of_an_assertion() -> None:
    """The table of the strict schema's own rules is complete."""
    text = (SCHEMAS / "README.md").read_text(encoding="utf-8")
    for node in named("orders-strict.xsd", "assert"):
        assert f"| `{node.findtext(f'.//{XS}appinfo')}` | " in text


def plain_schema(value: Any) -> Any:
    """A JSON schema without what describes and narrows, to compare shapes."""
    if isinstance(value, list):
        return [plain_schema(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "properties" in value:
        return {
            "required": sorted(value.get("required", [])),
            "properties": {name: plain_schema(each) for name, each in value["properties"].items()},
        }
    if "anyOf" in value:
        value = {**value, "type": [each.get("type") or each["$ref"] for each in value["anyOf"]]}
    if isinstance(value.get("type"), list):
        value = {**value, "type": sorted(value["type"])}
    kept = {
        "type",
        "items",
        "prefixItems",
        "additionalProperties",
        "default",
        "$ref",
        "enum",
        "minItems",
        "maxItems",
    }
    return {key: sorted(each) if key == "enum" else plain_schema(each) for key, each in value.items() if key in kept}


def test_the_report_schema_agrees_with_the_model() -> None:
    """report.schema.json has the members, types and values of the model, and describes each."""
    written = json.loads((SCHEMAS / "report.schema.json").read_text(encoding="utf-8"))
    model = json.loads(msgspec.json.encode(msgspec.json.schema(Report)))
    assert written["$ref"] == model["$ref"]
    assert plain_schema(written["$defs"]["Report"]["properties"]["schema"]) == {"type": "integer"}
    assert written["$defs"]["Report"]["properties"]["schema"]["const"] == SCHEMA_VERSION
    assert written["$defs"].keys() == model["$defs"].keys()
    for name, definition in written["$defs"].items():
        assert plain_schema(definition) == plain_schema(model["$defs"][name]), name
        assert definition["description"]
        assert all(member["description"] for member in definition["properties"].values())
