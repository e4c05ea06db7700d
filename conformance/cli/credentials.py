"""Reads passwords and tokens from the environment, a file, netrc or the keyboard; never from the command line.

What was read is remembered, so that no error message of the command shows it.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from conformance.core.files import read_small_file
from conformance.core.masking import Secrets, credentials_in, mask_url
from conformance.truth.settings import ControlAccess, CsCartAccess, Secret

if TYPE_CHECKING:
    from conformance.runner.settings import UrlTarget

_READ: set[str] = set()
"""The secrets that this process has read."""


def hide(text: str) -> str:
    """Return a message without the secrets that this process has read."""
    return Secrets(frozenset(_READ)).message(text)


def warn_of_unhidden(target: UrlTarget) -> None:
    """Print a line if the password, token or key is one that cannot be replaced wherever a reply repeats it."""
    from conformance.runner.known_secrets import is_hidden

    secrets = {"password": target.password}
    match target.truth:
        case ControlAccess(token=token):
            secrets["control token"] = token
        case CsCartAccess(key=key):
            secrets["API key"] = key
        case _:
            pass
    for what, secret in secrets.items():
        if secret.value and not is_hidden(secret.value, (target.username,), target.url):
            click.echo(
                f"!  the {what} is too short or too common to be replaced wherever a reply repeats it: "
                "don't pass on the report, or choose another one (docs/threat-model.md)",
                err=True,
            )


def remember(value: str) -> Secret:
    """Return a secret, and remember that no message may show it."""
    _READ.add(value)
    return Secret(value)


def check_url(url: str, what: str) -> str:
    """Return the URL if it is an http or https URL without credentials.

    Raises:
        click.UsageError: it is not.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
        whole = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        whole = False
    if not whole:
        shown = re.sub("//.*@", "//…@", mask_url(url), flags=re.DOTALL)
        raise click.UsageError(f"{what} is not an http or https URL: {shown}")
    if parts.username is not None or parts.password is not None:
        raise click.UsageError(
            f"{what} contains credentials: give --username, and the password in an environment variable"
        )
    _READ.update(credentials_in(url).values())
    return url


def read_secret(
    variable: str | None, file: str | None, default: str, what: str, url: str = "", username: str = ""
) -> Secret:
    """Return a password or token from a file, an environment variable, netrc or the keyboard.

    Raises:
        click.UsageError: it is missing, or the file cannot be read.
    """
    if variable and file:
        raise click.UsageError(f"give the {what} in an environment variable or in a file, not in both")
    if file:
        try:
            return remember(read_small_file(Path(file)).split("\n")[0].rstrip("\r"))
        except OSError as error:
            raise click.UsageError(f"the file {file} with the {what} can't be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise click.UsageError(f"the file {file} with the {what} can't be read: it isn't UTF-8 text") from None
    if (value := os.environ.get(variable or default)) is not None:
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise click.UsageError(f"the {what} in the environment variable {variable or default} isn't UTF-8 text")
        return remember(value)
    if variable:
        raise click.UsageError(f"the environment has no variable {variable} with the {what}")
    if url and (found := from_netrc(urlsplit(url).hostname or "", username)) is not None:
        return remember(found)
    if sys.stdin.isatty():
        return remember(click.prompt(f"The {what}", hide_input=True, default="", show_default=False, err=True))
    raise click.UsageError(
        f"the {what} is missing: put it into the environment variable {default}, or name another variable or a file"
    )


def from_netrc(host: str, username: str) -> str | None:
    """Return the password for a host and user name in the user's netrc, or None."""
    import netrc

    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return found[2] if found and found[0] == username else None
