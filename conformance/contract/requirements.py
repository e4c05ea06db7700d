"""Reads the requirements and their scenarios from the feature files. No other place lists them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from conformance.contract.paths import FEATURES
from conformance.core.errors import ConformanceError
from conformance.core.model import REQUIREMENT_ID, Level, Requirement, Role

LEVELS: tuple[Level, ...] = ("must", "should", "info")
NEEDS = ("wire", "truth", "write", "notify", "hostile")
"""The tags that say what a scenario needs; ``features/README.md`` explains each of them."""
LAST = "last"
"""The tag of a scenario that judges what other scenarios did."""
OTHER_TAGS = ("command", LAST)
"""``command``: the importer must be a program that the suite starts."""

_ID = re.compile(REQUIREMENT_ID)
_RULE = re.compile(rf"({REQUIREMENT_ID}) · (.+)")
_SOURCE = re.compile(r"^\s*Source: (.+)", re.MULTILINE | re.DOTALL)
_SOURCES = (
    (re.compile(r'(S\d+) "[^"]+"'), r"\1"),
    (re.compile(r"guide, .+"), "G"),
    (re.compile(r"schema, .+"), "X"),
    (re.compile(r"add-on, .+"), "A"),
    (re.compile(r"bug, .+"), "B"),
    (re.compile(r"beyond the sources"), "beyond the sources"),
)
"""Form of a source → its code. A source is a sentence of the help page, a section of ShipStation's guide for custom
stores, a part of the guide's schema, a behaviour of the CS-Cart add-on, or a bug that real plug-ins shipped."""

Keyword = Literal["Given", "When", "Then"]
_KEYWORDS: dict[str, Keyword] = {"Context": "Given", "Action": "When", "Outcome": "Then"}
"""The Gherkin parser's name of a keyword → the keyword. The parser gives ``And`` the name of the step before."""


class FeatureError(ConformanceError):
    """A feature file has a mistake; the message names the file and the rule, scenario or sentence."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a scenario, with the values of its example filled in."""

    keyword: Keyword
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario, or one row of a scenario outline."""

    file: str
    name: str
    requirement: str
    steps: tuple[Step, ...]
    example: tuple[str, ...] = ()
    """The row of the examples from which an outline made it."""

    @property
    def full_name(self) -> str:
        """Return the name with the example, as reports and ``--scenario`` have it."""
        return full_name(self.name, self.example)


@dataclass(frozen=True, slots=True)
class Features:
    """Everything that the feature files of a folder declare, in the order of the files."""

    requirements: tuple[Requirement, ...]
    scenarios: tuple[Scenario, ...]


def feature_files(role: Role = "store") -> tuple[Path, ...]:
    """Return the feature files of a role, sorted by name."""
    return _files_in(FEATURES / role)


def _files_in(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(folder.glob("*.feature")))


@cache
def features(folder: Path) -> Features:
    """Read all feature files of a folder.

    Raises:
        FeatureError: if a rule lacks its id, level, source or a scenario with its needs; if an id or the name of a
            scenario is used twice; if a tag is unknown; if a file isn't Gherkin.
    """
    found: list[Requirement] = []
    scenarios: list[Scenario] = []
    for path in _files_in(folder):
        document = _parsed(path)
        feature = document["feature"]
        rules = [child["rule"] for child in feature["children"] if "rule" in child]
        found += [_requirement(path, feature["name"], rule) for rule in rules]
        # pytest-bdd binds scenarios by name: if two had the same name, the first would be lost without an error
        names = [child["scenario"]["name"] for rule in rules for child in rule["children"]]
        if twice := _repeated(names):
            raise FeatureError(f"{path.name}: two scenarios are named {twice}")
        scenarios += _scenarios(path, document)
    if twice := _repeated(requirement.id for requirement in found):
        raise FeatureError(f"two rules have the id {twice}")
    return Features(tuple(found), tuple(scenarios))


def full_name(name: str, example: Iterable[str]) -> str:
    """Return the name of a scenario with its example, if it has one."""
    cells = ", ".join(example)
    return f"{name}: {cells}" if cells else name


def requirements(role: Role = "store") -> tuple[Requirement, ...]:
    """Return every requirement of a role, in the order of the feature files.

    Raises:
        FeatureError: as :func:`features`.
    """
    return features(FEATURES / role).requirements


def scenario_lines(requirement_id: str, role: Role = "store") -> list[str]:
    """Return the lines of a requirement's scenarios as they stand in their feature file, without blank lines."""
    for path in feature_files(role):
        lines = path.read_text(encoding="utf-8").splitlines()
        rules = [child["rule"] for child in _parsed(path)["feature"]["children"] if "rule" in child]
        ends = [*map(_first_line, rules[1:]), len(lines) + 1]
        for rule, end in zip(rules, ends, strict=True):
            if requirement_id in _tags(rule):
                first = min(_first_line(child["scenario"]) for child in rule["children"] if "scenario" in child)
                return [line for line in lines[first - 1 : end - 1] if line.strip()]
    return []


def _first_line(node: dict[str, Any]) -> int:
    """Return the number of the first line of a rule or scenario, its tags included."""
    return min(int(part["location"]["line"]) for part in (node, *node["tags"]))


def _repeated(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(sorted({name for name in listed if listed.count(name) > 1}))


def _parsed(path: Path) -> Any:
    from gherkin.errors import CompositeParserException
    from gherkin.parser import Parser

    try:
        # the parser's own types don't include rules
        return Parser().parse(path.read_text(encoding="utf-8"))
    except CompositeParserException as error:
        raise FeatureError(f"{path.name}: {error}") from None


def _requirement(path: Path, feature: str, rule: dict[str, Any]) -> Requirement:
    name, description = str(rule["name"]), str(rule["description"])
    tags = _tags(rule)
    shape = _RULE.fullmatch(name)
    level = next((level for level in LEVELS if level in tags), None)
    source = _SOURCE.search(description)
    if shape is None or shape[1] not in tags or level is None or source is None:
        raise FeatureError(f"{path.name}: the rule {name!r} lacks its id, its level or its source")
    scenarios = [child["scenario"] for child in rule["children"] if "scenario" in child]
    if unknown := {tag for tag in tags.union(*map(_tags, scenarios)) if not is_known_tag(tag)}:
        raise FeatureError(f"{path.name}: the rule {name!r} has the unknown tag @{', @'.join(sorted(unknown))}")
    needs = {need for scenario in scenarios for need in NEEDS if need in _tags(scenario)}
    if not scenarios or not needs:
        raise FeatureError(f"{path.name}: the rule {name!r} has no scenario that says what it needs")
    return Requirement(
        id=shape[1],
        level=level,
        feature=feature,
        title=shape[2],
        source=_codes(path, name, source[1]),
        needs=", ".join(need for need in NEEDS if need in needs),
    )


def _codes(path: Path, rule: str, sources: str) -> str:
    """Return the codes of the sources of a rule, like ``S14 G``."""
    found = []
    for source in (" ".join(each.split()) for each in sources.split(";")):
        code = next((shape.sub(code, source) for shape, code in _SOURCES if shape.fullmatch(source)), None)
        if code is None:
            raise FeatureError(f"{path.name}: the rule {rule!r} has an unreadable source: {source}")
        found.append(code)
    return " ".join(found)


def _scenarios(path: Path, document: Any) -> Iterable[Scenario]:
    """Yield the scenarios of a file; an outline gives one for each row of its examples."""
    from gherkin.pickles.compiler import Compiler

    document["uri"] = path.name
    rows = _rows(document)
    for pickle in Compiler().compile(document):
        tags = {tag["name"].lstrip("@") for tag in pickle["tags"]}
        for step in pickle["steps"]:
            if step["type"] not in _KEYWORDS:
                raise FeatureError(
                    f"{path.name}: {pickle['name']}: begin {step['text']!r} with Given, When, Then or And"
                )
        yield Scenario(
            file=path.name,
            name=pickle["name"],
            requirement=id_of(tags) or "",
            steps=tuple(Step(_KEYWORDS[step["type"]], step["text"]) for step in pickle["steps"]),
            example=next((rows[node] for node in pickle["astNodeIds"] if node in rows), ()),
        )


def _rows(document: Any) -> dict[str, tuple[str, ...]]:
    """Return the cells of each row of examples, by the row's id."""
    return {
        row["id"]: tuple(cell["value"] for cell in row["cells"])
        for rule in (child["rule"] for child in document["feature"]["children"] if "rule" in child)
        for child in rule["children"]
        for examples in child.get("scenario", {}).get("examples", ())
        for row in examples["tableBody"]
    }


def _tags(node: dict[str, Any]) -> set[str]:
    return {tag["name"].lstrip("@") for tag in node["tags"]}


def id_of(tags: Iterable[str]) -> str | None:
    """Return the requirement id among these tags; None if no tag is one."""
    return next((tag for tag in tags if _ID.fullmatch(tag)), None)


def is_known_tag(tag: str) -> bool:
    """True if a rule or scenario may have this tag."""
    return tag in (*LEVELS, *NEEDS, *OTHER_TAGS) or _ID.fullmatch(tag) is not None
