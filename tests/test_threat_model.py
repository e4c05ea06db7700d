"""The threat model names tests that exist, and the suite only reads unless it may write."""

from __future__ import annotations

import ast
import json
import re
import urllib.request
from pathlib import Path

import pytest

from tests.support.processes import TOKEN, USERNAME, conformance, mock_store

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "threat-model.md"
SECTIONS = (
    *("Shop → suite", "Suite → shop", "Importer → mock store", "Web page → mock store", "Report → reader"),
    *("Importer program → machine", "Other users of the machine"),
)


def sections() -> dict[str, str]:
    """Return the sections of the page: title → text."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_test_on_the_page_exists() -> None:
    """A promise without its test would be a wish."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 30
    for file, name in named:
        defined = {
            node.name for node in ast.parse((ROOT / file).read_text(encoding="utf-8")).body if hasattr(node, "name")
        }
        assert name in defined, f"{file}::{name}"


def test_every_promise_names_a_test() -> None:
    """Each row of the promises has at least one test, and each attack says what is not promised."""
    assert tuple(sections()) == SECTIONS
    for title, text in sections().items():
        promises = text.partition("| promised | test |\n|---|---|\n")[2].partition("\n\n")[0].splitlines()
        assert promises, title
        assert all("`tests/" in row.rpartition(" | ")[2] for row in promises), title
        assert "Not promised: " in text, title


@pytest.mark.parametrize("page", ["README.md", "SECURITY.md"])
def test_the_page_is_found(page: str) -> None:
    """The pages that people read first link to the threat model."""
    assert "docs/threat-model.md" in (ROOT / page).read_text(encoding="utf-8")


def test_a_run_without_leave_only_reads(tmp_path: Path) -> None:
    """Without --allow-writes the endpoint gets GET requests only, none of which is a notification, and no order."""
    with mock_store("--orders", "20", "--no-specimens") as store:
        orders = numbers(f"{store.control}/orders")
        options = ("--control", store.control, "--username", USERNAME, "--no-record", "--report-dir", str(tmp_path))
        done = conformance("run", store.url, *options)
        assert done.returncode in (0, 3), done.stdout + done.stderr
        journal = asked(f"{store.control}/journal?after=0")["requests"]
        assert len(journal) > 20
        assert {entry["method"] for entry in journal} == {"GET"}
        assert not [entry for entry in journal if "shipnotify" in entry["target"].lower()]
        assert numbers(f"{store.control}/orders") == orders


def asked(url: str) -> dict[str, list[dict[str, str]]]:
    """Return a reply of the control protocol."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        answer: dict[str, list[dict[str, str]]] = json.load(reply)
        return answer


def numbers(url: str) -> list[tuple[str, str]]:
    """Return number and last change of every order."""
    everything = "?modified_from=2000-01-01T00:00:00Z&modified_to=2099-01-01T00:00:00Z"
    return [(each["order_number"], each["modified_at"]) for each in asked(url + everything)["orders"]]
