"""The effective settings of a program as a table or JSON, and a commented example of its configuration file."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Callable, Iterator, Mapping

import click
import msgspec
from click.core import ParameterSource

from mockstore.cli.settings_file import Program, named_settings, option_name

WIDTH = 100
"""Columns of a comment in the example."""


class EffectiveOption(msgspec.Struct, frozen=True):
    """The value of an option, and where it comes from. A secret is only said to be set."""

    command: str
    option: str
    value: object
    source: str


def show_settings(
    context: click.Context,
    program: Program,
    *,
    command: str | None,
    as_json: bool,
    secrets: Mapping[str, tuple[str, ...]],
    mask: Callable[[str], str],
    file: str | None = None,
) -> str:
    """Return each option of the program's commands (or of one) with its value and where it comes from.

    ``secrets`` are the environment variables that hold the secrets of each command: they are only said to be set.
    ``mask`` replaces what must not be shown of a value. ``context`` is that of the command that shows the settings.

    Raises:
        click.UsageError: a value cannot be used.
    """
    names = (command,) if command else program.commands
    rows = [row for name in names for row in _effective(program, name, context, secrets.get(name, ()), mask, file)]
    if as_json:
        return json.dumps([msgspec.to_builtins(row) for row in rows], indent=2, ensure_ascii=False)
    return "\n\n".join(_table([row for row in rows if row.command == name], f"{program.name} {name}") for name in names)


def example_file(context: click.Context, program: Program, introduction: str, command: str | None = None) -> str:
    """Return a commented configuration file that sets nothing and names every option."""
    names = (command,) if command else program.commands
    return introduction + "".join(_example(name, _command(context, name)) for name in names)


def _command(context: click.Context, name: str) -> click.Command:
    group = context.parent
    assert group is not None
    assert isinstance(group.command, click.Group)
    command = group.command.get_command(group, name)
    assert command is not None
    return command


def _effective(
    program: Program,
    name: str,
    context: click.Context,
    secrets: tuple[str, ...],
    mask: Callable[[str], str],
    file: str | None,
) -> Iterator[EffectiveOption]:
    """Yield the options of a command as it would get them without arguments.

    Raises:
        click.UsageError: a value cannot be used.
    """
    command = _command(context, name)
    inner = command.make_context(name, ["--config", file] if file else [], parent=context.parent)
    found = named_settings(program, command, file or inner.params.get("config"))
    for parameter in command.params:
        option = parameter.name or ""
        value = inner.params.get(option)
        source = inner.get_parameter_source(option)
        if source is ParameterSource.ENVIRONMENT:
            place = f"variable {inner.auto_envvar_prefix}_{option.upper()}"
        elif source is ParameterSource.COMMANDLINE:
            place = "command line"
        else:
            place = found[option].place if source is ParameterSource.DEFAULT_MAP else "default"
        shown = mask(value) if isinstance(value, str) else value
        yield EffectiveOption(name, option_name(parameter), shown, place)
    for variable in secrets:
        if variable in os.environ:
            yield EffectiveOption(name, f"${variable}", "(set)", "environment")


def _table(rows: list[EffectiveOption], name: str) -> str:
    cells = [("OPTION", "VALUE", "FROM"), *((row.option, _shown(row.value), row.source) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in (0, 1)]
    lines = (f"  {option:<{widths[0]}}  {value:<{widths[1]}}  {source}" for option, value, source in cells)
    return "\n".join((name, *lines))


def _shown(value: object) -> str:
    """Return a value as the file would have it; a dash if there is none."""
    if value is None or value == ():
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _example(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    parts = [f"\n[{name}]\n"]
    for parameter in command.params:
        if parameter.name == "config":
            continue
        text = getattr(parameter, "help", None) or "The URL of the endpoint to judge."
        comment = textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ")
        parts.append(f"\n{comment}\n# {option_name(parameter)} = {_toml(parameter, context)}\n")
    return "".join(parts)


def _toml(parameter: click.Parameter, context: click.Context) -> str:
    """Return the default of an option in TOML, or a placeholder if it has none."""
    default = parameter.get_default(context, call=False)
    if getattr(parameter, "is_flag", False):
        return str(bool(default)).lower()
    if isinstance(default, int | float | str):
        return json.dumps(default)
    if isinstance(parameter.type, type(click.INT) | click.FloatRange):
        return str(getattr(parameter.type, "min", 0))
    placeholder = json.dumps(parameter.metavar or (parameter.name or "").upper())
    return f"[{placeholder}]" if getattr(parameter, "multiple", False) else placeholder
