"""Tests of the commands that start an importer."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from conformance.importer.command import IMPORT_PLACEHOLDERS, WrongCommand, parse_command


@given(st.text(max_size=30))
def test_any_command_is_parsed_or_rejected_with_a_message(text: str) -> None:
    """Filling in the placeholders keeps the number of words."""
    with contextlib.suppress(WrongCommand):
        command = parse_command("--import-command", text, IMPORT_PLACEHOLDERS)
        assert len(command.fill(dict.fromkeys(IMPORT_PLACEHOLDERS, "x y"))) == len(command.words)
