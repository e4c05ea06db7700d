"""``mockstore console``: makes a link for a store that runs."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from mockstore.cli.errors import UsageError
from mockstore.console.key_file import key_path, read_key
from mockstore.console.keys import Keys

PATIENCE_S = 5.0


def console_link(url: str) -> str:
    """Return a link that opens the console of the store at a URL once.

    Raises:
        UsageError: the URL is not one, no store with a console answers there, or this user has no key.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError):
        host = None
    if host is None:
        raise UsageError(f"This is not a URL: {url}. Write it like http://127.0.0.1:8080.")
    key = read_key()
    if key is None:
        raise UsageError(
            f"There is no key at {key_path()}: no store with a console was started by this user. "
            "Start the store again: it prints a link."
        )
    base = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme == "http":
        _check_console(host, port, base)
    return Keys(key, port).new_link(base)


def _check_console(host: str, port: int, base: str) -> None:
    """Check that a store with a console answers.

    Raises:
        UsageError: none does.
    """
    connection = HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        connection.request("HEAD", "/console/alive")
        reply = connection.getresponse()
        is_console = reply.status == 403 and reply.getheader("X-Mockstore-Version") is not None
    except (OSError, HTTPException) as error:
        raise UsageError(f"No store answers at {base}: {error}.") from None
    finally:
        connection.close()
    if not is_console:
        raise UsageError(
            f"At {base} there is no web console: the store was started with --no-console or --workers, or is another."
        )
