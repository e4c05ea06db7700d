"""``conformance config``: the effective settings, and a commented example of the configuration file."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Iterator

import click
import msgspec
from click.core import ParameterSource

from conformance.cli.config_file import COMMANDS, settings_for
from conformance.core.masking import mask_url

SECRETS = {
    "run": ("CONFORMANCE_PASSWORD", "CONFORMANCE_CONTROL_TOKEN", "CONFORMANCE_CSCART_KEY"),
    "importer": ("STORE_PASSWORD",),
}
"""Command → the environment variables that hold its secrets, unless an option names others."""
EXAMPLE = """\
# Settings of the commands 'conformance run' and 'conformance importer'.
#
# Copy this file to conformance.toml in the folder in which you call conformance, and delete the # before what you set.
# In pyproject.toml the tables are [tool.conformance.run] and [tool.conformance.importer].
# The command line counts more than an environment variable (CONFORMANCE_RUN_SCOPE), a variable more than this file.
# 'conformance config' prints each effective value and where it comes from. Passwords and tokens don't belong here.
"""
WIDTH = 100
"""Columns of a comment in the example."""


class EffectiveOption(msgspec.Struct, frozen=True):
    """The value of an option, and where it comes from. A secret is only said to be set."""

    command: str
    option: str
    value: object
    source: str


@click.command(short_help="Print the effective settings, and where each comes from.")
@click.argument("command", required=False, type=click.Choice(COMMANDS))
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
@click.option("--example", is_flag=True, help="Print a commented example of conformance.toml.")
@click.pass_context
def config(context: click.Context, command: str | None, as_json: bool, example: bool) -> None:
    """Print each option of 'conformance run' and 'conformance importer' with its value and where it comes from.

    An option comes from its environment variable, the file conformance.toml (or pyproject.toml), or its default.
    Options of the command line count more than all of these.
    """
    names = (command,) if command else COMMANDS
    if example:
        click.echo(EXAMPLE + "".join(_example(name, _command(context, name)) for name in names), nl=False)
        return
    rows = [row for name in names for row in _effective(name, context)]
    if as_json:
        click.echo(json.dumps([msgspec.to_builtins(row) for row in rows], indent=2, ensure_ascii=False))
        return
    click.echo("\n\n".join(_table([row for row in rows if row.command == name], name) for name in names))


def _command(context: click.Context, name: str) -> click.Command:
    group = context.parent
    assert group is not None
    assert isinstance(group.command, click.Group)
    command = group.command.get_command(group, name)
    assert command is not None
    return command


def _effective(name: str, context: click.Context) -> Iterator[EffectiveOption]:
    """Yield the options of a command as it would get them without arguments.

    Raises:
        click.UsageError: a value cannot be used.
    """
    command = _command(context, name)
    inner = command.make_context(name, [], parent=context.parent)
    found = settings_for(name)
    for parameter in command.params:
        option = parameter.name or ""
        value = inner.params.get(option)
        source = inner.get_parameter_source(option)
        if source is ParameterSource.ENVIRONMENT:
            place = f"variable {inner.auto_envvar_prefix}_{option.upper()}"
        else:
            place = found[option].place if source is ParameterSource.DEFAULT_MAP else "default"
        yield EffectiveOption(
            name, option.replace("_", "-"), mask_url(value) if isinstance(value, str) else value, place
        )
    for variable in SECRETS[name]:
        if variable in os.environ:
            yield EffectiveOption(name, f"${variable}", "(set)", "environment")


def _table(rows: list[EffectiveOption], name: str) -> str:
    cells = [("OPTION", "VALUE", "FROM"), *((row.option, _shown(row.value), row.source) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in (0, 1)]
    lines = (f"  {option:<{widths[0]}}  {value:<{widths[1]}}  {source}" for option, value, source in cells)
    return "\n".join((f"conformance {name}", *lines))


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
        text = getattr(parameter, "help", None) or "The URL of the endpoint to judge."
        comment = textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ")
        parts.append(f"\n{comment}\n# {(parameter.name or '').replace('_', '-')} = {_toml(parameter, context)}\n")
    return "".join(parts)


def _toml(parameter: click.Parameter, context: click.Context) -> str:
    """Return the default of an option in TOML, or a placeholder if it has none."""
    default = parameter.get_default(context, call=False)
    if getattr(parameter, "is_flag", False):
        return str(bool(default)).lower()
    if isinstance(default, int | float | str):
        return json.dumps(default)
    if isinstance(parameter.type, click.IntRange | click.FloatRange):
        return str(parameter.type.min)
    placeholder = json.dumps(parameter.metavar or (parameter.name or "").upper())
    return f"[{placeholder}]" if getattr(parameter, "multiple", False) else placeholder
