"""The entries of a HAR file that the suite writes: the exchanges of tapes, which it can read back."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import msgspec

from conformance.client.exchange import Headers
from conformance.client.recording.har import OWN_MEMBER, HarEntry, headers_of, readable
from conformance.client.recording.tape import MAX_RECORDED_REQUEST_BYTES, Body, RecordedExchange, body_of

HTTP_VERSION = "HTTP/1.1"
UNKNOWN = -1
"""HAR's number for a size that isn't known."""


class OwnMember(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an exchange on a tape has and HAR has no member for."""

    number: int
    ask: str
    error: str | None = None
    cut_of: int | None = None


def har_entry(taped: RecordedExchange, content: bytes, page: str, began: datetime) -> dict[str, object]:
    """Return an exchange as an entry. ``began`` is when the run began; old tapes have no other time."""
    sent_at = began if taped.started_at is None else datetime.fromtimestamp(taped.started_at, UTC)
    request: dict[str, object] = {
        "method": taped.method,
        "url": taped.url,
        "httpVersion": HTTP_VERSION,
        "cookies": [],
        "headers": _pairs(taped.request_headers),
        "queryString": _pairs(tuple(parse_qsl(urlsplit(taped.url).query, keep_blank_values=True))),
        "headersSize": UNKNOWN,
        "bodySize": len(taped.request_body.encode()),
    }
    if taped.request_body:
        request["postData"] = {"mimeType": _header(taped.request_headers, "content-type"), "text": taped.request_body}
        if len(taped.request_body) >= MAX_RECORDED_REQUEST_BYTES:
            request["comment"] = "the body is longer; only its beginning was recorded"
    return {
        "pageref": page,
        "startedDateTime": sent_at.isoformat(timespec="milliseconds"),
        "time": taped.duration_ms,
        "request": request,
        "response": {
            "status": taped.status or 0,
            "statusText": taped.reason,
            "httpVersion": HTTP_VERSION,
            "cookies": [],
            "headers": _pairs(taped.reply_headers),
            "content": _content(taped, content),
            "redirectURL": _header(taped.reply_headers, "location"),
            "headersSize": UNKNOWN,
            "bodySize": UNKNOWN,
        },
        "cache": {},
        "timings": {"send": 0, "wait": taped.duration_ms, "receive": 0},
        OWN_MEMBER: OwnMember(taped.number, taped.ask, taped.error, taped.body.cut_of),
    }


def _pairs(pairs: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _content(taped: RecordedExchange, content: bytes) -> dict[str, object]:
    mime_type = _header(taped.reply_headers, "content-type")
    if taped.body.cut_of is not None:
        return {"size": taped.body.cut_of, "mimeType": mime_type, "comment": "too long to be recorded"}
    body = body_of(content)
    if body.base64 is not None:
        return {"size": len(content), "mimeType": mime_type, "text": body.base64, "encoding": "base64"}
    return {"size": len(content), "mimeType": mime_type, "text": body.text}


def taped_exchange(entry: HarEntry) -> RecordedExchange:
    """Return an entry that the suite wrote as it was on the tape.

    Raises:
        ValueError, msgspec.MsgspecError: the suite did not write it, or somebody changed it.
    """
    own = msgspec.json.decode(entry.own, type=OwnMember)
    if (response := entry.response) is None or response.content is None:
        raise ValueError("it has no reply")
    content, sent = response.content, entry.request.post_data
    is_base64 = content.encoding == "base64"
    return RecordedExchange(
        number=own.number,
        ask=own.ask,
        method=entry.request.method,
        url=entry.request.url,
        request_headers=headers_of(entry.request.headers),
        status=response.status or None,
        reason=readable(response.status_text or ""),
        reply_headers=headers_of(response.headers),
        duration_ms=entry.time or 0.0,
        body=Body(
            text=None if is_base64 else content.text, base64=content.text if is_base64 else None, cut_of=own.cut_of
        ),
        request_body=(sent.text or "") if sent else "",
        error=own.error,
        started_at=None if entry.started is None else datetime.fromisoformat(entry.started).timestamp(),
    )
