"""Reads options from ``conformance.toml`` or tables of ``pyproject.toml``, and checks the variables that set options.

The options of a command are in a table of its name. Those of ``run`` may also come before any table.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from conformance.core.files import read_small_file
from conformance.core.toml_text import parse_toml
from mockstore.shop.suggestions import did_you_mean

COMMANDS = ("run", "importer")
"""Commands whose options can be in the file; the first one's also before any table."""


@dataclass(frozen=True)
class Setting:
    """The value of an option in the file, and its place for messages, like ``[run] of conformance.toml``."""

    value: object
    place: str


def read_options() -> tuple[str, dict[str, object]]:
    """Return name and content of ``conformance.toml``, or of ``[tool.conformance]`` in ``pyproject.toml``.

    Raises:
        click.UsageError: a file cannot be read.
    """
    for name, path in (("conformance.toml", ()), ("pyproject.toml", ("tool", "conformance"))):
        file = Path(name)
        if not file.is_file():
            continue
        try:
            table: Any = parse_toml(read_small_file(file))
        except UnicodeDecodeError:
            raise click.UsageError(f"{name} can't be read: it isn't UTF-8 text") from None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise click.UsageError(f"{name} can't be read: {why}") from None
        for key in path:
            table = table.get(key, {}) if isinstance(table, dict) else {}
        if table and not isinstance(table, dict):
            raise click.UsageError(f"{name}: [{'.'.join(path)}] must be a table of options")
        if table:
            return name, table
    return "", {}


def settings_for(command: str) -> dict[str, Setting]:
    """Return the options of a command that the file sets.

    Raises:
        click.UsageError: the file cannot be read, the command's table isn't a table, or an option is set twice.
    """
    file, found = read_options()
    table = command if file == "conformance.toml" else f"tool.conformance.{command}"
    own = found.get(command, {})
    if not isinstance(own, dict):
        raise click.UsageError(f"{file}: [{table}] must be a table of options")
    settings: dict[str, Setting] = {}
    before_tables = found if command == COMMANDS[0] else {}
    for values, place in ((before_tables, file), (own, f"[{table}] of {file}")):
        for key, value in values.items():
            name = key.replace("-", "_")
            if values is found and name in COMMANDS:
                continue
            if name in settings:
                raise click.UsageError(f"{settings[name].place} and {place} both set {name}: delete one of them")
            settings[name] = Setting(value, place)
    return settings


def check_tables(options: Iterable[str]) -> None:
    """Check that each table of the file belongs to a command.

    Raises:
        click.UsageError: one does not, so that its options would have no effect. ``options`` are no tables.
    """
    file, found = read_options()
    for name, value in found.items():
        if isinstance(value, dict) and name not in COMMANDS and name.replace("-", "_") not in options:
            hint = did_you_mean(name, COMMANDS, otherwise=f" The tables are {', '.join(COMMANDS)}.")
            raise click.UsageError(f"{file} has a table that doesn't exist: {name}.{hint}")


def check_variables(prefix: str, options: Iterable[str]) -> None:
    """Check that each environment variable that begins with ``prefix`` is named after an option.

    Raises:
        click.UsageError: one is not, so that it would have no effect.
    """
    known = [f"{prefix}{name.upper()}" for name in options]
    for name in sorted(os.environ):
        if name.startswith(prefix) and name not in known:
            raise click.UsageError(
                f"the environment variable {name} is named after no option.{did_you_mean(name, known)}"
            )


class Configured(click.Command):
    """A command that also takes its options from the configuration file."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the file, then the command line.

        Raises:
            click.UsageError: the file has an option that does not exist, or a list where one value belongs.
        """
        only_completes = extra.get("resilient_parsing", False)
        if not only_completes and not {"--help", "-h"} & set(args):
            known = {parameter.name or "": parameter for parameter in self.params}
            check_tables(known)
            prefix = extra.get("auto_envvar_prefix")
            if parent is not None and parent.auto_envvar_prefix:
                prefix = f"{parent.auto_envvar_prefix}_{(self.name or '').upper()}"
            if prefix:
                check_variables(f"{prefix}_", known)
            found = settings_for(self.name or "")
            _check_names(found, known, self.name or "", parent)
            extra["default_map"] = {name: _as_typed(known[name], setting) for name, setting in found.items()}
        return super().make_context(info_name, args, parent, **extra)


def _check_names(
    found: Mapping[str, Setting], known: Mapping[str, click.Parameter], command: str, parent: click.Context | None
) -> None:
    if unknown := sorted(found.keys() - known.keys()):
        place = found[unknown[0]].place
        listed = [name for name in unknown if found[name].place == place]
        hint = _other_table(unknown[0], command, parent) or did_you_mean(unknown[0], known)
        raise click.UsageError(f"{place} has an option that doesn't exist: {', '.join(listed)}.{hint}")


def _as_typed(parameter: click.Parameter, setting: Setting) -> object:
    """Return a value of the file as the command line would have it: a text, or a list of texts if it may be repeated.

    click would convert other types only as far as Python does, and fail at a list or at a very large number.

    Raises:
        click.UsageError: the option can't have a value of this type.
    """
    value = setting.value
    if getattr(parameter, "multiple", False):
        return [_text(parameter, each, setting.place) for each in (value if isinstance(value, list) else [value])]
    is_switch = isinstance(value, bool) and getattr(parameter, "is_flag", False)
    return value if is_switch else _text(parameter, value, setting.place)


def _text(parameter: click.Parameter, value: object, place: str) -> str:
    if isinstance(value, list | dict):
        kind = "a list" if isinstance(value, list) else "a table"
        raise click.UsageError(f"{place}: {parameter.name} needs a single value, not {kind}")
    return str(value)


def _other_table(unknown: str, command: str, parent: click.Context | None) -> str:
    """Return where the option belongs if another command has it."""
    for name in COMMANDS:
        if name != command and unknown in _options(name, parent):
            return f" Options of 'conformance {name}' belong in a table [{name}]."
    return ""


def _options(command: str, parent: click.Context | None) -> set[str]:
    group = None if parent is None else parent.command
    found = group.get_command(parent, command) if parent and isinstance(group, click.Group) else None
    return {parameter.name or "" for parameter in found.params} if found else set()
