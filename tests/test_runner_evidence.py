"""Findings get the reply at the place of their fault, without secrets, and the name of their specimen."""

from __future__ import annotations

import pytest

from conformance.client.exchange import Exchange
from conformance.core.finding import Finding
from conformance.core.verdict import Outcome
from conformance.runner.evidence import CONTEXT_CHARS, MAX_FAULT_CHARS, MAX_FINDINGS, with_evidence
from conformance.runner.run import run
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection

PATH = "/Orders/Order[1]/Customer/Phone"


def reply(body: str | bytes, *, method: str = "GET", status: int = 200) -> Exchange:
    return Exchange(
        number=1,
        method=method,
        url="https://shop.example/",
        request_headers=(),
        request_body=b"",
        status=status,
        reason="",
        reply_headers=(),
        reply_body=body.encode() if isinstance(body, str) else body,
        duration_ms=1,
    )


def document(phone: str, around: str = "") -> str:
    return (
        f"<Orders><Order><OrderNumber>7</OrderNumber>{around}\n   <Customer><Phone>{phone}</Phone></Customer>"
        f"{around}</Order></Orders>"
    )


def enriched(finding: Finding, exchange: Exchange, **hidden: str) -> Finding:
    """Return a finding with its evidence; ``hidden`` is what is replaced in texts."""

    def hide(text: str) -> str:
        for secret in hidden.values():
            text = text.replace(secret, "…")
        return text

    outcome = Outcome(requirement="CUS-2", scenario="s", target="4.3.4", findings=(finding,))
    (found,) = with_evidence([outcome], {1: exchange}, {"7": "plain-1"}, hide)
    return found.findings[0]


def finding(xpath: str | None = PATH, order: str | None = "7") -> Finding:
    return Finding(message="wrong", order=order, xpath=xpath, exchange=1)


def test_the_fault_and_forty_characters_around_it() -> None:
    """The element is shown, with forty characters before and after it on one line, and the order's number."""
    found = enriched(finding(), reply(document("1 2", "<Notes>long long notes of a customer</Notes>"))).excerpt
    assert found is not None
    assert (found.fault, found.order) == ("<Phone>1 2</Phone>", "7")
    assert found.before == ("<Notes>long long notes of a customer</Notes> <Customer>")[-CONTEXT_CHARS:]
    assert found.after == "</Customer><Notes>long long notes of a customer</Notes>"[:CONTEXT_CHARS]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "cp1252"])
def test_the_encoding_of_a_reply_makes_no_difference(encoding: str) -> None:
    """The excerpt is text in any encoding that an export may have, and so is the order's number."""
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    declared = encoding.partition("-sig")[0].removesuffix("-le").removesuffix("-be")
    text = f'<?xml version="1.0" encoding="{declared}"?>\n{document("ä 2", "<Notes>für Ü</Notes>")}'
    found = enriched(finding(order=None), reply(f"{mark}{text}".encode(encoding))).excerpt
    assert found is not None
    assert (found.fault, found.order) == ("<Phone>ä 2</Phone>", "7")
    assert found.before.endswith("<Notes>für Ü</Notes> <Customer>")
    assert found.after == "</Customer><Notes>für Ü</Notes></Order></Orders>"[:CONTEXT_CHARS]


def test_a_long_element_is_cut() -> None:
    """Of a long element, the beginning is shown."""
    found = enriched(finding(), reply(document("9" * 1000))).excerpt
    assert found is not None
    assert len(found.fault) == MAX_FAULT_CHARS + 1


def test_a_reply_that_is_no_xml_is_shown_where_it_breaks() -> None:
    """Without an order, the place where the document breaks is shown, with the order before it."""
    found = enriched(finding(None, None), reply(document("1 & 2"))).excerpt
    assert found is not None
    assert found.before.endswith("<Phone>1 &")
    assert found.order == "7"
    assert enriched(finding(None, None), reply(document("1"))).excerpt is None


def test_secrets_are_hidden_before_the_text_is_cut() -> None:
    """No part of a secret is left, also if the cut falls into it."""
    secret = "s3cret-Pass-" * 5
    found = enriched(finding(), reply(document("1", secret)), password=secret).excerpt
    assert found is not None
    assert "s3cret" not in found.before + found.fault + found.after


def test_only_exports_are_shown() -> None:
    """A notification's reply is no export; neither is a failure. The specimen's name is told all the same."""
    for exchange in (reply("failed", method="POST"), reply("<html>", status=500), reply("")):
        found = enriched(finding(), exchange)
        assert (found.excerpt, found.specimen) == (None, "plain-1")


def test_findings_that_no_report_keeps_get_none() -> None:
    """Only the findings that a report keeps are searched for."""
    outcome = Outcome(requirement="CUS-2", scenario="s", target="4.3.4", findings=(finding(),) * (MAX_FINDINGS + 2))
    (found,) = with_evidence([outcome], {1: reply(document("1"))}, {}, str)
    assert [each.excerpt is None for each in found.findings] == [False] * MAX_FINDINGS + [True] * 2


def test_a_run_shows_the_place_and_names_the_specimen() -> None:
    """From the store to the report, also where the document is not well-formed."""
    target = EmbeddedTarget("4.3.4", defects=("address2-dropped", "cdata-ended-early"))
    found = run(RunSettings((target,), selection=Selection(("CUS-4", "CON-7"))))
    evidence = {result.requirement: result.evidence for result in found.results}
    broken = next(each for each in evidence["CON-7"] if each.excerpt is not None).excerpt
    assert broken is not None
    assert "]]>" in broken.before + broken.fault + broken.after
    assert broken.order
    assert not evidence["CUS-4"] or all(each.specimen for each in evidence["CUS-4"] if each.order)
