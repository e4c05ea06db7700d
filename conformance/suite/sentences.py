"""The sentences of the store's features: which function each one means, and which of them fit together.

:func:`check` refuses a scenario whose sentences don't fit: before anything is sent, with one sentence that names the
file, the scenario and the step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from conformance.contract.paths import FEATURES
from conformance.contract.requirements import FeatureError, Keyword, Scenario, Step, features
from conformance.suite import given, then, when
from mockstore.shop.suggestions import did_you_mean


class Use(Enum):
    """What a step does with its function."""

    OBTAIN = "take the evidence that it returns"
    FILTER = "keep the selected orders for which it is true"
    NARROW = "take the choice of the selected orders that it returns"
    JUDGE_EACH = "judge every selected order"
    JUDGE = "judge the evidence as a whole"
    OBSERVE = "note what it says of the evidence"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a sentence means: a function, how it is used, and the example that stands in the sentence."""

    use: Use
    function: Callable[..., Any]
    example: str | None = None


Sentences = dict[str, Meaning]
_WORD = re.compile(r"{\w+}")


def _plain(use: Use, table: Mapping[str, Callable[..., Any]]) -> Iterable[tuple[str, Meaning]]:
    return ((sentence, Meaning(use, function)) for sentence, function in table.items())


def _one_of(table: Mapping[str, tuple[Callable[..., Any], Iterable[str]]]) -> Iterable[tuple[str, Meaning]]:
    for form, (function, examples) in table.items():
        for example in examples:
            yield _filled(form, example), Meaning(Use.OBTAIN, function, example)


def _filled(form: str, example: str) -> str:
    before, after = _WORD.split(form)
    return f"{before}{example}{after}"


def _joined(*parts: Iterable[tuple[str, Meaning]]) -> Sentences:
    """Join tables.

    Raises:
        ValueError: if a sentence means two things.
    """
    found: Sentences = {}
    for part in parts:
        for sentence, meaning in part:
            if sentence in found:
                raise ValueError(f"{sentence!r} stands in two tables of steps")
            found[sentence] = meaning
    return found


SENTENCES: dict[Keyword, Sentences] = {
    "Given": _joined(
        _plain(Use.OBTAIN, given.GIVEN),
        _one_of(given.GIVEN_ONE_OF),
        _plain(Use.FILTER, given.ONLY),
        _plain(Use.NARROW, given.ONLY_BY_SURVEY),
    ),
    "When": _joined(_plain(Use.OBTAIN, when.WHEN), _one_of(when.WHEN_ONE_OF)),
    "Then": _joined(
        _plain(Use.JUDGE_EACH, then.PER_ORDER),
        _plain(Use.JUDGE, then.ALL_TOGETHER),
        _plain(Use.JUDGE, then.OF_EVIDENCE),
        _plain(Use.OBSERVE, then.OBSERVED),
    ),
}
"""Every sentence with its known examples filled in."""

FORMS: dict[str, tuple[str, ...]] = {
    form: tuple(examples) for table in (given.GIVEN_ONE_OF, when.WHEN_ONE_OF) for form, (_, examples) in table.items()
}
"""Forms of sentences with one word that varies → the words that are known."""


# ---------------------------------------------------------------------- what fits


def check_features(folder: Path | None = None) -> None:
    """Check all feature files of a folder, those of the store by default.

    Raises:
        FeatureError: as :func:`check`, or if a file itself has a mistake.
    """
    check(features(folder or FEATURES / "store").scenarios)


def check(scenarios: Iterable[Scenario]) -> None:
    """Check that the sentences of each scenario are known and fit together.

    Raises:
        FeatureError: if one doesn't.
    """
    for scenario in scenarios:
        if problem := problem_of(scenario):
            raise FeatureError(f"{scenario.file}: {scenario.name}: {problem}")


def problem_of(scenario: Scenario) -> str:
    """Return what is wrong with the sentences of a scenario; empty if they fit."""
    evidence: Any = None
    source = unjudged = ""
    for step in scenario.steps:
        meaning = SENTENCES[step.keyword].get(step.sentence)
        if meaning is None:
            return _unknown(step)
        name = f'"{step.keyword} {step.sentence}"'
        if meaning.use is Use.OBTAIN:
            if unjudged:
                return f"{name} replaces what {unjudged} selects, and no Then has judged that"
            evidence, source = _hints(meaning.function)["return"], name
        elif not source:
            return f"{name} comes before the Given or When that brings something to look at"
        elif not _takes(meaning, evidence):
            return (
                f"{name} doesn't fit {source}: it is about {_named(_wanted(meaning))}, "
                f"but that brings {_named(evidence)}"
            )
        unjudged = "" if step.keyword == "Then" else (unjudged or source)
    if unjudged or not source:
        return "it has no Then that judges what it looks at"
    return ""


def _unknown(step: Step) -> str:
    """Return why no function is bound to a step."""
    meant = did_you_mean(step.sentence, SENTENCES[step.keyword])
    forms = [(form, found) for form in FORMS if (found := _example_in(step.sentence, form))]
    if not forms:
        return f'no function is bound to "{step.keyword} {step.sentence}".{meant}'
    form, example = max(forms, key=lambda each: len(each[0]))
    return f'"{example}" is no known example of "{form}"; known are: {", ".join(FORMS[form])}.{meant}'


def _example_in(sentence: str, form: str) -> str:
    """Return the word that stands in a sentence of this form; empty if the sentence has another form."""
    before, after = _WORD.split(form)
    fits = sentence.startswith(before) and sentence.endswith(after)
    return sentence[len(before) : len(sentence) - len(after)] if fits else ""


@cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    return get_type_hints(function)


def _wanted(meaning: Meaning) -> Any:
    """Return the type of the evidence that a function takes."""
    hints = {name: hint for name, hint in _hints(meaning.function).items() if name != "return"}
    first, *rest = hints.values()
    return rest[0] if meaning.use is Use.NARROW else first


def _takes(meaning: Meaning, evidence: Any) -> bool:
    """True if the evidence is of the type that the function takes."""
    wanted = _wanted(meaning)
    if meaning.use in (Use.FILTER, Use.JUDGE_EACH):
        return _is_one(_element(evidence), wanted)
    if _element(evidence) is not None or _element(wanted) is not None:
        return _is_one(_element(evidence), _element(wanted))
    return all(_is_one(each, wanted) for each in _alternatives(evidence))


def _element(evidence: Any) -> Any:
    """Return the type of the elements of a tuple or sequence; None if it is none."""
    return get_args(evidence)[0] if get_args(evidence) and not _is_union(evidence) else None


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType)


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if _is_union(hint) else (hint,)


def _is_one(found: Any, wanted: Any) -> bool:
    types = [each for each in _alternatives(wanted) if isinstance(each, type)]
    return isinstance(found, type) and any(issubclass(found, each) for each in types)


def _named(hint: Any) -> str:
    """Return a type for a person to read."""
    if (element := _element(hint)) is not None:
        return f"several {_named(element)}"
    return " or ".join(getattr(each, "__name__", str(each)) for each in _alternatives(hint))
