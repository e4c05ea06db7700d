"""A command line with placeholders: what an importer is started with. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.core.errors import ConformanceError
from mockstore.shop.suggestions import did_you_mean

IMPORT_WORDS = {
    "url": "the store's URL, with its query",
    "username": "the add-on's user name",
    "start": "the begin of what to import, like 2026-11-01T09:30:00Z",
    "end": "its end",
    "result": "the file to leave the result in (without it, the result is read from standard output)",
    "state": "a folder that stays from pull to pull, empty before the first",
    "statuses": "a JSON file: the store's status names, and what they mean",
    "timeout": "seconds to wait for a reply",
}
"""What an import command may name in braces."""

SHIP_WORDS = {
    "url": IMPORT_WORDS["url"],
    "username": IMPORT_WORDS["username"],
    "order_number": "the order's number",
    "order_id": "the order's id, as exported",
    "tracking_number": "the parcel's tracking number",
    "carrier": "the carrier",
    "service": "the service",
    "cost": "what the carrier takes, like 4.95",
    "notes": "notes to the buyer",
    "ship_date": "the day, like 2026-11-03",
    "items": "a JSON file: what is in the parcel",
    "shipment": "a JSON file: all of this",
    "state": IMPORT_WORDS["state"],
    "timeout": IMPORT_WORDS["timeout"],
}
"""What a ship command may name in braces."""

OPERATORS = frozenset({"&&", "||", "|", ";", ">", ">>", "<", "&", "2>&1"})
"""Words that only a shell understands."""

_BY_SHELL = re.compile(r"^(?:cd|export|source|\.)$|^[A-Za-z_]\w*=")
_PLACE = re.compile(r"\{([a-z_]+)\}")


class WrongCommand(ConformanceError):
    """The command line can't be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Template:
    """The words of a command; what stands in braces is filled in for each call. No shell reads it."""

    words: tuple[str, ...]

    def names(self, *places: str) -> bool:
        """Whether it has any of these placeholders."""
        return any(place in _PLACE.findall(word) for word in self.words for place in places)

    def filled(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The words with every placeholder filled in."""
        return tuple(_PLACE.sub(lambda found: values[found[1]], word) for word in self.words)


def template(option: str, text: str, known: Mapping[str, str], *required: tuple[str, ...]) -> Template:
    """The command that an option gives; of each group of ``required`` it has one.

    Raises:
        WrongCommand: where it is none, or has a placeholder that doesn't exist.
    """
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise WrongCommand(f"{option} can't be read: {error}") from None
    if not words:
        raise WrongCommand(f"{option} is empty: which program?")
    if of_shell := _BY_SHELL.findall(words[0]) or [word for word in words if word in OPERATORS]:
        raise WrongCommand(
            f"{option} has {of_shell[0]!r}, which only a shell understands, and no shell reads it: "
            "put it into a script, or call sh -c"
        )
    for word in words:
        for name in _PLACE.findall(word):
            if name not in known:
                places = [f"{{{each}}}" for each in known]
                hint = did_you_mean(f"{{{name}}}", places, otherwise=f" There is {', '.join(places)}.")
                raise WrongCommand(f"{option} has {{{name}}}, which is nothing to fill in.{hint}")
    made = Template(words)
    for group in required:
        if not made.names(*group):
            raise WrongCommand(f"{option} needs {' or '.join(f'{{{name}}}' for name in group)}: {known[group[0]]}")
    return made
