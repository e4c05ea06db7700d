"""The encoding of a body, told by its bytes."""

from __future__ import annotations

import codecs

import pytest

from conformance.client.encoding import decoded, encoding_of

TEXT = "<Orders><Name>Zoë Groß</Name></Orders>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("cut", [0, 1, 3])
def test_the_text_is_found_in_every_encoding(encoding: str, cut: int) -> None:
    """Also if the body is cut within a character."""
    body = TEXT.encode(encoding)
    assert "<Name>Zoë Groß</Name>" in decoded(body[: len(body) - cut])


def test_big_endian_marks_are_known() -> None:
    """A mark tells the sequence of bytes."""
    assert "Zoë" in decoded(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"))
    assert "Zoë" in decoded(codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"))


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("iso-8859-1", "Zoë"),
        ("Windows-1252", "Zoë"),
        ("hex", "Zo\ufffd"),
        ("utf-16", "Zo\ufffd"),
        ("x" * 99, "Zo\ufffd"),
    ],
)
def test_a_declaration_counts_for_bytes_that_are_not_utf_8(declared: str, expected: str) -> None:
    """Names of other codecs are not tried."""
    assert expected in decoded(f'<?xml version="1.0" encoding="{declared}"?>{TEXT}'.encode("latin-1"))


def test_a_wrong_declaration_does_not_count() -> None:
    """The bytes are UTF-8."""
    assert encoding_of(f'<?xml version="1.0" encoding="iso-8859-1"?>{TEXT}'.encode()) == "utf-8"
    assert encoding_of(b"") == "utf-8"
