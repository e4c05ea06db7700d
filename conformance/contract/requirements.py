"""The catalogue of requirements, read from the feature files: the only place where it stands."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from conformance.contract.paths import FEATURES
from conformance.core.errors import ConformanceError
from conformance.core.model import Level, Requirement, Role

LEVELS: tuple[Level, ...] = ("must", "should", "info")
NEEDS = ("wire", "truth", "write", "notify", "hostile")
"""What a scenario may need, as tags; ``hostile`` is leave to send what could do harm."""

_ID = re.compile(r"[A-Z]{3}-\d+")
_RULE = re.compile(r"([A-Z]{3}-\d+) · (.+)")


class CatalogueError(ConformanceError):
    """A feature file doesn't say what it must; the sentence names file and rule."""


def feature_files(role: Role = "store") -> tuple[Path, ...]:
    """The feature files of a role, by name."""
    return tuple(sorted((FEATURES / role).glob("*.feature")))


@cache
def requirements(role: Role = "store") -> tuple[Requirement, ...]:
    """Every requirement of a role, in the order of the feature files.

    Raises:
        CatalogueError: where a rule lacks its id, level, source or a scenario with its needs.
    """
    from gherkin.parser import Parser

    found: list[Requirement] = []
    for path in feature_files(role):
        # the parser's own types don't know of rules
        feature: Any = Parser().parse(path.read_text(encoding="utf-8"))["feature"]
        rules = [child["rule"] for child in feature["children"] if "rule" in child]
        found += [_requirement(path, feature["name"], rule) for rule in rules]
        # pytest-bdd binds scenarios by name: of two with one name, the first would silently be lost
        names = [child["scenario"]["name"] for rule in rules for child in rule["children"]]
        if twice := {name for name in names if names.count(name) > 1}:
            raise CatalogueError(f"{path.name}: two scenarios are named {', '.join(sorted(twice))}")
    ids = [requirement.id for requirement in found]
    if twice := {each for each in ids if ids.count(each) > 1}:
        raise CatalogueError(f"{', '.join(sorted(twice))} stands in two rules")
    return tuple(found)


def _requirement(path: Path, feature: str, rule: dict[str, Any]) -> Requirement:
    name, description = str(rule["name"]), str(rule["description"])
    tags = _tags(rule)
    shape = _RULE.fullmatch(name)
    level = next((level for level in LEVELS if level in tags), None)
    source = re.search(r"^\s*Source: (.+?)\.?$", description, re.MULTILINE)
    if shape is None or shape[1] not in tags or level is None or source is None:
        raise CatalogueError(f"{path.name}: the rule {name!r} lacks its id, its level or its source")
    scenarios = [child["scenario"] for child in rule["children"] if "scenario" in child]
    needs = {need for scenario in scenarios for need in NEEDS if need in _tags(scenario)}
    if not scenarios or not needs:
        raise CatalogueError(f"{path.name}: the rule {name!r} has no scenario that says what it needs")
    return Requirement(
        id=shape[1],
        level=level,
        feature=feature,
        title=shape[2],
        source=source[1],
        needs=", ".join(need for need in NEEDS if need in needs),
    )


def _tags(node: dict[str, Any]) -> set[str]:
    return {tag["name"].lstrip("@") for tag in node["tags"]}


def id_of(tags: set[str]) -> str | None:
    """The requirement id among a rule's tags."""
    return next((tag for tag in tags if _ID.fullmatch(tag)), None)
