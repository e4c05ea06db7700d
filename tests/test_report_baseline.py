"""The baseline of known deviations."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from conformance.cli.recheck import recheck
from conformance.cli.reports import baseline as write_baseline
from conformance.cli.run import run
from conformance.core.model import Scope
from conformance.report import badge, junit
from conformance.report.baseline import (
    AcceptedGap,
    Baseline,
    BaselineError,
    KnownDeviation,
    apply,
    from_report,
    read_baseline,
)
from conformance.report.grouping import entries_of
from conformance.report.model import FindingRecord, Report, Result
from conformance.report.summary import summarise
from conformance.report.wording import EXERCISED, STALE, exit_words, headline
from tests.support.reports import REQUIREMENTS, clean, hostile, mixed, phone, report, result
from tests.support.store_in_thread import served

IDS = {requirement.id for requirement in REQUIREMENTS}
TODAY = date(2026, 3, 10)


def read(tmp_path: Path, text: str) -> Baseline:
    file = tmp_path / "baseline.toml"
    file.write_text(text, encoding="utf-8")
    return read_baseline(file, IDS)


def test_an_entry_with_everything(tmp_path: Path) -> None:
    """Requirement, version, order, reason and end date of an entry are read."""
    baseline = read(
        tmp_path,
        '[[known]]\nrequirement = "CUS-2"\nversion = "4.3.*"\norder = "CT-*"\nreason = "why"\nuntil = 2027-01-31\n',
    )
    assert baseline.entries == (KnownDeviation("CUS-2", "why", "4.3.*", "CT-*", date(2027, 1, 31), 1),)


def test_an_empty_file_knows_nothing(tmp_path: Path) -> None:
    """An empty file, with a byte order mark or without, is a baseline without entries."""
    assert read(tmp_path, "\ufeff# nothing yet\n").entries == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[[known]]\nrequirement = "CUS-22"\nreason = "x"', "no requirement 'CUS-22'. Did you mean CUS-2?"),
        ('[[known]]\nrequirement = "CUS-2"', "entry 1 (CUS-2): the key reason is missing"),
        ('[[known]]\nrequirement = "CUS-2"\nreason = "  "', "the key reason is missing"),
        ('[[known]]\nreason = "x"', "the key requirement is missing"),
        (
            '[[known]]\nrequirement = "CUS-2"\nreason = "x"\nuntil = "soon"',
            "a date such as 2027-01-31",
        ),
        ('[[known]]\nrequirement = "CUS-2"\nreason = "x"\nuntil = 2027', "must be a date"),
        ('[[known]]\nrequirement = "CUS-2"\nreason = "x"\nuntil = 2027-01-31T00:00:00Z', "must be a date"),
        (
            '[[known]]\nrequirement = "CUS-2"\nreason = "x"\nversions = "1"',
            "Did you mean version?",
        ),
        ('[[known]]\nrequirement = "CUS-2"\nreason = "x"\nversion = 4.3', "version must be a text"),
        ('[known]\nrequirement = "CUS-2"', "two brackets"),
        ("known = [1]", "an entry must be a table"),
        ("[[knwon]]\n", "unknown key 'knwon'"),
        ("[[not-exercised]]\n", "Did you mean not_exercised?"),
        ("[not_exercised]\n", "write entries as [[not_exercised]], with two brackets"),
        (
            '[[not_exercised]]\nrequirement = "GIF-1"',
            "entry 1 of not_exercised (GIF-1): the key reason is missing; write why the requirement can't be exercised",
        ),
        (
            '[[not_exercised]]\nrequirement = "GIF-1"\nreason = "x"\norder = "CT-*"',
            "entry 1 of not_exercised: unknown key 'order'",
        ),
        ("[[known]\n", "isn't valid TOML"),
    ],
)
def test_what_can_not_be_meant_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """An error in the file is one sentence that names file and entry."""
    with pytest.raises(BaselineError) as caught:
        read(tmp_path, text)
    assert why in str(caught.value)
    assert "baseline.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    """A missing file, a folder and a file that is not text are refused."""
    with pytest.raises(BaselineError, match="can't be read: No such file"):
        read_baseline(tmp_path / "none.toml", IDS)
    with pytest.raises(BaselineError, match="can't be read"):
        read_baseline(tmp_path, IDS)
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BaselineError, match="is not UTF-8"):
        read_baseline(tmp_path / "b.toml", IDS)


def known(requirement: str = "CUS-2", **more: object) -> KnownDeviation:
    return KnownDeviation(requirement, "why", number=1, **more)  # type: ignore[arg-type]


def test_a_result_is_known_only_if_every_finding_is_covered() -> None:
    """A deviation is known only if entries cover all its findings, so that an old bug does not hide a new one."""
    both = result("CUS-2", "deviates", "4.3.4", phone("CT-1", "4.3.4"), phone("77", "4.3.4"))
    applied = apply(Baseline((known(order="CT-*"),)), [both], TODAY)
    assert applied.results[0].known is None
    assert applied.stale == ()
    applied = apply(Baseline((known(order="CT-*"), KnownDeviation("CUS-2", "too", order="77"))), [both], TODAY)
    assert applied.results[0].known == "why; too"


def test_version_and_requirement_must_fit() -> None:
    """Version and requirement of an entry are compared with upper and lower case; the version is a glob."""
    results = [result("CUS-2", "deviates", v, phone("CT-1", v)) for v in ("4.3.4", "4.3.10", "4.4.1")]
    applied = apply(Baseline((known(version="4.3.*"),)), results, TODAY)
    assert [r.known for r in applied.results] == ["why", "why", None]


def test_an_order_pattern_does_not_cover_a_finding_without_order() -> None:
    """An entry for an order does not cover a finding about the whole document."""
    whole = result("CUS-2", "deviates", "4.3.4", FindingRecord(scenario="s", message="no XML"))
    bare = result("CUS-2", "deviates", "4.3.4")
    assert apply(Baseline((known(order="*"),)), [whole, bare], TODAY).results == (whole, bare)
    assert [r.known for r in apply(Baseline((known(),)), [whole, bare], TODAY).results] == ["why", "why"]


def test_an_expired_entry_does_not_apply_and_is_said() -> None:
    """An entry is valid on its last day; from the next day on, it is reported as expired."""
    results = [result("CUS-2", "deviates", "4.3.4", phone("CT-1", "4.3.4"))]
    on_the_day = Baseline((known(until=TODAY),))
    assert apply(on_the_day, results, TODAY).results[0].known == "why"
    late = apply(on_the_day, results, date(2026, 3, 11))
    assert late.results[0].known is None
    assert (late.expired, late.stale) == (on_the_day.entries, ())
    assert late.notices == ("Baseline entry expired after 2026-03-10: CUS-2 (entry 1: why).",)


def test_an_entry_whose_deviation_is_gone_is_stale() -> None:
    """An entry without a deviation is stale if its requirement was judged, and not if it was not exercised."""
    baseline = Baseline((known(version="4.3.*"),))
    conforms = result("CUS-2", "conforms", "4.3.4")
    silent = result("CUS-2", "not-exercised", "4.3.5")
    assert apply(baseline, [conforms], TODAY).stale == baseline.entries
    allowed = apply(baseline, [conforms], TODAY, allow_stale=True)
    assert (allowed.stale, allowed.notices) == ((), ())
    assert apply(baseline, [conforms], TODAY).notices[0].startswith(STALE)
    assert apply(baseline, [conforms, silent], TODAY).stale == ()
    assert apply(baseline, [silent], TODAY).stale == ()
    assert apply(baseline, [], TODAY).stale == ()
    assert apply(baseline, [result("CUS-2", "conforms", "4.4.1")], TODAY).stale == ()


def test_an_order_that_deviates_no_more_makes_its_entry_stale() -> None:
    """An entry for an order is stale if that order does not deviate, even if other orders do."""
    results = [result("CUS-2", "deviates", "4.3.4", phone("77", "4.3.4"))]
    baseline = Baseline((known(order="CT-*"),))
    assert apply(baseline, results, TODAY).stale == baseline.entries


def test_a_written_baseline_is_refused_until_reasons_are_filled_in(tmp_path: Path) -> None:
    """With reasons, a written baseline covers all deviations of the report."""
    text = from_report(mixed())
    with pytest.raises(BaselineError, match="the key reason is missing"):
        read(tmp_path, text)
    baseline = read(tmp_path, text.replace('reason = ""', 'reason = "filled in"'))
    applied = apply(baseline, mixed().results, TODAY)
    assert all(r.known for r in applied.results if r.verdict == "deviates")
    assert applied.stale == ()


def test_a_written_baseline_keeps_what_is_known_and_stays_narrow() -> None:
    """A written baseline keeps known reasons, uses a glob for a whole minor version, and lists orders in a comment."""
    text = from_report(mixed())
    assert 'reason = "The add-on has no locations; SHOP-4711"' in text
    assert 'requirement = "NOT-1"\nversion = "4.0.*"\n' in text
    assert 'requirement = "CUS-2"\nreason = ""' in text
    assert "# orders: CT-1007, CT-1008, CT-1009, CT-1010, CT-1011" in text
    assert "CON-11" not in text


def test_a_clean_report_gives_an_empty_baseline(tmp_path: Path) -> None:
    """The baseline of a report without deviations has no entries, and can be read."""
    assert read(tmp_path, from_report(clean())).entries == ()


def test_hostile_text_can_not_break_the_file(tmp_path: Path) -> None:
    """Hostile text stays in its comment or string, and special characters in a version match only themselves."""
    text = from_report(hostile()).replace('reason = ""', 'reason = "x"')
    (tmp_path / "b.toml").write_text(text, encoding="utf-8")
    (entry, *_) = read_baseline(tmp_path / "b.toml", {"ORD-13"}).entries
    assert entry.requirement == "ORD-13"
    odd = report([result("CUS-2", "deviates", "4.[x]*"), result("CUS-2", version="5")], versions=("4.[x]*", "5"))
    baseline = read(tmp_path, from_report(odd).replace('reason = ""', 'reason = "x"'))
    assert apply(baseline, odd.results, TODAY).results[0].known == "x"


def accepted(*gaps: AcceptedGap, of: Report, scope: Scope = "full") -> Report:
    """Return a report with a baseline of these gaps applied."""
    applied = apply(Baseline(not_exercised=gaps), of.results, TODAY)
    summary = summarise(of.requirements, applied.results, scope, "must", of.store_versions, stale=bool(applied.stale))
    return msgspec.structs.replace(
        of, results=applied.results, summary=summary, notices=(*of.notices, *applied.notices), scope=scope
    )


def without(*names: str, version: str = "4.3.4") -> list[Result]:
    """Return results in which everything conforms but these, which were not exercised."""
    reason = "the store exported no orders with a gift"
    return [
        result(r.id, "not-exercised", version, reason=reason) if r.id in names else result(r.id, version=version)
        for r in REQUIREMENTS
    ]


def test_what_a_shop_does_not_have_can_be_accepted(tmp_path: Path) -> None:
    """With reasons, a correct store that lacks something ends green; the first line tells how many are accepted."""
    lacking = report(without("GIF-1", "LOC-1"))
    assert headline(lacking).startswith("INCOMPLETE: 8 of 10 MUST requirements judged; 2 not judged")
    half = accepted(AcceptedGap("GIF-1", "no gifts", number=1), of=lacking)
    assert headline(half).startswith(
        "INCOMPLETE: 8 of 10 MUST requirements judged; 1 accepted as not exercised here, 1 not judged"
    )
    assert half.summary.exit_status == 3
    text = from_report(lacking, not_exercised=True)
    assert "# the store exported no orders with a gift" in text
    baseline = read(tmp_path, text.replace('reason = ""', 'reason = "we have none"'))
    whole = accepted(*baseline.not_exercised, of=lacking)
    assert headline(whole) == "PASSES: 8 of 10 MUST requirements judged; 2 accepted as not exercised here"
    assert (whole.summary.exit_status, whole.summary.conformant, whole.summary.must_accepted) == (0, False, 2)
    assert exit_words(whole).startswith("exit status 0: nothing deviates beyond the baseline")
    assert badge.badge_text(whole) == "passes, 2 not exercised"
    assert b"Accepted as not exercised here: we have none" in junit.render(whole)
    assert from_report(whole, not_exercised=True).count('reason = "we have none"') == 2


def test_a_deviation_counts_whatever_is_accepted() -> None:
    """An accepted requirement that deviates fails the run; the acceptance is stale and says so."""
    gap = AcceptedGap("CUS-2", "no phones", number=1)
    wrong = [*without("CUS-2"), result("CUS-2", "deviates", "4.3.4", phone("1", "4.3.4"))]
    results = [each for each in wrong if each.requirement != "CUS-2" or each.verdict == "deviates"]
    found = accepted(gap, of=report(results))
    assert found.summary.exit_status == 1
    assert any(notice.startswith(EXERCISED) for notice in found.notices)


def test_an_acceptance_that_is_no_longer_needed_is_reported_and_fails_nothing() -> None:
    """If the requirement was exercised after all, a notice names the entry; the run conforms."""
    found = accepted(AcceptedGap("GIF-1", "no gifts", number=1), of=clean())
    entry = "GIF-1 (entry 1 of not_exercised: no gifts)"
    assert found.notices == (f"{EXERCISED}: {entry} was exercised after all; remove it.",)
    assert (found.summary.exit_status, found.summary.conformant) == (0, True)


def test_an_acceptance_ends_on_its_day() -> None:
    """After its end date, an acceptance has no effect: the run is incomplete again, and a notice tells why."""
    late = AcceptedGap("GIF-1", "no gifts", until=date(2026, 3, 9), number=1)
    found = accepted(late, of=report(without("GIF-1")))
    assert found.summary.exit_status == 3
    assert found.notices == ("Baseline entry expired after 2026-03-09: GIF-1 (entry 1 of not_exercised: no gifts).",)


def test_acceptances_for_some_versions() -> None:
    """An acceptance is for the versions that its glob matches; the requirement counts once."""
    versions = ("4.3.4", "4.4.1")
    both = report([each for v in versions for each in without("GIF-1", version=v)], versions=versions)
    one = accepted(AcceptedGap("GIF-1", "no gifts", "4.3.*"), of=both)
    assert (one.summary.exit_status, one.summary.must_accepted) == (3, 0)
    assert accepted(AcceptedGap("GIF-1", "no gifts", "4.*"), of=both).summary.must_accepted == 1


def test_nothing_judged_is_never_accepted() -> None:
    """A run that judged nothing is incomplete, whatever the baseline accepts: the endpoint may be down."""
    gaps = [AcceptedGap(requirement.id, "all") for requirement in REQUIREMENTS]
    found = accepted(*gaps, of=report(without(*IDS)))
    assert found.summary.exit_status == 3


def test_what_a_deviation_prevents_is_not_offered_for_acceptance() -> None:
    """A written baseline has no entry for a requirement that can be judged once another one is repaired."""
    prevented = result("SHP-2", "not-exercised", "4.3.4", reason="the notification was refused: fix CUS-2 first")
    results = [each for each in without("GIF-1") if each.requirement not in ("CUS-2", "SHP-2")]
    text = from_report(
        report([*results, prevented, result("CUS-2", "deviates", "4.3.4", phone("1", "4.3.4"))]), not_exercised=True
    )
    assert 'requirement = "GIF-1"' in text
    assert "SHP-2" not in text


def test_out_of_scope_is_not_accepted_and_not_missing() -> None:
    """A requirement outside the scope is shown as such, with an acceptance or without; the run needs none."""
    found = accepted(AcceptedGap("SHP-2", "no"), of=report(without("SHP-2", "STA-4"), scope="truth"), scope="truth")
    statuses = {entry.requirement.id: entry.status for entry in entries_of(found)}
    assert (statuses["SHP-2"], statuses["STA-4"]) == ("out-of-scope", "out-of-scope")
    assert (found.summary.exit_status, found.summary.must_accepted) == (0, 0)


def test_a_small_shop_ends_green(tmp_path: Path) -> None:
    """From an incomplete run to a green one: run, write the baseline, fill in the reason, run again; recheck agrees."""
    with served(count=5, now=None) as store:
        shop = store.store.shop
        click = CliRunner(env={"CONFORMANCE_PASSWORD": shop.password})
        words = [store.store.url, "--username", shop.username, "--scope", "observation"]
        words += ["--only", "PAG-1", "--only", "CON-1", "--report-dir", str(tmp_path / "report"), "-q"]
        assert click.invoke(run, words).exit_code == 3
        written = click.invoke(write_baseline, [str(tmp_path / "report"), "--not-exercised"]).output
        (tmp_path / "b.toml").write_text(written.replace('reason = ""', 'reason = "a small shop"'), encoding="utf-8")
        green = click.invoke(run, [*words, "--baseline", str(tmp_path / "b.toml")])
    assert green.exit_code == 0
    assert green.output == "PASSES: 1 of 2 MUST requirements judged; 1 accepted as not exercised here\n"
    again = click.invoke(recheck, [str(tmp_path / "report"), "-q"])
    assert "byte for byte" in again.output
