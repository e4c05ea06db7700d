"""Defects of authentication: which requests are let in, and how the others are refused."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace

from mockstore.behaviours.defects import defect
from mockstore.behaviours.defects.connection.replies import EMPTY_DOCUMENT
from mockstore.behaviours.patch import (
    edit_refusal,
    edit_reply,
    is_login_refusal,
    postpone_login,
    skip_login,
    with_status,
)
from mockstore.endpoint.authentication import basic_credentials, header_credentials
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, Refusal, Reply, Request
from mockstore.orders.model import Order, Shipment
from mockstore.shop.shop import Shop
from mockstore.store.store import Store


def _credentials_of(request: Request) -> tuple[str, str]:
    return basic_credentials(request) or ("", "")


@defect("password-not-checked", "The user name is checked, the password is not.", "CON-2 CON-4 SEC-6")
def password_not_checked(behaviour: Behaviour) -> Behaviour:
    return skip_login(behaviour, lambda request, shop: _credentials_of(request)[0] == shop.username)


@defect("password-any-case", "The password is compared without case.", "CON-2 CON-4 SEC-6")
def password_any_case(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = _credentials_of(request)
        return name == shop.username and password.lower() == shop.password.lower()

    return skip_login(behaviour, passes)


@defect("password-trimmed", "Spaces around the given password are removed before it is compared.", "CON-2 CON-4 SEC-6")
def password_trimmed(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = _credentials_of(request)
        return name == shop.username and password.strip() == shop.password

    return skip_login(behaviour, passes)


@defect("password-left-trimmed", "Spaces before the given password are removed.", "CON-2 CON-4 SEC-6")
def password_left_trimmed(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = _credentials_of(request)
        return name == shop.username and password.lstrip() == shop.password

    return skip_login(behaviour, passes)


@defect("password-with-line-break", "A line break after the password does not count.", "CON-2 CON-4 SEC-6")
def password_with_line_break(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = _credentials_of(request)
        return name == shop.username and password.rstrip("\r\n") == shop.password

    return skip_login(behaviour, passes)


@defect("password-empty-passes", "An empty password is accepted.", "CON-2 CON-4 SEC-6")
def password_empty_passes(behaviour: Behaviour) -> Behaviour:
    return skip_login(behaviour, lambda request, shop: _credentials_of(request) == (shop.username, ""))


@defect("password-beginning-passes", "The beginning of the password is accepted.", "CON-2 CON-4 SEC-6")
def password_beginning_passes(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = _credentials_of(request)
        return name == shop.username and shop.password.startswith(password)

    return skip_login(behaviour, passes)


@defect(
    "password-compared-loosely",
    "The password is compared with ==, so that 0 equals a text that begins with a letter.",
    "CON-2 CON-4 SEC-6",
    seen="CS-Cart 1.0.10",
)
def password_compared_loosely(behaviour: Behaviour) -> Behaviour:
    return skip_login(behaviour, lambda request, shop: _credentials_of(request) == (shop.username, "0"))


@defect("other-schemes-pass", "Authentication schemes other than Basic are accepted unchecked.", "CON-2 CON-4 SEC-6")
def other_schemes_pass(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        scheme = request.headers.get("authorization", "").partition(" ")[0].lower()
        return scheme not in ("", "basic")

    return skip_login(behaviour, passes)


@defect("ss-auth-user-is-enough", "SS-AUTH-USER is checked, SS-AUTH-PW is not.", "CON-2 CON-4 SEC-6")
def ss_auth_user_is_enough(behaviour: Behaviour) -> Behaviour:
    return skip_login(behaviour, lambda request, shop: request.headers.get("ss-auth-user") == shop.username)


@defect(
    "password-with-more-behind-colon-passes",
    "Credentials are divided at every colon: the right password, a colon and more is accepted.",
    "CON-2 CON-4 SEC-6",
    seen="CS-Cart 2.2.1",
)
def password_with_more_behind_colon_passes(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = _credentials_of(request)
        return name == shop.username and password.split(":")[0] == shop.password

    return skip_login(behaviour, passes)


@defect("empty-user-name-passes", "An empty user name is accepted with the right password.", "CON-2 CON-4 SEC-6")
def empty_user_name_passes(behaviour: Behaviour) -> Behaviour:
    return skip_login(behaviour, lambda request, shop: _credentials_of(request) == ("", shop.password))


@defect("user-name-alone-passes", "A user name without colon and password is accepted.", "CON-2 CON-4 SEC-6")
def user_name_alone_passes(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        alone = b64encode(shop.username.encode()).decode()
        return request.headers.get("authorization") == f"Basic {alone}"

    return skip_login(behaviour, passes)


@defect("halves-of-two-pairs-pass", "The user name and the password may come from different pairs.", "CON-2 SEC-6")
def halves_of_two_pairs_pass(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        pairs = [pair for pair in (basic_credentials(request), header_credentials(request)) if pair is not None]
        names, passwords = {name for name, _ in pairs}, {password for _, password in pairs}
        return len(pairs) > 1 and shop.username in names and shop.password in passwords

    return skip_login(behaviour, passes)


@defect(
    "own-machine-needs-no-password",
    "A request that X-Forwarded-For says comes from this machine needs no password: anybody can write that header.",
    "CON-3 SEC-6",
)
def own_machine_needs_no_password(behaviour: Behaviour) -> Behaviour:
    return skip_login(behaviour, lambda request, shop: request.headers.get("x-forwarded-for") == "127.0.0.1")


@defect(
    "login-kept-with-connection",
    "Credentials are checked until they were right once on a connection.",
    "CON-2 CON-3 CON-4 SEC-6",
)
def login_kept_with_connection(behaviour: Behaviour) -> Behaviour:
    trusted: set[int] = set()

    def authenticate(request: Request, shop: Shop) -> None:
        if request.connection not in trusted:
            behaviour.authenticate(request, shop)
            trusted.add(request.connection)

    return replace(behaviour, authenticate=authenticate)


@defect(
    "first-request-of-connection-passes",
    "Credentials are not checked for the first request of a connection, once a client has logged in.",
    "CON-2 SEC-6",
)
def first_request_of_connection_passes(behaviour: Behaviour) -> Behaviour:
    known: set[int] = set()

    def authenticate(request: Request, shop: Shop) -> None:
        is_first = bool(known) and request.connection not in known
        if not is_first:
            behaviour.authenticate(request, shop)
        known.add(request.connection)

    return replace(behaviour, authenticate=authenticate)


def _skip_pair(behaviour: Behaviour, passes: Callable[[str | None, str | None, Shop], bool]) -> Behaviour:
    """Do not check pairs of SS-AUTH headers, of which one may be missing, for which ``passes`` is true."""

    def by_header(request: Request, shop: Shop) -> bool:
        name, password = request.headers.get("ss-auth-user"), request.headers.get("ss-auth-pw")
        return (name, password) != (None, None) and passes(name, password, shop)

    return skip_login(behaviour, by_header)


@defect("ss-auth-any-case", "SS-AUTH-PW is compared without case.", "CON-2 SEC-6")
def ss_auth_any_case(behaviour: Behaviour) -> Behaviour:
    return _skip_pair(
        behaviour,
        lambda name, password, shop: name == shop.username and (password or "").lower() == shop.password.lower(),
    )


@defect("ss-auth-beginning-passes", "The beginning of the password is accepted in SS-AUTH-PW.", "CON-2 SEC-6")
def ss_auth_beginning_passes(behaviour: Behaviour) -> Behaviour:
    return _skip_pair(
        behaviour,
        lambda name, password, shop: (
            name == shop.username and bool(password) and shop.password.startswith(password or "")
        ),
    )


@defect("ss-auth-empty-password-passes", "An empty SS-AUTH-PW is accepted.", "CON-2 SEC-6", seen="several")
def ss_auth_empty_password_passes(behaviour: Behaviour) -> Behaviour:
    return _skip_pair(behaviour, lambda name, password, shop: (name, password) == (shop.username, ""))


@defect("ss-auth-password-missing-passes", "SS-AUTH-USER without SS-AUTH-PW is accepted.", "CON-2 CON-4 SEC-6")
def ss_auth_password_missing_passes(behaviour: Behaviour) -> Behaviour:
    return _skip_pair(behaviour, lambda name, password, shop: (name, password) == (shop.username, None))


@defect("ss-auth-user-empty-passes", "An empty SS-AUTH-USER is accepted with the right password.", "CON-2 CON-4 SEC-6")
def ss_auth_user_empty_passes(behaviour: Behaviour) -> Behaviour:
    return _skip_pair(behaviour, lambda name, password, shop: (name, password) == ("", shop.password))


@defect("ss-auth-user-missing-passes", "SS-AUTH-PW without SS-AUTH-USER is accepted.", "CON-2 SEC-6")
def ss_auth_user_missing_passes(behaviour: Behaviour) -> Behaviour:
    return _skip_pair(behaviour, lambda name, password, shop: (name, password) == (None, shop.password))


@defect("ss-auth-user-not-checked", "Every SS-AUTH-USER is accepted with the right password.", "CON-2 SEC-6")
def ss_auth_user_not_checked(behaviour: Behaviour) -> Behaviour:
    return _skip_pair(behaviour, lambda name, password, shop: bool(name) and password == shop.password)


@defect("ss-auth-divided-at-colon", "SS-AUTH-PW is read up to its first colon.", "CON-2 SEC-6")
def ss_auth_divided_at_colon(behaviour: Behaviour) -> Behaviour:
    return _skip_pair(
        behaviour,
        lambda name, password, shop: name == shop.username and (password or "").split(":")[0] == shop.password,
    )


def _take_query(
    behaviour: Behaviour,
    passes: Callable[[str | None, str | None, Shop], bool] = lambda name, password, shop: False,
) -> Behaviour:
    """Take credentials in the query: the right ones, and those for which ``passes`` is true."""

    def in_query(request: Request, shop: Shop) -> bool:
        name, password = request.query.get("SS-UserName"), request.query.get("SS-Password")
        if (name, password) == (None, None):
            return False
        return (name, password) == (shop.username, shop.password) or passes(name, password, shop)

    return skip_login(behaviour, in_query)


@defect(
    "query-password-ends-at-nul",
    "Credentials in the query are taken, and compared as C strings: nothing after a NUL character counts.",
    "CON-2 CON-4 SEC-6",
)
def query_password_ends_at_nul(behaviour: Behaviour) -> Behaviour:
    return _take_query(
        behaviour,
        lambda name, password, shop: name == shop.username and (password or "").partition("\0")[0] == shop.password,
    )


def _take_query_for_notifications(
    behaviour: Behaviour, passes: Callable[[str | None, str | None, Shop], bool]
) -> Behaviour:
    """Take the right credentials in the query, and for notifications also those for which ``passes`` is true."""
    right = _take_query(behaviour)
    wrong = _take_query(behaviour, passes)

    def authenticate(request: Request, shop: Shop) -> None:
        is_notification = request.query.get("action", "").lower() == "shipnotify"
        (wrong if is_notification else right).authenticate(request, shop)

    return replace(behaviour, authenticate=authenticate)


@defect(
    "notification-password-any-case",
    "For a notification, the password is looked up in the database, which compares without case; exports compare all.",
    "CON-4",
)
def notification_password_any_case(behaviour: Behaviour) -> Behaviour:
    return _skip_notification_login(behaviour, str.lower)


@defect(
    "notification-password-padded",
    "For a notification, the database compares the password, and ignores spaces at its end.",
    "CON-4",
)
def notification_password_padded(behaviour: Behaviour) -> Behaviour:
    return _skip_notification_login(behaviour, str.rstrip)


def _skip_notification_login(behaviour: Behaviour, read: Callable[[str], str]) -> Behaviour:
    """For a notification, accept a password that reads like the right one."""

    def passes(request: Request, shop: Shop) -> bool:
        name, password = _credentials_of(request)
        return (request.query.get("action"), name, read(password)) == ("shipnotify", shop.username, read(shop.password))

    return skip_login(behaviour, passes)


def _first_of_list(request: Request, name: str) -> str | None:
    return next((value for key, value in request.query.items() if key == f"{name}[]"), None)


@defect(
    "query-password-list-passes",
    "Credentials in the query are taken, and compared by strcmp: a list in place of the password is accepted.",
    "CON-2 CON-4 SEC-6",
)
def query_password_list_passes(behaviour: Behaviour) -> Behaviour:
    taking = _take_query(behaviour)
    return skip_login(
        taking,
        lambda request, shop: (
            request.query.get("SS-UserName") == shop.username and _first_of_list(request, "SS-Password") is not None
        ),
    )


@defect(
    "notification-query-lists-pass",
    "Credentials in the query are taken; for a notification, lists in place of user name and password are accepted.",
    "CON-4",
)
def notification_query_lists_pass(behaviour: Behaviour) -> Behaviour:
    taking = _take_query(behaviour)
    return skip_login(
        taking,
        lambda request, shop: (
            request.query.get("action") == "shipnotify"
            and None not in (_first_of_list(request, "SS-UserName"), _first_of_list(request, "SS-Password"))
        ),
    )


@defect(
    "notification-query-user-name-is-enough",
    "Credentials in the query are taken; for a notification, SS-UserName is checked and SS-Password is not.",
    "CON-4",
)
def notification_query_user_name_is_enough(behaviour: Behaviour) -> Behaviour:
    return _take_query_for_notifications(behaviour, lambda name, password, shop: name == shop.username)


@defect(
    "notification-query-password-missing-passes",
    "Credentials in the query are taken; for a notification, SS-UserName without SS-Password is accepted.",
    "CON-4",
)
def notification_query_password_missing_passes(behaviour: Behaviour) -> Behaviour:
    return _take_query_for_notifications(
        behaviour, lambda name, password, shop: (name, password) == (shop.username, None)
    )


@defect(
    "notification-query-user-name-not-checked",
    "Credentials in the query are taken; for a notification, SS-UserName is not checked.",
    "CON-4",
)
def notification_query_user_name_not_checked(behaviour: Behaviour) -> Behaviour:
    return _take_query_for_notifications(behaviour, lambda name, password, shop: password == shop.password)


@defect(
    "notification-ss-auth-user-is-enough",
    "For a notification, SS-AUTH-USER is checked, and SS-AUTH-PW is not.",
    "CON-4",
)
def notification_ss_auth_user_is_enough(behaviour: Behaviour) -> Behaviour:
    return skip_login(
        behaviour,
        lambda request, shop: (
            request.query.get("action") == "shipnotify" and request.headers.get("ss-auth-user") == shop.username
        ),
    )


@defect("query-user-name-is-enough", "SS-UserName in the query is checked, SS-Password is not.", "CON-2 CON-4 SEC-6")
def query_user_name_is_enough(behaviour: Behaviour) -> Behaviour:
    return _take_query(behaviour, lambda name, password, shop: name == shop.username)


@defect(
    "query-password-missing-passes", "SS-UserName in the query without SS-Password is accepted.", "CON-2 CON-4 SEC-6"
)
def query_password_missing_passes(behaviour: Behaviour) -> Behaviour:
    return _take_query(behaviour, lambda name, password, shop: (name, password) == (shop.username, None))


@defect(
    "query-password-trimmed",
    "Spaces around SS-Password in the query are removed.",
    "CON-2 CON-4 SEC-6",
    seen="WooCommerce",
)
def query_password_trimmed(behaviour: Behaviour) -> Behaviour:
    return _take_query(
        behaviour, lambda name, password, shop: name == shop.username and (password or "").strip() == shop.password
    )


@defect("query-password-any-case", "SS-Password in the query is compared without case.", "CON-2 CON-4 SEC-6")
def query_password_any_case(behaviour: Behaviour) -> Behaviour:
    return _take_query(
        behaviour,
        lambda name, password, shop: name == shop.username and (password or "").lower() == shop.password.lower(),
    )


@defect("query-user-name-not-checked", "SS-UserName in the query is not checked, SS-Password is.", "CON-2 CON-4 SEC-6")
def query_user_name_not_checked(behaviour: Behaviour) -> Behaviour:
    return _take_query(behaviour, lambda name, password, shop: password == shop.password)


@defect("user-name-not-checked", "Every user name is accepted with the right password.", "CON-2 CON-4 SEC-6")
def user_name_not_checked(behaviour: Behaviour) -> Behaviour:
    return skip_login(behaviour, lambda request, shop: _credentials_of(request)[1] == shop.password)


@defect(
    "no-credentials-pass",
    "Credentials are checked only if there are any: a request without them is accepted.",
    "CON-3 CON-4 SEC-6",
)
def no_credentials_pass(behaviour: Behaviour) -> Behaviour:
    return skip_login(behaviour, lambda request, shop: "authorization" not in request.headers)


@defect(
    "export-by-post-open",
    "Credentials are checked for GET only: an export by POST needs no credentials.",
    "CON-3 SEC-6",
)
def export_by_post_open(behaviour: Behaviour) -> Behaviour:
    def by_post(request: Request) -> bool:
        return request.method == "POST" and request.query.get("action", "").lower() == "export"

    def read_action(request: Request) -> str:
        return "export" if by_post(request) else behaviour.read_action(request)

    return skip_login(replace(behaviour, read_action=read_action), lambda request, shop: by_post(request))


@defect(
    "login-for-small-letters-only",
    "Credentials are checked only if the action is spelled export: EXPORT needs none.",
    "CON-3 SEC-6",
)
def login_for_small_letters_only(behaviour: Behaviour) -> Behaviour:
    return skip_login(
        behaviour,
        lambda request, shop: (action := request.query.get("action", "")) != "export" and action.lower() == "export",
    )


@defect(
    "login-for-small-name-only",
    "Credentials are checked only if the name of the action is in small letters: Action=export needs none.",
    "CON-3 SEC-6",
)
def login_for_small_name_only(behaviour: Behaviour) -> Behaviour:
    def read_action(request: Request) -> str:
        return behaviour.read_action(
            replace(request, query={"action": request.query.get("Action", ""), **request.query})
        )

    return skip_login(
        replace(behaviour, read_action=read_action),
        lambda request, shop: "action" not in request.query and "Action" in request.query,
    )


def _answer_repetitions_first(behaviour: Behaviour, *, book_again: bool) -> Behaviour:
    """Check no credentials of a notification whose tracking number is recorded, and record it again if wanted."""
    recorded: set[str] = set()
    unknown: set[str] = set()

    def is_repetition(request: Request, shop: Shop) -> bool:
        number = request.query.get("tracking_number", "")
        if not number or number not in recorded:
            return False
        try:
            behaviour.authenticate(request, shop)
        except Refusal:
            unknown.add(number)
        return True

    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        is_of_stranger = shipment.tracking_number in unknown
        unknown.discard(shipment.tracking_number)
        key = f"{key} {len(order.shipments)}" if book_again and is_of_stranger else key
        behaviour.book(store, order, shipment, status, key)
        recorded.add(shipment.tracking_number)

    return skip_login(replace(behaviour, book=book), is_repetition)


@defect("repetition-needs-no-login", "A notification whose parcel is recorded is answered 200 to anybody.", "CON-4")
def repetition_needs_no_login(behaviour: Behaviour) -> Behaviour:
    return _answer_repetitions_first(behaviour, book_again=False)


@defect("repetition-of-stranger-recorded", "A recorded parcel is recorded again, if anybody sends it.", "CON-4")
def repetition_of_stranger_recorded(behaviour: Behaviour) -> Behaviour:
    return _answer_repetitions_first(behaviour, book_again=True)


@defect("export-open-to-all", "An export needs no credentials.", "CON-2 CON-3 SEC-6")
def export_open_to_all(behaviour: Behaviour) -> Behaviour:
    return skip_login(behaviour, lambda request, shop: request.query.get("action") == "export")


@defect(
    "shipnotify-open-to-all",
    "A notification needs no credentials.",
    "CON-4",
    seen="CS-Cart 1.0.10, WooCommerce",
)
def shipnotify_open_to_all(behaviour: Behaviour) -> Behaviour:
    return skip_login(behaviour, lambda request, shop: request.query.get("action") == "shipnotify")


@defect(
    "shipnotify-refused-after-booking",
    "A notification with wrong credentials is refused after its shipment is recorded.",
    "CON-4",
)
def shipnotify_refused_after_booking(behaviour: Behaviour) -> Behaviour:
    lenient, pending = postpone_login(behaviour, "shipnotify")

    def acknowledge(notice: Notice, order: Order) -> Reply:
        pending.raise_refusal()
        return behaviour.acknowledge(notice, order)

    return replace(lenient, acknowledge=acknowledge)


@defect(
    "refusal-goes-on",
    "The script sets the status 401, but continues and answers the request.",
    "CON-2 CON-3 CON-4 SEC-6",
)
def refusal_goes_on(behaviour: Behaviour) -> Behaviour:
    lenient, pending = postpone_login(behaviour)

    def under_401(reply: Reply) -> Reply:
        if pending.refusal is None:
            return reply
        return Reply(401, reply.body, {**reply.headers, **pending.refusal.headers})

    lenient = replace(lenient, acknowledge=lambda notice, order: under_401(behaviour.acknowledge(notice, order)))
    return edit_reply(lenient, under_401)


@defect(
    "refusal-200",
    "Wrong credentials are answered 200 with a sentence in plain text.",
    "CON-2 CON-3 CON-4 CON-5",
    seen="CS-Cart",
)
def refusal_200(behaviour: Behaviour) -> Behaviour:
    return edit_refusal(behaviour, lambda refusal: with_status(refusal, 200) if is_login_refusal(refusal) else refusal)


@defect("refusal-404", "Wrong credentials are answered 404.", "CON-5")
def refusal_404(behaviour: Behaviour) -> Behaviour:
    return edit_refusal(behaviour, lambda refusal: with_status(refusal, 404) if is_login_refusal(refusal) else refusal)


@defect("refusal-500", "Wrong credentials are answered 500.", "CON-5")
def refusal_500(behaviour: Behaviour) -> Behaviour:
    return edit_refusal(behaviour, lambda refusal: with_status(refusal, 500) if is_login_refusal(refusal) else refusal)


def _fail_on(behaviour: Behaviour, is_unreadable: Callable[[bytes], bool]) -> Behaviour:
    """Answer requests 500 whose Basic credentials can't be read."""

    def authenticate(request: Request, shop: Shop) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic" and is_unreadable(token.strip().encode()):
            raise ValueError("The credentials can't be read.")
        behaviour.authenticate(request, shop)

    return replace(behaviour, authenticate=authenticate)


@defect("broken-base64-fails", "Basic credentials in base64 that breaks off are answered 500.", "CON-5")
def broken_base64_fails(behaviour: Behaviour) -> Behaviour:
    return _fail_on(behaviour, lambda token: len(token) % 4 != 0)


@defect("credentials-not-utf8-fail", "Basic credentials that are not UTF-8 are answered 500.", "CON-5")
def credentials_not_utf8_fail(behaviour: Behaviour) -> Behaviour:
    def is_unreadable(token: bytes) -> bool:
        return len(token) % 4 == 0 and "\ufffd" in b64decode(token).decode("utf-8", "replace")

    return _fail_on(behaviour, is_unreadable)


@defect("refusal-without-challenge", "Wrong credentials are answered 401 without a challenge.", "CON-5")
def refusal_without_challenge(behaviour: Behaviour) -> Behaviour:
    return edit_refusal(
        behaviour, lambda refusal: Refusal(401, refusal.sentence) if is_login_refusal(refusal) else refusal
    )


@defect("login-on-first-page-only", "Credentials are checked on page 1 only.", "CON-3 SEC-6")
def login_on_first_page_only(behaviour: Behaviour) -> Behaviour:
    return skip_login(
        behaviour,
        lambda request, shop: request.query.get("action") == "export" and request.query.get("page", "1") != "1",
    )


@defect(
    "password-first-eight",
    "The password is compared up to its eighth character, as crypt does.",
    "CON-2 CON-4 SEC-6",
)
def password_first_eight(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = basic_credentials(request) or ("", "")
        return name == shop.username and password[:8] == shop.password[:8]

    return skip_login(behaviour, passes)


@defect(
    "refusal-empty-document",
    "Wrong credentials are answered with an empty document and status 200.",
    "CON-2 CON-3 CON-4",
)
def refusal_empty_document(behaviour: Behaviour) -> Behaviour:
    def refuse(refusal: Refusal) -> Reply:
        if not is_login_refusal(refusal):
            return behaviour.refuse(refusal)
        return Reply(200, EMPTY_DOCUMENT, {"Content-Type": "text/xml; charset=utf-8"})

    return replace(behaviour, refuse=refuse)


@defect("refusal-leads-to-login", "A request with wrong credentials is redirected to the shop's login form.", "CON-5")
def refusal_leads_to_login(behaviour: Behaviour) -> Behaviour:
    def away(refusal: Refusal) -> Refusal:
        return (
            Refusal(302, "", {"Location": "/index.php?dispatch=auth.login_form"})
            if is_login_refusal(refusal)
            else refusal
        )

    return edit_refusal(behaviour, away)
