"""Behaviours by name: a profile, with variants and defects put in the place of its steps."""

from __future__ import annotations

from collections.abc import Iterable

from mockstore.endpoint.behaviour import REFERENCE, Behaviour


class UnknownBehaviour(ValueError):
    """No profile, variant or defect of that name; the sentence names the nearest."""


def behaviour(profile: str = "reference", defects: Iterable[str] = (), variants: Iterable[str] = ()) -> Behaviour:
    """The behaviour that these names make together.

    Raises:
        UnknownBehaviour: where a name is none.
    """
    return REFERENCE
