"""The sentences of the importer's features, from the tables in ``importer_when.py`` and ``importer_then.py``."""

from __future__ import annotations

from conformance.importer.target import OccasionCall
from conformance.suite.importer_then import THEN, THEN_ONE_OF
from conformance.suite.importer_when import WHEN, WHEN_ONE_OF
from conformance.suite.sentences import Use, Vocabulary, joined, one_of, plain

IMPORTER = Vocabulary.of(
    {
        "Given": {},
        "When": joined(plain(Use.OBTAIN, WHEN), one_of(Use.OBTAIN, WHEN_ONE_OF)),
        "Then": joined(plain(Use.JUDGE, THEN), one_of(Use.JUDGE, THEN_ONE_OF)),
    },
    WHEN_ONE_OF,
    THEN_ONE_OF,
)


def occasion_of(sentence: str) -> OccasionCall | None:
    """Return the occasion that a When sentence runs; None for any other sentence."""
    meaning = IMPORTER.sentences["When"].get(sentence)
    return None if meaning is None else OccasionCall(meaning.function, meaning.example)
