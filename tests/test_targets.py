"""``--targets``: a report for each endpoint, an overview, and the worst exit status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import USERNAME, Served, conformance, mock_store
from tests.support.scripted import Reply, scripted


@pytest.fixture(scope="module")
def store() -> Iterator[Served]:
    """Start a correct store."""
    with mock_store(
        *(
            "--version",
            "4.3.4",
            "--orders",
            "10",
            "--rest-user",
            "a@shop.example",
            "--rest-key-env",
            "CONFORMANCE_CONTROL_TOKEN",
        )
    ) as served:
        yield served


def target(name: str, url: str, *more: str) -> str:
    """Return an entry of the file."""
    return "\n".join(["[[target]]", f'name = "{name}"', f'url = "{url}"', f'username = "{USERNAME}"', *more, ""])


def test_each_gets_a_report_and_all_an_overview(store: Served, tmp_path: Path) -> None:
    """One endpoint conforms, one deviates, one does not exist; the options of an entry apply only to it."""
    with scripted(lambda asked: Reply(body=b"no document")) as wrong:
        entries = [
            target("good shop", store.url),
            target("wrong", wrong.place),
            target("gone", "http://127.0.0.1:9/", 'only = ["CON-3"]'),
        ]
        (tmp_path / "targets.toml").write_text("\n".join(entries))
        options = ("--scope", "observation", "--only", "CON-1", "--report-dir", str(tmp_path / "out"), "--jobs", "2")
        done = conformance("run", "--targets", str(tmp_path / "targets.toml"), *options)
    assert done.returncode == 1, done.stderr + done.stdout
    told = json.loads((tmp_path / "out" / "overview.json").read_bytes())
    assert {each["name"]: each["exit_status"] for each in told["targets"]} == {"good shop": 0, "wrong": 1, "gone": 3}
    for name in ("good shop", "wrong", "gone"):
        assert (tmp_path / "out" / name / "report.html").is_file()
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "1 of 3 endpoints conform" in page
    assert page.index("wrong/report.html") < page.index("gone/report.html") < page.index("good shop/report.html")


def test_each_has_a_way_to_the_truth_of_its_own(store: Served, tmp_path: Path) -> None:
    """Two targets have different sources of truth, the control protocol and CS-Cart's REST API, and may be changed."""
    rest = (
        f'cscart_api = "{store.url.partition("?")[0]}api"',
        'cscart_user = "a@shop.example"',
        'cscart_key_env = "CONFORMANCE_CONTROL_TOKEN"',
        'shipped_status = ["Complete"]',
        "allow_writes = true",
    )
    control = (f'control = "{store.control}"', "allow_writes = true")
    entries = [target("by REST", store.url, *rest), target("by control", store.url, *control)]
    (tmp_path / "targets.toml").write_text("\n".join(entries))
    options = ("--only", "CUS-4", "--only", "SHP-2", "--report-dir", str(tmp_path / "out"), "--jobs", "1")
    done = conformance("run", "--targets", str(tmp_path / "targets.toml"), *options)
    assert done.returncode == 0, done.stderr + done.stdout
    for name in ("by REST", "by control"):
        told = json.loads((tmp_path / "out" / name / "report.json").read_bytes())
        assert {each["requirement"]: each["verdict"] for each in told["results"]} == {
            "CUS-4": "conforms",
            "SHP-2": "conforms",
        }


PLACE = "http://127.0.0.1:9/"
MISTAKES = {
    "two of one name": (target("a", PLACE) + target("A", PLACE), "are named A"),
    "no name": (f'[[target]]\nurl = "{PLACE}"', "needs a name"),
    "a name that leads elsewhere": (target("../a", PLACE), "needs a name"),
    "no url": ('[[target]]\nname = "a"', "target a of"),
    "an option that isn't": (target("a", PLACE, "usrname = 3"), "Did you mean username?"),
    "an option of the wrong kind": (target("a", PLACE, 'allow_writes = "yes"'), "can't be its allow_writes"),
    "a scope that isn't": (target("a", PLACE, 'scope = "all"'), "scope is one of"),
    "a password that isn't there": (target("a", PLACE, 'password_env = "NOT_SET"'), "target a: the environment has no"),
    "nothing": ("", "has no target"),
    "no TOML": ("[[target", "can't be read"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_list_is_named(name: str, tmp_path: Path) -> None:
    """A mistake in the list is named before any request is made."""
    text, sentence = MISTAKES[name]
    (tmp_path / "targets.toml").write_text(text)
    done = conformance("run", "--targets", str(tmp_path / "targets.toml"), "--report-dir", str(tmp_path / "out"))
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
