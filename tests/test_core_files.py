"""Tests of reading files that the user names."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click import UsageError

from conformance.cli.credentials import read_secret
from conformance.cli.multi_target import read_targets
from conformance.core.files import MAX_BYTES, read_small_file
from conformance.importer.mapping import WrongMapping, read_mapping
from conformance.report.baseline import BaselineError, read_baseline
from conformance.truth.worksheet.form import WorksheetError, read_form
from tests.fuzz.suite_surfaces import run_options

ENDLESS = Path("/dev/zero")
endless = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/zero")


@endless
def test_a_file_without_end_is_refused() -> None:
    """Every kind of file that an option names is read up to a limit."""
    why = "it has more than 16 MB"
    with pytest.raises(BaselineError, match=why):
        read_baseline(ENDLESS, ())
    with pytest.raises(WorksheetError, match=why):
        read_form(ENDLESS)
    with pytest.raises(WrongMapping, match=why):
        read_mapping(ENDLESS)
    with pytest.raises(UsageError, match=why):
        read_targets(ENDLESS, run_options())
    with pytest.raises(UsageError, match=why):
        read_secret(None, str(ENDLESS), "", "password")


def test_a_file_up_to_the_limit_is_read(tmp_path: Path) -> None:
    """A byte order mark is no part of its text."""
    path = tmp_path / "x"
    path.write_bytes(b"\xef\xbb\xbf" + b"a" * (MAX_BYTES - 3))
    assert len(read_small_file(path)) == MAX_BYTES - 3
    path.write_bytes(b"a" * (MAX_BYTES + 1))
    with pytest.raises(OSError, match="it has more than 16 MB"):
        read_small_file(path)
