"""The sentences of the store's features, from the tables in ``given.py``, ``when.py`` and ``then.py``."""

from __future__ import annotations

from conformance.suite import given, then, when
from conformance.suite.appearance import THINGS
from conformance.suite.sentences import Use, Vocabulary, joined, judging_each, one_of, plain

STORE = Vocabulary.of(
    {
        "Given": joined(
            plain(Use.OBTAIN, given.GIVEN),
            one_of(Use.OBTAIN, given.GIVEN_ONE_OF),
            plain(Use.FILTER, given.ONLY),
            plain(Use.NARROW, given.ONLY_BY_SURVEY),
        ),
        "When": joined(plain(Use.OBTAIN, when.WHEN), one_of(Use.OBTAIN, when.WHEN_ONE_OF)),
        "Then": joined(
            judging_each(then.PER_ORDER, THINGS),
            plain(Use.JUDGE, then.ALL_TOGETHER),
            plain(Use.JUDGE, then.OF_EVIDENCE),
            one_of(Use.JUDGE, then.OF_EVIDENCE_ONE_OF),
            plain(Use.OBSERVE, then.OBSERVED),
        ),
    },
    given.GIVEN_ONE_OF,
    when.WHEN_ONE_OF,
    then.OF_EVIDENCE_ONE_OF,
)
