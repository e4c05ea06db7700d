"""Personal data is replaced by stable pseudonyms in every view and recording."""

from __future__ import annotations

import codecs
import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.client import exchange as exchanges
from conformance.client.exchange import Exchange
from conformance.client.recording import FOLDER
from conformance.core.finding import Finding
from conformance.report import views
from conformance.runner import run_record as records
from conformance.runner.redaction import Pseudonyms
from conformance.runner.run import judge_again, run
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection
from mockstore.traffic import journal

EXPORT = """<Orders><Order><OrderNumber>7</OrderNumber><Customer><CustomerCode>ann@example.org</CustomerCode>
<BillTo><Name>Ann &amp; Lee</Name><Phone>+49 30 901820</Phone><Email>ann@example.org</Email></BillTo>
<ShipTo><Name><![CDATA[Zoë O'Neil]]></Name><Address1>12 Oak St</Address1><City>Berlin</City></ShipTo></Customer>
<Items><Item><Name>Blue mug</Name></Item></Items><CustomerNotes>Call Ann &amp; Lee</CustomerNotes></Order></Orders>"""
PEOPLE = ("Ann &amp; Lee", "Ann & Lee", "901820", "ann@example.org", "Zoë", "12 Oak St")


def exchange(body: str, number: int = 1) -> Exchange:
    """A reply with this body."""
    return Exchange(
        number=number,
        method="GET",
        url="http://shop.example/",
        request_headers=(),
        request_body=b"",
        status=200,
        reason="OK",
        reply_headers=(),
        reply_body=body.encode(),
        duration_ms=1.0,
    )


def test_people_are_gone_and_the_rest_stays() -> None:
    """Names, streets, phones and e-mails are replaced, also inside notes; products, numbers and cities stay."""
    taken = exchange(EXPORT)
    shown = Pseudonyms([taken]).exchange(taken).body.decode()
    assert not [value for value in PEOPLE if value in shown]
    assert "<Name>Blue mug</Name>" in shown
    assert "<City>Berlin</City>" in shown
    assert "<CustomerNotes>Call Person 1</CustomerNotes>" in shown


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_people_are_gone_from_replies_in_every_encoding(encoding: str) -> None:
    """The reply keeps its encoding, and a reply without people its bytes."""
    taken = replace(exchange(""), reply_body=EXPORT.encode(encoding))
    shown = Pseudonyms([taken]).exchange(taken).body.decode(encoding)
    assert not [value for value in PEOPLE if value in shown]
    assert "<City>Berlin</City>" in shown
    nobody = replace(taken, reply_body=codecs.BOM_UTF16_BE + "<Orders/>".encode("utf-16-be"))
    assert Pseudonyms([taken]).exchange(nobody).body == nobody.body


def test_one_value_is_one_pseudonym_in_every_form() -> None:
    """XML, JSON, a URL and a finding have the same pseudonym."""
    name = "Jürgen Groß-Müller"
    told = json.dumps({"order_number": "7", "customer": {"email": "", "billing": {"name": name}, "shipping": None}})
    pseudonyms = Pseudonyms([exchange(told), exchange(f"<Orders><BillTo><Name>{name}</Name></BillTo></Orders>", 2)])
    assert pseudonyms.exchange(exchange(told)).body.decode().count("Person 1") == 1
    assert pseudonyms.text(f"by {name}") == "by Person 1"
    assert pseudonyms.text("?name=J%C3%BCrgen+Gro%C3%9F-M%C3%BCller") == "?name=Person 1"
    assert pseudonyms.text(json.dumps(name)) == '"Person 1"'


def test_the_shops_own_names_are_not_people() -> None:
    """The names of statuses and products stay."""
    told = json.dumps({"name": "My shop", "statuses": [{"name": "Paid"}], "items": [{"name": "Lamp"}]})
    assert json.loads(Pseudonyms([exchange(told)]).exchange(exchange(told)).body) == json.loads(told)


def test_the_shops_own_rest_api_is_covered_as_well() -> None:
    """CS-Cart's REST API has other names for first and last name, and for both addresses."""
    told = json.dumps({"order_id": "7", "b_firstname": "Jürgen", "s_address": "Turmweg 5", "email": "j@example.org"})
    shown = Pseudonyms([exchange(told)]).exchange(exchange(told)).body.decode()
    assert not [value for value in ("Jürgen", "Turmweg", "j@example.org") if value in shown]
    assert '"order_id": "7"' in shown


def test_a_malformed_document_is_covered_as_well() -> None:
    """A malformed reply holds personal data, too."""
    broken = EXPORT.replace("</Orders>", "<Order>")
    shown = Pseudonyms([exchange(broken)]).exchange(exchange(broken)).body.decode()
    assert not [value for value in PEOPLE if value in shown]


def test_a_damaged_value_is_masked_by_its_place() -> None:
    """Any text in a person's field is personal, even if the store's record has another."""
    finding = Finding(
        message="",
        order="7",
        xpath="/Orders/Order[1]/Customer/BillTo/Name",
        expected="Ann & Lee",
        actual="Ann &amp;amp; Lee",
        exchange=1,
    )
    shown = Pseudonyms([exchange(EXPORT)])._finding(finding)
    assert (shown.expected, shown.actual) == ("Person 1", "Person 3")


def test_a_short_value_is_replaced_only_as_a_whole_field() -> None:
    """A house number that is an address line is not replaced inside other texts."""
    body = "<Orders><ShipTo><Address2>1</Address2></ShipTo><Quantity>1</Quantity></Orders>"
    shown = Pseudonyms([exchange(body)]).exchange(exchange(body)).body.decode()
    assert shown == body.replace("<Address2>1<", "<Address2>Address line 1<")


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300))
def test_any_body_can_be_redacted(body: bytes) -> None:
    """Nothing that a store sends makes redaction fail."""
    taken = Exchange(
        number=1,
        method="GET",
        url="http://shop.example/",
        request_headers=(),
        request_body=b"",
        status=200,
        reason="OK",
        reply_headers=(),
        reply_body=body,
        duration_ms=1.0,
    )
    Pseudonyms([taken]).exchange(taken)


def test_no_customer_is_in_the_report_folder(tmp_path: Path) -> None:
    """After a whole run with deviations, no file has an e-mail address of the store's customers."""
    asked = RunSettings(
        targets=(EmbeddedTarget("4.3.4", profile="addon-1.0.12"),),
        selection=Selection(("CUS", "ORD", "WIN-4")),
        record=str(tmp_path / FOLDER),
        redact=True,
    )
    report = run(asked)
    views.write(report, tmp_path)
    assert [result for result in report.results if result.verdict == "deviates"]
    kept = b"".join(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    ).decode()
    mails = set(re.findall(r"[\w.+-]+@[\w.-]+\.\w+", kept))
    ours = ("@specimen.example", ".specimen.example", "@elsewhere.example")
    others = {mail for mail in mails if not mail.endswith((*ours, "@redacted.example"))}
    # an excerpt may end within the address of one of the suite's own orders
    assert {mail for mail in others if not ours[0].startswith(mail[mail.index("@") :])} == set()


def test_a_redacted_recording_gives_the_same_results(tmp_path: Path) -> None:
    """The people in the suite's own orders stay, so its requests are still found in the recording."""
    asked = RunSettings(
        targets=(EmbeddedTarget("4.3.4"),),
        selection=Selection(("CUS", "SHP-2")),
        record=str(tmp_path / FOLDER),
        redact=True,
    )
    first = run(asked)
    again = judge_again(records.read(tmp_path))
    assert {each.verdict for each in first.results} == {"conforms"}
    assert again.results == first.results


def test_what_the_suite_sent_stays_byte_for_byte() -> None:
    """The people in the suite's own orders stay, also in the shop's replies; the shop's customers are replaced."""
    sent = '{"customer":{"email":"a@specimen.example","billing":{"name":"Zoë Maker"}}}'
    made = replace(exchange('{"order_number":"7"}'), method="POST", request_body=sent.encode())
    theirs = exchange('{"customer": {"billing": {"name": "Ann Lee"}, "shipping": {"name": "Zoë Maker"}}}', 2)
    pseudonyms = Pseudonyms([theirs, made])
    assert pseudonyms.exchange(made) == made
    assert "Zoë Maker" in pseudonyms.exchange(theirs).body.decode()
    assert "Ann Lee" not in pseudonyms.exchange(theirs).body.decode()


def test_suite_and_store_mask_the_same_headers() -> None:
    """A header that one of them shows would give away what the other hides."""
    assert exchanges.SECRET_HEADERS == journal.SECRET_HEADERS


def test_a_value_in_several_cdata_sections_is_one_value() -> None:
    """A name that contains the end of a CDATA section."""
    body = "<Orders><BillTo><Name><![CDATA[A ]]]]><![CDATA[> Bell]]></Name></BillTo></Orders>"
    shown = Pseudonyms([exchange(body)]).exchange(exchange(body)).body.decode()
    assert shown == "<Orders><BillTo><Name>Person 1</Name></BillTo></Orders>"


def test_a_hostile_request_is_not_searched() -> None:
    """A body of megabytes was made up by the suite, and stays as it is."""
    told = exchange('{"customer": {"billing": {"name": "Ann Lee"}}}')
    bomb = replace(exchange("", 2), method="POST", request_body=b"Ann Lee " * 200_000)
    assert Pseudonyms([told, bomb]).exchange(bomb) == bomb
