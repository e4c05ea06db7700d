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
        "What to do: The country code is cut off",
        "at /Orders/Order[n]/Customer/BillTo/Phone",
        "CT-1007 plain-1 Order[3] 4.0.1 … 4.6.3 (26 versions)",
        "In the reply (exchange 17 of 4.0.1, order CT-1007):",
        "…<Name><![CDATA[Ann Lee]]></Name> <Phone><![CDATA[030901820]]></Phone><Email>",
        "To run only CUS-2 again (with CONFORMANCE_PASSWORD set):",
        "conformance run 'https://shop.example/?dispatch=shipstation' --username ship-user --only CUS-2",
        "Help page (S13): ShipStation imports the customer's phone number",
    ):
        assert part in text
    assert [words(mark) for mark in node.findall(".//td//mark")][:2] == ["+49 30", "030"]


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


def test_deviations_stand_first_and_once() -> None:
    """Deviations come before the table by feature, MUST before SHOULD before errors before known ones."""
    headings = [words(heading) for heading in parsed(MIXED).iter("h2")]
    assert headings[:7] == [
        "Deviations",
        "SHOULD deviations (reported; they don't fail the run)",
        "Errors of the suite itself; please report them",
        "Known deviations (listed in the baseline)",
        "Not exercised",
        "By feature",
        "Connection and authentication",
    ]
    assert len(parsed(MIXED).xpath("//details[@id='CUS-2']")) == 1
    assert [words(link) for link in parsed(MIXED).xpath("//section[@class='results feature']//p/a[@href='#CUS-2']")]


def test_five_findings_of_a_cause_are_open_and_the_rest_is_folded() -> None:
    """Five rows are shown; a fold has the others, and a sentence the number of those that the report does not keep."""
    more = FindingRecord(scenario="The phone of every order", message="… and 7 more findings of this kind", more=7)
    findings = [phone(f"CT-{n}", "4.3.4") for n in range(12)]
    node = requirement(html.render(report([result("CUS-2", "deviates", "4.3.4", *findings, more)])), "CUS-2")
    assert len(node.findall("./div/table/tbody/tr")) == 5
    assert len(node.findall("./div/details/table/tbody/tr")) == 7
    assert "7 more findings of the same kind" in words(node)
    assert "7 further findings of this kind: only counted, not kept." in words(node)
    assert len(node.findall(".//figure")) == 1


def test_a_fix_that_comes_first_is_named_once() -> None:
    """What a deviation prevents stands in one line, whichever of several reasons names the deviation."""
    results = [
        result("CUS-2", "deviates", "4.3.4", phone("1", "4.3.4")),
        result("SHP-2", "not-exercised", reason="the notification was refused: fix CUS-2 first"),
        result("STA-4", "not-exercised", reason="the store refuses: fix SHP-2 first"),
        result("GIF-1", "not-exercised", reason="the store exported no orders with a gift"),
    ]
    text = words(parsed(html.render(report(results))))
    assert "Fix CUS-2 first, then run again; 2 requirements could not be judged: STA-4 SHP-2" in text
    assert "possible with a suitable order in the store, or a wider --window" in text


def test_out_of_scope_is_no_gap() -> None:
    """What the scope leaves out has a column and a sentence, and is not among what was not exercised."""
    results = [result("CON-1"), result("SHP-2", "not-exercised", reason="the run was read-only")]
    page = parsed(html.render(report(results, scope="observation")))
    assert "out of scope" in words(page.xpath("//table[@class='figures']/thead")[0])
    assert "requirements need more than --scope observation; they don't count" in words(page)
    assert "SHP-2" not in words(page.xpath("//h2[text()='Not exercised']/..")[0])


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
    """Without a script, only the filters and their message are hidden."""
    hidden = [node.get("id") for node in parsed(MIXED).iter() if node.get("hidden") is not None]
    assert hidden == ["bar", "nothing"]


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
