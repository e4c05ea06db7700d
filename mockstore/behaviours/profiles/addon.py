"""The ShipStation add-on for CS-Cart, versions 1.0.12 and 1.0.10: the whole behaviours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hmac import compare_digest

from mockstore.behaviours.profiles import export, notification
from mockstore.endpoint.authentication import basic_credentials, header_credentials
from mockstore.endpoint.behaviour import REFERENCE, Behaviour
from mockstore.endpoint.message import Notice, Refusal, Reply, Request
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop

DENIED = "Access denied - Wrong username or password"
"""The reply to wrong credentials. Its status is 200."""


def headers(release: str) -> dict[str, str]:
    """Return the headers of every reply."""
    return {"Content-Type": "text/xml;charset=UTF-8", "Plugin-Version": release}


def authenticate(request: Request, shop: Shop) -> None:
    """Check the credentials as version 1.0.12 does: the pair of headers first, then Basic authentication.

    Raises:
        Refusal: the credentials are wrong.
    """
    given = header_credentials(request) or basic_credentials(request)
    known = (shop.username, shop.password)
    if given is None or not all(
        compare_digest(said.encode("utf-8", "replace"), right.encode())
        for said, right in zip(given, known, strict=True)
    ):
        raise Refusal(200, DENIED)


def authenticate_as_1_0_10(request: Request, shop: Shop) -> None:
    """Check the credentials as version 1.0.10 does.

    It compares them with a setting that does not exist, and does not check the credentials of notifications.

    Raises:
        Refusal: the request is an export.
    """
    if request.query.get("action", "").lower() == "export":
        raise Refusal(200, DENIED)


def read_action(request: Request) -> str:
    """Return the action, whatever the method.

    Raises:
        Refusal: any other action gets an empty reply.
    """
    action = request.query.get("action", "").lower()
    if action not in ("export", "shipnotify"):
        raise Refusal(200, "")
    return action


def fail(error: Exception) -> Refusal:
    """Return the reply of PHP after a fatal error: an empty body. The error is logged."""
    REFERENCE.fail(error)
    return Refusal(500, "")


def _replies(release: str) -> dict[str, Callable[..., Reply]]:
    above = headers(release)

    def refuse(refusal: Refusal) -> Reply:
        return Reply(refusal.status, refusal.sentence.encode(), above)

    def send(body: bytes, request: Request) -> Reply:
        return Reply(200, body, above)

    def acknowledge(notice: Notice, order: Order) -> Reply:
        return Reply(200, b"", above)

    return {"refuse": refuse, "send": send, "acknowledge": acknowledge}


def build_addon(release: str, check: Callable[[Request, Shop], None]) -> Behaviour:
    """Return the behaviour of the add-on in that version, with its check of credentials."""
    return replace(
        REFERENCE,
        authenticate=check,
        read_action=read_action,
        fail=fail,
        read_window=export.read_window,
        select=export.select,
        read_page=export.read_page,
        paginate=export.paginate,
        is_exportable=export.is_exportable,
        present=export.present,
        state_pages=export.state_pages,
        serialise=export.serialise,
        read_notice=notification.read_notice,
        find_order=notification.find_order,
        pack=notification.pack,
        status_after=notification.status_after,
        repetition_key=notification.repetition_key,
        book=notification.book,
        **_replies(release),  # type: ignore[arg-type]
    )


ADDONS = {
    "addon-1.0.12": build_addon("1.0.12", authenticate),
    "addon-1.0.10": build_addon("1.0.10", authenticate_as_1_0_10),
}
