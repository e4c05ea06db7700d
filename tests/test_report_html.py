"""report.html."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

import pytest
from lxml import etree
from lxml import html as parser

from conformance.core.model import Requirement
from conformance.report import html
from conformance.report.model import FindingRecord, Report
from tests.support.reports import ALL_VERSIONS, clean, exchange, hostile, mixed, phone, report, result


def parsed(page: str) -> parser.HtmlElement:
    return parser.document_fromstring(page.encode(), parser=parser.HTMLParser(encoding="utf-8"))


def words(node: etree._Element) -> str:
    return " ".join("".join(node.itertext()).split())


MIXED = html.render(mixed())


def requirement(page: str, name: str) -> parser.HtmlElement:
    return parsed(page).get_element_by_id(name)


def test_the_verdict_comes_first() -> None:
    """The verdict is the first text of the body, and part of the title."""
    root = parsed(MIXED)
    body = root.find("body")
    assert body is not None
    assert words(body[0][0]) == "DEVIATES 7 of 10 MUST requirements judged; 2 deviate, 1 known, 1 suite error"
    assert "DEVIATES" in words(root.find("head/title"))  # type: ignore[arg-type]


def test_a_deviation_has_all_that_mends_it() -> None:
    """A deviation has source, place, values with marked differences, hint, exchange and the command to rerun it."""
    node = requirement(MIXED, "CUS-2")
    text = words(node)
    for part in (
        "Help page (S13): ShipStation imports the customer's phone number",
        "Order CT-1007 · 4.0.1 … 4.6.3 (26 versions)",
        "at /Orders/Order[3]/Customer/BillTo/Phone",
        "Hint: The country code is cut off",
        "Exchange 17 of 4.0.1: GET → 200",
        'curl -u "$USERNAME"',
        "--store-version 4.0.1 --scope full --only CUS-2",
    ):
        assert part in text
    assert [words(mark) for mark in node.findall(".//article[1]//mark")][:2] == ["+49 30", "030"]


def test_every_link_leads_somewhere() -> None:
    """Links lead to an id in the page, or to a file beside it."""
    root = parsed(MIXED)
    ids = {node.get("id") for node in root.iter() if node.get("id")}
    for link in root.iter("a"):
        target = link.get("href", "")
        assert target[1:] in ids if target.startswith("#") else re.fullmatch(r"exchanges/[\w.]+/\d+\.txt", target)


def test_ids_are_unique() -> None:
    """No two elements have the same id; otherwise links would lead to the wrong one."""
    ids = [node.get("id") for node in parsed(MIXED).iter() if node.get("id")]
    assert len(ids) == len(set(ids))


def test_the_reply_is_shown_around_the_order() -> None:
    """If the reply is long, the finding shows the part around the order; the whole reply comes later."""
    long = exchange(1, "4.3.4", reply_body="<a>" * 2000 + "<OrderNumber>CT-9</OrderNumber>" + "<b>" * 2000)
    page = html.render(report([result("CUS-2", "deviates", "4.3.4", phone("CT-9", "4.3.4", 1))], exchanges=(long,)))
    marks = [words(mark) for mark in requirement(page, "CUS-2").findall(".//details//mark")]
    assert marks == ["CT-9"]
    assert "The reply around the order" in page


@pytest.mark.parametrize("of", [clean(), mixed(), hostile(), report([])])
def test_nothing_is_asked_of_the_network(of: Report) -> None:
    """The page loads nothing, and its policy allows only its own script and style."""
    page = html.render(of)
    root = parsed(page)
    for node in root.iter():
        assert not {"src", "srcset", "data", "poster", "action", "style", "background"} & set(node.attrib)
        assert not [name for name in node.attrib if str(name).startswith("on")]
        assert node.tag not in ("link", "img", "iframe", "object", "embed", "base")
    assert "url(" not in page.split("</style>")[0]
    policy = root.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    assert "default-src 'none'" in str(policy)
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in str(policy)


def test_hostile_text_stays_text() -> None:
    """Hostile text creates no element, is not run as a template, and hides nothing."""
    page = html.render(hostile())
    assert page.count("<script>") == 1
    assert "{{ 7*7 }}" in page
    assert "javascript:" not in "".join(link.get("href", "") for link in parsed(page).iter("a"))
    assert not set(page) & set("\x00\x1b\r\u202e\u2066\udc80\ufffe")
    assert len(page) < 300_000


def test_without_script_everything_is_there() -> None:
    """Without a script, only the filters are hidden."""
    hidden = [node.get("id") for node in parsed(MIXED).iter() if node.get("hidden") is not None]
    assert hidden == ["filters"]


def test_filters_know_what_each_requirement_is() -> None:
    """Each requirement has its level, its feature and the verdict in each version as data for the filters."""
    node = requirement(MIXED, "NOT-1")
    assert node.get("data-level") == "must"
    assert node.get("data-states", "").startswith("deviates:0 1 2;conforms:3 4 ")
    options = {words(option) for option in parsed(MIXED).iter("option")}
    assert {"MUST", "Gift", "known deviation", "4.3.10"} <= options


def test_observations_and_silence_are_there() -> None:
    """The page shows observations, and the reasons why requirements were not exercised."""
    assert "Takes SS-AUTH headers" in words(requirement(MIXED, "CON-11"))
    assert "Not exercised in 4.0.1 … 4.6.3 (26 versions): the run was read-only" in words(requirement(MIXED, "SHP-2"))
    assert "possible with --allow-writes" in words(parsed(MIXED))


def test_an_empty_value_is_said() -> None:
    """An empty value and a missing value are shown differently."""
    nothing = FindingRecord(scenario="s", message="gone", expected="x")
    page = html.render(report([result("CUS-1", "deviates", "4.3.4", nothing)]))
    assert "(nothing)" in words(requirement(page, "CUS-1"))
    assert "(empty)" in words(requirement(MIXED, "LOC-1"))


def test_26_versions_of_everything_wrong_stay_under_5_mb() -> None:
    """A page with 26 versions, different findings in each, long values and bodies of 100 kB stays under 5 MB."""
    requirements = [Requirement(f"R-{n}", "must", f"Feature {n % 15}", "title " * 20, "S12 G B") for n in range(115)]
    results = [
        result(
            r.id,
            "deviates",
            v,
            *(
                FindingRecord(
                    scenario="s",
                    message="wrong " * 20,
                    order=f"CT-{n}-{v}",
                    xpath="/Orders/Order[1]",
                    expected="<&>" * 700,
                    actual=f"<{v}>" * 700,
                    exchange=n,
                    hint="hint",
                )
                for n in range(4)
            ),
        )
        for r in requirements
        for v in ALL_VERSIONS
    ]
    exchanges = tuple(
        exchange(n, v, reply_body=f"<OrderNumber>CT-{n}-{v}</OrderNumber>" + "<&>" * 33_000)
        for v in ALL_VERSIONS
        for n in range(4)
    )
    page = html.render(report(results, requirements=requirements, versions=ALL_VERSIONS, exchanges=exchanges))
    assert len(page.encode()) < 5_000_000
    assert "more findings in report.json" in page
