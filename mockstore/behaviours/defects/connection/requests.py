"""Defects of reading a request: its action, its parameters, and the status of a bad request."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote_plus

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_refusal, is_login_refusal, with_status
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Refusal, Request, RequestedWindow
from mockstore.shop.shop import Shop


@defect(
    "unknown-action-200", "An unknown or missing action is answered 200 with an empty body.", "CON-6", seen="CS-Cart"
)
def unknown_action_200(behaviour: Behaviour) -> Behaviour:
    return _refuse_unknown_action(behaviour, Refusal(200, ""))


@defect("unknown-action-500", "An unknown or missing action is answered 500.", "CON-6 SEC-4")
def unknown_action_500(behaviour: Behaviour) -> Behaviour:
    return _refuse_unknown_action(behaviour, Refusal(500, "Something failed in the store."))


@defect("missing-action-exports", "A missing action is treated as export.", "CON-6")
def missing_action_exports(behaviour: Behaviour) -> Behaviour:
    def read_action(request: Request) -> str:
        return behaviour.read_action(request) if request.query.get("action") else "export"

    return replace(behaviour, read_action=read_action)


def _refuse_unknown_action(behaviour: Behaviour, answer: Refusal) -> Behaviour:
    def read_action(request: Request) -> str:
        try:
            return behaviour.read_action(request)
        except Refusal as refusal:
            if refusal.status == 405:
                raise
            raise Refusal(answer.status, answer.sentence) from None

    return replace(behaviour, read_action=read_action)


@defect(
    "every-error-200",
    "Every error except wrong credentials is answered 200 with a sentence.",
    "CON-6 CON-9 WIN-10 SHP-11 SHP-12 SHP-20 SEC-2 SEC-3",
    seen="WooCommerce, CS-Cart",
)
def every_error_200(behaviour: Behaviour) -> Behaviour:
    return edit_refusal(behaviour, lambda refusal: refusal if is_login_refusal(refusal) else with_status(refusal, 200))


@defect("bad-window-200", "An invalid window is answered 200 with a sentence.", "CON-9 WIN-10")
def bad_window_200(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        try:
            return behaviour.read_window(request, shop)
        except Refusal as refusal:
            raise with_status(refusal, 200) from None

    return replace(behaviour, read_window=read_window)


@defect(
    "page-only-at-the-end-of-the-url",
    "The page is read from the end of the URL: if another parameter follows it, page 1 comes.",
    "CON-10",
)
def page_only_at_the_end_of_the_url(behaviour: Behaviour) -> Behaviour:
    def read_page(request: Request) -> int:
        last = request.target.rpartition("&")[2]
        return behaviour.read_page(request if last.startswith("page=") else replace(request, query={}))

    return replace(behaviour, read_page=read_page)


@defect(
    "parameters-by-position",
    "Parameters are read by their position in the URL, not by name.",
    "CON-10",
)
def parameters_by_position(behaviour: Behaviour) -> Behaviour:
    names = ("action", "start_date", "end_date", "page")

    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        said = request.target.partition("?")[2].split("&")[1:]
        values = [unquote_plus(each.partition("=")[2]) for each in said]
        return behaviour.read_window(replace(request, query=dict(zip(names, values, strict=False))), shop)

    return replace(behaviour, read_window=read_window)


@defect(
    "percent-20-not-decoded",
    "A space in a date is read only if it is written as +, not as %20.",
    "CON-10",
)
def percent_20_not_decoded(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        if "%20" in request.target:
            raise Refusal(400, "start_date or end_date is not a date.")
        return behaviour.read_window(request, shop)

    return replace(behaviour, read_window=read_window)


@defect(
    "lower-case-percent-signs-not-decoded",
    "%2f and %3a in lower case are not decoded, so that the date is refused.",
    "CON-10",
)
def lower_case_percent_signs_not_decoded(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        if "%2f" in request.target or "%3a" in request.target:
            raise Refusal(400, "start_date or end_date is not a date.")
        return behaviour.read_window(request, shop)

    return replace(behaviour, read_window=read_window)


@defect("unknown-action-exports", "Every action except shipnotify exports.", "CON-6")
def unknown_action_exports(behaviour: Behaviour) -> Behaviour:
    def read_action(request: Request) -> str:
        asked = request.query.get("action", "").lower()
        return behaviour.read_action(request) if asked == "shipnotify" else "export"

    return replace(behaviour, read_action=read_action)


@defect("whatever-follows-a-plus-is-lost", "A date is read only up to a +, so that the time is lost.", "WIN-5")
def whatever_follows_a_plus_is_lost(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        window = behaviour.read_window(request, shop)
        if "%20" in request.target:
            return window
        start, end = (bound.replace(hour=0, minute=0, second=0) for bound in (window.start, window.end))
        return RequestedWindow(start, end + timedelta(days=1, seconds=-1))

    return replace(behaviour, read_window=read_window)
