"""Where elements stand in the bytes of a document."""

from __future__ import annotations

import pytest

from conformance.client.parsing.places import MAX_SEARCHED_BYTES, in_utf8, number_of_order_before, places_in

BODY = (
    '<?xml version="1.0"?>\n<Orders pages="1"><Order><OrderNumber>1</OrderNumber><Items><Item><SKU>a</SKU></Item>'
    "<Item><SKU>ü</SKU><Location/></Item></Items></Order>\n"
    "<Order><OrderNumber><![CDATA[ 2 ]]></OrderNumber><Customer><ShipTo><Name>x</Name></ShipTo></Customer></Order>"
    "</Orders>"
).encode()


def shown(path: str, body: bytes = BODY) -> str | None:
    """Return the text at the place of a path."""
    place = places_in(body, [path]).found.get(path)
    return None if place is None else body[place.start : place.end].decode()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/Orders/Order[1]/Items/Item[2]/SKU", "<SKU>ü</SKU>"),
        ("/Orders/Order[1]/Items/Item[2]/Location", "<Location/>"),
        ("/Orders/Order[2]/Customer/ShipTo/Name", "<Name>x</Name>"),
        ("/Orders/Order[2]/Customer/ShipTo/Address2", "<ShipTo>"),
        ("/Orders/Order[2]/Items/Item[1]/SKU", "<Order>"),
        ("/Orders/@pages", '<Orders pages="1">'),
        ("/Orders", '<Orders pages="1">'),
        ("/Orders/Order", None),
        ("//Item[1]/Location", None),
        ("state", None),
        ("", None),
        ("/Other/Order[1]", None),
        ("/Orders/Order[x]", None),
    ],
)
def test_the_element_or_where_it_should_be(path: str, text: str | None) -> None:
    """A missing element is shown by the start tag of the element around it; an unknown path has no place."""
    assert shown(path) == text


def test_where_a_document_breaks() -> None:
    """The place is the character that is wrong, and the order is the last one before it."""
    broken = BODY.replace(b"<Name>x", b"<Name>x & y")
    place = places_in(broken, ["/Orders/Order[1]/OrderNumber"]).broken
    assert place is not None
    assert broken[: place.start].endswith(b"<Name>x &")
    assert number_of_order_before(broken, place.start) == "2"
    assert number_of_order_before(broken, 10) == ""
    assert places_in(BODY, []).broken is None


def test_entities_and_long_documents_are_left_alone() -> None:
    """A document type may define entities that grow, and a long document takes long: neither is searched."""
    bomb = b'<!DOCTYPE Orders [<!ENTITY a "aaaaaaaaaa">]><Orders><Order><OrderNumber>&a;</OrderNumber></Order></Orders>'
    assert not places_in(bomb, ["/Orders/Order[1]/OrderNumber"]).found
    assert not places_in(BODY + b" " * MAX_SEARCHED_BYTES, ["/Orders/Order[1]/OrderNumber"]).found


@pytest.mark.parametrize("body", [b"", b"\0", b"\xff\xfe<\0", b"not XML", BODY.decode().encode("utf-16")])
def test_any_bytes_can_be_searched(body: bytes) -> None:
    """No body makes the search fail."""
    places_in(body, ["/Orders/Order[1]/OrderNumber"])


@pytest.mark.parametrize("encoding", ["hex", "no-such", "utf-16", "punycode", "unicode_escape", "ascii", "utf-8"])
def test_a_document_in_no_encoding_that_can_be_told_stays_as_it_is(encoding: str) -> None:
    """Whatever encoding its declaration names."""
    body = f'<?xml version="1.0" encoding="{encoding}"?><Orders>'.encode() + b"\xd8\xff\\x</Orders>"
    assert in_utf8(body) == body
