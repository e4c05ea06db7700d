"""Reports for tests, and functions to make others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from conformance.core.model import Requirement, Verdict
from conformance.report.model import SCHEMA_VERSION, Excerpt, ExchangeRecord, FindingRecord, Report, Result
from conformance.report.summary import GateLevel, summarise

ALL_VERSIONS = (
    *("4.0.1", "4.0.2", "4.0.3", "4.1.1", "4.1.2", "4.1.3", "4.1.4", "4.1.5"),
    *("4.2.1", "4.2.2", "4.2.3", "4.2.4"),
    *("4.3.1", "4.3.2", "4.3.3", "4.3.4", "4.3.5", "4.3.6", "4.3.7", "4.3.8", "4.3.9", "4.3.10"),
    *("4.4.1", "4.4.2", "4.6.1", "4.6.3"),
)

REQUIREMENTS = (
    Requirement(
        "CON-1",
        "must",
        "Connection and authentication",
        "With the right user name and password, an export over an empty window answers 2xx with a valid, "
        "empty Orders document (Test Connection)",
        "S5 S8 S10 G B",
    ),
    Requirement(
        "CON-2",
        "must",
        "Connection and authentication",
        "A wrong password gets no order data and no success",
        "S5 S8 G",
    ),
    Requirement(
        "CON-5",
        "should",
        "Connection and authentication",
        "The refusal is status 401 with a WWW-Authenticate challenge, or 403",
        "G A",
    ),
    Requirement(
        "CON-11",
        "info",
        "Connection and authentication",
        "Which credentials it takes besides Basic, the add-on version it states",
        "A",
    ),
    Requirement(
        "PAG-1",
        "must",
        "Paging",
        "When the result has several pages, page 1 states how many in `pages`",
        "G A B",
    ),
    Requirement("PAG-7", "info", "Paging", "Orders per page, bytes per page, time per page", "A"),
    Requirement(
        "CUS-1",
        "must",
        "Customer",
        "BillTo/Email is the customer's e-mail address of the order",
        "S12",
        "truth",
    ),
    Requirement("CUS-2", "must", "Customer", "Phone is the customer's number", "S13", "truth"),
    Requirement("CUS-8", "should", "Customer", "Values come without spaces around them", "B"),
    Requirement("STA-4", "must", "Statuses", "A change of status shows in the next export", "S11", "write"),
    Requirement("GIF-1", "must", "Gift", "A gift order has Gift true", "S17", "truth"),
    Requirement(
        "NOT-1",
        "must",
        "Notes",
        "CustomerNotes is what the customer wrote at checkout",
        "S19",
        "truth",
    ),
    Requirement(
        "LOC-1",
        "must",
        "Product location",
        "Location is the product's place in the warehouse",
        "S24",
        "truth",
    ),
    Requirement(
        "SHP-2",
        "must",
        "Status update with tracking",
        "The tracking number is recorded as sent",
        "S25",
        "notify",
    ),
)

NOTE = "Bitte beim Nachbarn abgeben (Müller & Söhne), Klingel geht nicht. Danke!\nGruß, Jörg"

REPLY = """<?xml version="1.0" encoding="utf-8"?>
<Orders pages="2"><Order><OrderID><![CDATA[1007]]></OrderID><OrderNumber><![CDATA[CT-1007]]></OrderNumber>
<OrderDate>03/10/2026 04:00</OrderDate><OrderStatus><![CDATA[Paid]]></OrderStatus>
<CustomerNotes><![CDATA[Bitte beim Nachbarn abgeben (M&uuml;ller &amp; S&ouml;hne).]]></CustomerNotes>
<Customer><CustomerCode><![CDATA[ann@example.org]]></CustomerCode><BillTo><Name><![CDATA[Ann Lee]]></Name>
<Phone><![CDATA[030901820]]></Phone><Email><![CDATA[ann@example.org]]></Email></BillTo></Customer>
<Items></Items></Order></Orders>
"""


def exchange(number: int, version: str, **changed: Any) -> ExchangeRecord:
    made = ExchangeRecord(
        number=number,
        version=version,
        method="GET",
        url="https://shop.example/?dispatch=shipstation&action=export&start_date=03%2F10%2F2026+00%3A00&page=1",
        request_headers=(("Authorization", "Basic ***"), ("Accept", "*/*")),
        request_body="",
        status=200,
        reason="OK",
        reply_headers=(("Content-Type", "text/xml; charset=utf-8"),),
        reply_body=REPLY,
        duration_ms=51.5,
        curl="curl -u \"$USERNAME\" 'https://shop.example/?dispatch=shipstation&action=export&page=1'",
    )
    return msgspec.structs.replace(made, **changed)


def result(
    requirement: str, verdict: Verdict = "conforms", version: str = "4.3.4", *evidence: FindingRecord, **more: Any
) -> Result:
    return Result(requirement=requirement, version=version, verdict=verdict, evidence=evidence, **more)


def report(
    results: Sequence[Result],
    *,
    requirements: Sequence[Requirement] = REQUIREMENTS,
    versions: tuple[str, ...] = ("4.3.4",),
    gate_level: GateLevel = "must",
    **changed: Any,
) -> Report:
    scope = changed.get("scope", "full")
    made = Report(
        schema=SCHEMA_VERSION,
        suite_version="0.1.0",
        target="https://shop.example/?dispatch=shipstation",
        role="store",
        scope=scope,
        seed=1,
        store_versions=versions,
        started_at="2026-03-10T09:30:00Z",
        duration_s=8.25,
        requests=57,
        requirements=tuple(requirements),
        results=tuple(results),
        summary=summarise(requirements, results, scope, gate_level, versions),
        command=("conformance", "run", "https://shop.example/?dispatch=shipstation", "--username", "ship-user"),
    )
    return msgspec.structs.replace(made, **changed)


def clean(**changed: Any) -> Report:
    """Return a report in which everything was judged and conforms."""
    return report([result(r.id) for r in REQUIREMENTS], **changed)


def phone(order: str, version: str, number: int = 17) -> FindingRecord:
    return FindingRecord(
        scenario="The phone of every order",
        message="The phone is not the customer's",
        order=order,
        xpath="/Orders/Order[3]/Customer/BillTo/Phone",
        expected="+49 30 901820",
        actual="030901820",
        exchange=number,
        hint="The country code is cut off where the number is stored in local form",
        specimen="plain-1",
        excerpt=Excerpt(
            before="<Name><![CDATA[Ann Lee]]></Name> ",
            fault="<Phone><![CDATA[030901820]]></Phone>",
            after="<Email><![CDATA[ann@example.org]]></Email>",
            order=order,
        ),
    )


def _mixed(requirement: Requirement, version: str) -> Result:
    name = requirement.id
    match name:
        case "CON-11":
            seen = FindingRecord(scenario="Credentials", message="Takes SS-AUTH headers; states version 1.0.12")
            return result(name, "conforms", version, seen)
        case "PAG-7":
            seen = FindingRecord(scenario="Pages", message="10 orders, 19,306 bytes, 52 ms a page")
            return result(name, "conforms", version, seen)
        case "CON-5":
            wrong = FindingRecord(
                scenario="A wrong password",
                message="The refusal has the wrong status",
                expected="401 or 403",
                actual="200",
                exchange=5,
            )
            return result(name, "deviates", version, wrong)
        case "CUS-2":
            many = 5 if version == "4.6.3" else 1
            return result(name, "deviates", version, *(phone(f"CT-{1007 + n}", version) for n in range(many)))
        case "NOT-1" if version.startswith("4.0."):
            wrong = FindingRecord(
                scenario="The notes of every order",
                message="CustomerNotes is not what the customer wrote",
                order="CT-1007",
                xpath="/Orders/Order[3]/CustomerNotes",
                expected=NOTE,
                actual=NOTE.replace("Müller & Söhne", "M&uuml;ller &amp; S&ouml;hne"),
                exchange=17,
                hint="HTML entities are left in the text, as WooCommerce's plug-in once did",
            )
            return result(name, "deviates", version, wrong)
        case "LOC-1":
            empty = FindingRecord(
                scenario="Places",
                message="Location is empty",
                order="CT-1009",
                xpath="//Item[1]/Location",
                expected="A1-B2",
                actual="",
            )
            return result(name, "deviates", version, empty, known="The add-on has no locations; SHOP-4711")
        case "STA-4":
            return result(name, "not-exercised", version, reason="the run was read-only")
        case "SHP-2":
            return result(name, "not-exercised", version, reason="the run was read-only")
        case "GIF-1":
            return result(name, "not-exercised", version, reason="no order of the window is a gift")
        case "CUS-8" if version == "4.4.1":
            broken = FindingRecord(scenario="Spaces", message="'NoneType' object has no attribute 'strip'", exchange=17)
            return result(name, "error", version, broken, reason="AttributeError in 'values are trimmed'")
        case _:
            return result(name, "conforms", version)


def mixed(versions: tuple[str, ...] = ALL_VERSIONS, **changed: Any) -> Report:
    """Return a report with new and known deviations, errors, observations and requirements that were not exercised."""
    results = [_mixed(requirement, version) for requirement in REQUIREMENTS for version in versions]
    exchanges = tuple(exchange(number, version) for version in versions for number in (5, 17))
    notices = ("The clock of the target is 42 s behind; allowed for.",)
    return report(results, versions=versions, **{"exchanges": exchanges, "notices": notices, **changed})


HOSTILE = (
    "<script>alert(1)</script>]]>\x00\x1b[31m\u202ekcatta\u2066\udc80\ufffe\"'&`|*_[x](javascript:alert(1))\r\n"
    "--> {{ 7*7 }} [red]@all שלום"
)


def hostile() -> Report:
    """Return a report in which every text from the target is an attack, and bodies have 100 kB."""
    body = HOSTILE * (100_000 // len(HOSTILE))
    bad = FindingRecord(
        scenario=HOSTILE,
        message=HOSTILE,
        order=HOSTILE,
        xpath=HOSTILE,
        expected=HOSTILE,
        actual=body,
        exchange=1,
        hint=HOSTILE,
        specimen=HOSTILE,
        excerpt=Excerpt(before=HOSTILE, fault=HOSTILE, after=HOSTILE, order=HOSTILE),
    )
    version = f"4.3.4{HOSTILE}"
    requirement = Requirement("ORD-13", "must", HOSTILE, HOSTILE, f"S12 {HOSTILE}")
    silent = Requirement("ORD-12", "must", HOSTILE, HOSTILE, "")
    broken = Requirement("ORD-11", "should", "Broken", HOSTILE, "G")
    measured = Requirement("ORD-10", "info", "Measured", HOSTILE, "X")
    raw = exchange(
        1,
        version,
        url=f"https://shop.example/{HOSTILE}",
        request_body=body,
        reply_body=body,
        reason=HOSTILE,
        curl=HOSTILE,
        request_headers=((HOSTILE, HOSTILE),),
        reply_headers=((HOSTILE, HOSTILE),),
        error=HOSTILE,
    )
    return report(
        [
            result("ORD-13", "deviates", version, bad, bad),
            result("ORD-12", "not-exercised", version, reason=HOSTILE),
            result("ORD-11", "error", version, bad, reason=body),
            result("ORD-10", "conforms", version, bad),
        ],
        requirements=(requirement, silent, broken, measured),
        versions=(version,),
        target=f"https://shop.example/{HOSTILE}",
        notices=(HOSTILE,),
        command=("conformance", "run", f"https://shop.example/{HOSTILE}"),
        exchanges=(raw,),
    )
