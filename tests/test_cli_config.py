"""Settings in files and variables, and ``conformance config``, which tells where each value comes from."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from conformance.cli.config import config
from conformance.cli.config_file import CONFORMANCE
from conformance.cli.importer_options import ImporterOptions
from conformance.cli.main import main
from conformance.cli.run_options import RunOptions
from mockstore.cli.settings_file import settings_for

EXAMPLE = Path(__file__).parents[1] / "examples" / "conformance.toml"


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Begin in an empty folder, without variables of the suite."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CONFORMANCE_")]:
        monkeypatch.delenv(name)
    return tmp_path


def context(command: str, *words: str) -> click.Context:
    """Return the context of a command with these arguments, as the command line makes it."""
    parent = click.Context(main, info_name="conformance", auto_envvar_prefix="CONFORMANCE")
    found = main.get_command(parent, command)
    assert found is not None
    return found.make_context(command, list(words), parent=parent)


def run_options(*words: str) -> RunOptions:
    return RunOptions.of(context("run", *words).params)


def effective(*words: str) -> list[dict[str, object]]:
    """Return what ``conformance config --json`` prints."""
    with context("config", "--json", *words) as entered, entered.scope():
        lines: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(click, "echo", lines.append)
            config.invoke(entered)
    (text,) = lines
    found: list[dict[str, object]] = json.loads(text)
    return found


def refused(command: str) -> str:
    """Return the message with which a command is refused."""
    with pytest.raises(click.UsageError) as error:
        context(command)
    return error.value.format_message()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("conformance.toml", 'scope = "truth"\nonly = ["GIF"]\nmax-orders = 3\n[importer]\nlimit = 5\n'),
        ("conformance.toml", '[run]\nscope = "truth"\nonly = "GIF"\nmax_orders = 3\n[importer]\nlimit = 5\n'),
        ("conformance.toml", 'scope = "truth"\n[run]\nonly = ["GIF"]\nmax-orders = 3\n[importer]\nlimit = 5\n'),
        (
            "pyproject.toml",
            '[tool.conformance]\nscope = "truth"\n[tool.conformance.run]\nonly = ["GIF"]\nmax-orders = 3\n'
            "[tool.conformance.importer]\nlimit = 5\n",
        ),
    ],
)
def test_each_command_has_a_table(file: str, text: str, empty_folder: Path) -> None:
    """Options of ``run`` may come before any table, too. Dashes and underscores mean the same."""
    (empty_folder / file).write_text(text, encoding="utf-8")
    options = run_options()
    assert (options.scope, options.only, options.max_orders) == ("truth", ("GIF",), 3)
    assert ImporterOptions.of(context("importer").params).limit == 5


def test_the_command_line_counts_most(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable counts more than the file, and the command line more than both."""
    (empty_folder / "conformance.toml").write_text('[run]\nscope = "truth"\nlevel = "should"\nrate = 2\n')
    monkeypatch.setenv("CONFORMANCE_RUN_SCOPE", "full")
    monkeypatch.setenv("CONFORMANCE_RUN_LEVEL", "must")
    monkeypatch.setenv("CONFORMANCE_RUN_URL", "https://shop.example/")
    options = run_options("--scope", "observation")
    assert (options.scope, options.level, options.rate) == ("observation", "must", 2)
    assert options.url == "https://shop.example/"


@pytest.mark.parametrize(
    ("command", "content", "message"),
    [
        ("run", b"[runn]\nscope = 'truth'", "conformance.toml has a table that doesn't exist: runn. Did you mean run?"),
        ("importer", b"[importr]\nlimit = 5", "a table that doesn't exist: importr. Did you mean importer?"),
        ("run", b"scope='truth'\n[run]\nscope='full'", "conformance.toml and [run] of conformance.toml both set scope"),
        ("run", b"[run]\nscop = 'truth'", "[run] of conformance.toml has an option that doesn't exist: scop. Did you"),
        ("run", b"[run]\nlimit = 5", "Options of 'conformance importer' belong in a table [importer]."),
        ("importer", b"[importer]\nscope = 'full'", "Options of 'conformance run' belong in a table [run]."),
        ("run", b"run = 3", "[run] must be a table of options"),
        ("run", b"\x00\x9f\xa8binary", "conformance.toml can't be read: it isn't UTF-8 text"),
        ("config", b"", ""),
    ],
)
def test_a_wrong_file_is_one_sentence(command: str, content: bytes, message: str, empty_folder: Path) -> None:
    """The message names the place, and what is probably meant."""
    (empty_folder / "conformance.toml").write_bytes(content)
    if message:
        assert message in refused(command)
    else:
        assert effective()


def test_a_pyproject_that_cannot_be_read_is_named(empty_folder: Path) -> None:
    """Its settings would have no effect without a word."""
    (empty_folder / "pyproject.toml").write_bytes(b"\xa8\x00")
    assert refused("run") == "pyproject.toml can't be read: it isn't UTF-8 text"


def test_a_variable_that_sets_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable with a typing mistake would have no effect without a word."""
    monkeypatch.setenv("CONFORMANCE_RUN_LEVLE", "should")
    assert "CONFORMANCE_RUN_LEVLE is named after no option. Did you mean CONFORMANCE_RUN_LEVEL" in refused("run")


def test_a_wrong_file_does_not_stop_shell_completion(empty_folder: Path) -> None:
    """The shell completes options, whatever the file says."""
    (empty_folder / "conformance.toml").write_bytes(b"\x00\xa8")
    completion = ShellComplete(main, {}, "conformance", "_CONFORMANCE_COMPLETE")
    assert "--level" in [item.value for item in completion.get_completions(["run"], "--le")]


def test_config_tells_where_each_value_comes_from(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a secret it only tells that it is set."""
    (empty_folder / "conformance.toml").write_text(
        'scope = "truth"\n[run]\nonly = ["GIF", "CUS-4"]\n[importer]\nlimit = 5\n'
    )
    monkeypatch.setenv("CONFORMANCE_RUN_LEVEL", "should")
    monkeypatch.setenv("CONFORMANCE_RUN_URL", "https://me:hidden@shop.example/")
    monkeypatch.setenv("CONFORMANCE_PASSWORD", "hidden")
    rows = effective()
    assert "hidden" not in json.dumps(rows)
    found = {(row["command"], row["option"]): (row["value"], row["source"]) for row in rows}
    assert found["run", "scope"] == ("truth", "conformance.toml")
    assert found["run", "only"] == (["GIF", "CUS-4"], "[run] of conformance.toml")
    assert found["run", "level"] == ("should", "variable CONFORMANCE_RUN_LEVEL")
    assert found["run", "max-orders"] == (40, "default")
    assert found["run", "$CONFORMANCE_PASSWORD"] == ("(set)", "environment")
    assert found["importer", "limit"] == (5.0, "[importer] of conformance.toml")


def test_config_prints_a_table(empty_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table of one command has a line for each option."""
    (empty_folder / "conformance.toml").write_text('[run]\nonly = ["GIF", "CUS-4"]\n')
    with context("config", "run") as entered:
        config.invoke(entered)
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(
        r"  only +GIF, CUS-4 +\[run\] of conformance\.toml", next(line for line in lines if "only" in line)
    )
    assert len(lines) == 2 + len(context("run").command.params)
    assert not [line for line in lines if len(line) > 80]


def test_the_example_sets_nothing_and_names_every_option(
    empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """examples/conformance.toml is what ``--example`` prints; each line sets an option once its # is deleted."""
    with context("config", "--example") as entered:
        config.invoke(entered)
    printed = capsys.readouterr().out
    assert printed == EXAMPLE.read_text(encoding="utf-8"), "renew it: conformance config --example"
    assert tomllib.loads(printed) == {"run": {}, "importer": {}}
    (empty_folder / "conformance.toml").write_text(re.sub(r"^# (?=[\w-]+ = )", "", printed, flags=re.MULTILINE))
    for command in ("run", "importer"):
        names = {parameter.name for parameter in context_without_file(command).command.params}
        assert settings_for(CONFORMANCE, command).keys() == names


def context_without_file(command: str) -> click.Context:
    """Return the context of ``--help``, which reads no file."""
    parent = click.Context(main, info_name="conformance")
    found = main.get_command(parent, command)
    assert found is not None
    return click.Context(found, info_name=command, parent=parent)
