"""Read a mapping file: which names a program uses for the fields of an order. Its form is in docs/importer.md.

With a mapping, only the fields that it names are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from conformance.core.errors import ConformanceError
from conformance.core.files import read_small_file
from conformance.core.toml_text import parse_toml
from conformance.importer.result import RESULT_FIELDS, BadResult
from mockstore.shop.shop import STATUS_MEANINGS
from mockstore.shop.suggestions import did_you_mean

LIST_FIELDS = ("items", "discounts", "items.options")
PATH_KEYS = ("orders", "left_out", "unmapped_statuses", "problem")


class WrongMapping(ConformanceError):
    """The mapping file can't be used; the message says why."""


@dataclass(frozen=True)
class FieldMapping:
    """The path of each field in the program's JSON. ``states`` maps the program's states to the suite's."""

    orders: str
    left_out: str
    unmapped_statuses: str
    problem: str
    fields: dict[str, str]
    states: dict[str, str]

    def apply(self, content: object) -> dict[str, object]:
        """Return the program's JSON in the form of the suite's result."""
        orders = _value_at(content, self.orders) if self.orders else content
        result: dict[str, object] = {"orders": [self._order(each) for each in _listed(orders)]}
        for name, path in (
            ("left_out", self.left_out),
            ("unmapped_statuses", self.unmapped_statuses),
            ("problem", self.problem),
        ):
            if path and (found := _value_at(content, path)) is not None:
                result[name] = found
        return result

    def _order(self, theirs: object) -> dict[str, object]:
        ours = self._mapped(theirs, "")
        if isinstance(state := ours.get("state"), str):
            ours["state"] = self.states.get(state, state)
        return ours

    def _mapped(self, theirs: object, prefix: str) -> dict[str, object]:
        ours: dict[str, object] = {}
        for field, path in self.fields.items():
            inner = field.removeprefix(prefix)
            in_list = any(inner.startswith(f"{each.rpartition('.')[2]}.") for each in LIST_FIELDS)
            if not field.startswith(prefix) or in_list:
                continue
            found = _value_at(theirs, path)
            if f"{prefix}{inner}" in LIST_FIELDS:
                found = [self._mapped(each, f"{prefix}{inner}.") for each in _listed(found)]
            if found is not None:
                _put(ours, inner, found)
        return ours


def _listed(value: object) -> list[object]:
    """Return the members of a list; a missing or empty value has none.

    Raises:
        BadResult: if the value is not a list.
    """
    if not value:
        return []
    if not isinstance(value, list):
        raise BadResult(f"the mapping names a list, but the result has {str(value)[:80]!r} there")
    return value


def _value_at(content: object, path: str) -> object:
    """Return the value at a path like ``data.rows.0.name``, or None if there is no such value."""
    for name in path.split("."):
        if isinstance(content, dict):
            content = content.get(name)
        elif isinstance(content, list) and name.isdigit() and int(name) < len(content):
            content = content[int(name)]
        else:
            return None
    return content


def _put(target: dict[str, object], path: str, value: object) -> None:
    *above, last = path.split(".")
    for name in above:
        inner = target.setdefault(name, {})
        assert isinstance(inner, dict)
        target = inner
    target[last] = value


def read_mapping(path: Path) -> FieldMapping:
    """Return the mapping in a file.

    Raises:
        WrongMapping: if the file can't be read, or names a field that doesn't exist.
    """
    try:
        table = parse_toml(read_small_file(path))
    except (OSError, ValueError) as error:
        raise WrongMapping(f"the mapping file {path} can't be read: {error}") from None
    known = {*PATH_KEYS, "fields", "states"}
    if unknown := sorted(table.keys() - known):
        raise WrongMapping(f"the mapping file {path} has {unknown[0]!r}; known keys are {', '.join(sorted(known))}")
    fields, states = table.get("fields", {}), table.get("states", {})
    if not isinstance(fields, dict) or not isinstance(states, dict):
        raise WrongMapping(f"the mapping file {path}: [fields] and [states] must be tables")
    for field, theirs in fields.items():
        if problem := _problem_of_field(field, theirs, fields):
            raise WrongMapping(f"the mapping file {path}: {problem}")
    if not ({"order_number", "order_id"} & fields.keys()):
        raise WrongMapping(f"the mapping file {path} doesn't map order_number, which identifies an order")
    for theirs, state in states.items():
        if state not in STATUS_MEANINGS:
            raise WrongMapping(
                f"the mapping file {path}: the state {theirs!r} must map to one of {', '.join(STATUS_MEANINGS)}"
            )
    paths = {name: table.get(name, "") for name in PATH_KEYS}
    if wrong := next((name for name, value in paths.items() if not isinstance(value, str)), None):
        raise WrongMapping(f"the mapping file {path}: {wrong} must be a path, like data.orders")
    return FieldMapping(**paths, fields=dict(fields), states=dict(states))


def _problem_of_field(field: str, path: object, fields: dict[str, object]) -> str:
    """Return what is wrong with one entry of [fields], or an empty text."""
    if not isinstance(path, str) or not path:
        return f"the field {field!r} needs a path, like data.total"
    for name in field.split("."):
        if name not in RESULT_FIELDS:
            return f"there is no field {field!r}.{did_you_mean(name, sorted(RESULT_FIELDS))}"
    parts = field.split(".")
    for above in (".".join(parts[:size]) for size in range(1, len(parts))):
        if above in LIST_FIELDS and above not in fields:
            return f"{field!r} needs {above!r} as well: the path of the list"
        if above not in LIST_FIELDS and above in fields:
            return f"map either {above!r} or {field!r}, not both"
    return ""
