"""Vocabularies: they give the function of each sentence, and decide whether the sentences of a scenario fit together.

:func:`check` refuses a scenario whose sentences don't fit, before anything is sent. Its message names the file, the
scenario and the step. The vocabularies are in ``store_sentences.py`` and ``importer_sentences.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from conformance.contract.requirements import FeatureError, Keyword, Scenario, Step
from conformance.suite.appearance import Thing
from mockstore.shop.suggestions import did_you_mean


class Use(Enum):
    """The way in which a step uses its function."""

    OBTAIN = "take the evidence that it returns"
    FILTER = "keep the selected orders for which it is true"
    NARROW = "take the part of the selected orders that it returns"
    JUDGE_EACH = "judge every selected order"
    JUDGE = "judge the evidence as a whole"
    OBSERVE = "add the notes that it returns"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a sentence: a function, its use, and the example in the sentence."""

    use: Use
    function: Callable[..., Any]
    example: str | None = None
    thing: Thing | None = None
    """What must appear in an order that is judged."""


Sentences = dict[str, Meaning]
OneOf = Mapping[str, tuple[Callable[..., object], Iterable[str]]]
"""Form of sentences in which one word varies → the function, and the known words."""

_WORD = re.compile(r"{\w+}")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The sentences of a role's features."""

    sentences: Mapping[Keyword, Sentences]
    """Every sentence with its known examples filled in."""
    forms: Mapping[str, tuple[str, ...]]
    """Form of sentences in which one word varies → the known words."""

    @classmethod
    def of(cls, sentences: Mapping[Keyword, Sentences], *tables: OneOf) -> Vocabulary:
        """Return the vocabulary of these sentences. ``tables`` are the tables of sentences in which a word varies."""
        return cls(sentences, {form: tuple(examples) for table in tables for form, (_, examples) in table.items()})


def plain(use: Use, table: Mapping[str, Callable[..., object]]) -> Iterable[tuple[str, Meaning]]:
    """Return the sentences of a table with their meanings."""
    return ((sentence, Meaning(use, function)) for sentence, function in table.items())


def judging_each(
    table: Mapping[str, Callable[..., object]], things: Mapping[str, Thing]
) -> Iterable[tuple[str, Meaning]]:
    """Return the sentences of a table that judge each order, with what must appear in the order."""
    return (
        (sentence, Meaning(Use.JUDGE_EACH, function, thing=things.get(sentence)))
        for sentence, function in table.items()
    )


def one_of(use: Use, table: OneOf) -> Iterable[tuple[str, Meaning]]:
    """Yield the sentences of a table of forms with their meanings, one for each known word."""
    for form, (function, examples) in table.items():
        for example in examples:
            yield _filled(form, example), Meaning(use, function, example)


def _filled(form: str, example: str) -> str:
    before, after = _WORD.split(form)
    return f"{before}{example}{after}"


def joined(*parts: Iterable[tuple[str, Meaning]]) -> Sentences:
    """Return all sentences of several tables.

    Raises:
        ValueError: if a sentence is in two tables.
    """
    found: Sentences = {}
    for part in parts:
        for sentence, meaning in part:
            if sentence in found:
                raise ValueError(f"{sentence!r} is in two tables of sentences")
            found[sentence] = meaning
    return found


# ---------------------------------------------------------------------- checking scenarios


def check(scenarios: Iterable[Scenario], vocabulary: Vocabulary) -> None:
    """Check that the sentences of each scenario are known and fit together.

    Raises:
        FeatureError: if a sentence is unknown or doesn't fit.
    """
    for scenario in scenarios:
        if problem := problem_of(scenario, vocabulary):
            raise FeatureError(f"{scenario.file}: {scenario.name}: {problem}")


def problem_of(scenario: Scenario, vocabulary: Vocabulary) -> str:
    """Return the first mistake in the sentences of a scenario; empty if there is none."""
    evidence: object = None
    source = unjudged = ""
    for step in scenario.steps:
        meaning = vocabulary.sentences[step.keyword].get(step.sentence)
        if meaning is None:
            return _unknown(step, vocabulary)
        name = f'"{step.keyword} {step.sentence}"'
        if meaning.use is Use.OBTAIN:
            if unjudged:
                return f"{name} replaces the evidence of {unjudged}, which no Then has judged"
            evidence, source = _hints(meaning.function)["return"], name
        elif not source:
            return f"{name} comes before any Given or When that returns evidence"
        elif not _takes(meaning, evidence):
            return (
                f"{name} doesn't fit {source}: it needs {_named(_wanted(meaning))}, "
                f"but the evidence is {_named(evidence)}"
            )
        unjudged = "" if step.keyword == "Then" else (unjudged or source)
    if unjudged or not source:
        return "it has no Then that judges its evidence"
    return ""


def _unknown(step: Step, vocabulary: Vocabulary) -> str:
    """Return the reason why a step has no function."""
    meant = did_you_mean(step.sentence, vocabulary.sentences[step.keyword])
    forms = [(form, found) for form in vocabulary.forms if (found := _example_in(step.sentence, form))]
    if not forms:
        return f'no function is bound to "{step.keyword} {step.sentence}".{meant}'
    form, example = max(forms, key=lambda each: len(each[0]))
    return f'"{example}" is no known example of "{form}"; known are: {", ".join(vocabulary.forms[form])}.{meant}'


def _example_in(sentence: str, form: str) -> str:
    """Return the varying word in a sentence of this form; empty if the sentence has another form."""
    before, after = _WORD.split(form)
    fits = sentence.startswith(before) and sentence.endswith(after)
    return sentence[len(before) : len(sentence) - len(after)] if fits else ""


@cache
def _hints(function: Callable[..., object]) -> dict[str, object]:
    return get_type_hints(function)


def _wanted(meaning: Meaning) -> object:
    """Return the type of the evidence that a function takes."""
    hints = {name: hint for name, hint in _hints(meaning.function).items() if name != "return"}
    first, *rest = hints.values()
    return rest[0] if meaning.use is Use.NARROW else first


def _takes(meaning: Meaning, evidence: object) -> bool:
    """True if the evidence is of the type that the function takes."""
    wanted = _wanted(meaning)
    if meaning.use in (Use.FILTER, Use.JUDGE_EACH):
        return _is_one(_element(evidence), wanted)
    if _element(evidence) is not None or _element(wanted) is not None:
        return _is_one(_element(evidence), _element(wanted))
    return all(_is_one(each, wanted) for each in _alternatives(evidence))


def _element(evidence: object) -> object:
    """Return the type of the elements of a tuple or sequence; None for any other type."""
    return get_args(evidence)[0] if get_args(evidence) and not _is_union(evidence) else None


def _is_union(hint: object) -> bool:
    return get_origin(hint) in (Union, UnionType)


def _alternatives(hint: object) -> tuple[object, ...]:
    return get_args(hint) if _is_union(hint) else (hint,)


def _is_one(found: object, wanted: object) -> bool:
    types = [each for each in _alternatives(wanted) if isinstance(each, type)]
    return isinstance(found, type) and any(issubclass(found, each) for each in types)


def _named(hint: object) -> str:
    """Return the name of a type for messages."""
    if (element := _element(hint)) is not None:
        return f"several {_named(element)}"
    return " or ".join(getattr(each, "__name__", str(each)) for each in _alternatives(hint))
