"""What varies from parcel to parcel in sequences of actions: values that careless code alters or takes for others.

Each level of a factor meets each level of every other factor in some parcel, and each level occurs in the first parcel
of some order. ``python -m tests.support.parcel_forms`` computes the table, and a test proves that.

Two parcels of one order have neighbours as tracking numbers: two texts that a conversion makes equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from hashlib import blake2b

from conformance.checks.action_sequences import PARCELS, STOPS, Action, sequences
from conformance.checks.parcel_table import TABLE
from conformance.client.shipstation import SENDINGS, SPELLINGS, RequestForm

SURE = (Action.PART, Action.TWINS, Action.TWICE, Action.REST)
"""Parcels that no store may refuse: they have special values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelForm:
    """The values of a parcel that are special, and the form of its request. An empty value is the usual one."""

    sending: str = ""
    spelling: str = ""
    day: str = ""
    cost: str = ""
    notes: str = ""
    service: str = ""
    notify_customer: str = ""
    recipient: str = ""
    beside: str = ""

    @property
    def request(self) -> RequestForm:
        """The form of the request."""
        return RequestForm(sending=self.sending, spelling=self.spelling)

    @property
    def words(self) -> list[str]:
        """What is special, in words."""
        return [value for value in (getattr(self, name) for name in FACTORS) if value]


TO_COME, LONG_AGO, ON_SUNDAY = "ShipDate in a few days", "ShipDate weeks ago", "ShipDate on a Sunday"
COSTS = {"a fee of 4.35": "4.35", "a fee of 1019.90": "1019.90", "no fee": "0.00"}
"""Level → the fee. A float of the first two, multiplied by 100 and cut, loses a cent."""
NO_NOTES = "no notes"
LITERAL_NOTES = {'notes "0"': "0", 'notes "true"': "true", 'notes "null"': "null", NO_NOTES: ""}
"""Level → the notes to the buyer. Some parsers make other values of texts that look like a number or like nothing."""
NO_SERVICE = "no carrier and service"
LITERAL_SERVICES = {
    'service "02"': (None, "02"),
    'carrier "1e3" and service "1.10"': ("1e3", "1.10"),
    NO_SERVICE: ("", ""),
}
"""Level → carrier and service; None for the usual carrier."""
FLAGS = {"NotifyCustomer true": "true", "NotifyCustomer false": "false", "NotifyCustomer empty": ""}
"""Level → the text of NotifyCustomer."""
AS_ORDERED, SHORT, EMPTIED = (
    "a Recipient",
    "a Recipient without company and second line",
    "a Recipient with empty company and second line",
)
"""How much a Recipient has of the address of the order."""
FILLED, SHOWN_EMPTY = "CustomerCode, custom fields and UPC", "empty notes and custom fields"
""":data:`SHOWN_EMPTY`: each element that the guide lists is there, as in its example."""
CUSTOM_FIELDS = ("Aisle 7", "0", "Fragile & <cold>")
UPC = "012345678905"

FACTORS: dict[str, tuple[str, ...]] = {
    "sending": SENDINGS,
    "spelling": SPELLINGS,
    "day": ("", TO_COME, LONG_AGO, ON_SUNDAY),
    "cost": ("", *COSTS),
    "notes": ("", *LITERAL_NOTES),
    "service": ("", *LITERAL_SERVICES),
    "notify_customer": ("", *FLAGS),
    "recipient": ("", AS_ORDERED, SHORT, EMPTIED),
    "beside": ("", FILLED, SHOWN_EMPTY),
}
"""Field of a form → its levels."""
USUAL_PARCEL = ParcelForm()
SUNDAY = 6
LAST_MONTH = 12


@cache
def places() -> tuple[tuple[int, int], ...]:
    """Return where parcels have special values: the place of the sequence, and that of the action in it.

    A store may refuse a parcel for an order that staff have stopped or shipped. So such a parcel has the usual values.
    """
    return tuple(
        (row, place)
        for row, actions in enumerate(sequences())
        for place, action in enumerate(actions)
        if action in SURE and not {*STOPS} & {*actions[:place]}
    )


def first_places() -> list[tuple[int, int]]:
    """Return those of :func:`places` that hold the first parcel of an order."""
    return [(row, place) for row, place in places() if not any(each in PARCELS for each in sequences()[row][:place])]


def parcel_form(row: str) -> ParcelForm:
    """Return the form of a row of the table, which has a digit for each factor: the place of its level."""
    levels = (of[int(digit)] for of, digit in zip(FACTORS.values(), row, strict=True))
    return ParcelForm(**dict(zip(FACTORS, levels, strict=True)))


@cache
def forms() -> dict[tuple[int, int], ParcelForm]:
    """Return the form of each parcel that has special values."""
    return dict(zip(places(), map(parcel_form, TABLE.split()), strict=True))


def day_of(form: ParcelForm, usual: date, today: date) -> date:
    """Return the day of a parcel. It is no date if day and month are swapped."""
    shifts = {
        "": range(0),
        TO_COME: range(2, 20),
        LONG_AGO: range(-40, -60, -1),
        ON_SUNDAY: [less for less in range(-1, -40, -1) if (today + timedelta(days=less)).weekday() == SUNDAY],
    }[form.day]
    days = (today + timedelta(days=shift) for shift in shifts)
    return next(day for day in days if day.day > LAST_MONTH) if form.day else usual


# ---------------------------------------------------------------------- neighbours

NUMBERS = (
    "letters and digits",
    "22 digits, alike except the last",
    "the same digits after more and more zeros",
    "each begins with the one before",
    "each is the end of the one before",
    "0E and digits",
    "50 characters, alike except the last",
    "alike except for a wildcard of SQL",
    "the same decimal with more and more zeros at its end",
)
"""Names of ways in which the tracking numbers of an order resemble each other."""


def neighbour(kind: str, own: str, digits: str, place: int) -> str:
    """Return the tracking number of the parcel with this place, from 1.

    ``own`` and ``digits`` (18 of them) are unmistakable for the order. No kind depends on letter case and spaces: a
    store may ignore them.
    """
    return {
        NUMBERS[0]: f"{own[:-2]}{place}{own[-2:]}",
        NUMBERS[1]: f"9{digits}{place:03}",
        NUMBERS[2]: f"{'0' * place}{digits}",
        NUMBERS[3]: f"{own}{'7' * (place - 1)}",
        NUMBERS[4]: f"{'7' * max(0, 20 - place)}{digits}",
        NUMBERS[5]: f"0E{digits}{place}",
        NUMBERS[6]: f"{f'{own}{digits}{digits}'[:48]}{place:02}",
        NUMBERS[7]: digits + "".join("_" if place - 2 == each else "A" for each in range(16)),
        NUMBERS[8]: f"{digits[:9]}.{digits[9:]}{'0' * place}",
    }[kind]


ORDER_NUMBERS = (
    "letter case",
    "zeros before them",
    "a character at the end",
    "a character at the beginning",
    "a wildcard of SQL",
    "the last of 20 digits",
    "the digits after 0E",
)
"""In what the numbers of two orders differ."""


def order_numbers(kind: str, run_id: str) -> tuple[str, str]:
    """Return the numbers of two orders of a run that differ in one thing only."""
    digits = f"{int.from_bytes(blake2b(run_id.encode(), digest_size=8).digest(), 'big'):020}"[-19:]
    return {
        ORDER_NUMBERS[0]: (f"Nb-{run_id.lower()}-z", f"NB-{run_id.upper()}-Z"),
        ORDER_NUMBERS[1]: (f"0{digits}", f"00{digits}"),
        ORDER_NUMBERS[2]: (f"NB{run_id}-7", f"NB{run_id}-71"),
        ORDER_NUMBERS[3]: (f"7-{run_id}NB", f"17-{run_id}NB"),
        ORDER_NUMBERS[4]: (f"NB{run_id}x8", f"NB{run_id}_8"),
        ORDER_NUMBERS[5]: (f"9{digits[:-1]}1", f"9{digits[:-1]}2"),
        ORDER_NUMBERS[6]: (f"0E{digits}1", f"0E{digits}2"),
    }[kind]
