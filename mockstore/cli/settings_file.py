"""Reads options from ``PROGRAM.toml`` or tables of ``pyproject.toml``, and checks the variables that set options.

The options of a command are in a table of its name. Those of the first command may also come before any table. Both
programs of this project, ``conformance`` and ``mockstore``, read their settings here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import click

from mockstore.inputs.files import read_small_file
from mockstore.inputs.toml_text import parse_toml
from mockstore.shop.suggestions import did_you_mean


@dataclass(frozen=True)
class Program:
    """A program whose options can be in a file: its name, and the commands that have tables there.

    The options of the first command can also come before any table.
    """

    name: str
    commands: tuple[str, ...]

    @property
    def file(self) -> str:
        """Return the name of the file in the working directory."""
        return f"{self.name}.toml"


@dataclass(frozen=True)
class Setting:
    """The value of an option in the file, and its place for messages, like ``[run] of conformance.toml``."""

    value: object
    place: str


def read_options(program: Program, file: str | None = None) -> tuple[str, dict[str, object]]:
    """Return name and content of the file; by default ``PROGRAM.toml``, or ``[tool.PROGRAM]`` in ``pyproject.toml``.

    Raises:
        click.UsageError: a file cannot be read.
    """
    found: tuple[tuple[str, tuple[str, ...]], ...] = ((program.file, ()), ("pyproject.toml", ("tool", program.name)))
    for name, path in ((file, ()),) if file else found:
        if not file and not Path(name).is_file():
            continue
        try:
            table: Any = parse_toml(read_small_file(Path(name)))
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


def settings_for(program: Program, command: str, file: str | None = None) -> dict[str, Setting]:
    """Return the options of a command that the file sets.

    Raises:
        click.UsageError: the file cannot be read, the command's table isn't a table, or an option is set twice.
    """
    name_of_file, found = read_options(program, file)
    table = f"tool.{program.name}.{command}" if name_of_file == "pyproject.toml" and not file else command
    own = found.get(command, {})
    if not isinstance(own, dict):
        raise click.UsageError(f"{name_of_file}: [{table}] must be a table of options")
    settings: dict[str, Setting] = {}
    before_tables = found if command == program.commands[0] else {}
    for values, place in ((before_tables, name_of_file), (own, f"[{table}] of {name_of_file}")):
        for key, value in values.items():
            name = key.replace("-", "_")
            if values is found and name in program.commands:
                continue
            if name in settings:
                raise click.UsageError(f"{settings[name].place} and {place} both set {name}: delete one of them")
            settings[name] = Setting(value, place)
    return settings


def check_tables(program: Program, options: Iterable[str], file: str | None = None) -> None:
    """Check that each table of the file belongs to a command.

    Raises:
        click.UsageError: one does not, so that its options would have no effect. ``options`` are no tables.
    """
    shown, found = read_options(program, file)
    for name, value in found.items():
        if isinstance(value, dict) and name not in program.commands and name.replace("-", "_") not in options:
            hint = did_you_mean(name, program.commands, otherwise=f" The tables are {', '.join(program.commands)}.")
            raise click.UsageError(f"{shown} has a table that doesn't exist: {name}.{hint}")


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
    """A command that also takes its options from the configuration file of :attr:`program`.

    An option ``config``, if the command has one, names another file.
    """

    program: ClassVar[Program]

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the file, then the command line.

        Raises:
            click.UsageError: the file has an option that does not exist, or a list where one value belongs.
        """
        only_completes = extra.get("resilient_parsing", False)
        if not only_completes and not {"--help", "-h"} & set(args):
            prefix = extra.get("auto_envvar_prefix")
            if parent is not None and parent.auto_envvar_prefix:
                prefix = f"{parent.auto_envvar_prefix}_{(self.name or '').upper().replace('-', '_')}"
            if prefix:
                check_variables(f"{prefix}_", [parameter.name or "" for parameter in self.params])
            file = self._named_file(args, f"{prefix}_CONFIG")
            extra["default_map"] = default_map(self.program, self, parent, file)
        return super().make_context(info_name, args, parent, **extra)

    def _named_file(self, args: list[str], variable: str) -> str | None:
        """Return the file that ``--config`` or its variable names, if this command has the option."""
        if not any(parameter.name == "config" for parameter in self.params):
            return None
        named = [args[place + 1] for place, word in enumerate(args[:-1]) if word == "--config"]
        named += [word.partition("=")[2] for word in args if word.startswith("--config=")]
        return named[-1] if named else os.environ.get(variable) or None


def default_map(
    program: Program, command: click.Command, parent: click.Context | None, file: str | None = None
) -> dict[str, object]:
    """Return the options that the file sets, as the command line would have them.

    Raises:
        click.UsageError: the file has an option that does not exist, or a list where one value belongs.
    """
    known = {parameter.name or "": parameter for parameter in command.params if parameter.name != "config"}
    check_tables(program, (*known, *map(option_name, known.values())), file)
    found = named_settings(program, command, file)
    _check_names(program, found, known, command.name or "", parent)
    return {name: _as_typed(known[name], setting) for name, setting in found.items()}


def option_name(parameter: click.Parameter) -> str:
    """Return the name of an option as it is typed, without the dashes before it."""
    return max(parameter.opts, key=len).lstrip("-") if isinstance(parameter, click.Option) else parameter.name or ""


def named_settings(program: Program, command: click.Command, file: str | None = None) -> dict[str, Setting]:
    """Return the options that the file sets, by the names of the command's parameters.

    The file has the names that are typed, such as ``defect``; those of the parameters, ``defects``, mean the same.

    Raises:
        click.UsageError: the file cannot be read, or sets an option twice.
    """
    parameters = {option_name(each).replace("-", "_"): each.name or "" for each in command.params}
    settings: dict[str, Setting] = {}
    for name, setting in settings_for(program, command.name or "", file).items():
        named = parameters.get(name, name)
        if named in settings:
            raise click.UsageError(f"{settings[named].place} and {setting.place} both set {name}: delete one of them")
        settings[named] = setting
    return settings


def _check_names(
    program: Program,
    found: Mapping[str, Setting],
    known: Mapping[str, click.Parameter],
    command: str,
    parent: click.Context | None,
) -> None:
    if unknown := sorted(found.keys() - known.keys()):
        place = found[unknown[0]].place
        listed = [name for name in unknown if found[name].place == place]
        hint = _other_table(program, unknown[0], command, parent) or did_you_mean(
            unknown[0].replace("_", "-"), map(option_name, known.values())
        )
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


def _other_table(program: Program, unknown: str, command: str, parent: click.Context | None) -> str:
    """Return where the option belongs if another command has it."""
    for name in program.commands:
        if name != command and unknown in _options(name, parent):
            return f" Options of '{program.name} {name}' belong in a table [{name}]."
    return ""


def _options(command: str, parent: click.Context | None) -> set[str]:
    group = None if parent is None else parent.command
    found = group.get_command(parent, command) if parent and isinstance(group, click.Group) else None
    return {parameter.name or "" for parameter in found.params} if found else set()
