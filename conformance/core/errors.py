"""Why something isn't judged: none of it is the endpoint's fault, and none of it a fault of ours."""

from __future__ import annotations


class Inconclusive(Exception):
    """Something can't be judged here; the sentence says why, and what would make it possible."""


class NotExercised(Inconclusive):
    """What a requirement is about doesn't happen here."""


class TooManyRequests(Inconclusive):
    """The run has made as many requests as it was allowed to."""


class Overloaded(Inconclusive):
    """The endpoint asks to be left alone for longer than a run waits."""


class NotRecorded(Inconclusive):
    """Recorded exchanges have no reply to this request."""


class TargetError(Exception):
    """The target failed in a way that leaves nothing to judge: an *error* of that scenario, in its own words."""
