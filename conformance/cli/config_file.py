"""Reads options from ``conformance.toml``, or from a table of ``pyproject.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance.core.files import read_small_file
from conformance.core.toml_text import parse_toml
from mockstore.shop.suggestions import did_you_mean

TABLES = ("importer",)
"""Commands whose options are in a table of their own; the options of ``run`` come before any table."""


def read_options() -> tuple[str, dict[str, object]]:
    """Return name and options of ``conformance.toml``, or of ``[tool.conformance]`` in ``pyproject.toml``.

    Raises:
        click.UsageError: the file cannot be read.
    """
    for name, path in (("conformance.toml", ()), ("pyproject.toml", ("tool", "conformance"))):
        file = Path(name)
        if not file.is_file():
            continue
        try:
            table: Any = parse_toml(read_small_file(file))
        except (OSError, ValueError) as error:
            if path:
                continue
            raise click.UsageError(f"{name} can't be read: {error}") from None
        for key in path:
            table = table.get(key, {}) if isinstance(table, dict) else {}
        if table and not isinstance(table, dict):
            raise click.UsageError(f"{name}: [{'.'.join(path)}] must be a table of options")
        if table:
            return name, table
    return "", {}


def options_for(command: str) -> tuple[str, dict[str, object]]:
    """Return the options of a command in the file, and a name for their place in messages.

    Raises:
        click.UsageError: the file cannot be read, or the command's table isn't a table.
    """
    file, found = read_options()
    if command not in TABLES:
        return file, _named({key: value for key, value in found.items() if key not in TABLES})
    path = command if file == "conformance.toml" else f"tool.conformance.{command}"
    own = found.get(command, {})
    if not isinstance(own, dict):
        raise click.UsageError(f"{file}: [{path}] must be a table of options")
    return f"[{path}] of {file}", _named(own)


def _named(table: dict[str, object]) -> dict[str, object]:
    return {key.replace("-", "_"): value for key, value in table.items()}


class Configured(click.Command):
    """A command that also takes its options from the configuration file."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the file, then the command line.

        Raises:
            click.UsageError: the file has an option that does not exist, or a list where one value belongs.
        """
        if not {"--help", "-h"} & set(args):
            place, found = options_for(self.name or "")
            known = {parameter.name or "": parameter for parameter in self.params}
            if unknown := sorted(found.keys() - known.keys()):
                hint = _other_table(unknown[0], parent) or did_you_mean(unknown[0], known)
                raise click.UsageError(f"{place} has an option that doesn't exist: {', '.join(unknown)}.{hint}")
            extra["default_map"] = {name: _as_typed(known[name], value, place) for name, value in found.items()}
        return super().make_context(info_name, args, parent, **extra)


def _as_typed(parameter: click.Parameter, value: object, place: str) -> object:
    """Return a value of the file as the command line would have it: a text, or a list of texts if it may be repeated.

    click would convert other types only as far as Python does, and fail at a list or at a very large number.

    Raises:
        click.UsageError: the option can't have a value of this type.
    """
    if getattr(parameter, "multiple", False):
        return [_text(parameter, each, place) for each in (value if isinstance(value, list) else [value])]
    is_switch = isinstance(value, bool) and getattr(parameter, "is_flag", False)
    return value if is_switch else _text(parameter, value, place)


def _text(parameter: click.Parameter, value: object, place: str) -> str:
    if isinstance(value, list | dict):
        kind = "a list" if isinstance(value, list) else "a table"
        raise click.UsageError(f"{place}: {parameter.name} needs a single value, not {kind}")
    return str(value)


def _other_table(unknown: str, parent: click.Context | None) -> str:
    """Return where the option belongs if another command has it."""
    for name in TABLES:
        if unknown in _options(name, parent):
            return f" Options of 'conformance {name}' belong in a table [{name}]."
    return ""


def _options(command: str, parent: click.Context | None) -> set[str]:
    group = None if parent is None else parent.command
    found = group.get_command(parent, command) if parent and isinstance(group, click.Group) else None
    return {parameter.name or "" for parameter in found.params} if found else set()
