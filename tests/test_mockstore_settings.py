"""Options of ``mockstore serve`` in ``mockstore.toml`` and in variables, and ``mockstore config``."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mockstore.cli import serve
from mockstore.cli.main import main
from mockstore.cli.serve_options import ServeOptions

EXAMPLE = Path(__file__).parents[1] / "examples" / "mockstore.toml"


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Begin in an empty folder, without variables of the mock store."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("MOCKSTORE_")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[ServeOptions]:
    """The options with which stores would have been started."""
    options: list[ServeOptions] = []
    monkeypatch.setattr(serve, "run", options.append)
    return options


def said(*words: str, status: int = 0) -> str:
    """Return what a command prints."""
    done = CliRunner().invoke(main, words, auto_envvar_prefix="MOCKSTORE")
    assert done.exit_code == status, done.output
    return done.output


def test_the_command_line_counts_more_than_a_variable_and_a_variable_more_than_the_file(
    empty_folder: Path, started: list[ServeOptions], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names in the file are those of the options; another file can be named."""
    text = 'port = 9001\norders = 9002\nseed = 9003\ndefect = ["country-uk"]\nfault = "cut,times=2"\ncontrol = true\n'
    (empty_folder / "mockstore.toml").write_text(text)
    (empty_folder / "other.toml").write_text("[serve]\nseed = 5\n")
    monkeypatch.setenv("MOCKSTORE_SERVE_ORDERS", "8002")
    monkeypatch.setenv("MOCKSTORE_SERVE_PORT", "8001")
    said("serve", "--port", "7001")
    said("serve", "--config", "other.toml")
    first, second = started
    assert (first.port, first.orders, first.seed) == (7001, 8002, 9003)
    assert (first.defects, first.faults[0].typed, first.control) == (("country-uk",), "cut,times=2", True)
    assert (second.seed, second.control) == (5, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prot = 1", "mockstore.toml has an option that doesn't exist: prot. Did you mean port"),
        ("[serv]\nport = 1", "mockstore.toml has a table that doesn't exist: serv. Did you mean serve?"),
        ("defect = []\ndefects = []", "both set defects: delete one of them"),
        ("port = [1]", "port needs a single value, not a list"),
        ("port = 'x'", "'x' is not a valid integer"),
        ("port =", "mockstore.toml can't be read: Invalid value"),
        ("config = 'x.toml'", "has an option that doesn't exist: config"),
    ],
)
def test_a_wrong_file_is_one_sentence(text: str, message: str, empty_folder: Path) -> None:
    """The message names the place, and what is probably meant."""
    (empty_folder / "mockstore.toml").write_text(text)
    assert message in said("serve", status=2)


def test_what_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file, and a variable, that would have no effect without a word."""
    assert "no.toml can't be read: No such file" in said("serve", "--config", "no.toml", status=2)
    monkeypatch.setenv("MOCKSTORE_SERVE_PROT", "1")
    assert "MOCKSTORE_SERVE_PROT is named after no option. Did you mean MOCKSTORE_SERVE_PORT" in said("serve", status=2)


def test_config_tells_where_each_value_comes_from(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password of a database is not shown."""
    (empty_folder / "pyproject.toml").write_text("[tool.mockstore.serve]\nseed = 3\n")
    monkeypatch.setenv("MOCKSTORE_SERVE_STATE", "postgresql://me:hidden@db.example/x")
    rows = json.loads(said("config", "--json"))
    found = {row["option"]: (row["value"], row["source"]) for row in rows}
    assert found["seed"] == (3, "[tool.mockstore.serve] of pyproject.toml")
    assert found["state"] == ("postgresql://…@db.example/x", "variable MOCKSTORE_SERVE_STATE")
    assert found["port"] == (8080, "default")
    assert re.search(r"  seed +3 +\[tool\.mockstore\.serve\] of pyproject\.toml", said("config"))


def test_the_example_sets_nothing_and_names_every_option(empty_folder: Path) -> None:
    """examples/mockstore.toml is what ``--example`` prints; each line sets an option once its # is deleted."""
    printed = said("config", "--example")
    assert printed == EXAMPLE.read_text(encoding="utf-8"), "renew it: mockstore config --example"
    assert tomllib.loads(printed) == {"serve": {}}
    names = set(tomllib.loads(re.sub(r"^# (?=[\w-]+ = )", "", printed, flags=re.MULTILINE))["serve"])
    command = main.commands["serve"]
    options = [each for each in command.params if isinstance(each, click.Option) and each.name != "config"]
    assert names == {max(each.opts, key=len).lstrip("-") for each in options}


def test_own_orders_replace_those_that_the_store_makes(empty_folder: Path, started: list[ServeOptions]) -> None:
    """Others are added only if they are asked for; a wrong file ends the command."""
    said("orders", "--count", "3", "--specimens", "--save", "mine.csv")
    said("serve", "--orders-from", "mine.csv")
    said("serve", "--orders-from", "mine.csv", "--orders", "7", "--specimens")
    said("serve")
    assert [(each.orders, each.specimens, len(each.own_orders) > 3) for each in started] == [
        (0, False, True),
        (7, True, True),
        (500, True, False),
    ]
    (empty_folder / "bad.json").write_text('[{"customer": 1}]')
    assert "--orders-from bad.json, line 1: customer: Expected" in said("serve", "--orders-from", "bad.json", status=2)
