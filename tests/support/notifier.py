"""Send shipment notifications as fast as a store takes them, and keep count of what it acknowledged."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.support.store_process import LOGIN


@dataclass
class Notifier:
    """Notifications that are still to be sent, and those that were acknowledged with status 200.

    Each is sent until it is acknowledged, as ShipStation does: again if its connection broke, and again if it was
    refused with 503 because the database was away. ``unanswered`` holds those whose connection broke; ``delayed``
    counts the replies with 503; ``refused`` has every other status.
    """

    left: list[str]
    acknowledged: list[str] = field(default_factory=list)
    unanswered: set[str] = field(default_factory=set)
    delayed: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def send(self, address: str, connections: int, stop: Callable[[int], bool]) -> None:
        """Send over some connections at the same time, until ``stop`` is true of the number acknowledged here.

        Every connection ends when the store does.
        """
        asyncio.run(self._send(address, connections, stop))

    async def _send(self, address: str, connections: int, stop: Callable[[int], bool]) -> None:
        host, _, port = address.rpartition(":")
        before = len(self.acknowledged)

        async def on_one_connection() -> None:
            while self.left:
                with suppress(OSError, asyncio.IncompleteReadError):
                    reader, writer = await asyncio.open_connection(host, int(port))
                    try:
                        while self.left:
                            await self._notify(reader, writer)
                            if stop(len(self.acknowledged) - before):
                                return
                    finally:
                        writer.close()
                if stop(len(self.acknowledged) - before):
                    return
                await asyncio.sleep(0)

        await asyncio.gather(*(on_one_connection() for _ in range(connections)))

    async def _notify(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send one notification; it is again among those left unless it is acknowledged."""
        number = self.left.pop()
        try:
            writer.write(request(number))
            head = await reader.readuntil(b"\r\n\r\n")
            if length := re.search(rb"(?i)\r\ncontent-length: *([0-9]+)", head):
                await reader.readexactly(int(length[1]))
        except (OSError, asyncio.IncompleteReadError):
            self.unanswered.add(number)
            self.left.append(number)
            raise
        status = int(head[9:12])
        if status == 200:
            self.acknowledged.append(number)
        elif status == 503:
            self.delayed += 1
            self.left.insert(0, number)
        else:
            self.refused[number] = status


def request(number: str) -> bytes:
    """Return the notification of a parcel with the whole order. Its tracking number is made of the order's number."""
    query = f"/?dispatch=shipstation&action=shipnotify&order_number={number}&carrier=UPS&tracking_number=T-{number}"
    notice = f"<ShipNotice><OrderNumber>{number}</OrderNumber><TrackingNumber>T-{number}</TrackingNumber></ShipNotice>"
    return (
        f"POST {query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {LOGIN['Authorization']}\r\n"
        f"Content-Length: {len(notice)}\r\n\r\n{notice}"
    ).encode()
