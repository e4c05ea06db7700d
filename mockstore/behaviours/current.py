"""The behaviour that a running store has now: it can be switched between two requests."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mockstore.behaviours.registry import build_behaviour
from mockstore.endpoint.behaviour import REFERENCE, Behaviour


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is switched on in a store: its profile, its defects and its variants. Their order counts."""

    profile: str = "reference"
    defects: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()

    def without_repetitions(self) -> About:
        """Return the same with each name once."""
        once = {"defects": tuple(dict.fromkeys(self.defects)), "variants": tuple(dict.fromkeys(self.variants))}
        return msgspec.structs.replace(self, **once)


@dataclass(frozen=True, slots=True)
class _State:
    about: About
    behaviour: Behaviour


class CurrentBehaviour:
    """Holds the behaviour of a store, and what it is made of.

    A request reads :attr:`behaviour` once, when it arrives, and keeps it to its end. A switch replaces both values at
    once. A step that remembers something begins anew with each switch.
    """

    def __init__(self, behaviour: Behaviour = REFERENCE, about: About = About()) -> None:  # noqa: B008 - frozen
        self._state = _State(about, behaviour)

    @property
    def about(self) -> About:
        """What is switched on now."""
        return self._state.about

    @property
    def behaviour(self) -> Behaviour:
        """The behaviour of the requests that arrive now."""
        return self._state.behaviour

    def switch(self, about: About) -> About:
        """Switch on what ``about`` names and everything else off, and return what was switched on before.

        Raises:
            UnknownBehaviour: there is no profile, variant or defect with one of the names. Nothing is changed.
        """
        wanted, before = about.without_repetitions(), self._state.about
        if wanted != before:
            self._state = _State(wanted, build_behaviour(wanted.profile, wanted.defects, wanted.variants))
        return before
