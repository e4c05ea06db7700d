"""CON, SEC-6: how replies to unusual requests are judged."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from conformance.client.exchange import Exchange
from conformance.client.parsing.document import ExportPage
from conformance.client.shipstation import Credentials
from conformance.core.errors import NotExercised
from conformance.probes.connection import (
    BY_POST,
    FORMS,
    MIXED,
    WAYS,
    WRONG_CREDENTIALS,
    EmptyWindow,
    ExportReplies,
    RespeltRequest,
    UnauthenticatedReplies,
    UnauthenticatedReply,
    UncompressedRequests,
    UnusualRequest,
    answered_window,
    every_refusal_is_proper,
    gets_no_order_data_and_no_2xx,
    gets_the_same_orders,
    is_not_answered_2xx,
    is_refused_with_4xx,
    is_valid_and_empty,
    no_kept_reply_is_compressed,
    replies_are_well_formed,
    replies_contain_no_order_data,
    replies_forbid_caching,
    reply_is_not_the_old_one,
    wrong_credentials,
)
from conformance.probes.order_changes import RepeatedRequest
from conformance.survey.windows import window_around
from tests.support.judged import ORDER, document, edited, element_of, exchange, exported, reading
from tests.support.small_store import SmallStore, orders, survey_of

FULL = document(element_of(ORDER))
EMPTY = reading("<Orders/>")
WINDOW = window_around(ORDER)


def refusal(status: int, *headers: tuple[str, str], body: bytes = b"go away") -> Exchange:
    """A reply that refuses a request."""
    return replace(exchange(body, status=status, content_type="text/plain"), reply_headers=headers)


# ---------------------------------------------------------------------- credentials


@pytest.mark.parametrize("kind", WRONG_CREDENTIALS)
def test_wrong_credentials_are_not_the_right_ones(kind: str) -> None:
    """Each is wrong in its own way, and says so."""
    right = Credentials("ship", "Secret9")
    wrong = wrong_credentials(right, kind)
    assert wrong.headers() != right.headers()
    assert wrong.kind == kind


def test_a_way_that_leads_to_the_right_credentials_is_not_tried() -> None:
    """A password without letters has no other case."""
    with pytest.raises(NotExercised):
        wrong_credentials(Credentials("ship", "1234"), "the password in another letter case")


@pytest.mark.parametrize(
    ("kind", "reply", "found"),
    [
        ("no credentials", refusal(401), 0),
        ("no credentials", refusal(500), 0),
        ("no credentials", exchange(b"<Orders/>"), 1),
        ("no credentials", refusal(403, body=b"order for marta@example.org"), 1),
        (BY_POST, exchange(b"welcome"), 0),
        (BY_POST, FULL.exchange, 1),
        ("no credentials, with action=EXPORT", exchange(b"welcome"), 0),
        ("no credentials, with action=EXPORT", exchange(b"<Orders/>"), 0),
        ("no credentials, with Action=export", FULL.exchange, 1),
    ],
)
def test_a_request_without_the_right_credentials_gets_nothing(kind: str, reply: Exchange, found: int) -> None:
    """No success and nothing of an order; a POST and an unknown action may get a page of the shop."""
    judged = UnauthenticatedReply(kind, reply, (exported(),))
    assert len(list(gets_no_order_data_and_no_2xx(judged))) == found


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (refusal(401, ("WWW-Authenticate", "Basic")), 0),
        (refusal(403), 0),
        (refusal(401), 1),
        (refusal(404), 1),
        (exchange(b"Access denied"), 1),
        (FULL.exchange, 0),
    ],
)
def test_a_refusal_has_the_right_status(reply: Exchange, found: int) -> None:
    """401 with a challenge, or 403; a request that is let in is reported by CON-2."""
    replies = UnauthenticatedReplies((UnauthenticatedReply("a wrong password", reply, ()),), in_window=1)
    assert len(list(every_refusal_is_proper(replies))) == found


def test_a_leak_in_any_reply_is_found() -> None:
    """SEC-6: with the request that got it."""
    replies = UnauthenticatedReplies(
        (
            UnauthenticatedReply("no credentials", refusal(401), (exported(),)),
            UnauthenticatedReply("a wrong password", refusal(401, body=b"<Order>"), (exported(),)),
        ),
        in_window=0,
    )
    (finding,) = replies_contain_no_order_data(replies)
    assert "a wrong password" in finding.message


def test_without_orders_no_reply_can_leak_one() -> None:
    """SEC-6 is not exercised if the requested window has no orders; with orders, a refusal conforms."""
    refused = (UnauthenticatedReply("no credentials", refusal(401), ()),)
    with pytest.raises(NotExercised, match="no window with orders"):
        list(replies_contain_no_order_data(UnauthenticatedReplies(refused, in_window=0)))
    assert list(replies_contain_no_order_data(UnauthenticatedReplies(refused, in_window=2))) == []


def test_without_orders_no_reply_can_have_the_same() -> None:
    """CON-10 is not exercised if both replies are exports without orders."""
    with pytest.raises(NotExercised, match="no window with orders"):
        list(gets_the_same_orders(RespeltRequest("lower case", EMPTY, EMPTY)))
    assert len(list(gets_the_same_orders(RespeltRequest("lower case", reading(""), EMPTY)))) == 1


def test_part_of_a_window_is_asked_for_if_the_whole_cannot_be_read() -> None:
    """An order that breaks the export doesn't keep the suite from looking for order data elsewhere."""
    store = SmallStore(*orders(10, 300, 600))
    store.breaking.add("1002")
    survey = survey_of(store)
    window = answered_window(survey)
    assert survey.first_page(window).orders


# ---------------------------------------------------------------------- replies


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (EMPTY, None),
        (reading(""), "Test Connection fails."),
        (FULL, "The export of an empty window (03/10/2026 09:29) holds orders."),
        (reading("<Orders extra='1'><Thing/></Orders>"), "The empty document isn't valid."),
    ],
)
def test_an_empty_window_gives_an_empty_document(page: ExportPage, message: str | None) -> None:
    """Valid, and without orders."""
    found = [finding.message for finding in is_valid_and_empty(EmptyWindow(WINDOW, page))]
    assert found[:1] == ([] if message is None else [message])


@pytest.mark.parametrize(("status", "refused", "no_success"), [(400, 0, 0), (404, 0, 0), (200, 1, 1), (500, 1, 0)])
def test_an_unusual_request_is_refused(status: int, refused: int, no_success: int) -> None:
    """With 4xx (CON-6, WIN-10); at least it is no success (CON-9)."""
    request = UnusualRequest("no action", refusal(status))
    assert len(list(is_refused_with_4xx(request))) == refused
    assert len(list(is_not_answered_2xx(request))) == no_success


@pytest.mark.parametrize(
    ("pages", "unreadable", "message"),
    [
        ((FULL,), (), None),
        ((FULL,), (reading("<html/>"),), "The reply to an export isn't an Orders document."),
        ((FULL,), (reading("sorry", status=500),), None),
        ((reading("<Orders/>", content_type="text/html"),), (), "The content type isn't an XML type."),
        (
            (reading(b"<Orders>\xff</Orders>", content_type="text/xml; charset=utf-8"),),
            (),
            "The reply isn't in the encoding that it declares.",
        ),
    ],
)
def test_replies_with_orders_are_xml(
    pages: tuple[ExportPage, ...], unreadable: tuple[ExportPage, ...], message: str | None
) -> None:
    """Well-formed, of an XML type, in the encoding that they declare; CON-12 reports a 500."""
    found = [finding.message for finding in replies_are_well_formed(ExportReplies(pages, EMPTY, unreadable))]
    assert found == ([] if message is None else [message])


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ((("Cache-Control", "no-store"),), 0),
        ((("Cache-Control", "private, max-age=0"),), 0),
        ((("Pragma", "no-cache"),), 0),
        ((("Expires", "0"),), 0),
        ((), 1),
        ((("Cache-Control", "max-age=600"),), 1),
        ((("Cache-Control", "no-store"), ("Age", "60")), 1),
    ],
)
def test_replies_with_orders_forbid_caching(headers: tuple[tuple[str, str], ...], found: int) -> None:
    """By any header that caches know, and none came out of a cache."""
    page = replace(FULL, exchange=replace(FULL.exchange, reply_headers=headers))
    assert len(list(replies_forbid_caching(ExportReplies((page,), EMPTY, ())))) == found


def test_caching_is_judged_of_replies_with_orders() -> None:
    """An empty document may be kept."""
    with pytest.raises(NotExercised):
        list(replies_forbid_caching(ExportReplies((EMPTY,), EMPTY, ())))


@pytest.mark.parametrize(("notes", "found"), [("before", 1), ("after", 0), ("", 0)])
def test_an_old_reply_is_found(notes: str, found: int) -> None:
    """It shows the notes from before the change."""
    order = document(edited(element_of(ORDER), {"CustomerNotes": notes})).orders[0]
    assert len(list(reply_is_not_the_old_one(RepeatedRequest(order, "before", "after")))) == found
    assert not list(reply_is_not_the_old_one(RepeatedRequest(None, "before", "after")))


@pytest.mark.parametrize(("page", "found"), [(FULL, 0), (EMPTY, 1), (reading("", status=400), 1)])
def test_another_spelling_gets_the_same_orders(page: ExportPage, found: int) -> None:
    """Not others, and no refusal."""
    assert (
        len(list(gets_the_same_orders(RespeltRequest("percent-encoding in lower case, and of letters", page, FULL))))
        == found
    )


def test_a_refusal_of_a_store_that_refuses_everything_proves_nothing() -> None:
    """CON-3, CON-6: what it must refuse and answers all the same is reported."""
    doubt = "the store doesn't answer even a correct request"
    with pytest.raises(NotExercised, match=doubt):
        list(gets_no_order_data_and_no_2xx(UnauthenticatedReply("no credentials", refusal(401), (), doubt)))
    with pytest.raises(NotExercised, match=doubt):
        list(is_refused_with_4xx(UnusualRequest("no action", refusal(401), doubt)))
    welcome = exchange(b"Unauthorized", content_type="text/plain")
    assert len(list(gets_no_order_data_and_no_2xx(UnauthenticatedReply("no credentials", welcome, (), doubt)))) == 1
    assert len(list(is_refused_with_4xx(UnusualRequest("no action", welcome, doubt)))) == 1


def test_every_wrong_pair_is_in_the_form_that_its_name_says() -> None:
    """A half that is left out is left out; in the query, the URL carries the pair."""
    right = Credentials("ship", "Secret9")
    half = wrong_credentials(right, "no password in the add-on's SS-AUTH headers")
    assert [name for name, _ in half.headers()] == ["SS-AUTH-USER"]
    in_query = wrong_credentials(right, "no user name in the query of the URL")
    assert (in_query.headers(), in_query.parameters()) == ((), [("SS-Password", "Secret9")])
    both = wrong_credentials(right, MIXED)
    assert {name for name, _ in both.headers()} == {"Authorization", "SS-AUTH-USER", "SS-AUTH-PW"}
    assert ("Secret9" in str(both.beside)) is False


# ---------------------------------------------------------------------- compression


def test_a_compressed_reply_is_for_a_client_that_accepts_it() -> None:
    """A store that compresses a reply to a new request, too, keeps no reply of another client."""
    plain = exchange(b"<Orders/>")
    zipped = replace(plain, reply_headers=(("content-encoding", "gzip"),))
    assert not list(no_kept_reply_is_compressed(UncompressedRequests(again=(plain,), once=(plain,))))
    (finding,) = no_kept_reply_is_compressed(UncompressedRequests(again=(plain, zipped), once=(plain,)))
    assert finding.actual == "Content-Encoding: gzip"
    undeclared = replace(plain, reply_body=gzip.compress(b"<Orders/>"))
    (finding,) = no_kept_reply_is_compressed(UncompressedRequests(again=(undeclared,), once=(plain,)))
    assert finding.actual == "Content-Encoding: (none), but bytes of gzip"
    with pytest.raises(NotExercised, match="every reply"):
        list(no_kept_reply_is_compressed(UncompressedRequests(again=(zipped,), once=(zipped,))))


def test_each_way_of_wrong_credentials_is_tried_for_both_actions() -> None:
    """Of the same table, in Basic authentication if it can be sent so, and in the query in every way."""
    for ways in (
        [way for form in FORMS.values() for way in form.for_exports],
        [way for form in FORMS.values() for way in form.for_notifications],
    ):
        assert {*WAYS} - {*ways} <= {"no user name"}
    assert FORMS[""].for_exports == FORMS[""].for_notifications
    assert "no user name" in FORMS[" in the query of the URL"].for_notifications


@pytest.mark.parametrize(
    ("way", "sent"),
    [
        ("a list in place of the password", [("SS-UserName", "ship"), ("SS-Password%5B%5D", "x")]),
        ("lists in place of user name and password", [("SS-UserName%5B%5D", "x"), ("SS-Password%5B%5D", "x")]),
    ],
)
def test_lists_in_place_of_credentials(way: str, sent: list[tuple[str, str]]) -> None:
    """PHP and Node read name[]=value as a list."""
    wrong = wrong_credentials(Credentials("ship", "secret"), f"{way} in the query of the URL")
    assert wrong.parameters() == sent
