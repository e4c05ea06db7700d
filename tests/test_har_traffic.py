"""Judging the traffic in HAR files, as browsers, proxies and API clients write them."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.client.exchange import Exchange
from conformance.client.recording.har import UnreadableHar, encode, read_har
from conformance.client.recording.har_traffic import HIDDEN, har_traffic
from conformance.client.recording.traffic import Traffic, credentials_kind, read_traffic
from conformance.report.model import Report
from conformance.runner.run import run
from conformance.runner.settings import RunSettings, TrafficTarget
from tests.support.commands import command
from tests.support.example_report import ROOT

RELEASE = ROOT / "tests" / "recordings" / "addon-1.0.12"
RIGHT, WRONG = (f"Basic {b64encode(pair).decode()}" for pair in (b"ship-user:Geheim-4711", b"ship-user:wrong"))
EXPORT = "https://shop.example/?dispatch=shipstation&action=export&start_date=03/10/2026%2000:00&end_date="
PAGE = f"{EXPORT}03/10/2026%2023:59&page=1"
EMPTY = '<?xml version="1.0" encoding="utf-8"?>\n<Orders/>'

Entry = dict[str, Any]


def entry(url: str = PAGE, text: str | None = EMPTY, *, status: int = 200, auth: str | None = RIGHT) -> Entry:
    """Return an entry with only the members that every program writes."""
    return {
        "request": {
            "method": "GET",
            "url": url,
            "headers": [] if auth is None else [{"name": "authorization", "value": auth}],
        },
        "response": {
            "status": status,
            "headers": [{"name": "content-type", "value": "text/xml; charset=utf-8"}],
            "content": {
                "size": len((text or "").encode("utf-8", "surrogateescape")),
                "mimeType": "text/xml",
                "text": text,
            },
        },
    }


def write(path: Path, *entries: Entry, creator: str = "mitmproxy") -> Path:
    """Write a HAR file."""
    log = {"version": "1.2", "creator": {"name": creator}, "entries": entries}
    path.write_text(json.dumps({"log": log}), encoding="utf-8")
    return path


def traffic_in(path: Path, *entries: Entry) -> Traffic:
    """Return the traffic of the one address in a HAR file with these entries."""
    (found,) = har_traffic(read_har(write(path / "x.har", *entries))).values()
    return found


def kinds(traffic: Traffic) -> list[str]:
    """Return the kind of the credentials of each exchange."""
    return [credentials_kind(each.request_headers) for each in traffic.exchanges]


def as_mitmproxy(exchange: Exchange, made: Entry) -> None:
    """Write an entry as mitmproxy does: the size is that of the compressed body, and lone surrogates are bytes."""
    content = made["response"]["content"]
    content.update(size=len(exchange.body) // 2, compression=len(exchange.body) - len(exchange.body) // 2)
    content["text"] = exchange.body.decode("utf-8", "surrogateescape")
    made["response"]["headers"].append({"name": "Content-Encoding", "value": "gzip"})
    made["request"]["postData"] = {"mimeType": "", "text": exchange.request_body.decode(), "params": []}


def as_chromium(exchange: Exchange, made: Entry) -> None:
    """Write an entry as browsers do over HTTP/2: pseudo headers, lower case, no body for HEAD and the like."""
    request = made["request"]
    request["headers"] = [{**each, "name": each["name"].lower()} for each in request["headers"]]
    request["headers"] += [{"name": f":{name}", "value": "x"} for name in ("authority", "method", "path", "scheme")]
    request["httpVersion"] = made["response"]["httpVersion"] = "h2"
    made.update(_priority="High", cache={}, timings={"send": 0.1, "wait": -1})


def as_charles(exchange: Exchange, made: Entry) -> None:
    """Write an entry as Charles does: base64, and still compressed."""
    content = made["response"]["content"]
    content.update(text=b64encode(gzip.compress(exchange.body)).decode(), encoding="base64")
    made["response"]["headers"].append({"name": "Content-Encoding", "value": "gzip"})


def as_insomnia(exchange: Exchange, made: Entry) -> None:
    """Write an entry without times, and with the parameters of the request in a list."""
    del made["startedDateTime"]
    made["request"].update(queryString=[], cookies=[], headersSize=-1, bodySize=-1, postData=None)
    made["response"].update(statusText=None, redirectURL="")


def recorded_har(path: Path, shape: Callable[[Exchange, Entry], None], *, backwards: bool = False) -> Path:
    """Write the traffic of RELEASE as a HAR file, beside some requests of a page; return its path."""
    page = entry("https://shop.example/js/all.js", "alert(1)", auth=None)
    entries = [page, {**page, "response": {"status": 0}}, {"request": {"method": "CONNECT"}}]
    for number, exchange in enumerate(read_traffic(RELEASE).exchanges):
        made = entry(exchange.url, status=exchange.status or 0)
        made["startedDateTime"] = f"2026-03-11T10:{number:02}:00.000+01:00"
        made["request"]["method"] = exchange.method
        wrong = {"Authorization": f"{WRONG} (wrong)", "SS-AUTH-PW": "wrong"}  # this release does not refuse them
        right = {"Authorization": RIGHT, "SS-AUTH-USER": "ship-user", "SS-AUTH-PW": "Geheim-4711"}
        made["request"]["headers"] = [
            {"name": name, "value": (wrong if value.endswith("(wrong)") else right).get(name, value)}
            for name, value in exchange.request_headers
        ]
        made["response"]["headers"] = [{"name": name, "value": value} for name, value in exchange.reply_headers]
        made["response"]["content"] = {"size": len(exchange.body), "text": exchange.body.decode()}
        shape(exchange, made)
        entries.append(made)
    return write(path, *(entries[::-1] if backwards else entries))


def report_on(place: Path, name: str) -> Report:
    """Judge traffic."""
    return run(RunSettings((TrafficTarget(str(place), name),), scope="observation"))


Verdicts = list[tuple[str, str, str]]


def verdicts(report: Report) -> Verdicts:
    """Return what a report says of each requirement."""
    return [(each.requirement, each.verdict, each.reason) for each in report.results]


@pytest.fixture(scope="module")
def expected() -> Verdicts:
    """What the recorded messages lead to."""
    return verdicts(report_on(RELEASE, "x"))


@pytest.mark.parametrize("shape", [as_mitmproxy, as_chromium, as_charles, as_insomnia])
def test_a_har_file_gets_the_verdicts_of_the_recorded_messages(
    tmp_path: Path, shape: Callable[[Exchange, Entry], None], expected: Verdicts
) -> None:
    """Whatever program wrote it; if times are known, also if the entries are in another order."""
    path = recorded_har(tmp_path / "x.har", shape, backwards=shape is as_chromium)
    (name,) = har_traffic(read_har(path))
    found = report_on(path, name)
    assert verdicts(found) == expected
    assert f"3 of 15 exchanges in {path} are not judged: 3 not the add-on's" in "\n".join(found.notices)
    assert "Geheim-4711" not in repr(found)
    assert RIGHT.partition(" ")[2] not in repr(found)


def test_credentials_are_known_by_what_the_add_on_did(tmp_path: Path) -> None:
    """Those that it accepted are right; those that it always refused are wrong, if it accepted others."""
    traffic = traffic_in(
        tmp_path, entry(), entry(auth=WRONG, status=401), entry(auth=None, status=401), entry(status=500)
    )
    assert kinds(traffic) == ["right", "a wrong password", "none", "right"]
    assert [dict(each.request_headers).get("authorization") for each in traffic.exchanges] == [
        *("Basic …", "Basic … (wrong)"),
        *(None, "Basic …"),
    ]


def test_nobody_is_accused_where_credentials_may_be_right_or_wrong(tmp_path: Path) -> None:
    """A refusal is left out if nothing was accepted, or if a program has replaced or removed the credentials."""
    with pytest.raises(UnreadableHar, match="1 refused, perhaps rightly"):
        traffic_in(tmp_path, entry(status=401))
    for auth in ("Basic …", "[REDACTED]", "***"):
        assert kinds(traffic_in(tmp_path, entry(auth=auth), entry(auth=auth, status=401))) == ["right"]
    removed = traffic_in(tmp_path, entry(auth=None), entry(auth=None, status=401))
    assert kinds(removed) == ["right"]
    assert HIDDEN in removed.notices


def test_a_request_without_action_is_for_the_add_on_unless_it_is_for_the_home_page(tmp_path: Path) -> None:
    """Both are requests to the same address if the add-on is in the root of the shop, without parameters."""
    without = entry("https://shop.example/?dispatch=shipstation", status=400)
    assert len(traffic_in(tmp_path, entry(), without).exchanges) == 2
    root = [entry(each["request"]["url"].replace("dispatch=shipstation", "")) for each in (entry(), without)]
    assert len(traffic_in(tmp_path, *root).exchanges) == 1


def test_a_browser_may_hide_credentials(tmp_path: Path) -> None:
    """Chromium shows the request before the refusal with the reply after it, so that it seems to need no password."""
    path = write(tmp_path / "x.har", entry(auth=None), entry(), entry(auth=None, status=401), creator="WebInspector")
    (traffic,) = har_traffic(read_har(path)).values()
    assert kinds(traffic) == ["right", "right", "none"]
    assert HIDDEN in traffic.notices
    exact = traffic_in(tmp_path, entry(auth=None), entry())
    assert kinds(exact) == ["none", "right"]
    assert HIDDEN not in exact.notices


def test_credentials_may_be_elsewhere(tmp_path: Path) -> None:
    """In the SS-AUTH headers, in the query or before the host; none of them is in the traffic."""
    headers = entry(auth=None)
    headers["request"]["headers"] = [
        {"name": "SS-AUTH-USER", "value": "ship-user"},
        {"name": "SS-AUTH-PW", "value": "Geheim-4711"},
    ]
    query = entry(f"{PAGE}&SS-UserName=ship-user&SS-Password=Geheim-4711", auth=None)
    address = entry(PAGE.replace("//", "//ship-user:Geheim-4711@"), auth=None)
    both = entry(f"{PAGE}&SS-UserName=ship-user&SS-Password=Geheim-4711")
    traffic = traffic_in(tmp_path, headers, query, address, both)
    assert traffic.url == "https://shop.example/?dispatch=shipstation"
    assert [credentials_kind(each.request_headers, each.url.split("&")) for each in traffic.exchanges] == [
        *("by header", "in the query"),
        *("right", "right"),
    ]
    assert "Geheim-4711" not in repr(traffic.exchanges)
    assert "Geheim-4711" in traffic.secrets


def test_a_reply_that_repeats_the_password_shows_it_in_no_report(tmp_path: Path) -> None:
    """Secrets of the file are replaced wherever they occur."""
    path = write(tmp_path / "x.har", entry(text=f"<html>Geheim-4711 {RIGHT}</html>"))
    report = report_on(path, "shop.example")
    assert any(each.exchanges for each in [report])
    assert "Geheim-4711" not in repr(report)
    assert RIGHT.partition(" ")[2] not in repr(report)


def test_what_was_not_recorded_is_not_judged(tmp_path: Path) -> None:
    """Without a reply, or without the whole body, there is nothing to judge; an empty body is one."""
    cut, absent, none, empty = entry(), entry(text=None), entry(), entry(text="")
    cut["response"]["content"]["size"] = 5000
    del absent["response"]["content"]["size"]
    none["response"] = {"status": 0, "content": {}}
    traffic = traffic_in(tmp_path, cut, absent, none, empty, {**entry(), "response": None})
    assert [each.body for each in traffic.exchanges] == [b""]
    assert "2 without a reply, 2 without the whole body of the reply" in traffic.notices[0]


def test_each_shop_of_a_file_is_judged_by_itself(tmp_path: Path) -> None:
    """Also two of one host; a redirect from one address of the add-on to another is no shop."""
    other = PAGE.replace("shop.example/", "shop.example/two/")
    moved = entry(PAGE.replace("https://shop.example", "http://old.example"), "", status=301)
    moved["response"]["redirectURL"] = PAGE
    secure = entry(PAGE.replace("https", "http"), "", status=301)
    secure["response"]["headers"].append({"name": "Location", "value": PAGE})
    path = write(tmp_path / "x.har", moved, secure, entry(), entry(other), entry("https://b.example/x?action=export"))
    found = har_traffic(read_har(path))
    assert list(found) == ["shop.example/?dispatch=shipstation", "shop.example/two/?dispatch=shipstation"]
    assert [len(each.exchanges) for each in found.values()] == [2, 1]
    assert "1 not the add-on's, 1 redirected" in next(iter(found.values())).notices[0]
    report = run(RunSettings(tuple(TrafficTarget(str(path), name) for name in found), scope="observation"))
    assert [each.verdict for each in report.results if each.requirement == "CON-1"] == ["conforms", "conforms"]


@pytest.mark.parametrize(
    ("text", "content_type", "body"),
    [
        ("<a>é</a>", "text/xml; charset=utf-8", "<a>é</a>".encode()),
        ("<a>é</a>", "text/xml", "<a>é</a>".encode()),
        ("<a>é</a>", 'text/xml; charset="ISO-8859-1"', b"<a>\xe9</a>"),
        ("<?xml version='1.0' encoding='iso-8859-1'?>é", "", b"<?xml version='1.0' encoding='iso-8859-1'?>\xe9"),
        ("<a>\u00c3\u00a9</a>", "text/xml", "<a>é</a>".encode()),  # UTF-8 read as Latin-1
        ("<a>\u00c3\u00a9</a>", "text/xml; charset=utf-8", "<a>\u00c3\u00a9</a>".encode()),
        ("<a>\udce9</a>", "text/xml; charset=utf-8", b"<a>\xe9</a>"),  # a byte that isn't UTF-8
        ("<a>\ud800</a>", "text/xml; charset=utf-8", b"<a>\\ud800</a>"),
        ("<a>é</a>", "text/xml; charset=nonsense", "<a>é</a>".encode()),
        ("<a>日</a>", "text/xml; charset=latin-1", "<a>日</a>".encode()),
    ],
)
def test_the_bytes_of_a_text_are_found_again(text: str, content_type: str, body: bytes) -> None:
    """A HAR file has texts; the suite judges bytes."""
    assert encode(text, content_type) == body


def test_bytes_that_are_not_utf_8_and_compressed_files_are_read(tmp_path: Path) -> None:
    """mitmproxy writes both; others begin the file with a byte order mark."""
    path = write(tmp_path / "x.har", entry(text="<Orders>\udce9</Orders>"))
    assert har_traffic(read_har(path))["shop.example"].exchanges[0].body == b"<Orders>\xe9</Orders>"
    content = write(path, entry()).read_bytes()
    for changed in (zlib.compress(content, 9), gzip.compress(content), b"\xef\xbb\xbf \n" + content):
        path.write_bytes(changed)
        assert list(har_traffic(read_har(path))) == ["shop.example"]


def test_the_body_of_a_request_is_text_or_a_form(tmp_path: Path) -> None:
    """Programs write it in three ways, and as null."""
    posts: list[Any] = [
        {"text": "<ShipNotice/>"},
        {"text": b64encode(b"<ShipNotice/>").decode(), "encoding": "base64"},
        {"params": [{"name": "a", "value": "1 2"}, {"name": "b"}]},
        None,
    ]
    entries = [entry() for _ in posts]
    for made, post in zip(entries, posts, strict=True):
        made["request"]["postData"] = post
    bodies = [each.request_body for each in traffic_in(tmp_path, *entries).exchanges]
    assert bodies == [b"<ShipNotice/>", b"<ShipNotice/>", b"a=1+2&b=", b""]


DAMAGED = {
    "not there": (None, "no recorded exchanges"),
    "a page": (b"<!DOCTYPE html>", "is no HAR file: it doesn't begin with '{'"),
    "empty": (b"", "is no HAR file"),
    "other JSON": (b'{"info": {"name": "Postman"}, "item": []}', "is no HAR file: .*`log`"),
    "truncated": (json.dumps({"log": {"entries": [entry()]}}).encode()[:-40], "is damaged, or no HAR file"),
    "deep": (b'{"log":{"entries":[' + b"[" * 100_000, "is damaged, or no HAR file"),
    "surrogate and truncated": (b'{"log":{"entries":["\\udce9"', "is damaged, or no HAR file"),
    "no UTF-8": (b'{"log":{"entries":["\xff"]}}', "has no exchange of the add-on"),
    "of a page": (json.dumps({"log": {"entries": [entry("https://x.example/")]}}).encode(), "1 not the add-on's"),
    "half compressed": (zlib.compress(b"{" * 5000)[:-9], "can't be uncompressed: .* its end is missing"),
    "base64": (
        json.dumps({"log": {"entries": [entry()]}}).replace('"text": ', '"encoding": "base64", "text": ').encode(),
        "entry 1 of .* can't be read",
    ),
    "status": (
        json.dumps({"log": {"entries": [entry()]}}).replace('"status": 200', '"status": {}').encode(),
        "entry 1 of .* can't be read: Expected `int`",
    ),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_file_that_is_no_har_file_is_refused_in_one_line(tmp_path: Path, kind: str) -> None:
    """The exit status is 2, and an earlier report stays."""
    content, sentence = DAMAGED[kind]
    path = tmp_path / "x.har"
    if content is not None:
        path.write_bytes(content)
    (tmp_path / "report.json").write_text("an earlier report")
    done = command("recheck", str(path), "--report-dir", str(tmp_path))
    assert (done.status, done.stdout) == (2, "")
    assert re.fullmatch(f"conformance: .*{sentence}.*\n", done.stderr), done.stderr
    assert (tmp_path / "report.json").read_text() == "an earlier report"
