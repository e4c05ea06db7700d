"""Statements about reports: the same folder makes the same one, and any other folder does not match it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.report import views
from conformance.report.attestation import (
    OWN_MEMBER,
    PREDICATE_TYPE,
    SETTINGS,
    STATEMENT_TYPE,
    Subject,
    make_statement,
    parse_subject,
    read_evidence,
)
from tests.support.commands import Done, command
from tests.support.reports import clean, mixed, report, result

DIGEST = "0123456789abcdef" * 4
SUBJECT = f"registry.example:5000/shop@sha256:{DIGEST}"
DIR_HASH = "find . -type f | cut -c3- | LC_ALL=C sort | xargs -r sha256sum | sha256sum | cut -f1 -d' '"
"""The definition of in-toto."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A report folder with a recording."""
    folder = tmp_path / "report"
    views.write(mixed(("4.3.4", "4.4.1")), folder)
    (folder / "recording").mkdir()
    (folder / SETTINGS).write_text("{}")
    (folder / "recording" / "a b.jsonl.gz").write_bytes(b"\0")
    return folder


@pytest.fixture
def statement(folder: Path) -> Path:
    """The statement about it."""
    file = folder.parent / "statement.json"
    assert command("attest", str(folder), "--subject", SUBJECT, "-o", str(file)) == Done(0, "", "")
    return file


def verified(file: Path, folder: Path, *options: str) -> Done:
    """Run the command that compares."""
    return command("verify", str(file), str(folder), *options)


def test_it_says_what_the_report_says(folder: Path, statement: Path) -> None:
    """In the fields of test-result, and what has no field there in a member of the suite's own."""
    made = json.loads(statement.read_text())
    assert (made["_type"], made["predicateType"]) == (STATEMENT_TYPE, PREDICATE_TYPE)
    assert made["subject"] == [{"name": "registry.example:5000/shop", "digest": {"sha256": DIGEST}}]
    predicate, own = made["predicate"], made["predicate"][OWN_MEMBER]
    assert predicate["result"] == "FAILED"
    assert [each["name"] for each in predicate["configuration"]][1:] == ["requirements", SETTINGS]
    assert all("uri" in each or "digest" in each for each in predicate["configuration"])
    found = views.read(folder)
    assert (own["suiteVersion"], own["scope"], own["exitStatus"]) == (found.suite_version, found.scope, 1)
    lists = {name: value for name, value in (*predicate.items(), *own.items()) if name.endswith("Tests")}
    assert set(lists) == {"passedTests", "warnedTests", "failedTests", "notExercisedTests", "acceptedTests"}
    named = [each for value in lists.values() for each in value]
    assert len(named) == len(set(named))
    verdicts = {f"{each.requirement} ({each.version})": each.verdict for each in found.results}
    assert {verdicts[each] for each in lists["passedTests"]} == {"conforms"}
    assert {verdicts[each] for each in lists["failedTests"]} == {"deviates", "error"}
    assert set(verdicts) - set(named) == {
        f"{name} ({each})" for name in ("CON-11", "PAG-7") for each in found.store_versions
    }


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({}, "PASSED"),
        ({"CON-5": result("CON-5", "deviates")}, "WARNED"),
        ({"CUS-1": result("CUS-1", "deviates", known="it is so")}, "WARNED"),
        ({"GIF-1": result("GIF-1", "not-exercised", accepted="no gifts")}, "WARNED"),
        ({"CUS-1": result("CUS-1", "deviates")}, "FAILED"),
        ({"GIF-1": result("GIF-1", "not-exercised")}, "FAILED"),
        ({"CUS-1": result("CUS-1", "error")}, "FAILED"),
    ],
)
def test_the_result_follows_from_the_exit_status(changed: dict[str, Any], outcome: str) -> None:
    """An incomplete run has not passed."""
    made = report([changed.get(each.requirement, each) for each in clean().results])
    assert make_statement(made, {}, Subject("shop", DIGEST))["predicate"]["result"] == outcome


def test_the_same_folder_makes_the_same_statement(folder: Path, statement: Path) -> None:
    """Also printed, and whatever else is in the folder."""
    (folder / "run.har").write_text("{}")
    again = command("attest", str(folder), "--subject", SUBJECT)
    assert again == Done(0, statement.read_text(), "")
    assert verified(statement, folder, "--subject", SUBJECT.replace("abcdef", "ABCDEF")).stdout == (
        f"{statement} matches the report in {folder}. It is about {SUBJECT}.\n"
    )


def test_a_folder_has_the_digest_that_in_toto_defines(folder: Path) -> None:
    """Its own definition is a shell command."""
    for name in ("recording", "exchanges"):
        done = subprocess.run(
            ["bash", "-c", DIR_HASH.replace("xargs -r", r"xargs -r -d '\n'")],
            cwd=folder / name,
            capture_output=True,
            text=True,
            check=True,
        )
        assert read_evidence(folder)[name] == {"dirHash": done.stdout.strip()}


def change(name: str, content: str) -> Callable[[Path], object]:
    """Return a change of a file in a report folder."""
    return lambda folder: (folder / name).write_text(content)


@pytest.mark.parametrize(
    ("do", "sentence"),
    [
        (lambda folder: views.write(clean(), folder), "report.json isn't the one that .* is about"),
        (change("report.html", "all conform"), "report.html isn't the one"),
        (change("exchanges/4.3.4/5.txt", "x"), "exchanges isn't the one"),
        (change("recording/more", "x"), "recording isn't the one"),
        (change("recording/run.json", "{ }"), "recording isn't the one"),
        (lambda folder: (folder / "junit.xml").unlink(), "has no junit.xml, which .* covers"),
        (change("report.json", "{}"), "report.json can't be read"),
        (lambda folder: (folder / "report.json").unlink(), "report.json can't be read"),
        (lambda folder: (folder / "recording" / "loop").symlink_to("/dev/zero"), "loop isn't a file"),
        (lambda folder: (folder / "recording" / "link").symlink_to(folder), "link isn't a file"),
    ],
)
def test_every_change_is_found(folder: Path, statement: Path, do: Callable[[Path], object], sentence: str) -> None:
    """One line says what differs, and the exit status is 2."""
    do(folder)
    done = verified(statement, folder)
    assert (done.status, done.stdout) == (2, "")
    assert re.fullmatch(f"conformance: .*{sentence}.*\n", done.stderr), done.stderr


def altered(alter: Callable[[Any], object]) -> Callable[[bytes], bytes]:
    """Return a change of a statement's JSON."""

    def change(content: bytes) -> bytes:
        made = json.loads(content)
        alter(made)
        return json.dumps(made).encode()

    return change


@pytest.mark.parametrize(
    ("alter", "sentence"),
    [
        (
            altered(lambda made: made["predicate"].update(result="PASSED")),
            'predicate.result is "PASSED", but should be',
        ),
        (altered(lambda made: made["predicate"]["failedTests"].pop()), r"predicate.failedTests is \["),
        (altered(lambda made: made["predicate"].pop("configuration")), "predicate.configuration is missing"),
        (altered(lambda made: made["predicate"][OWN_MEMBER].update(scope="truth")), "scope is"),
        (
            altered(lambda made: made["predicate"][OWN_MEMBER]["evidence"].pop()),
            "has recording, which .* doesn't cover",
        ),
        (altered(lambda made: made["predicate"].pop(OWN_MEMBER)), "has report.json, which .* doesn't cover"),
        (altered(lambda made: made.update(predicate=[])), "is no in-toto statement"),
        (altered(lambda made: made.update(_type="https://in-toto.io/Statement/v0.1")), "has the type .*v0.1, not"),
        (altered(lambda made: made.update(predicateType="custom")), "has the predicate type custom, not"),
        (altered(lambda made: made["subject"].clear()), "needs one subject with a SHA-256 digest"),
        (altered(lambda made: made["subject"][0].update(digest={"md5": "0"})), "needs one subject"),
        (altered(lambda made: made.update(predicateType="a\n\x1b[31mb")), "has the predicate type a.*b, not"),
        (altered(lambda made: made.update(dsseEnvelope={})), "is a signed envelope"),
        (lambda content: content[:-9], "is no in-toto statement"),
        (lambda content: b"", "is no in-toto statement"),
        (lambda content: b"\xff", "is no in-toto statement"),
        (lambda content: b"[]", "is no in-toto statement"),
        (lambda content: b"[" * 100_000, "is no in-toto statement"),
    ],
)
def test_a_malformed_statement_is_refused(
    folder: Path, statement: Path, alter: Callable[[bytes], bytes], sentence: str
) -> None:
    """One line says what is wrong with it, and the exit status is 2."""
    statement.write_bytes(alter(statement.read_bytes()))
    done = verified(statement, folder)
    assert (done.status, done.stdout) == (2, "")
    assert re.fullmatch(f"conformance: .*{sentence}.*\n", done.stderr), done.stderr


def test_members_of_others_are_ignored(folder: Path, statement: Path) -> None:
    """in-toto demands that."""
    more = altered(lambda made: (made.update(x=1), made["predicate"].update(url="https://ci.example/1")))
    statement.write_bytes(more(statement.read_bytes()))
    assert verified(statement, folder).status == 0


def test_another_subject_is_refused(folder: Path, statement: Path) -> None:
    """Name and digest must be the same."""
    for subject in (SUBJECT.replace("shop", "other"), SUBJECT.replace("0", "1")):
        done = verified(statement, folder, "--subject", subject)
        assert (done.status, done.stderr) == (2, f"conformance: {statement} is about {SUBJECT}, not about {subject}\n")


@pytest.mark.parametrize("text", ["", "shop", f"@sha256:{DIGEST}", f"shop@sha256:{DIGEST}0", f"shop@sha512:{DIGEST}"])
def test_a_subject_has_a_name_and_a_sha_256(text: str, folder: Path) -> None:
    """Any other text is wrong use."""
    with pytest.raises(ValueError, match="is no subject"):
        parse_subject(text)
    done = command("attest", str(folder), "--subject", text)
    assert (done.status, done.stdout) == (2, "")
    assert "is no subject: write NAME@sha256:" in done.stderr


def test_evidence_is_not_overwritten(folder: Path) -> None:
    """A statement in the place of the report would destroy what it is about."""
    done = command("attest", str(folder), "--subject", SUBJECT, "-o", str(folder / "report.json"))
    assert done.status == 2
    assert "is evidence: choose another file" in done.stderr
    assert views.read(folder)
