"""Options from a file: ``conformance.toml``, or a table of ``pyproject.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

from conformance.cli.errors import UsageError
from mockstore.shop.suggestions import did_you_mean

TABLES = ("importer",)
"""Commands whose options stand in a table of their name; those of ``run`` stand above them."""


def configured() -> tuple[str, dict[str, Any]]:
    """What ``conformance.toml`` says, or the table ``[tool.conformance]`` of ``pyproject.toml``, and which it was.

    Raises:
        Stop: where the file can't be read.
    """
    for name, path in (("conformance.toml", ()), ("pyproject.toml", ("tool", "conformance"))):
        file = Path(name)
        if not file.is_file():
            continue
        try:
            table: Any = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            if path:
                continue
            raise UsageError(f"{name} can't be read: {error}") from None
        for key in path:
            table = table.get(key, {}) if isinstance(table, dict) else {}
        if table and not isinstance(table, dict):
            raise UsageError(f"{name} has no table of options in [{'.'.join(path)}]")
        if table:
            return name, table
    return "", {}


def options_for(command: str) -> tuple[str, dict[str, Any]]:
    """The options that the file has for a command, and how to call the place where they stand.

    Raises:
        Stop: where the file can't be read, or has no table in the place of one.
    """
    file, found = configured()
    if command not in TABLES:
        return file, _named({key: value for key, value in found.items() if key not in TABLES})
    path = command if file == "conformance.toml" else f"tool.conformance.{command}"
    own = found.get(command, {})
    if not isinstance(own, dict):
        raise UsageError(f"{file} has no table of options in [{path}]")
    return f"[{path}] of {file}", _named(own)


def _named(table: dict[str, Any]) -> dict[str, Any]:
    return {key.replace("-", "_"): value for key, value in table.items()}


class Configured(click.Command):
    """A command whose options may also stand in the configuration file."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the file first; an option that doesn't exist is wrong use."""
        if not {"--help", "-h"} & set(args):
            place, found = options_for(self.name or "")
            known = {parameter.name or "": parameter for parameter in self.params}
            if unknown := sorted(found.keys() - known.keys()):
                hint = _hint(unknown[0], parent) or did_you_mean(unknown[0], known)
                raise UsageError(f"{place} has an option that doesn't exist: {', '.join(unknown)}.{hint}")
            repeated = {name for name, parameter in known.items() if getattr(parameter, "multiple", False)}
            extra["default_map"] = {
                name: [value] if name in repeated and isinstance(value, str) else value for name, value in found.items()
            }
        return super().make_context(info_name, args, parent, **extra)


def _hint(unknown: str, parent: click.Context | None) -> str:
    """Whose option it is, if it is another command's."""
    for name in TABLES:
        if unknown in _options(name, parent):
            return f" Options of 'conformance {name}' belong in a table [{name}]."
    return ""


def _options(command: str, parent: click.Context | None) -> set[str]:
    group = None if parent is None else parent.command
    found = group.get_command(parent, command) if parent and isinstance(group, click.Group) else None
    return {parameter.name or "" for parameter in found.params} if found else set()
