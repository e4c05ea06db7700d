"""Options from a file: ``conformance.toml``, or a table of ``pyproject.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

from conformance.commands.wrong_use import Stop


def configured() -> dict[str, Any]:
    """Options from ``conformance.toml``, or the table ``[tool.conformance]`` of ``pyproject.toml``.

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
            table = table.get(key, {})
        if table:
            return {key.replace("-", "_"): value for key, value in table.items()}
    return {}


class Configured(click.Command):
    """A command whose options may also stand in the configuration file."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the file first; an option that doesn't exist is wrong use."""
        if "--help" not in args:
            found = configured()
            names = {parameter.name for parameter in self.params}
            if unknown := sorted(found.keys() - names):
                raise Stop(f"the configuration file has an option that doesn't exist: {', '.join(unknown)}")
            extra["default_map"] = found
        return super().make_context(info_name, args, parent, **extra)
