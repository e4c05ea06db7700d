"""A client that sends ShipStation's requests over one connection."""

from __future__ import annotations

from base64 import b64encode
from http.client import HTTPConnection
from urllib.parse import urlencode

LOGIN = {"Authorization": "Basic " + b64encode(b"ship-user:ship-pass").decode()}
ALL_TIME = "start_date=01/01/1980+00:00&end_date=01/01/2090+00:00"


def query_of_notice(order_number: str, tracking_number: str) -> dict[str, str]:
    """Return the query of a notification, without the name of the add-on."""
    known = {"carrier": "UPS", "service": "Ground", "tracking_number": tracking_number}
    return {"action": "shipnotify", "order_number": order_number, **known}


def notice_of(order_number: str, tracking_number: str) -> bytes:
    """Return the body of a notification that everything left of an order is shipped."""
    return (
        f"<ShipNotice><OrderNumber>{order_number}</OrderNumber><TrackingNumber>{tracking_number}"
        "</TrackingNumber><Carrier>UPS</Carrier><Service>Ground</Service></ShipNotice>"
    ).encode()


class Client:
    """One connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)

    def get(self, target: str) -> bytes:
        """Send a GET and return the body of the reply.

        Raises:
            RuntimeError: if the status isn't 200.
        """
        return self._request("GET", target, None)

    def page(self, number: int, window: str = ALL_TIME) -> bytes:
        """Return a page of an export."""
        return self.get(f"/?dispatch=shipstation&action=export&{window}&page={number}")

    def notify(self, order_number: str, tracking_number: str) -> None:
        """Notify the store that everything left of an order is shipped."""
        query = urlencode(query_of_notice(order_number, tracking_number))
        self._request("POST", f"/?dispatch=shipstation&{query}", notice_of(order_number, tracking_number))

    def _request(self, method: str, target: str, body: bytes | None) -> bytes:
        self._connection.request(method, target, body, LOGIN)
        reply = self._connection.getresponse()
        content = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"{method} {target} got status {reply.status}: {content[:200]!r}")
        return content

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
