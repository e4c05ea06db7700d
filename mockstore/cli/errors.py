"""Wrong use: one sentence, exit status 2."""

from __future__ import annotations

import click


class UsageError(click.ClickException):
    """What was asked for can't be done; the sentence says why, and what to do."""

    exit_code = 2
