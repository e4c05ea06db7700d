"""Rules for imports between the packages, and for what a command loads. Rules inside a package: pyproject.toml."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FROM_MOCKSTORE = {
    "mockstore.behaviours.registry": "starts an embedded store",
    "mockstore.server.embedded": "starts an embedded store",
    "mockstore.cli.settings_file": "the settings of both programs are read alike",
    "mockstore.cli.settings_table": "the settings of both programs are printed alike",
    "mockstore.inputs.files": "reads and writes files, for both programs alike",
    "mockstore.inputs.toml_text": "parses TOML, for both programs alike",
    "mockstore.shop.embedded_shops": "starts an embedded store",
    "mockstore.shop.suggestions": 'the one "did you mean" of both packages',
    "mockstore.shop.versions": "the supported versions",
    "mockstore.traffic.faults": "what embedded stores do to an importer",
    "mockstore.traffic.requests": "the journal's requests, read in one way by --watch and by the suite",
    "mockstore.traffic.rules": "rules of requests, the same for --watch and for the suite",
    "mockstore.shop.facts": "the control protocol's types",
    "mockstore.orders.covering": "orders to make: input, not output",
    "mockstore.orders.draft": "the control protocol's types",
    "mockstore.orders.factors": "orders to make: input, not output",
    "mockstore.orders.totals": "computes the totals of orders to make",
    "mockstore.orders.model": "the control protocol's types",
    "mockstore.orders.specimens": "orders to make: input, not output",
    "mockstore.orders.states": "a table of facts: states of the US and Canada",
    "mockstore.shop.shop": "a table of facts: statuses, and what units weigh",
}
"""What the suite imports from the mock store, and why."""

PROOF = ("mockstore.behaviours.defects", "mockstore.behaviours.variants")
"""What selfcheck judges, what texts name, and what importers are tried on. No verdict on a store depends on it."""

VERDICT = ("core", "contract", "client", "checks", "truth", "survey", "probes", "suite")
"""The parts of ``conformance`` that a verdict on a store depends on."""

READERS = ("mockstore.endpoint", "mockstore.behaviours.profiles", "mockstore.behaviours.patch")
"""Code that writes what the suite reads. If the suite used it, one misunderstanding would cancel itself out."""

HEAVY = ("aiohttp", "xmlschema", "faker", "pytest_bdd", "jinja2", "psycopg", "lxml", "pytest")


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def modules(package: str) -> list[Path]:
    """Return the Python files of a package."""
    found = sorted((ROOT / package).rglob("*.py"))
    assert found
    return found


def test_the_suite_takes_from_the_mock_store_only_what_is_listed() -> None:
    """The list has nothing that writes an export: the suite reads with its own parser."""
    wrong = [
        (str(path.relative_to(ROOT)), name)
        for path in modules("conformance")
        for name in imports(path)
        if name.split(".")[0] == "mockstore"
        and name not in FROM_MOCKSTORE
        and not (name in PROOF and path.relative_to(ROOT / "conformance").parts[0] not in VERDICT)
    ]
    assert not wrong
    assert not [name for name in FROM_MOCKSTORE if name.startswith(READERS)]


def test_what_is_listed_is_taken() -> None:
    """The suite imports everything on the list."""
    taken = {name for path in modules("conformance") for name in imports(path)}
    assert not FROM_MOCKSTORE.keys() - taken


def test_checks_do_no_input_or_output() -> None:
    """Checks are pure functions of evidence: they send no request, open no file and read no clock."""
    wrong = [
        (path.name, name)
        for path in modules("conformance/checks")
        for name in imports(path)
        if name.startswith(("aiohttp", "asyncio", "os", "pathlib", "time", "random", "conformance.client.http"))
    ]
    assert not wrong


@pytest.mark.parametrize("package", ["conformance", "mockstore"])
def test_help_loads_nothing_heavy(package: str) -> None:
    """``--help`` loads no heavy module, so that it answers at once."""
    code = (
        "import sys\n"
        f"from {package}.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print(*sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "Usage:" in done.stdout
    assert done.stderr.strip() == ""
