"""``--only``, ``--scenario`` and ``--failed``: what a run judges."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click import UsageError

from conformance.cli.selection import failed_last_time, requirements_of
from conformance.contract.paths import FEATURES
from conformance.contract.requirements import features
from conformance.core.model import Role
from conformance.report import views
from conformance.report.model import Report
from conformance.runner.settings import Selection
from tests.support.processes import conformance


def run(folder: Path, *words: str) -> tuple[int, str, Report]:
    """Return exit status, output and report of a run over one version."""
    done = conformance("run", "--store-version", "4.6.3", "--report-dir", str(folder), *words)
    return done.returncode, done.stdout + done.stderr, views.read(folder)


def judged(report: Report) -> dict[str, str]:
    return {each.requirement: each.verdict for each in report.results}


def test_what_failed_is_judged_again_until_nothing_fails(tmp_path: Path) -> None:
    """First what deviated, with its verdict; when it conforms, everything that is selected."""
    defect = ("--defect", "gift-always-false")
    few = ("--only", "GIF", "--only", "CON-1")
    status, _, first = run(tmp_path, *few, *defect)
    assert status == 1
    musts = {each.id for each in first.requirements if each.level == "must"}
    deviating = {name for name, verdict in judged(first).items() if verdict == "deviates" and name in musts}
    assert 0 < len(deviating) < len(judged(first))
    status, _, second = run(tmp_path, "--failed", *defect)
    assert (status, judged(second)) == (1, dict.fromkeys(deviating, "deviates"))
    status, _, third = run(tmp_path, "--failed")
    assert (status, judged(third)) == (0, dict.fromkeys(deviating, "conforms"))
    status, printed, fourth = run(tmp_path, "--failed", "--scenario", "gift")
    assert status == 0
    assert f"Nothing failed in {tmp_path / 'report.json'}: judging everything." in printed
    assert len(judged(fourth)) > len(deviating)


def test_known_deviations_and_those_of_a_lower_level_did_not_fail(tmp_path: Path) -> None:
    """Errors did."""
    _, _, report = run(tmp_path, "--only", "IMG", "--only", "CON-1")
    should = next(each.id for each in report.requirements if each.level == "should")
    must = [each.id for each in report.requirements if each.level == "must"]
    change = {must[0]: "deviates", must[1]: "deviates", must[2]: "error", should: "deviates"}
    results = tuple(
        msgspec.structs.replace(each, verdict=change.get(each.requirement, each.verdict)) for each in report.results
    )
    known = tuple(
        msgspec.structs.replace(each, known="for a reason") if each.requirement == must[1] else each for each in results
    )
    path = tmp_path / "report.json"
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(report, results=known)))
    assert set(failed_last_time(path, "store", "must")) == {must[0], must[2]}
    assert set(failed_last_time(path, "store", "should")) == {must[0], must[2], should}


def test_a_last_run_that_is_none_is_wrong_use(tmp_path: Path) -> None:
    """The message names the file and the option."""
    with pytest.raises(UsageError, match="there is no report"):
        failed_last_time(tmp_path / "report.json", "store", "must")
    _, _, _ = run(tmp_path, "--only", "CON-1")
    with pytest.raises(UsageError, match="is a report on a store"):
        failed_last_time(tmp_path / "report.json", "importer", "must")
    done = conformance("run", "--failed", "--only", "CON-1", "--report-dir", str(tmp_path))
    assert done.returncode == 2
    assert "give one of them" in done.stderr
    (tmp_path / "report.json").write_text("{", encoding="utf-8")
    done = conformance("run", "--failed", "--report-dir", str(tmp_path))
    assert done.returncode == 2
    assert "report.json" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("role", ["store", "importer"])
def test_every_scenario_is_selected_by_its_full_name(role: Role) -> None:
    """In any case, alone if no other name contains it; a name that is in none is wrong use."""
    scenarios = features(FEATURES / role).scenarios
    for each in scenarios:
        assert each.requirement in requirements_of((each.full_name.upper(),), Selection(), role)
    with pytest.raises(UsageError, match="no scenario has 'no such thing' in its name"):
        requirements_of(("no such thing",), Selection(), role)
    only = Selection((scenarios[0].requirement,))
    with pytest.raises(UsageError, match="no scenario of the selected requirements has"):
        requirements_of((scenarios[-1].full_name,), only, role)


def test_scenarios_of_two_requirements_are_judged_and_no_others(tmp_path: Path) -> None:
    """A defect that another scenario of the requirement finds stays unseen, and the report says that it is a part."""
    status, printed, report = run(tmp_path, "--scenario", "IMG-1,", "--scenario", "form of a refusal")
    assert set(judged(report)) == {
        each.requirement
        for each in features(FEATURES / "store").scenarios
        if "img-1," in each.full_name.casefold() or "form of a refusal" in each.full_name.casefold()
    }
    assert "with 'IMG-1,' or 'form of a refusal' in their name were judged" in " ".join(printed.split())
    assert status == 0
