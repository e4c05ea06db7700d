"""Wrong use: one sentence, exit status 2."""

from __future__ import annotations

from typing import Any

import click

from conformance.core.errors import ConformanceError

WRONG_USE = 2


class UsageError(ConformanceError, click.ClickException):
    """Wrong use: one sentence, status 2."""

    exit_code = WRONG_USE

    def show(self, file: Any = None) -> None:
        """Print the sentence."""
        click.echo(f"conformance: {self.format_message()}", err=True)
