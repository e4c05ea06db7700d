"""The error of a command that cannot do what was asked: one sentence, exit status 2."""

from __future__ import annotations

import click

from mockstore.errors import MockStoreError


class UsageError(MockStoreError, click.ClickException):
    """The command cannot do what was asked. The message says why and what to do.

    Not ``click.UsageError``: it prints the synopsis of the command before the message.
    """

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(message[:1].upper() + message[1:])
