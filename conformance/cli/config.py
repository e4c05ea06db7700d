"""``conformance config``: the effective settings, and a commented example of the configuration file."""

from __future__ import annotations

import click

from conformance.cli.config_file import CONFORMANCE
from conformance.core.masking import mask_url
from mockstore.cli.settings_table import example_file, show_settings

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


@click.command(short_help="Print the effective settings, and where each comes from.")
@click.argument("command", required=False, type=click.Choice(CONFORMANCE.commands))
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
@click.option("--example", is_flag=True, help="Print a commented example of conformance.toml.")
@click.pass_context
def config(context: click.Context, command: str | None, as_json: bool, example: bool) -> None:
    """Print each option of 'conformance run' and 'conformance importer' with its value and where it comes from.

    An option comes from its environment variable, the file conformance.toml (or pyproject.toml), or its default.
    Options of the command line count more than all of these.
    """
    if example:
        click.echo(example_file(context, CONFORMANCE, EXAMPLE, command), nl=False)
        return
    click.echo(show_settings(context, CONFORMANCE, command=command, as_json=as_json, secrets=SECRETS, mask=mask_url))
