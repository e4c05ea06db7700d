"""The configuration file of ``conformance``: see :mod:`mockstore.cli.settings_file`, which both programs use."""

from __future__ import annotations

from mockstore.cli.settings_file import Configured as ConfiguredCommand
from mockstore.cli.settings_file import Program

CONFORMANCE = Program("conformance", ("run", "importer"))


class Configured(ConfiguredCommand):
    """A command that also takes its options from ``conformance.toml``, or from ``pyproject.toml``."""

    program = CONFORMANCE
