"""Writes and reads the report folder: report.json, and the views made from it."""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from conformance.core.errors import ConformanceError, describe_fault
from conformance.core.files import MAX_EVIDENCE_BYTES, read_bounded, write_whole
from conformance.core.json_errors import NOT_JSON
from conformance.report.model import SCHEMA_VERSION, ExchangeRecord, Report
from conformance.report.summary import GateLevel
from conformance.report.wording import exchange_folder, one_line, visible

JSON = "report.json"
EXCHANGES = "exchanges"
_OBEYED = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
"""Characters in UTF-8 that JSON leaves as they are and a terminal obeys: DEL, C1, directions, line separators."""


class UnwritableReport(ConformanceError):
    """The report folder cannot be written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"The report can't be written to {path}: {why}.")


class UnreadableReport(ConformanceError):
    """The folder has no report that this suite can read."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"The report {path} can't be read: {why}.")


class _Head(msgspec.Struct):
    schema: int


def _encodable(value: object) -> object:
    """Return the same value with lone surrogates replaced; JSON in UTF-8 cannot hold them."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, list | tuple) else value


def encode(report: Report) -> bytes:
    """Return report.json; equal reports give equal bytes."""
    try:
        raw = msgspec.json.encode(report)
    except UnicodeEncodeError:
        raw = msgspec.json.encode(_encodable(msgspec.to_builtins(report)))
    return _OBEYED.sub(_json_escape, msgspec.json.format(raw, indent=2)) + b"\n"


def _json_escape(found: re.Match[bytes]) -> bytes:
    return f"\\u{ord(found[0].decode()):04x}".encode()


def _html(report: Report, gate: GateLevel | None) -> bytes:
    from conformance.report import html

    return html.render(report).encode()


def _markdown(report: Report, gate: GateLevel | None) -> bytes:
    from conformance.report import markdown

    return markdown.render(report).encode()


def _junit(report: Report, gate: GateLevel | None) -> bytes:
    from conformance.report import junit

    return junit.render(report, gate)


def _badge(report: Report, gate: GateLevel | None) -> bytes:
    from conformance.report import badge

    return badge.endpoint(report)


def _badge_image(report: Report, gate: GateLevel | None) -> bytes:
    from conformance.report import badge

    return badge.svg(report).encode()


VIEWS: dict[str, Callable[[Report, GateLevel | None], bytes]] = {
    "report.html": _html,
    "report.md": _markdown,
    "junit.xml": _junit,
    "badge.json": _badge,
    "badge.svg": _badge_image,
}
"""File name → function that makes the view; in the order of writing."""


def _exchange_files(report: Report, folder: Path) -> None:
    """Write ``exchanges/<version>/<n>.txt`` for each exchange of the report, and delete those of an earlier run."""
    place = folder / EXCHANGES
    if place.is_symlink():
        raise FileExistsError(errno.EEXIST, "it is a link to another folder")
    for old in place.glob("*/*.txt"):
        if not old.parent.is_symlink():
            old.unlink(missing_ok=True)
    for exchange in report.exchanges:
        path = place / exchange_folder(exchange.version) / f"{exchange.number}.txt"
        if path.parent.is_symlink():
            path.parent.unlink()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(as_text(exchange), encoding="utf-8", errors="backslashreplace", newline="")


def as_text(exchange: ExchangeRecord) -> str:
    """Return an exchange as HTTP text, after a curl command that repeats the request.

    No character of it is one that a terminal would obey. A line of the request or reply stays one line.
    """
    request = [f"{exchange.method} {exchange.url}", *(f"{name}: {value}" for name, value in exchange.request_headers)]
    status = f"{exchange.status} {exchange.reason}" if exchange.status is not None else exchange.error or "no reply"
    reply = [status, *(f"{name}: {value}" for name, value in exchange.reply_headers)]
    parts = [
        exchange.curl,
        "\n".join([*map(one_line, request), "", exchange.request_body]),
        "\n".join([*map(one_line, reply), "", exchange.reply_body]),
    ]
    return "\n\n".join(visible(part.replace("\r\n", "\n")).rstrip("\n") for part in parts) + "\n"


def _write(path: Path, content: bytes) -> None:
    """Write a file completely or not at all.

    Raises:
        UnwritableReport: the file cannot be written.
    """
    try:
        write_whole(path, content)
    except OSError as error:
        raise UnwritableReport(path, error.strerror or str(error)) from error


def write(report: Report, folder: Path, gate: GateLevel | None = None) -> None:
    """Write report.json, then its views. ``gate`` is the ``--level`` of the run, for JUnit.

    Raises:
        UnwritableReport: a file cannot be written; report.json may be complete all the same.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableReport(folder, error.strerror or str(error)) from error
    faults: dict[str, str] = {}
    left = [JSON, *VIEWS]
    try:
        _write(folder / JSON, encode(report))
        left.remove(JSON)
        for name, make in VIEWS.items():
            try:
                content = make(report, gate)
            except Exception as error:  # an error in one view costs no other
                faults[name] = describe_fault(error)
                continue
            _write(folder / name, content)
            left.remove(name)
        _exchange_files(report, folder)
    except OSError as error:
        raise UnwritableReport(folder / EXCHANGES, error.strerror or str(error)) from error
    finally:
        for name in left:  # those of an earlier run would be taken for this run's
            with contextlib.suppress(OSError):
                (folder / name).unlink(missing_ok=True)
    for name, fault in faults.items():
        raise UnwritableReport(folder / name, fault)


def read(path: Path) -> Report:
    """Return the report in a folder or file.

    Raises:
        UnreadableReport: there is no report that this suite can read.
    """
    file = path / JSON if path.is_dir() else path
    try:
        raw = read_bounded(file, MAX_EVIDENCE_BYTES)
    except OSError as error:
        raise UnreadableReport(file, error.strerror or str(error)) from error
    try:
        schema = msgspec.json.decode(raw, type=_Head).schema
        if schema != SCHEMA_VERSION:
            why = f"its schema is {schema}, this suite reads {SCHEMA_VERSION}; use the suite that wrote it"
            raise UnreadableReport(file, why)
        return msgspec.json.decode(raw, type=Report)
    except msgspec.ValidationError as error:
        raise UnreadableReport(file, f"it isn't a conformance report ({error})") from error
    except NOT_JSON as error:
        raise UnreadableReport(file, f"it isn't valid JSON ({error})") from error
