"""The rules for an importer's requests: which requests break each rule, and which do not."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockstore.traffic import rules
from mockstore.traffic.journal import Journal, JournalEntry, JournalSize, mask_header, read_text
from mockstore.traffic.judging import Judge
from mockstore.traffic.requests import LoggedRequest, completed_requests, polls, read_bound
from mockstore.traffic.watch import Watcher

URL = "http://127.0.0.1:8080/?dispatch=shipstation"
GIVEN = rules.ImporterAccess(URL, "ship-user", "p:w d&1")
BASIC = {"Authorization": "Basic …", "Accept-Encoding": "gzip"}
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def entry(number: int, query: str, *, second: float = 0.0, **how: object) -> JournalEntry:
    """A request of the journal."""
    fields: dict[str, object] = {
        "method": "GET",
        "headers": BASIC,
        "body": "",
        "status": 200,
        "reply": '<Orders pages="1"></Orders>',
        **how,
    }
    return JournalEntry(number, NOON + timedelta(seconds=second), target=f"/?dispatch=shipstation&{query}", **fields)  # type: ignore[arg-type]


def export(number: int, start: str = "10:00", end: str = "11:00", page: int = 1, **how: object) -> LoggedRequest:
    """A request for a page of a window of the fourth of March."""
    bounds = f"start_date=03/04/2026+{start}&end_date=03/04/2026+{end}"
    return LoggedRequest(entry(number, f"action=export&{bounds}&page={page}", **how))  # type: ignore[arg-type]


def notification(
    number: int, body: str, query: str = "order_number=7&tracking_number=T1", **how: object
) -> LoggedRequest:
    """A notification."""
    return LoggedRequest(entry(number, f"action=shipnotify&{query}", method="POST", body=body, **how))  # type: ignore[arg-type]


def broken(rule: rules.Rule, *requests: LoggedRequest) -> list[int]:
    """Return the numbers of the requests that break a rule."""
    return [breach.number for breach in rule(requests, GIVEN)]


THREE = "<?xml version=\"1.0\"?><Orders\n pages='3' ><Order/></Orders>"


def test_a_right_importer_breaks_nothing() -> None:
    """It requests three pages over one connection, and then the next window."""
    requests = (*(export(n, page=n, reply=THREE, peer="a:1") for n in (1, 2, 3)), export(4, "11:00", "12:00"))
    every = (*rules.SINGLE_REQUEST_RULES, *rules.IMMEDIATE_RULES, *rules.DEFERRED_RULES, rules.no_gap_between_windows)
    assert [breach for rule in every for breach in rule(requests, GIVEN)] == []


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer …"}, {"SS-AUTH-USER": "x", "SS-AUTH-PW": "…"}])
def test_credentials_are_basic(headers: dict[str, str]) -> None:
    """IMP-1: other schemes are not accepted by every store."""
    assert broken(rules.credentials_in_header, export(1, headers=headers)) == [1]


@pytest.mark.parametrize(
    "query",
    [
        "&pw=p%3Aw+d%261",
        "&pw=p%3Aw%20d%261",
        "&u=ship-user",
        "&t=ship-user:p%3Aw+d%261",
        "&t=" + b64encode(b"ship-user:p:w d&1").decode(),
    ],
)
def test_credentials_stay_out_of_urls(query: str) -> None:
    """IMP-1: credentials are found in any escaped form; the breach does not show the password."""
    request = LoggedRequest(entry(1, "action=export" + query))
    assert broken(rules.no_credentials_in_url, request) == [1]
    (breach,) = rules.no_credentials_in_url((request,), GIVEN)
    assert "p:w d&1" not in breach.actual
    assert b64encode(b"ship-user:p:w d&1").decode() not in breach.actual


def test_credentials_in_the_authority_of_a_target() -> None:
    """IMP-1: a target that is a whole URL may have user name and password before its host."""
    request = LoggedRequest(
        msgspec.structs.replace(entry(1, ""), target="http://ship-user:x@shop.example/?action=export")
    )
    assert broken(rules.no_credentials_in_url, request) == [1]


@pytest.mark.parametrize("password", ["x", "export", "shipstation", "1", "03"])
def test_a_password_that_occurs_by_chance_is_no_breach(password: str) -> None:
    """IMP-1: a part of another value, or a value of the contract, is no credential; other texts stay readable."""
    given = rules.ImporterAccess(GIVEN.url, "someone", password)
    request = LoggedRequest(entry(1, "action=export&start_date=03/04/2026+10:00&end_date=03/04/2026+11:00&page=1"))
    assert list(rules.no_credentials_in_url((request,), given)) == []
    assert "action=export" in rules.hide_password(request.entry.target, given) or password == "export"


@pytest.mark.parametrize("bound", ["2026-03-04T10:00", "3/4/2026 10:00", "03/04/2026 10:00:00", "13/04/2026 10:00", ""])
def test_bounds_are_written_as_agreed(bound: str) -> None:
    """IMP-2: bounds have the format MM/dd/yyyy HH:mm and are real dates."""
    request = LoggedRequest(entry(1, f"action=export&start_date={bound}&end_date=03/04/2026+11:00"))
    assert broken(rules.bounds_in_agreed_format, request) == [1]


def test_the_query_of_the_url_is_kept() -> None:
    """IMP-2: every parameter of the URL is in the request."""
    given = rules.ImporterAccess(URL + "&store_id=7", "u", "p")
    assert [breach.expected for breach in rules.query_kept((export(1),), given)] == ["store_id=7"]


def test_pages_end_with_the_last() -> None:
    """IMP-3: the last page is what page 1 stated, or 1; if that is unknown, there is no breach."""
    assert broken(rules.pages_in_bounds, export(1, reply=THREE), export(2, page=4)) == [2]
    assert broken(rules.pages_in_bounds, export(1, reply="<Orders/>"), export(2, page=2)) == [2]
    assert broken(rules.pages_in_bounds, export(1, reply="\x1f\x8b…"), export(2, page=2)) == []
    assert broken(rules.pages_in_bounds, export(1, reply=THREE, fault="cut"), export(2, page=4)) == []


def test_every_page_is_asked_for() -> None:
    """IMP-3: pages after a failed page need not be requested."""
    assert broken(rules.every_page_requested, export(1, reply=THREE), export(2, page=3)) == [2]
    assert broken(rules.every_page_requested, export(1, reply=THREE), export(2, page=2, status=500)) == []


def test_windows_leave_no_gap() -> None:
    """IMP-4: neither a minute nor a failed window is missing; overlaps and any sequence are allowed."""
    assert broken(rules.no_gap_between_windows, export(1), export(2, "11:01", "12:00")) == [2]
    assert broken(rules.no_gap_between_windows, export(1, status=503), export(2, "11:00", "12:00")) == [2]
    assert broken(rules.no_gap_between_windows, export(1, status=503), export(2, "10:00", "12:00")) == []
    assert broken(rules.no_gap_between_windows, export(1, "11:00", "12:00"), export(2)) == []
    assert broken(rules.no_gap_between_windows, export(1, fault="reset"), export(2, "10:30", "11:00")) == [2]


def test_refusals_end_it() -> None:
    """IMP-10: a few tries are allowed, and so are many with time between them."""
    quick = [export(n, status=401, second=n / 10) for n in range(1, 9)]
    slow = [export(n, status=401, second=n * 60) for n in range(1, 9)]
    assert broken(rules.refusals_respected, *quick) == [rules.MAX_REFUSALS + 1]
    assert broken(rules.refusals_respected, *slow) == []
    assert broken(rules.refusals_respected, *quick[: rules.MAX_REFUSALS]) == []


NOTICE = "<ShipNotice><OrderNumber>7</OrderNumber><TrackingNumber>T1</TrackingNumber></ShipNotice>"


@pytest.mark.parametrize(
    "body", ["", "order=7", "<Shipment/>", NOTICE.replace("T1", "T2"), NOTICE.replace(">7<", ">8<")]
)
def test_body_and_query_of_a_notification_agree(body: str) -> None:
    """IMP-12: the body is a ShipNotice and names the same order and parcel as the query."""
    assert broken(rules.notice_agrees_with_query, notification(1, body)) == [1]


@pytest.mark.parametrize("body", [NOTICE, f'<?xml version="1.0" encoding="ISO-8859-1"?>{NOTICE}', "<ShipNotice/>"])
def test_what_only_the_query_says_is_no_contradiction(body: str) -> None:
    """IMP-12: the body may omit what the query names."""
    assert broken(rules.notice_agrees_with_query, notification(1, body)) == []


def test_a_notification_is_sent_until_it_is_answered() -> None:
    """IMP-13: it is repeated after an error or no answer, and never after a success."""
    assert broken(rules.notified_once, notification(1, NOTICE, status=500), notification(2, NOTICE)) == []
    assert broken(rules.notified_once, notification(1, NOTICE, fault="reset"), notification(2, NOTICE)) == []
    assert broken(rules.notified_once, notification(1, NOTICE, status=204), notification(2, NOTICE)) == [2]


def test_connections_are_used_again() -> None:
    """IMP-14: five pages over five connections are a breach; fewer may be requested at the same time."""
    assert broken(rules.connection_kept, *(export(n, page=n, peer=f"a:{n}") for n in range(1, 6))) == [5]
    assert broken(rules.connection_kept, *(export(n, page=n, peer=f"a:{n % 4}") for n in range(1, 9))) == []


def test_what_came_is_not_asked_for_at_once_again() -> None:
    """IMP-14: a page that arrived is not requested again within seconds."""
    assert broken(rules.pages_not_repeated, *(export(n, second=n) for n in range(1, 6))) == [5]
    assert broken(rules.pages_not_repeated, *(export(n, second=n * 300) for n in range(1, 6))) == []


@given(st.text(max_size=30))
def test_a_bound_is_a_time_or_none(text: str) -> None:
    """Any text gives a time or None."""
    moment = read_bound(text)
    assert moment is None or moment.tzinfo is UTC


@given(st.datetimes().filter(lambda moment: moment.year >= 1000))
def test_a_bound_is_read_as_it_is_written(moment: datetime) -> None:
    """It is read to the minute."""
    assert read_bound(f"{moment:%m/%d/%Y %H:%M}") == moment.replace(second=0, microsecond=0, tzinfo=UTC)


@given(st.text(max_size=60))
def test_any_query_can_be_judged(query: str) -> None:
    """No request crashes a rule."""
    request = LoggedRequest(entry(1, query))
    for rule in (
        *rules.SINGLE_REQUEST_RULES,
        *rules.IMMEDIATE_RULES,
        *rules.DEFERRED_RULES,
        rules.no_gap_between_windows,
    ):
        list(rule((request,), GIVEN))
    assert request.shown
    assert len(polls((request,))) <= 1


def test_a_journal_keeps_no_secret_but_its_kind() -> None:
    """The scheme of the credentials is kept, the credentials are not."""
    assert mask_header("Authorization", "Basic c2VjcmV0") == "Basic …"
    assert mask_header("ss-auth-pw", "two words") == "…"
    assert mask_header("Accept", "text/xml") == "text/xml"


def test_a_journal_reads_bodies_as_they_say() -> None:
    """A body is decoded as it declares; an unknown encoding is read as UTF-8."""
    assert read_text("<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>".encode("latin-1"), 99).endswith("<a>é</a>")
    assert read_text("<a>é</a>".encode("utf-16"), 99) == "<a>é</a>"
    assert read_text(b"<?xml encoding='martian'?>x", 99).endswith("x")


def test_a_watcher_tells_of_each_request_and_of_what_it_breaks() -> None:
    """Each breach is printed once; a failed window may be requested again."""
    told: list[str] = []
    watcher = Watcher(GIVEN, told.append)
    for each in (
        export(1, status=503),
        export(2, "10:00", "12:00", reply=THREE),
        export(3, "12:30", "13:00"),
        export(4, "12:30", "13:00", headers={}),
    ):
        watcher(each.entry)
    text = "\n".join(told)
    assert text.count("GET") == 4
    assert text.count("IMP-4") == 1
    assert text.count("IMP-3") == 1
    assert text.count("IMP-1:") == 1
    assert watcher.summary == "Watched 4 requests; broken: IMP-1 1 time, IMP-14 1 time, IMP-3 1 time, IMP-4 1 time."


def test_a_poll_that_has_just_begun_can_be_left_aside() -> None:
    """A complete or failed poll before it stays."""
    whole = tuple(export(number, page=number, reply=THREE) for number in (1, 2, 3))
    begun = export(4, reply=THREE), export(5, page=2, reply=THREE)
    assert completed_requests((*whole, *begun)) == whole
    assert completed_requests((*whole, *begun, export(6, page=3, reply=THREE)))[-1].number == 6
    assert completed_requests((*whole, export(4, status=503)))[-1].number == 4
    assert completed_requests((*whole, export(4)))[-1].number == 4
    assert completed_requests(()) == ()


def test_a_watcher_explains_a_breach_once() -> None:
    """A repeated breach is named again, but not explained."""
    told: list[str] = []
    watcher = Watcher(GIVEN, told.append)
    for number in (1, 2, 3):
        watcher(export(number, "10:00", "12:00", headers={}).entry)
    text = "\n".join(told)
    assert text.count("breaks IMP-1: The request has no Basic credentials.") == 1
    assert text.count("breaks again IMP-1: The request has no Basic credentials.") == 2
    assert text.count("expected Authorization: Basic …") == 1


def test_a_watcher_prints_nothing_that_a_terminal_obeys() -> None:
    """Control characters of a query are spelled out, so that a client cannot forge lines."""
    told: list[str] = []
    Watcher(GIVEN, told.append)(entry(1, "action=shipnotify&order_number=%1b]0;PWNED%07%0d%0aFAKE%c2%9b%e2%80%ae"))
    assert "order ␛]0;PWNED␇␍␊FAKE⟨U+009B⟩⟨U+202E⟩" in told[0]
    assert all(character.isprintable() for line in told for character in line)


@pytest.mark.parametrize("target", ["/api/orders", "/favicon.ico", "/images/a.png", "//[x", "/control/v1/store"])
def test_a_watcher_judges_only_requests_to_the_addon(target: str) -> None:
    """Other requests are printed, and break no rule for importers."""
    told: list[str] = []
    Watcher(GIVEN, told.append)(msgspec.structs.replace(entry(1, "", headers={}), target=target))
    assert len(told) == 1
    assert target in told[0]


def test_a_journal_tells_its_listener() -> None:
    """The listener is called for each request."""
    heard: list[JournalEntry] = []
    journal = Journal(listener=heard.append)
    journal.record(NOON, "GET", "/", {"Authorization": "Basic x"}, b"", 404, reply=b"gone")
    assert [(each.number, each.reply) for each in heard] == [(1, "gone")]


def test_a_journal_keeps_the_beginning_of_each_reply() -> None:
    """Each entry has its own reply as long as it is kept, also if it is read late."""
    journal = Journal(JournalSize(entries=3, reply_bytes=4))
    for number in range(1, 8):
        journal.record(
            NOON, "GET", f"/{number}", {"Host": "a"}, b"", 200, reply=b"r%d-%s" % (number, b"x" * (number - 5))
        )
    assert [(each.number, each.reply) for each in journal.after(0)[1]] == [(5, "r5-"), (6, "r6-x"), (7, "r7-x")]
    assert journal.after(3) == (1, journal.after(4)[1])
    assert [each.number for each in journal.after(5, most=1)[1]] == [6]
    assert [journal.entry(number) is None for number in (0, 4, 5, 7, 8)] == [True, True, False, False, True]
    journal.record(NOON, "GET", "/", {"Authorization": "Basic x"}, None, 401, reply="é".encode() * 9)
    last = journal.entry(8)
    assert last is not None
    assert (last.reply, last.headers, last.body, last.body_unread) == ("éé", {"Authorization": "Basic …"}, "", True)


def test_a_judge_judges_requests_together_as_one_by_one() -> None:
    """The same rules are broken, though a rule may name fewer requests. A journal that is cleared begins again."""
    requests = (
        export(1, reply=THREE),
        export(2, page=2, headers={}),
        export(3, "10:00", "12:00", reply=THREE),
        *(export(number, "12:30", "13:00", page=9) for number in range(4, 9)),
    )
    together, one_by_one = Judge(GIVEN), Judge(GIVEN)
    found = together.judge(requests)
    told = [breach for each in requests for breach in one_by_one.judge((each,))]
    assert {(breach.requirement, breach.sentence) for breach in told} == {
        (breach.requirement, breach.sentence) for breach in found
    }
    assert {"IMP-1", "IMP-3", "IMP-4", "IMP-14"} <= {breach.requirement for breach in found}
    assert together.judge(requests) == found


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        (f'\n<?xml version="1.0"?>{NOTICE}', "there is white space before the XML declaration"),
        ("order_number=7&carrier=UPS", "it is encoded like a form"),
        ("xml=%3CShipNotice%2F%3E", "it is encoded like a form"),
        ('{"tracking": 1}', "it is JSON"),
        ("<ShipNotice><Carrier>T&C</Carrier></ShipNotice>", "it is not well-formed XML, line 1, column"),
        ("<ShipNotice>\n<Carrier></ShipNotice>", "it is not well-formed XML, line 2"),
        ('<ShipNotice xmlns="urn:x"/>', "its root has the namespace 'urn:x'"),
        ("<Shipment/>", "its root is Shipment"),
        (NOTICE, ""),
    ],
)
def test_the_cause_why_a_body_is_no_notice_is_named(body: str, problem: str) -> None:
    """With its place."""
    found = rules.notice_problem(notification(1, body))
    assert found.startswith(problem)
    assert bool(problem) == bool(found)
