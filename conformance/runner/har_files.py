"""Writes the recording of a run as a HAR file, and makes the recording again from such a file.

HAR has no members for some of what a recording holds: the settings of the run, the kind of each request. They are in
members of the suite's own, which other programs ignore.
"""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec

from conformance import __version__
from conformance.client.bodies import BodyStore
from conformance.client.recording import FOLDER
from conformance.client.recording.har import OWN_MEMBER, Har, UnreadableHar
from conformance.client.recording.har_entries import har_entry, taped_exchange
from conformance.client.recording.tape import Header, RecordedExchange, Tape, write_tape
from conformance.core.json_errors import NOT_JSON
from conformance.runner import run_record as records

FORMAT = 1


class OwnLog(msgspec.Struct, frozen=True):
    """The suite's own member of the whole file. ``run`` is the content of ``run.json``."""

    format: int
    run: msgspec.Raw


def write_har(recording: Path, file: Path) -> None:
    """Write a recording as a HAR file, completely or not at all.

    Raises:
        OSError: it can't be written.
        NoRecord, UnreadableTape: the recording can't be read.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as output:
            for part in har_parts(recording):
                output.write(part)
        temporary.replace(file)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def har_parts(recording: Path) -> Iterator[bytes]:
    """Yield the HAR file of a recording in parts: it need not be in memory as a whole."""
    record = records.read_settings(recording)
    began = record.started_at
    tapes = {target.name: records.tape_path(recording, target.name) for target in records.recorded_targets(record)}
    pages: list[dict[str, object]] = []
    encode = msgspec.json.Encoder().encode
    with contextlib.closing(BodyStore()) as bodies:
        yield b'{"log":{"version":"1.2","creator":' + encode({"name": "conformance", "version": __version__})
        yield b',"' + OWN_MEMBER.encode() + b'":'
        yield encode(OwnLog(FORMAT, msgspec.Raw((recording / records.RUN_FILE).read_bytes().strip())))
        yield b',"entries":['
        mark = b"\n"
        for name, path in tapes.items():
            if not path.is_file():
                continue
            tape = Tape(path, bodies)
            page = f"page_{len(pages) + 1}"
            pages.append(
                {
                    "startedDateTime": began.isoformat(timespec="milliseconds"),
                    "id": page,
                    "title": name,
                    "pageTimings": {},
                    OWN_MEMBER: tape.head,
                }
            )
            for taped in sorted(tape.exchanges, key=lambda each: each.started_at or 0.0):
                body = tape.body(taped)
                yield mark + encode(har_entry(taped, body if isinstance(body, bytes) else body.read(), page, began))
                mark = b",\n"
        yield b'\n],"pages":' + encode(pages) + b"}}\n"


def restore_recording(har: Har, report_folder: Path) -> records.RunRecord:
    """Write the recording of a HAR file into a report folder, and return the record of its run.

    Raises:
        UnreadableHar: the suite did not write the file, or somebody changed it.
        OSError: the recording can't be written.
    """
    folder = report_folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    exchanges: dict[str, list[RecordedExchange]] = defaultdict(list)
    for number in range(len(har.entries)):
        entry = har.entry(number)
        try:
            exchanges[entry.pageref or ""].append(taped_exchange(entry))
        except NOT_JSON as error:
            raise har.damaged(number, error) from None
    try:
        own = msgspec.json.decode(har.own, type=OwnLog)
        if own.format != FORMAT:
            raise ValueError(f"its format is {own.format}, this suite reads {FORMAT}")
        record = records.decode(own.run)
        pages = [msgspec.json.decode(each, type=_Page) for each in har.pages]
    except NOT_JSON as error:
        raise UnreadableHar(f"{har.path} isn't as the suite wrote it: {error}") from None
    names = {each.name for each in records.recorded_targets(record)}
    for page in pages:
        if page.title not in names:
            raise UnreadableHar(f"{har.path} isn't as the suite wrote it: it has no target {page.title!r}")
        write_tape(records.tape_path(folder, page.title), page.own, exchanges[page.id])
    records.write(record, folder)
    return records.read(report_folder)


class _Page(msgspec.Struct):
    id: str
    title: str
    own: Header = msgspec.field(name=OWN_MEMBER)
