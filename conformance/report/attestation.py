"""An in-toto statement about a report: what was judged, how it ended, and digests of the evidence.

The predicate is *test-result* v0.1; what it has no field for is in a member of the suite's own. The same folder and
subject make the same statement. Signing is the work of other programs.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from conformance.core.errors import ConformanceError
from conformance.core.files import read_small_file
from conformance.core.finding import shorten
from conformance.core.json_errors import NOT_JSON
from conformance.report import views
from conformance.report.grouping import Status, status_of
from conformance.report.model import Report
from conformance.report.wording import one_line

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
OWN_MEMBER = "shipstationCscartConformance"
"""The member of the predicate with what test-result has no field for."""
SUITE = "shipstation-cscart-conformance"
FILES = (views.JSON, *views.VIEWS)
"""Files of a report folder that are evidence."""
FOLDERS = (views.EXCHANGES, "recording")
"""Folders in it that are evidence."""
SETTINGS = "recording/run.json"
"""The settings of the run, in a report folder."""
MAX_SHOWN = 100
"""A message shows at most this many characters of a value."""
LISTS: dict[Status, str] = {
    "conforms": "passedTests",
    "known": "warnedTests",
    "deviates": "failedTests",
    "error": "failedTests",
    "not-exercised": "notExercisedTests",
    "accepted": "acceptedTests",
}
"""Status of a result → the list that names it. A SHOULD that deviates is a warning. Others are in no list."""
_SUBJECT = re.compile(r"(\S.*)@sha256:([0-9a-fA-F]{64})")

DigestSet = Mapping[str, str]


class WrongAttestation(ConformanceError):
    """The statement can't be made or read, or doesn't match the report; the message says why in one line."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


@dataclass(frozen=True)
class Subject:
    """What was judged: a name and a digest, for example of a container image."""

    name: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name}@sha256:{self.sha256}"


def parse_subject(text: str) -> Subject:
    """Return the subject that ``NAME@sha256:DIGEST`` names.

    Raises:
        ValueError: the text has another form.
    """
    if (found := _SUBJECT.fullmatch(text)) is None:
        raise ValueError(f"{shorten(text, MAX_SHOWN)} is no subject: write NAME@sha256: and 64 hexadecimal digits")
    return Subject(found[1], found[2].lower())


def statement_of(folder: Path, subject: Subject) -> dict[str, Any]:
    """Return the statement about the report in a folder.

    Raises:
        UnreadableReport: there is no report that this suite can read.
        WrongAttestation: a part of the evidence can't be read.
    """
    return make_statement(views.read(folder), read_evidence(folder), subject)


def make_statement(report: Report, evidence: Mapping[str, DigestSet], subject: Subject) -> dict[str, Any]:
    """Return the statement about a report, given the digests of its evidence."""
    tests = _tests(report)
    summary = report.summary
    warned = tests["warnedTests"] or tests["acceptedTests"]
    listed = "".join(f"{each.id} {each.level} {each.title}\n" for each in report.requirements)
    digest = hashlib.sha256(listed.encode("utf-8", "backslashreplace")).hexdigest()
    configuration: list[dict[str, Any]] = [
        {"name": SUITE, "uri": f"pkg:generic/{SUITE}@{report.suite_version}"},
        {
            "name": "requirements",
            "digest": {"sha256": digest},
            "annotations": {"count": len(report.requirements)},
        },
    ]
    if SETTINGS in evidence:
        configuration.append({"name": SETTINGS, "digest": dict(evidence[SETTINGS])})
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": subject.name, "digest": {"sha256": subject.sha256}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "result": "FAILED" if summary.exit_status else "WARNED" if warned else "PASSED",
            "configuration": configuration,
            **{name: tests[name] for name in ("passedTests", "warnedTests", "failedTests")},
            OWN_MEMBER: {
                "suiteVersion": report.suite_version,
                "role": report.role,
                "target": report.target,
                "scope": report.scope,
                "storeVersions": list(report.store_versions),
                "seed": report.seed,
                "startedAt": report.started_at,
                "stopped": report.stopped,
                "exitStatus": summary.exit_status,
                "mustInScope": summary.must_in_scope,
                "mustJudged": summary.must_judged,
                **{name: tests[name] for name in ("notExercisedTests", "acceptedTests")},
                "evidence": [
                    {"name": name, "digest": dict(digest)} for name, digest in evidence.items() if name != SETTINGS
                ],
            },
        },
    }


def _tests(report: Report) -> dict[str, list[str]]:
    """Return for each list the requirements in it, with the version: ``CON-1 (4.3.4)``."""
    requirements = {each.id: each for each in report.requirements}
    found: dict[str, list[str]] = {name: [] for name in LISTS.values()}
    for result in report.results:
        requirement = requirements.get(result.requirement)
        status: Status = "error" if requirement is None else status_of(requirement, result, report.scope)
        if status not in LISTS or (requirement is not None and requirement.level == "info" and status != "error"):
            continue
        is_warning = status == "deviates" and requirement is not None and requirement.level == "should"
        found["warnedTests" if is_warning else LISTS[status]].append(f"{result.requirement} ({result.version})")
    return found


def read_evidence(folder: Path) -> dict[str, DigestSet]:
    """Return the digests of the evidence in a report folder, by its name there.

    A file has its SHA-256, and a folder the ``dirHash`` that in-toto defines.

    Raises:
        WrongAttestation: something in it is neither a file nor a folder, or can't be read.
    """
    found: dict[str, DigestSet] = {}
    try:
        for name in (*FILES, SETTINGS):
            if (path := folder / name).exists():
                found[name] = {"sha256": _file_digest(path)}
        for name in FOLDERS:
            if lines := sorted(_lines(folder / name)):
                content = b"".join(digest.encode() + b"  " + place + b"\n" for place, digest in lines)
                found[name] = {"dirHash": hashlib.sha256(content).hexdigest()}
    except OSError as error:
        raise WrongAttestation(f"{error.filename} can't be read: {error.strerror}") from None
    return found


def _lines(folder: Path) -> Iterator[tuple[bytes, str]]:
    """Yield place and SHA-256 of each file in a folder and the folders in it."""
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield os.fsencode(path.relative_to(folder)), _file_digest(path)


def _file_digest(path: Path) -> str:
    if not path.is_file():
        raise WrongAttestation(f"{path} isn't a file, so it can't be evidence")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def encode(statement: Mapping[str, Any]) -> bytes:
    """Return a statement as JSON; equal statements give equal bytes."""
    return msgspec.json.format(msgspec.json.encode(statement), indent=2) + b"\n"


class _Resource(msgspec.Struct):
    digest: dict[str, str]
    name: str = ""


class _Statement(msgspec.Struct):
    """The part of a statement that is read before it is compared."""

    type: str = msgspec.field(name="_type")
    predicate_type: str = msgspec.field(name="predicateType")
    subject: list[_Resource]
    predicate: dict[str, Any]


def check_statement(file: Path, folder: Path, wanted: Subject | None = None) -> Subject:
    """Check that a statement is about the report in a folder, and return its subject.

    Raises:
        WrongAttestation: it isn't, or it is about another subject than ``wanted``, or it is no statement.
        UnreadableReport: the folder has no report that this suite can read.
    """
    content = _read_statement(file)
    subject = Subject(content.subject[0].name, content.subject[0].digest["sha256"])
    if wanted is not None and subject != wanted:
        raise WrongAttestation(f"{file} is about {subject}, not about {wanted}")
    expected = statement_of(folder, subject)
    own = content.predicate.get(OWN_MEMBER)
    stated = _digests(own.get("evidence") if isinstance(own, dict) else None)
    for name, digest in _digests(expected["predicate"][OWN_MEMBER]["evidence"]).items():
        if name not in stated:
            raise WrongAttestation(f"{folder} has {name}, which {file} doesn't cover")
        if stated.pop(name) != digest:
            raise WrongAttestation(f"{folder / name} isn't the one that {file} is about: its digest differs")
    for name in stated:
        raise WrongAttestation(f"{folder} has no {name}, which {file} covers")
    for place, right, found in _differences(expected["predicate"], content.predicate, "predicate"):
        says = f"{place} is {_shown(found)}, but should be {_shown(right)}"
        raise WrongAttestation(f"{file} contradicts the report: {says}")
    return subject


def _read_statement(file: Path) -> _Statement:
    try:
        raw = read_small_file(file)
        if msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).keys() & {"dsseEnvelope", "payload"}:
            raise WrongAttestation(
                f"{file} is a signed envelope: check its signature first, and give the statement in it "
                f"(jq -r '.dsseEnvelope.payload // .payload' {file} | base64 -d)"
            )
        content = msgspec.json.decode(raw, type=_Statement)
    except OSError as error:
        raise WrongAttestation(f"{file} can't be read: {error.strerror or error}") from None
    except NOT_JSON as error:
        raise WrongAttestation(f"{file} is no in-toto statement: {error}") from None
    for what, found, right in (
        ("type", content.type, STATEMENT_TYPE),
        ("predicate type", content.predicate_type, PREDICATE_TYPE),
    ):
        if found != right:
            raise WrongAttestation(f"{file} has the {what} {shorten(found, MAX_SHOWN)}, not {right}")
    if len(content.subject) != 1 or "sha256" not in content.subject[0].digest:
        raise WrongAttestation(f"{file} needs one subject with a SHA-256 digest")
    return content


def _digests(listed: object) -> dict[str, DigestSet]:
    """Return the digest of each resource in a list, by its name; nothing of what is no such list."""
    try:
        return {each.name: each.digest for each in msgspec.convert(listed, list[_Resource])}
    except NOT_JSON:
        return {}


def _differences(expected: Any, found: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield each place at which a statement lacks or contradicts what it should say. It may say more."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name, value in expected.items():
            yield from _differences(value, found.get(name), f"{place}.{name}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from _differences(one, other, f"{place}[{number}]")
    elif expected != found:
        yield place, expected, found


def _shown(value: object) -> str:
    return "missing" if value is None else shorten(msgspec.json.encode(value).decode(), MAX_SHOWN)
