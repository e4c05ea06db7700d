"""The sentences that all views share."""

from __future__ import annotations

import pytest

from conformance.report import wording
from conformance.report.model import Report
from tests.support.reports import HOSTILE, REQUIREMENTS, clean, mixed, report, result


def but(changed: str, verdict: str, **more: str) -> list[object]:
    return [
        result(r.id, verdict if r.id == changed else "conforms", **(more if r.id == changed else {}))  # type: ignore[arg-type]
        for r in REQUIREMENTS
    ]


def made(changed: str, verdict: str, gate: str = "must", **more: str) -> Report:
    return report(but(changed, verdict, **more), gate_level=gate)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("of", "said", "end"),
    [
        (
            clean(),
            "CONFORMS: 10 of 10 MUST requirements judged; all conform",
            "exit status 0: every MUST requirement in scope was judged and conforms",
        ),
        (
            made("CUS-1", "deviates"),
            "DEVIATES: 10 of 10 MUST requirements judged; 1 deviates",
            "exit status 1: a MUST requirement deviates",
        ),
        (
            made("CUS-1", "deviates", known="why"),
            "PASSES: 10 of 10 MUST requirements judged; 1 known deviation",
            "exit status 0: every deviation that would fail the run is listed in the baseline",
        ),
        (
            made("CUS-8", "deviates", "should"),
            "DEVIATES: 10 of 10 MUST requirements judged; 1 SHOULD deviates",
            "exit status 1: a SHOULD requirement deviates",
        ),
        (
            made("CUS-8", "deviates"),
            "CONFORMS: 10 of 10 MUST requirements judged; all conform, 1 SHOULD deviates",
            "exit status 0: every MUST requirement in scope was judged and conforms",
        ),
        (
            made("CUS-1", "error"),
            "ERROR: 9 of 10 MUST requirements judged; 1 suite error",
            "exit status 2: an error of the suite, not of the target",
        ),
        (
            made("CUS-1", "not-exercised", reason="nobody knows"),
            "INCOMPLETE: 9 of 10 MUST requirements judged; 1 not judged, because: nobody knows",
            "exit status 3: incomplete: a MUST in scope could not be judged",
        ),
        (
            made("CUS-1", "not-exercised"),
            "INCOMPLETE: 9 of 10 MUST requirements judged",
            "exit status 3: incomplete: a MUST in scope could not be judged",
        ),
    ],
)
def test_the_verdict_in_a_line(of: Report, said: str, end: str) -> None:
    """The headline has the verdict, the number of MUST requirements judged, and the result."""
    assert wording.headline(of) == said
    assert wording.exit_words(of) == end


def test_nothing_invisible_is_left() -> None:
    """Control characters, direction marks and lone surrogates become visible symbols; line feeds stay."""
    shown = wording.visible(HOSTILE)
    assert not set(shown) & set("\x00\x1b\r\u202e\u2066\udc80\ufffe")
    assert "␀␛[31m⟨U+202E⟩kcatta" in shown
    assert "\n" in shown
    assert "\n" not in wording.one_line(HOSTILE)
    assert "שלום" in shown


def test_long_text_says_how_much_is_cut() -> None:
    """A cut text states how many characters are missing; a short text is not changed."""
    assert wording.cut("abc", 3) == "abc"
    assert wording.cut("x" * 1500, 100) == "x" * 100 + " … (1,400 more characters)"


def test_how_to_run_one_again() -> None:
    """The command to run a requirement again quotes the target, so that a hostile one adds no command."""
    assert (
        wording.rerun_command(mixed(), "CUS-2", "4.6.3")
        == "conformance run 'https://shop.example/?dispatch=shipstation' --username ship-user --only CUS-2"
    )
    words = ("conformance", "run", "--defect", "x")
    embedded = wording.rerun_command(clean(target="embedded mock store --defect x", command=words), "CUS-2")
    assert embedded == "conformance run --defect x --store-version 4.3.4 --only CUS-2"
    hostile = ("conformance", "run", "https://x/'; rm -rf /")
    assert wording.rerun_command(clean(command=hostile), "A-1").count("'\"'\"'") == 1
    assert wording.rerun_command(clean(command=()), "A-1") == "conformance run … --only A-1"


def test_a_pasted_command_says_which_secrets_it_needs() -> None:
    """The variables are named that the options of the command read their secrets from."""
    assert wording.secrets_note(mixed()) == " (with CONFORMANCE_PASSWORD set)"
    both = clean(command=("conformance", "run", "https://x/", "--username", "u", "--control", "https://x/c"))
    assert wording.secrets_note(both) == " (with CONFORMANCE_PASSWORD and CONFORMANCE_CONTROL_TOKEN set)"
    assert wording.secrets_note(clean(command=("conformance", "run"))) == ""
