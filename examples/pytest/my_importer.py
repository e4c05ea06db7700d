"""A small importer: gets the orders of a time window, page by page, and reports shipments. Needs Python and aiohttp."""

from __future__ import annotations

import gzip
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ssl import SSLContext
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

import aiohttp

TRIES = 3
"""How often a page is requested before the importer gives up."""


class StoreFailed(Exception):
    """The store did not answer a request with success."""


def export_query(since: datetime, until: datetime, page: int) -> str:
    """Return the query of a page of orders changed in a window, in UTC."""
    bounds = {"start_date": f"{since:%m/%d/%Y %H:%M}", "end_date": f"{until:%m/%d/%Y %H:%M}"}
    return urlencode({"action": "export", **bounds, "page": page})


def read_page(body: bytes) -> tuple[int, list[str]]:
    """Return the number of pages, and the numbers of the orders on this page."""
    orders = ElementTree.fromstring(body)
    return int(orders.get("pages") or 1), [order.findtext("OrderNumber", "") for order in orders.iter("Order")]


def sent_headers(username: str, password: str) -> dict[str, str]:
    """Return the headers of every request."""
    pair = b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}", "Accept-Encoding": "gzip"}


def shipment(order_number: str, tracking_number: str, carrier: str) -> tuple[str, bytes]:
    """Return query and body of a shipment notification for a whole order."""
    notice = ElementTree.Element("ShipNotice")
    for name, value in (("OrderNumber", order_number), ("TrackingNumber", tracking_number), ("Carrier", carrier)):
        ElementTree.SubElement(notice, name).text = value
    query = {"order_number": order_number, "carrier": carrier, "service": "", "tracking_number": tracking_number}
    return urlencode({"action": "shipnotify", **query}), ElementTree.tostring(notice)


class Importer:
    """The importer for code that blocks. It keeps one connection."""

    def __init__(self, url: str, username: str, password: str, tls: SSLContext | None = None) -> None:
        place = urlsplit(url)
        assert place.hostname is not None
        if place.scheme == "https":
            self._connection: HTTPConnection = HTTPSConnection(place.hostname, place.port, timeout=10, context=tls)
        else:
            self._connection = HTTPConnection(place.hostname, place.port, timeout=10)
        self._target = f"{place.path}?{place.query}&"
        self._headers = sent_headers(username, password)

    def pull(self, since: datetime, until: datetime) -> list[str]:
        """Return the numbers of the orders that were changed in the window."""
        return list(self._pages(since, until))

    def _pages(self, since: datetime, until: datetime) -> Iterator[str]:
        page, pages = 1, 1
        while page <= pages:
            pages, numbers = read_page(self._answer("GET", export_query(since, until, page)))
            yield from numbers
            page += 1

    def ship(self, order_number: str, tracking_number: str, carrier: str = "UPS") -> None:
        """Tell the store that an order was shipped."""
        self._answer("POST", *shipment(order_number, tracking_number, carrier), tries=1)

    def _answer(self, method: str, query: str, body: bytes | None = None, tries: int = TRIES) -> bytes:
        for _ in range(tries):
            try:
                self._connection.request(method, self._target + query, body, self._headers)
                reply = self._connection.getresponse()
                content = reply.read()
            except (OSError, HTTPException):
                self._connection.close()
                continue
            if reply.status == 200:
                return gzip.decompress(content) if reply.getheader("Content-Encoding") == "gzip" else content
        raise StoreFailed(f"{method} {query}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


ALWAYS = datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)


def pull(url: str, username: str, password: str) -> list[str]:
    """Return the numbers of all orders."""
    with closing(Importer(url, username, password)) as importer:
        return importer.pull(*ALWAYS)


async def pull_async(url: str, username: str, password: str) -> list[str]:
    """Return the numbers of all orders, in asyncio code."""
    since, until = ALWAYS
    numbers: list[str] = []
    async with aiohttp.ClientSession(headers=sent_headers(username, password)) as session:
        page, pages = 1, 1
        while page <= pages:
            async with session.get(f"{url}&{export_query(since, until, page)}") as reply:
                reply.raise_for_status()
                pages, found = read_page(await reply.read())
            numbers += found
            page += 1
    return numbers
