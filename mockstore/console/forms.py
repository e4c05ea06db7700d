"""Forms: what the user typed, read as values, with the errors beside the inputs.

A handler reads its inputs with the methods of :class:`Form`. A wrong value is noted in ``errors`` under the name of
the input, and the method returns a default. If there are errors, the handler shows the page again with the same form:
the macros of ``fields.html.j2`` then show what was typed, and each error beside its input.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qsl

from mockstore.errors import MockStoreError
from mockstore.inputs.numbers import MAX_AMOUNT, read_amount, read_whole
from mockstore.inputs.text import decoded

MAX_FORM_BYTES = 1_000_000
MAX_INPUTS = 50_000

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow."""


class UnreadableForm(MockStoreError, ValueError):
    """The body of a request is not a form, or has too many inputs."""


class Form:
    """The inputs of a form. ``errors`` has what is wrong, by the name of the input, in the order of reading."""

    def __init__(self, values: Mapping[str, str | Sequence[str]] | None = None) -> None:
        """Make a form with these values: those that were sent, or those with which an empty form is filled."""
        given = values or {}
        self._values = {name: (of,) if isinstance(of, str) else tuple(of) for name, of in given.items()}
        self.errors: dict[str, str] = {}

    @classmethod
    def read(cls, body: bytes) -> Form:
        """Return the form in the body of a request.

        Raises:
            UnreadableForm: it is not one.
        """
        try:
            pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_INPUTS)
        except ValueError:
            raise UnreadableForm from None
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value.replace("\r\n", "\n"))
        return cls(values)

    def value(self, name: str) -> str:
        """Return what was typed into an input; "" if it was not sent."""
        return next(iter(self._values.get(name, ())), "")

    def values(self, name: str) -> tuple[str, ...]:
        """Return what was sent for an input that may be sent several times."""
        return self._values.get(name, ())

    def names(self) -> tuple[str, ...]:
        """Return the names of all inputs that were sent."""
        return tuple(self._values)

    def changed(self, values: Mapping[str, str]) -> Form:
        """Return a form without errors in which some inputs have other values."""
        return Form({**self._values, **values})

    def refuse(self, name: str, why: str) -> None:
        """Note that an input is wrong. The first reason is kept."""
        self.errors.setdefault(name, why)

    def text(self, name: str, *, required: bool = False, longest: int = 10_000) -> str:
        """Return a text without blanks around it."""
        given = self.value(name).strip()
        if required and not given:
            self.refuse(name, "Enter a value.")
        elif len(given) > longest:
            self.refuse(name, f"Use at most {longest:,} characters. These are {len(given):,}.")
        return given

    def whole(self, name: str, *, least: int, most: int, default: int | None = None) -> int:
        """Return a whole number. An empty input is the default, or an error if there is none."""
        given = self.value(name).strip()
        if not given and default is not None:
            return default
        number = read_whole(given.removeprefix("-"))
        if number is not None and given.startswith("-"):
            number = -number
        if number is None or not least <= number <= most:
            self.refuse(name, f"Enter a whole number from {least:,} to {most:,}.")
            return least if default is None else default
        return number

    def amount(self, name: str, *, default: Decimal | None = None) -> Decimal:
        """Return an amount or a weight. An empty input is the default, or an error if there is none."""
        given = self.value(name).strip()
        if not given and default is not None:
            return default
        amount = read_amount(given)
        if amount is None:
            self.refuse(name, f"Enter a number with a point, like 12.50, smaller than {MAX_AMOUNT:,}.")
            return Decimal(0) if default is None else default
        return amount

    def choice(self, name: str, options: Iterable[str], default: str = "") -> str:
        """Return one of the options. An input that was not sent is the default."""
        given, known = self.value(name) or default, tuple(options)
        if given not in known:
            self.refuse(name, "Choose one of the options.")
            return default
        return given

    def choices(self, name: str, options: Iterable[str]) -> tuple[str, ...]:
        """Return those of the options that were chosen."""
        given, known = self.values(name), frozenset(options)
        if unknown := [each for each in given if each not in known]:
            self.refuse(name, f"{unknown[0]!r} is not one of the options.")
        return tuple(each for each in dict.fromkeys(given) if each in known)

    def flag(self, name: str) -> bool:
        """True if a box is ticked."""
        return bool(self.value(name))

    def refuse_control_characters(self, *names: str) -> None:
        """Note which of the inputs have characters that a notification cannot have."""
        for name in names:
            if NOT_XML.search(self.value(name)):
                self.refuse(name, "Remove the control characters: XML does not allow them.")

    def day(self, name: str) -> date | None:
        """Return a day; None if the input is empty or wrong."""
        given = self.text(name)
        try:
            return date.fromisoformat(given) if given else None
        except ValueError:
            self.refuse(name, "Enter a day, like 2026-11-01.")
            return None

    def moment(self, name: str, *, required: bool = False) -> datetime | None:
        """Return a time with its zone; a time without a zone is UTC. None if the input is empty or wrong."""
        given = self.text(name, required=required)
        if not given:
            return None
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            self.refuse(name, "Enter a time, like 2026-11-01 09:30 or 2026-11-01T09:30:00Z.")
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def query_values(pairs: Mapping[str, str]) -> Form:
    """Return the parameters of a query as a form, so that filters are read like other inputs."""
    return Form({decoded(name): decoded(value) for name, value in pairs.items()})
