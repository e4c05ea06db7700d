"""The mapping file: how a program with a form of its own calls the fields of an order.

TOML: ``orders`` is the path of the list, ``[fields]`` gives for a field of ours the path of
theirs, ``[states]`` for a state of theirs the one of ours. With it, only what it names is read.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.core.errors import ConformanceError
from conformance.importer.result import FIELDS
from mockstore.shop.suggestions import did_you_mean

LISTS = ("items", "discounts", "items.options")
STATES = ("unpaid", "paid", "shipped", "cancelled", "on_hold")


class WrongMapping(ConformanceError):
    """The mapping file can't be used; the sentence says why."""


@dataclass(frozen=True)
class Mapping:
    """Paths of ours to paths of theirs."""

    orders: str
    left_out: str
    unmapped_statuses: str
    problem: str
    fields: dict[str, str]
    states: dict[str, str]

    def applied(self, content: Any) -> dict[str, Any]:
        """Their JSON in our form."""
        orders = _at(content, self.orders) if self.orders else content
        result: dict[str, Any] = {"orders": [self._order(each) for each in orders or ()]}
        for name, path in (
            ("left_out", self.left_out),
            ("unmapped_statuses", self.unmapped_statuses),
            ("problem", self.problem),
        ):
            if path and (found := _at(content, path)) is not None:
                result[name] = found
        return result

    def _order(self, theirs: Any) -> dict[str, Any]:
        made = self._object(theirs, "")
        if isinstance(state := made.get("state"), str):
            made["state"] = self.states.get(state, state)
        return made

    def _object(self, theirs: Any, prefix: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for ours, path in self.fields.items():
            inner = ours.removeprefix(prefix)
            if not ours.startswith(prefix) or any(inner.startswith(f"{each.rpartition('.')[2]}.") for each in LISTS):
                continue
            found = _at(theirs, path)
            if f"{prefix}{inner}" in LISTS:
                found = [self._object(each, f"{prefix}{inner}.") for each in found or ()]
            if found is not None:
                _put(made, inner, found)
        return made


def _at(content: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(content, dict):
            content = content.get(name)
        elif isinstance(content, list) and name.isdigit() and int(name) < len(content):
            content = content[int(name)]
        else:
            return None
    return content


def _put(made: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for name in above:
        made = made.setdefault(name, {})
    made[last] = value


def read_mapping(path: Path) -> Mapping:
    """The mapping in a file.

    Raises:
        WrongMapping: where it can't be read, or names what isn't there.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongMapping(f"the mapping file {path} can't be read: {error}") from None
    known = {"orders", "left_out", "unmapped_statuses", "problem", "fields", "states"}
    if unknown := sorted(table.keys() - known):
        raise WrongMapping(f"the mapping file {path} has {unknown[0]!r}; there is {', '.join(sorted(known))}")
    fields, states = table.get("fields", {}), table.get("states", {})
    for ours, theirs in fields.items():
        if not isinstance(theirs, str) or not theirs:
            raise WrongMapping(f"the mapping file {path}: the field {ours!r} is given no path")
        for name in ours.split("."):
            if name not in FIELDS:
                hint = did_you_mean(name, sorted(FIELDS))
                raise WrongMapping(f"the mapping file {path}: no field of ours is called {ours!r}.{hint}")
    if not ({"order_number", "order_id"} & fields.keys()):
        raise WrongMapping(f"the mapping file {path} says nothing of order_number, by which orders are known")
    for theirs, ours in states.items():
        if ours not in STATES:
            raise WrongMapping(f"the mapping file {path}: {theirs!r} means none of {', '.join(STATES)}")
    texts = {name: table.get(name, "") for name in ("orders", "left_out", "unmapped_statuses", "problem")}
    if wrong := next((name for name, value in texts.items() if not isinstance(value, str)), None):
        raise WrongMapping(f"the mapping file {path}: {wrong} is a path, like data.orders")
    return Mapping(**texts, fields=dict(fields), states=dict(states))
