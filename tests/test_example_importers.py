"""The example importers in examples/importers, judged by the suite, and the lines of the guide to writing one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.importing import conformance_importer, only
from tests.support.processes import ROOT

FOLDER = ROOT / "examples" / "importers"
GUIDE = ROOT / "docs" / "how-to" / "write-an-importer.md"


def runs(*words: str) -> bool:
    """True if the program is installed and ends with status 0."""
    return (
        shutil.which(words[0]) is not None and subprocess.run(words, check=False, capture_output=True).returncode == 0
    )


HAS_NODE = runs("node", "-e", "process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)")
HAS_PACKAGES = (FOLDER / "node" / "node_modules" / "fast-xml-parser").is_dir()
HAS_PHP = runs("php", "-r", "exit(PHP_VERSION_ID >= 80100 && function_exists('simplexml_load_string') ? 0 : 1);")

NEEDS_NODE = pytest.mark.skipif(
    not (HAS_NODE and HAS_PACKAGES),
    reason="Node 18 or fast-xml-parser isn't installed (npm ci in examples/importers/node)",
)
NEEDS_PHP = pytest.mark.skipif(
    not HAS_PHP, reason="PHP 8.1 with SimpleXML isn't installed (apt-get install php-cli php-xml)"
)


@dataclass(frozen=True)
class Example:
    """An example: its folder, the program that runs it, and the SHOULD requirements that it does not fulfil."""

    name: str
    program: str
    lacks: frozenset[str] = frozenset()

    def commands(self) -> list[str]:
        """Return the commands of its README, as options."""
        folder = FOLDER / self.name
        text = (folder / "README.md").read_text(encoding="utf-8")
        found = re.findall(r"(--(?:import|ship)-command) '\w+ (connector\.\w+) ([^']+)'", text)
        return [
            word
            for option, connector, arguments in found
            for word in (option, f"{self.program} {folder / connector} {arguments}")
        ]


PYTHON = pytest.param(Example("python", sys.executable), id="python")
NODE = pytest.param(Example("node", "node"), id="node", marks=NEEDS_NODE)
PHP = pytest.param(Example("php", "php", frozenset({"IMP-14"})), id="php", marks=NEEDS_PHP)
EXAMPLES = [PYTHON, NODE, PHP]
NEWEST_STORE = ("IMP-5", "IMP-8", "IMP-9")


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_imports_every_hard_case(example: Example, tmp_path: Path) -> None:
    """Values, left-out orders and statuses are right."""
    run = conformance_importer(tmp_path, *example.commands(), *only(*NEWEST_STORE))
    assert run.status == 0, run.printed
    assert run.verdicts("conforms") == set(NEWEST_STORE)


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_sends_right_notifications(example: Example, tmp_path: Path) -> None:
    """Query and body have the values of each shipment."""
    run = conformance_importer(tmp_path, *example.commands(), *only("IMP-12"))
    assert run.status == 0, run.printed
    assert run.verdicts("conforms") == {"IMP-12"}


def conforms_in_everything(example: Example, folder: Path) -> None:
    """Judge every requirement: all are judged, and every MUST conforms."""
    run = conformance_importer(folder, *example.commands())
    assert run.status == 0, run.printed
    assert run.verdicts("deviates") == example.lacks, run.printed
    assert not run.verdicts("error", "not-exercised"), run.reasons


@pytest.mark.slow
@pytest.mark.parametrize("example", [PHP])
def test_the_fastest_example_conforms_in_everything(example: Example, tmp_path: Path) -> None:
    """PHP starts in a few milliseconds, so that CI has time for a whole run."""
    conforms_in_everything(example, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("example", [PYTHON, NODE])
def test_every_example_conforms_in_everything(example: Example, tmp_path: Path) -> None:
    """Every requirement is judged, and conforms."""
    conforms_in_everything(example, tmp_path)


def check_guide(language: str, words: list[str], folder: Path, opening: str = "") -> None:
    """Run the guide's blocks of a language as one program: it prints what the guide shows, line by line."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    code = opening + "".join(blocks)
    expected = re.findall(r"^(?:#|//) (→ .*)$", code, re.MULTILINE)
    done = subprocess.run(
        words, input=code, capture_output=True, text=True, check=False, cwd=folder, timeout=60, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == expected
    assert len(expected) >= 7


def test_the_guide_is_right_about_python(tmp_path: Path) -> None:
    """The lines print what the guide shows."""
    check_guide("python", [sys.executable, "-X", "utf8", "-"], tmp_path)


@NEEDS_NODE
def test_the_guide_is_right_about_node() -> None:
    """The lines print what the guide shows. They find the package from the folder of the example."""
    check_guide("js", ["node", "--input-type=module"], FOLDER / "node")


@NEEDS_PHP
def test_the_guide_is_right_about_php(tmp_path: Path) -> None:
    """The lines print what the guide shows."""
    check_guide("php", ["php"], tmp_path, "<?php\n")
