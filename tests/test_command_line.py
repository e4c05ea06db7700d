"""The commands as a user meets them: each test runs one in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
HEAVY = ("aiohttp", "xmlschema", "faker", "pytest_bdd", "pytest", "jinja2", "lxml", "rich")
ARGV = "import sys; from conformance.cli.main import main; sys.argv[0] = 'conformance'; "


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new interpreter."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_there_and_loads_nothing_heavy(command: str) -> None:
    """``--help`` of each command works without importing a heavy library."""
    code = f"{ARGV}import atexit; atexit.register(lambda: print('LOADED', *sys.modules)); main()"
    done = python(code, *filter(None, [command]), "--help")
    shown, _, loaded = done.stdout.partition("LOADED")
    assert done.returncode == 0, done.stderr
    assert "Usage: conformance" in shown
    assert not set(HEAVY) & set(loaded.split())


def test_a_command_that_does_not_exist_is_wrong_use() -> None:
    """A command that does not exist is one sentence and exit status 2."""
    done = python(f"{ARGV}main()", "jugde")
    assert done.returncode == 2
    assert "No such command 'jugde'" in done.stderr


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_80_columns(command: str) -> None:
    """No line of any help text is longer than 80 columns."""
    done = python(f"{ARGV}import os; os.environ['COLUMNS'] = '80'; main()", *filter(None, [command]), "--help")
    assert not [line for line in done.stdout.splitlines() if len(line) > 80]


@pytest.mark.parametrize(
    "words", [("list",), ("list", "--role", "importer"), ("explain", "CUS-4"), ("explain", "SHP-2")]
)
def test_what_is_asked_for_fits_80_columns(words: tuple[str, ...]) -> None:
    """``list`` and ``explain`` fit 80 columns, except for scenarios, which are shown as they are written."""
    shown = python(f"{ARGV}main()", *words).stdout
    said = shown.partition("Scenarios")[0] + shown.partition("Defects that violate it")[2]
    assert len(said.splitlines()) > 5
    assert not [line for line in said.splitlines() if len(line) > 80]


@pytest.mark.parametrize("word", ["customer", "CUS", "requests"])
def test_a_feature_is_no_requirement_to_explain(word: str) -> None:
    """``explain`` with a feature instead of a requirement names the requirements of the feature."""
    done = python(f"{ARGV}main()", "explain", word)
    assert done.returncode == 2
    assert "names several requirements: explain one of " in done.stderr
    assert "Traceback" not in done.stderr


def test_selfcheck_refuses_a_name_that_is_no_defect_or_variant() -> None:
    """A name that is no defect or variant is refused before judging, with similar names."""
    done = python(f"{ARGV}main()", "selfcheck", "backwards-400", "widow-in-shop-zone")
    assert done.returncode == 2
    assert "no defect or variant is called 'widow-in-shop-zone'. Did you mean window-in-shop-zone" in done.stderr
    assert not done.stdout


def test_selfcheck_refuses_a_page_that_cannot_be_written() -> None:
    """A page that cannot be written is refused before judging."""
    done = python(f"{ARGV}main()", "selfcheck", "--page", "/nowhere/page.md")
    assert done.returncode == 2
    assert done.stderr == "conformance: --page /nowhere/page.md can't be written: there is no folder /nowhere\n"


@pytest.mark.parametrize("more", [(), ("--declared",)])
def test_selfcheck_does_not_write_a_part_of_the_page(more: tuple[str, ...], tmp_path: Path) -> None:
    """The page of all defects is not replaced by the page of one."""
    page = tmp_path / "defects.md"
    page.write_text("all defects")
    done = python(f"{ARGV}main()", "selfcheck", "image-never-sent", "--page", str(page), *more)
    assert done.returncode == 2
    assert f"{page} is about all, and would lose those that are not named" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert page.read_text() == "all defects"


def test_selfcheck_renews_the_page_without_judging(tmp_path: Path) -> None:
    """``--declared`` writes the page of docs/ from what defects and variants declare, without judging."""
    page = tmp_path / "defects.md"
    done = python(f"{ARGV}main()", "selfcheck", "--declared", "--page", str(page))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert page.read_text(encoding="utf-8") == (ROOT / "docs" / "defects.md").read_text(encoding="utf-8")


def test_selfcheck_needs_a_page_for_what_is_declared() -> None:
    """``--declared`` without a page is refused."""
    done = python(f"{ARGV}main()", "selfcheck", "--declared")
    assert (done.returncode, done.stderr) == (2, "conformance: --declared needs --page FILE\n")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "conformance.toml",
            'scop = "truth"',
            "conformance.toml has an option that doesn't exist: scop. Did you",
        ),
        ("conformance.toml", "scope = = 1", "conformance.toml can't be read: "),
        (
            "conformance.toml",
            'import-command = "x {url}"',
            "conformance.toml has an option that doesn't exist: import_command. Options of 'conformance importer'",
        ),
        ("conformance.toml", "timeout = [3]", "conformance.toml: timeout needs a single value, not a list"),
        ("conformance.toml", f"timeout = {'9' * 400}", "Invalid value for '--timeout'"),
        ("pyproject.toml", "[tool]\nconformance = 3", "pyproject.toml: [tool.conformance] must be a table of options"),
    ],
)
def test_a_configuration_that_is_wrong_is_named(name: str, text: str, told: str, tmp_path: Path) -> None:
    """A wrong configuration is refused with the name of the file, before a run begins."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    code = f"import os, sys; sys.path.insert(0, os.getcwd()); os.chdir({str(tmp_path)!r}); {ARGV}main()"
    done = python(code, "run", "--only", "CON-1")
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worksheet_is_not_written_over(tmp_path: Path) -> None:
    """A worksheet is not overwritten without ``--force``; the message names the files."""
    assert python(f"{ARGV}main()", "worksheet", str(tmp_path)).returncode == 0
    done = python(f"{ARGV}main()", "worksheet", str(tmp_path))
    assert done.returncode == 2
    assert "worksheet-baseline.toml are in " in done.stderr
    assert "--force" in done.stderr
