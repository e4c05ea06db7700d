"""Why something isn't judged: none of it is the endpoint's fault, and none of it a fault of ours."""

from __future__ import annotations


class Unjudged(Exception):
    """Something can't be judged here; the sentence says why, and what would make it possible."""


class NotExercised(Unjudged):
    """What a requirement is about doesn't happen here."""


class TooManyRequests(Unjudged):
    """The run has made as many requests as it was allowed to."""


class Overloaded(Unjudged):
    """The endpoint asks to be left alone for longer than a run waits."""


class NotRecorded(Unjudged):
    """Recorded exchanges have no reply to this request."""


class TargetFault(Exception):
    """The target failed in a way that leaves nothing to judge: an *error* of that scenario, in its own words."""
