"""Send bytes to a server as they are, and read whatever comes back."""

from __future__ import annotations

import re
import socket
from urllib.parse import urlsplit

STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


def send_raw(base: str, sent: bytes, timeout: float = 20) -> bytes:
    """Send bytes on a new connection, and return everything that the server sends until it closes."""
    parts = urlsplit(base)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=timeout) as connection:
        received = b""
        try:
            connection.sendall(sent)
            while piece := connection.recv(65536):
                received += piece
        except ConnectionError:
            pass  # the server hung up early; what it sent before counts
    return received


def hang_up(base: str, sent: bytes) -> None:
    """Send bytes on a new connection, and close it without reading."""
    parts = urlsplit(base)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20) as connection:
        connection.sendall(sent)


def statuses(received: bytes) -> list[int]:
    """Return the statuses of all replies, those of interim replies excluded."""
    return [int(found) for found in STATUS.findall(received) if found[0:1] != b"1"]


def request(
    method: str, target: bytes | str, *headers: bytes | str, body: bytes | None = None, host: str = "127.0.0.1"
) -> bytes:
    """Return a request that asks the server to close the connection."""
    lines: list[bytes | str] = [
        method.encode() + b" " + (target.encode() if isinstance(target, str) else target) + b" HTTP/1.1",
        f"Host: {host}",
        "Connection: close",
        *headers,
    ]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    head = b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    return head + b"\r\n\r\n" + (body or b"")
