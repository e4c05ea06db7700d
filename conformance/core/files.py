"""Reads files that the user names, up to a limit, and writes files as a whole: the functions of the mock store."""

from __future__ import annotations

from mockstore.inputs.files import MAX_BYTES, MAX_EVIDENCE_BYTES, read_bounded, read_small_file, write_whole

__all__ = ["MAX_BYTES", "MAX_EVIDENCE_BYTES", "read_bounded", "read_small_file", "write_whole"]
