"""Options from a file: ``conformance.toml``, or a table of ``pyproject.toml``."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from conformance.commands.wrong_use import Stop


def configured() -> tuple[str, dict[str, Any]]:
    """Options from ``conformance.toml``, or the table ``[tool.conformance]`` of ``pyproject.toml``, and which it was.

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
            raise Stop(f"{name} can't be read: {error}") from None
        for key in path:
            table = table.get(key, {}) if isinstance(table, dict) else {}
        if table and not isinstance(table, dict):
            raise Stop(f"{name} has no table of options in [{'.'.join(path)}]")
        if table:
            return name, {key.replace("-", "_"): value for key, value in table.items()}
    return "", {}


class Configured(click.Command):
    """A command whose options may also stand in the configuration file."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the file first; an option that doesn't exist is wrong use."""
        if not {"--help", "-h"} & set(args):
            file, found = configured()
            names = [parameter.name or "" for parameter in self.params]
            if unknown := sorted(found.keys() - set(names)):
                near = get_close_matches(unknown[0], names, 1)
                hint = f". Did you mean {near[0]}?" if near else ""
                raise Stop(f"{file} has an option that doesn't exist: {', '.join(unknown)}{hint}")
            extra["default_map"] = found
        return super().make_context(info_name, args, parent, **extra)
