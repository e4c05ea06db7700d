"""The record of a run: its settings without secrets, beside the recorded exchanges of its targets.

The files are ``recording/run.json`` and ``recording/<version>.jsonl.gz`` in the report folder.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TypeVar, cast
from urllib.parse import quote

import msgspec

from conformance.client.recording import FOLDER
from conformance.client.recording.tape import SUFFIX
from conformance.core.errors import ConformanceError
from conformance.core.files import MAX_EVIDENCE_BYTES, read_bounded, write_whole
from conformance.core.json_errors import NOT_JSON
from conformance.report.baseline import AcceptedGap, Baseline, KnownDeviation
from conformance.runner.known_secrets import with_masked_urls
from conformance.runner.settings import EmbeddedTarget, RecordedTarget, RunSettings, UrlTarget
from conformance.truth.settings import CsCartAccess, Secret, WorksheetAccess

RUN_FILE = "run.json"

AnyValue = TypeVar("AnyValue")


class RunRecord(msgspec.Struct, frozen=True):
    """A run; ``duration_s`` is None if the run did not end."""

    suite_version: str
    settings: RunSettings
    started_at: datetime
    duration_s: float | None = None
    baseline: tuple[KnownDeviation, ...] | None = None
    allow_stale: bool = False
    not_exercised: tuple[AcceptedGap, ...] = ()
    seconds: tuple[tuple[str, str, float], ...] = ()
    """Requirement, target, and the seconds that judging took."""

    @property
    def whole_baseline(self) -> Baseline | None:
        """The baseline of the run, or None without one."""
        return None if self.baseline is None else Baseline(self.baseline, self.not_exercised)


class NoRecord(ConformanceError):
    """The folder has no recorded run that can be judged again."""


def tape_path(folder: str | Path, name: str) -> Path:
    """Return the path of the tape of a target, given its name in results."""
    return Path(folder) / f"{quote(name, safe='. ')}{SUFFIX}"


def without_secrets(value: AnyValue, *, redact: bool = False) -> AnyValue:
    """Return the same settings without secrets, also in URLs; with ``redact``, without personal data, too."""
    if isinstance(value, Secret):
        return cast("AnyValue", Secret())
    if redact and isinstance(value, WorksheetAccess):
        return cast("AnyValue", WorksheetAccess(value.file, ""))
    if redact and isinstance(value, CsCartAccess):
        value = cast("AnyValue", msgspec.structs.replace(value, user=""))
    if isinstance(value, UrlTarget):
        value = cast("AnyValue", with_masked_urls(value))
    if isinstance(value, msgspec.Struct):
        fields = {name: without_secrets(getattr(value, name), redact=redact) for name in value.__struct_fields__}
        return cast("AnyValue", type(value)(**fields))
    if isinstance(value, tuple):
        return cast("AnyValue", tuple(without_secrets(each, redact=redact) for each in value))
    return value


def prepare(folder: Path) -> None:
    """Create the folder, and delete what an earlier run left there.

    Raises:
        OSError: this is not possible.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob(f"*{SUFFIX}"), folder / RUN_FILE):
        old.unlink(missing_ok=True)


def write(record: RunRecord, folder: Path) -> None:
    """Write ``run.json`` completely or not at all.

    Raises:
        OSError: it cannot be written.
    """
    clean = msgspec.structs.replace(record, settings=without_secrets(record.settings, redact=record.settings.redact))
    write_whole(folder / RUN_FILE, msgspec.json.format(msgspec.json.encode(clean), indent=2) + b"\n")


def finish(record: RunRecord, folder: Path) -> tuple[str, ...]:
    """Write the record of a run that has ended. Returns a notice if the run can't be judged again."""
    lost = [each.name for each in recorded_targets(record) if not tape_path(folder, each.name).is_file()]
    try:
        write(record, folder)
    except OSError as error:
        return (f"this run can't be judged again: {folder / RUN_FILE} can't be written ({error.strerror or error})",)
    return (
        (f"the exchanges of {', '.join(lost)} could not be written, so this run can't be judged again",) if lost else ()
    )


def read_settings(folder: Path) -> RunRecord:
    """Return what ``run.json`` in a folder holds, with the targets as they were judged.

    Raises:
        NoRecord: it can't be read.
    """
    try:
        return decode(read_bounded(folder / RUN_FILE, MAX_EVIDENCE_BYTES))
    except OSError as error:
        raise NoRecord(f"{folder / RUN_FILE} can't be read: {error.strerror or error}") from None
    except NOT_JSON as error:
        raise NoRecord(f"{folder / RUN_FILE} can't be read: {error}") from None


def decode(content: bytes) -> RunRecord:
    """Return the content of ``run.json``.

    Raises:
        ValueError, msgspec.MsgspecError: it is none; see :data:`NOT_JSON`.
    """
    record = msgspec.json.decode(content, type=RunRecord)
    if len(recorded_targets(record)) < len(record.settings.targets):
        raise ValueError("it has a target that no run records")
    return record


def recorded_targets(record: RunRecord) -> tuple[EmbeddedTarget | UrlTarget, ...]:
    """Return the targets of a run that have a tape."""
    return tuple(each for each in record.settings.targets if isinstance(each, EmbeddedTarget | UrlTarget))


def read(report_folder: Path) -> RunRecord:
    """Return the record of the run in a report folder, with the tapes as targets.

    Raises:
        NoRecord: there is no record that can be read.
    """
    folder = report_folder / FOLDER
    if not (folder / RUN_FILE).exists():
        raise NoRecord(f"{report_folder} has no recorded exchanges ({FOLDER}/{RUN_FILE})")
    record = read_settings(folder)
    targets = []
    for target in recorded_targets(record):
        tape = tape_path(folder, target.name)
        if not tape.is_file():
            raise NoRecord(f"the recording of version {target.name} is missing: {tape}")
        targets.append(RecordedTarget(target, str(tape)))
    settings = msgspec.structs.replace(record.settings, targets=tuple(targets), record="")
    return msgspec.structs.replace(record, settings=settings)
