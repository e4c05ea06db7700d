"""Defects of authentication: which requests are let in, and how the others are refused."""

from __future__ import annotations

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
from mockstore.endpoint.authentication import basic_credentials
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, Refusal, Reply, Request
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop


def _credentials_of(request: Request) -> tuple[str, str]:
    return basic_credentials(request) or ("", "")


@defect("password-not-checked", "The user name is checked, the password is not.", "CON-2 CON-4 SEC-6")
def password_not_checked(behaviour: Behaviour) -> Behaviour:
    return skip_login(behaviour, lambda request, shop: _credentials_of(request)[0] == shop.username)


@defect("password-any-case", "The password is compared without case.", "CON-2 SEC-6")
def password_any_case(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = _credentials_of(request)
        return name == shop.username and password.lower() == shop.password.lower()

    return skip_login(behaviour, passes)


@defect("password-trimmed", "Spaces around the given password are removed before it is compared.", "CON-2 SEC-6")
def password_trimmed(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = _credentials_of(request)
        return name == shop.username and password.strip() == shop.password

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
    "CON-2 SEC-6",
    seen="CS-Cart 1.0.10",
)
def password_compared_loosely(behaviour: Behaviour) -> Behaviour:
    return skip_login(behaviour, lambda request, shop: _credentials_of(request) == (shop.username, "0"))


@defect("other-schemes-pass", "Authentication schemes other than Basic are accepted unchecked.", "CON-2 SEC-6")
def other_schemes_pass(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        scheme = request.headers.get("authorization", "").partition(" ")[0].lower()
        return scheme not in ("", "basic")

    return skip_login(behaviour, passes)


@defect("ss-auth-user-is-enough", "SS-AUTH-USER is checked, SS-AUTH-PW is not.", "CON-2 SEC-6")
def ss_auth_user_is_enough(behaviour: Behaviour) -> Behaviour:
    return skip_login(behaviour, lambda request, shop: request.headers.get("ss-auth-user") == shop.username)


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
    "CON-2 SEC-6",
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
