"""Parse the command lines that start an importer, and fill in their placeholders. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.core.errors import ConformanceError
from mockstore.shop.suggestions import did_you_mean

IMPORT_PLACEHOLDERS = {
    "url": "the store's URL, with its query",
    "username": "the add-on's user name",
    "start": "the start of the window to import, like 2026-11-01T09:30:00Z",
    "end": "the end of the window",
    "result": "the file to write the result to (without it, the result is read from standard output)",
    "state": "a folder that is kept from call to call of a scenario, and empty before the first call",
    "statuses": "a JSON file: the store's status names and their meanings",
    "timeout": "seconds to wait for a reply",
}
"""Placeholders of an import command, and what replaces them."""

SHIP_PLACEHOLDERS = {
    "url": IMPORT_PLACEHOLDERS["url"],
    "username": IMPORT_PLACEHOLDERS["username"],
    "order_number": "the order's number",
    "order_id": "the order's id, as exported",
    "tracking_number": "the parcel's tracking number",
    "carrier": "the carrier",
    "service": "the service",
    "cost": "the carrier's fee, like 4.95",
    "notes": "notes to the buyer",
    "ship_date": "the day, like 2026-11-03",
    "items": "a JSON file: the items in the parcel",
    "shipment": "a JSON file: the whole shipment, with order number and id",
    "state": IMPORT_PLACEHOLDERS["state"],
    "timeout": IMPORT_PLACEHOLDERS["timeout"],
}
"""Placeholders of a ship command, and what replaces them."""

SHELL_OPERATORS = frozenset({"&&", "||", "|", ";", ">", ">>", "<", "&", "2>&1"})

_SHELL_START = re.compile(r"^(?:cd|export|source|\.)$|^[A-Za-z_]\w*=")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class WrongCommand(ConformanceError):
    """The command line can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class CommandTemplate:
    """The words of a command. Its placeholders are filled in for each call; no shell reads it."""

    words: tuple[str, ...]

    def has_any(self, *placeholders: str) -> bool:
        """True if the command has at least one of these placeholders."""
        return any(name in _PLACEHOLDER.findall(word) for word in self.words for name in placeholders)

    def fill(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Return the words with each placeholder replaced by its value."""
        return tuple(_PLACEHOLDER.sub(lambda found: values[found[1]], word) for word in self.words)


def parse_command(option: str, text: str, known: Mapping[str, str], *required: tuple[str, ...]) -> CommandTemplate:
    """Return the command that an option gives. It must have at least one placeholder of each ``required`` group.

    Raises:
        WrongCommand: if it isn't a command, or has an unknown placeholder, or lacks a required one.
    """
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise WrongCommand(f"{option} can't be read: {error}") from None
    if not words:
        raise WrongCommand(f"{option} is empty: name the program to run")
    if shell_words := _SHELL_START.findall(words[0]) or [word for word in words if word in SHELL_OPERATORS]:
        raise WrongCommand(
            f"{option} has {shell_words[0]!r}, which only a shell understands. The command is not run by a shell: "
            "put it into a script, or call sh -c"
        )
    for word in words:
        for name in _PLACEHOLDER.findall(word):
            if name not in known:
                written = [f"{{{each}}}" for each in known]
                hint = did_you_mean(f"{{{name}}}", written, otherwise=f" Known placeholders: {', '.join(written)}.")
                raise WrongCommand(f"{option} has {{{name}}}, which is not a placeholder.{hint}")
    command = CommandTemplate(words)
    for group in required:
        if not command.has_any(*group):
            raise WrongCommand(f"{option} needs {' or '.join(f'{{{name}}}' for name in group)}: {known[group[0]]}")
    return command
