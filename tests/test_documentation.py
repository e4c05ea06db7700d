"""The pages of the documentation: links lead somewhere, and the tutorial's commands work as they are written."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from conformance.cli.main import main as conformance
from mockstore.cli.main import main as mockstore
from tests.support.processes import ROOT, free_port

PAGES = sorted(
    page
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "features/*.md",
        "schemas/*.md",
        "tests/*/README.md",
        "examples/importers/*/README.md",
    )
    for page in ROOT.glob(pattern)
)
IN_THE_SITE_ONLY = {"requirements.md", "importer-requirements.md"}
"""Pages that docs/site_pages.py makes."""
WAIT = "until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.05; done"
"""Wait until something listens on the port."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    """Links within the repository name files that exist."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in link]
    missing = [link for link in links if not (page.parent / link).exists() and link not in IN_THE_SITE_ONLY]
    assert not missing


def test_every_page_is_in_the_site() -> None:
    """The navigation names every page of docs/, so that none can be found by search only."""
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    missing = [
        page for page in PAGES if page.is_relative_to(ROOT / "docs") and str(page.relative_to(ROOT)) not in navigation
    ]
    assert not missing


def blocks(page: str) -> list[tuple[str, list[str]]]:
    """Return the commands of each console block, and the lines of the text block that follows, if any."""
    found: list[tuple[str, list[str]]] = []
    for language, content in re.findall(r"^```(\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        if language == "console":
            found.append((content, []))
        else:
            found[-1][1].extend(content.splitlines())
    return found


@pytest.mark.slow
def test_the_tutorial_works_as_written(tmp_path: Path) -> None:
    """One shell runs every block (but the installation); each prints the lines that the page shows below it."""
    port = str(free_port())
    page = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8").replace("8765", port)
    (_, *steps) = blocks(page)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    script = ["set -m"]  # as in an interactive shell, each command started with & is a job of its own
    for number, (commands, _) in enumerate(steps):
        waiting = WAIT.format(port=port) if commands.rstrip().endswith("&") else ""
        script += [f"{{ {commands.strip()}", f"}} >block-{number} 2>&1", f"echo $? >status-{number}", waiting]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CONFORMANCE_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for number, (commands, expected) in enumerate(steps):
        printed = (tmp_path / f"block-{number}").read_text(encoding="utf-8")
        assert [line for line in expected if line not in printed] == [], f"{commands}\n{printed}"
        assert (tmp_path / f"status-{number}").read_text().strip() == ("1" if "DEVIATES:" in expected else "0"), printed


def commands_of(page: Path) -> list[list[str]]:
    """Return the words of each ``conformance`` or ``mockstore`` command in the console blocks of a page."""
    content = "".join(re.findall(r"^```console\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))
    lines = content.replace("\\\n", " ").splitlines()
    begins = (line.removeprefix("$ ").removeprefix(".conformance/bin/") for line in lines)
    found = [shlex.split(line, comments=True) for line in begins if line.startswith(("conformance ", "mockstore "))]
    cut = [next((at for at, word in enumerate(words) if word in (">", "|", "&", ";")), len(words)) for words in found]
    return [words[:end] for words, end in zip(found, cut, strict=True) if "…" not in words]


@pytest.mark.parametrize("page", [page for page in PAGES if commands_of(page)], ids=lambda page: page.name)
def test_every_command_has_the_options_that_the_pages_use(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line accepts each command as it is written; nothing is run."""
    monkeypatch.chdir(tmp_path)
    for program, *words in commands_of(page):
        group = {"conformance": conformance, "mockstore": mockstore}[program]
        context = click.Context(group, info_name=program)
        if words[0].startswith("-"):
            assert words[0] in {option for parameter in group.get_params(context) for option in parameter.opts}
            continue
        command = group.get_command(context, words[0])
        assert command is not None, words
        command.make_context(words[0], words[1:], parent=context)
