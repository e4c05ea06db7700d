"""Asking as ShipStation does, over one connection that stays open."""

from __future__ import annotations

from base64 import b64encode
from http.client import HTTPConnection

LOGIN = {"Authorization": "Basic " + b64encode(b"ship-user:ship-pass").decode()}
EVERYTHING = "start_date=01/01/1980+00:00&end_date=01/01/2090+00:00"


class Client:
    """One connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)

    def get(self, target: str) -> bytes:
        """The body of a reply.

        Raises:
            RuntimeError: where its status isn't 200.
        """
        return self._ask("GET", target, None)

    def page(self, number: int, window: str = EVERYTHING) -> bytes:
        """A page of an export."""
        return self.get(f"/?dispatch=shipstation&action=export&{window}&page={number}")

    def notify(self, order_number: str, tracking_number: str) -> None:
        """Tell of a shipment of all that is left of an order."""
        notice = (
            f"<ShipNotice><OrderNumber>{order_number}</OrderNumber><TrackingNumber>{tracking_number}"
            "</TrackingNumber><Carrier>UPS</Carrier><Service>Ground</Service></ShipNotice>"
        )
        query = f"order_number={order_number}&carrier=UPS&service=Ground&tracking_number={tracking_number}"
        self._ask("POST", f"/?dispatch=shipstation&action=shipnotify&{query}", notice.encode())

    def _ask(self, method: str, target: str, body: bytes | None) -> bytes:
        self._connection.request(method, target, body, LOGIN)
        reply = self._connection.getresponse()
        said = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"{method} {target} was answered {reply.status}: {said[:200]!r}")
        return said

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
