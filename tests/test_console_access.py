"""Who may open the web console: links that work once, sessions, Host and Origin, and the token of each form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from http.client import HTTPConnection
from pathlib import Path

import pytest

from mockstore.cli.console_link import console_link
from mockstore.cli.errors import UsageError
from mockstore.cli.main import serve
from mockstore.cli.serve_options import ServeOptions
from mockstore.console import key_file
from mockstore.console.forms import MAX_INPUTS, Form
from mockstore.console.keys import LINK_LIFETIME_S, SESSION_LIFETIME_S, Keys, LinkRefused
from mockstore.console.streams import MAX_STREAMS
from tests.support.console_store import ConsoleStore, console_store
from tests.support.store_in_thread import served


@pytest.fixture(scope="module")
def store() -> Iterator[ConsoleStore]:
    """Run one store for all tests of this module."""
    with console_store(orders=3) as running:
        yield running


def token_of(link: str) -> str:
    """Return the token in a link."""
    return link.partition("token=")[2]


class Time:
    """A clock that a test sets."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_link_opens_the_console_once() -> None:
    """The second use is refused, and so is a link that was changed, or made for another port or with another key."""
    keys = Keys(b"k" * 32, 8080)
    token = token_of(keys.new_link("http://127.0.0.1:8080"))
    session = keys.session(keys.open(token))
    assert session is not None
    with pytest.raises(LinkRefused, match="used before"):
        keys.open(token)
    other_port, other_key = (Keys(b"k" * 32, 8081), Keys(b"x" * 32, 8080))
    foreign = [token_of(of.new_link("")) for of in (other_port, other_key)]
    for wrong in ("", "x", ".", "a.b.c", token[:-1], token + "0", "ä" + token, token * 9, *foreign):
        with pytest.raises(LinkRefused, match="not made for this store"):
            keys.open(wrong)


def test_links_and_sessions_expire() -> None:
    """A link opens nothing after 12 hours, and a session ends after a week."""
    time = Time()
    keys = Keys(b"k" * 32, 8080, time)
    early, late = (token_of(keys.new_link("")) for _ in range(2))
    cookie = keys.open(early)
    time.now += LINK_LIFETIME_S + 1
    with pytest.raises(LinkRefused, match="too old"):
        keys.open(late)
    assert keys.session(cookie)
    time.now += SESSION_LIFETIME_S
    assert keys.session(cookie) is None


def test_a_session_outlives_a_restart_and_a_used_link_does_not() -> None:
    """A store that starts with the same key knows its sessions. It refuses all older links: they may have been used."""
    time = Time()
    before = Keys(b"k" * 32, 8080, time)
    token = token_of(before.new_link(""))
    cookie = before.open(token)
    time.now += 60
    after = Keys(b"k" * 32, 8080, time)
    assert after.session(cookie) == before.session(cookie)
    with pytest.raises(LinkRefused, match="started again"):
        after.open(token)


def test_one_signed_text_does_not_stand_for_another() -> None:
    """A link is no cookie, a cookie no link, and neither is the token of a form."""
    keys = Keys(b"k" * 32, 8080)
    token = token_of(keys.new_link(""))
    assert keys.session(token) is None
    cookie = keys.open(token)
    with pytest.raises(LinkRefused):
        keys.open(cookie)
    session = keys.session(cookie)
    assert session is not None
    assert keys.is_form_token(session, keys.form_token(session))
    assert not any(keys.is_form_token(session, wrong) for wrong in ("", cookie, token, "\udcff"))


def test_the_key_is_kept_in_a_file_that_only_the_user_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second store gets the same key. A file that others can read is not used, and nor is one of another length."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert key_file.read_key() is None
    key = key_file.read_or_make_key()
    assert key_file.read_or_make_key() == key == key_file.read_key()
    path = key_file.key_path()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    path.chmod(0o644)
    assert key_file.read_key() is None
    assert key_file.read_or_make_key() != key
    path.chmod(0o600)
    path.write_bytes(b"short")
    assert key_file.read_key() is None
    monkeypatch.setenv("XDG_STATE_HOME", str(path))  # a file is no folder
    assert len(key_file.read_or_make_key()) == key_file.KEY_BYTES


def test_without_a_session_every_page_is_locked(store: ConsoleStore) -> None:
    """Nothing but the style and the page that tells how to get in is shown. A used link says that it was used."""
    link = store.link()
    status, headers, _ = store.ask(link)
    assert (status, headers["Location"]) == (303, "/console/")
    assert re.search(r"; HttpOnly; .*Path=/console; SameSite=Strict", headers["Set-Cookie"])
    for target in ("/console/", "/console/traffic", "/console/stream", "/console/nothing", link, f"{link}x"):
        status, headers, page = store.ask(target)
        assert status == 403
        assert "Set-Cookie" not in headers
        assert f"mockstore console {store.base}" in page
        assert "ship-pass" not in page
    assert "was used before" in store.ask(link)[2]
    assert store.ask("/console/alive")[0] == 403
    assert store.ask("/console/static/console.css")[0] == 200
    assert store.ask("/console/static/..%2Fsite.py")[0] == 404


def test_a_link_that_is_only_looked_at_still_works(store: ConsoleStore) -> None:
    """A program that previews links sends HEAD. A browser that is already let in may open a used link again."""
    link = store.link()
    assert store.ask(link, "HEAD")[0] == 200
    status, headers, _ = store.ask(link)
    assert status == 303
    cookie = headers["Set-Cookie"].partition(";")[0]
    assert store.ask(link, headers={"Cookie": cookie})[0] == 303


def test_pages_load_nothing_from_elsewhere_and_run_no_script_of_their_own(store: ConsoleStore) -> None:
    """The policy says so, and no page has a script, a style or a handler in it."""
    cookie = store.cookie()
    for target, given in (("/console/", {"Cookie": cookie}), ("/console/", {}), ("/console/no", {"Cookie": cookie})):
        _, headers, page = store.ask(target, headers=given)
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script(?! src=\"/console/static/)|<style|style=|\son\w+=|javascript:", page)
        assert not re.findall(r"(?:src|href)=\"(?!/console/|#)[^\"]*", page)


@pytest.mark.parametrize("host", ["evil.example", "store.localhost", "10.0.0.1", "127.0.0.1.evil.example", "["])
def test_the_console_is_there_for_this_machine_only(store: ConsoleStore, host: str) -> None:
    """A request that names another host is refused, with a session, too."""
    cookie = store.cookie()
    status, _, page = store.ask("/console/", headers={"Host": host, "Cookie": cookie})
    assert status == 421
    assert "ship-pass" not in page
    assert store.ask("/console/", headers={"Host": f"localhost:{store.port}", "Cookie": cookie})[0] == 200


def test_other_pages_reach_no_page_of_the_console(store: ConsoleStore) -> None:
    """The middleware of the store refuses what another origin caused, by its headers."""
    cookie = store.cookie()
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert store.ask("/console/", headers={"Cookie": cookie, **headers})[0] == 403


def test_a_form_needs_the_token_of_its_session_and_the_origin_of_the_console(store: ConsoleStore) -> None:
    """Anything else changes nothing: no origin, no token, that of another session, another kind of body, too much."""
    store.ask("/elsewhere")
    before = store.journal.latest
    mine, other = store.cookie(), store.cookie()
    inputs = {"form_token": store.form_token(mine)}
    clear = "/console/traffic/clear"
    assert store.send_form(clear, inputs, other)[0] == 403
    assert store.send_form(clear, {}, mine)[0] == 403
    assert store.send_form(clear, inputs, "")[0] == 403
    for headers in ({"Origin": "http://evil.example"}, {"Origin": ""}, {"Origin": "http://["}, {"Origin": "null"}):
        assert store.send_form(clear, inputs, mine, headers)[0] == 403
    assert store.send_form(clear, inputs, mine, {"Content-Type": "text/plain"})[0] == 415
    assert store.send_form(clear, {**inputs, "much": "x" * 1_000_001}, mine)[0] == 413
    assert store.send_form(clear, {**inputs, **{f"n{number}": "" for number in range(MAX_INPUTS)}}, mine)[0] == 400
    assert store.ask(clear, headers={"Cookie": mine})[0] == 404
    assert store.journal.latest == before
    status, headers, _ = store.send_form(clear, inputs, mine)
    assert (status, headers["Location"]) == (303, "/console/traffic")
    assert store.journal.latest == 0


def test_a_page_of_the_journal_keeps_its_limits(store: ConsoleStore) -> None:
    """Numbers that lead nowhere are a page, and words that are no number, too."""
    cookie = {"Cookie": store.cookie()}
    store.journal.clear()
    for number in ("1", "0", "9" * 30, "x", "-1", "%ff"):
        assert store.ask(f"/console/traffic/{number}", headers=cookie)[0] == 404
    assert store.ask("/console/traffic?before=x&kind=y&result=z&breaks=%ff&q=%ff", headers=cookie)[0] == 200


def test_browsers_get_the_console_at_the_first_url_and_importers_what_they_got_before(store: ConsoleStore) -> None:
    """Only GET and HEAD of / that accept HTML, without the add-on's query, lead to the console."""
    html = {"Accept": "text/html,*/*;q=0.8"}
    assert store.ask("/", headers=html)[1]["Location"] == "/console/"
    assert store.ask("/", headers={"Accept": "*/*"})[0] == 404
    assert store.ask("/", "POST", html)[0] == 404
    assert store.ask("/?dispatch=shipstation&action=export", headers=html)[0] == 401
    assert "/console/" in store.ask("/elsewhere")[2]


def test_requests_to_the_console_are_in_no_journal_and_no_log(
    store: ConsoleStore, caplog: pytest.LogCaptureFixture
) -> None:
    """So no token is kept: neither of a link that works, nor of one that is refused, nor of one that fails."""
    before = store.journal.latest
    for headers in ({}, {"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        store.ask(store.link(), headers=headers)
    store.ask("/console/", headers={"Cookie": store.cookie()})
    assert store.journal.latest == before
    assert "token" not in caplog.text


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("", ""),
        ("--host ::1", ""),
        ("--no-console", "off (--no-console)"),
        ("--workers 2", "not with --workers 2: each process has its own journal, clock and faults"),
        ("--host 0.0.0.0 --allow-remote", "not with --host 0.0.0.0: other machines must not reach it"),
    ],
)
def test_a_store_without_a_console_says_why(options: str, reason: str) -> None:
    """The reason is in the banner."""
    given = serve.make_context("serve", options.split()).params
    known = {field.name for field in fields(ServeOptions)}
    chosen = ServeOptions(**{name: value for name, value in given.items() if name in known})
    assert chosen.no_console_reason == reason


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("127.0.0.1", "This is not a URL"),
        ("ftp://127.0.0.1", "This is not a URL"),
        ("http://[", "This is not a URL"),
        ("http://127.0.0.1:99999", "This is not a URL"),
        ("http://127.0.0.1:9", "No store answers"),
    ],
)
def test_a_link_for_no_store_is_refused(url: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says why. Without a key, no store with a console was started."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with pytest.raises(UsageError, match=r"This is not a URL|There is no key at"):
        console_link(url)
    key_file.read_or_make_key()
    with pytest.raises(UsageError, match=why):
        console_link(url)


def test_a_link_for_a_store_without_console_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store answers, but has nothing to open."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    key_file.read_or_make_key()
    with served(count=0) as other, pytest.raises(UsageError, match="there is no web console"):
        console_link(other.base)


def test_a_store_ends_while_pages_are_open() -> None:
    """An open stream ends with the store. Too many streams are refused, and the console answers on."""
    with console_store(orders=0) as store:
        cookie = {"Cookie": store.cookie()}
        opened = [HTTPConnection("127.0.0.1", store.port, timeout=20) for _ in range(MAX_STREAMS)]
        for number, connection in enumerate(opened):
            connection.request("GET", "/console/traffic/stream" if number % 2 else "/console/stream", headers=cookie)
        replies = [connection.getresponse() for connection in opened]
        assert replies[0].readline() == b"event: hello\n"
        assert store.ask("/console/stream", headers=cookie)[0] == 503
        assert store.ask("/console/", headers=cookie)[0] == 200
        store.stop()
        for reply, connection in zip(replies, opened, strict=True):
            reply.read()  # it ends
            connection.close()
        store.start()


def test_a_form_keeps_what_was_typed_and_names_what_is_wrong() -> None:
    """Each reader notes an error under the name of its input, and values() still has the text."""
    form = Form.read(b"count=many&name=&when=soon&kind=other&tag=a&tag=b&notes=one%0D%0Atwo&odd=%ff")
    assert form.whole("count", least=1, most=9) == 1
    assert form.text("name", required=True) == ""
    assert form.moment("when") is None
    assert form.choice("kind", ("plain",), "plain") == "plain"
    assert form.choices("tag", ("a",)) == ("a",)
    assert list(form.errors) == ["count", "name", "when", "kind", "tag"]
    assert form.value("count") == "many"
    assert form.text("notes") == "one\ntwo"
    assert form.value("odd") == "\ufffd"
    assert str(Form({"at": "2026-04-02 09:30"}).moment("at")) == "2026-04-02 09:30:00+00:00"
