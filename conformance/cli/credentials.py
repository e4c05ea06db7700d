"""Where passwords and tokens come from: the environment, a file, netrc, or the person. Never the command line."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click

from conformance.cli.errors import UsageError
from conformance.truth.settings import Secret


def checked_url(url: str, what: str) -> str:
    """A URL that can be asked.

    Raises:
        Stop: where it is none, or has credentials in it.
    """
    parts = urlsplit(url)
    try:
        _ = parts.port
        whole = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        whole = False
    if not whole:
        raise UsageError(f"{what} is no http or https URL: {re.sub('//[^/@]*@', '//…@', url)}")
    if parts.username is not None or parts.password is not None:
        raise UsageError(f"{what} has credentials in it: give --username, and the password in an environment variable")
    return url


def secret(
    variable: str | None, file: str | None, default: str, what: str, url: str = "", username: str = ""
) -> Secret:
    """A password or token: from a file, the environment, netrc, or asked for.

    Raises:
        Stop: where there is none.
    """
    if variable and file:
        raise UsageError(f"the {what} can't come from a variable and from a file at once")
    if file:
        try:
            return Secret(Path(file).read_text(encoding="utf-8").split("\n")[0].rstrip("\r"))
        except OSError as error:
            raise UsageError(f"the file {file} with the {what} can't be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise UsageError(f"the file {file} with the {what} can't be read: it isn't UTF-8 text") from None
    if (value := os.environ.get(variable or default)) is not None:
        return Secret(value)
    if variable:
        raise UsageError(f"the environment has no variable {variable} with the {what}")
    if url and (found := from_netrc(urlsplit(url).hostname or "", username)) is not None:
        return Secret(found)
    if sys.stdin.isatty():
        return Secret(click.prompt(f"The {what}", hide_input=True, default="", show_default=False, err=True))
    raise UsageError(f"no {what}: put it into the environment variable {default}, or name another or a file")


def from_netrc(host: str, username: str) -> str | None:
    """The password that the user's netrc has for a host and user name."""
    import netrc

    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return found[2] if found and found[0] == username else None
