"""No secret is in anything that a run writes or prints, even if the endpoint or the importer repeats it everywhere.

Every test runs the command in a process of its own and searches each byte that it left for each form of each secret.
"""

from __future__ import annotations

import gzip
import re
import sys
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import pytest

from conformance.report import views
from tests.support.echoing import echoing, forms_of
from tests.support.processes import USERNAME, conformance, free_port

PASSWORD = "Zq9\"x&K/<ö'7+ \\w"
TOKEN = "tok-8Vd+3/Lm=Q-" + "9f8e7d6c5b4a" * 6
IN_URL = "legacy-Pw/55"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that a terminal obeys, or that change the order or the number of lines."""
FEW = ("--only", "CON", "--only", "ORD-1", "--only", "WIN-1", "--only", "PAG-1")


def credentials() -> dict[str, str]:
    """Return every form of every secret: name → form. Those of the wrong credentials that the suite sends, too."""
    near = {"without its last character": PASSWORD[:-1], "in another case": PASSWORD.swapcase()}
    secrets = {"password": PASSWORD, "token": TOKEN, "URL": IN_URL, **near}
    forms = {f"{name}, {kind}": form for name, secret in secrets.items() for kind, form in forms_of(secret).items()}
    pairs = {"pair": PASSWORD, **{f"pair {kind}": secret for kind, secret in near.items()}}
    forms |= {name: b64encode(f"{USERNAME}:{secret}".encode()).decode() for name, secret in pairs.items()}
    # what is left of a secret that a message cuts
    forms |= {"beginning": PASSWORD[:8], "token's beginning": TOKEN[:10], "base64": forms["pair"][:24]}
    return forms | {"token in base64": b64encode(TOKEN.encode()).decode()[:10]}


def contents(folder: Path) -> dict[str, str]:
    """Return what each file below a folder has, unpacked: its name → its text."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found[path.name] = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8", "replace")
    return found


def shown(done: CompletedProcess[str]) -> dict[str, str]:
    """Return what a command printed; its lines are joined, because a terminal breaks a long word."""
    printed = {"standard output": done.stdout, "standard error": done.stderr}
    return printed | {f"{name}, joined": re.sub(r"\n\s*", "", text) for name, text in printed.items()}


def assert_hidden(texts: dict[str, str], forms: dict[str, str]) -> None:
    """No text has any form of a secret."""
    assert not [(place, name) for place, text in texts.items() for name, form in forms.items() if form in text]


def assert_harmless(texts: dict[str, str]) -> None:
    """No text has a character that a terminal obeys."""
    assert not [(place, hit) for place, text in texts.items() if (hit := OBEYED.findall(text))]


def options(*more: str) -> Iterable[str]:
    """Return options of a run at an endpoint with credentials in its URL."""
    return ("--username", USERNAME, *FEW, *more)


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for temporary files of all runs."""
    return tmp_path_factory.mktemp("temporary")


def environment(temporary: Path) -> dict[str, Any]:
    """Return the credentials of the runs."""
    return {
        "CONFORMANCE_PASSWORD": PASSWORD,
        "CONFORMANCE_CONTROL_TOKEN": TOKEN,
        "TMPDIR": str(temporary),
        "COLUMNS": "300",
    }


def test_an_endpoint_that_repeats_the_request(tmp_path: Path, temporary: Path) -> None:
    """Password, pair and credentials in the URL are in no file and on no terminal, and a recheck decides alike."""
    report = tmp_path / "report"
    with echoing() as endpoint:
        url = f"{endpoint.url}&SS-UserName=legacy-name&ss-password={quote(IN_URL, safe='')}"
        done = conformance("run", url, *options("-v", "--report-dir", str(report)), **environment(temporary))
    assert done.returncode in (1, 3), done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    again = conformance("recheck", str(report), **environment(temporary))
    assert again.returncode == 0, again.stdout + again.stderr
    files = contents(report)
    texts = files | shown(done) | {f"again, {name}": text for name, text in shown(again).items()}
    assert_hidden(texts, credentials())
    assert_hidden({"ps": b"\n".join(endpoint.command_lines).decode("utf-8", "replace")}, credentials_without_url())
    assert_harmless({name: text for name, text in texts.items() if not name.endswith(".gz")})
    assert "exchanges" in {path.name for path in report.iterdir()}
    assert any(name.removesuffix(".txt").isdigit() for name in files)
    assert not list(temporary.iterdir())
    advice = [notice for notice in views.read(report).notices if "credentials in its query" in notice]
    assert len(advice) == 1
    assert "SS-UserName, ss-password" in advice[0]
    assert "ss-password=…" in views.read(report).target


def credentials_without_url() -> dict[str, str]:
    """Return the forms of the secrets that no command line has; the URL is an argument of the user's own command."""
    return {name: form for name, form in credentials().items() if not name.startswith("URL")}


def test_a_control_protocol_that_repeats_the_token(tmp_path: Path, temporary: Path) -> None:
    """Also with several targets, workers and redaction: in the overview, in every report, on the terminal."""
    with echoing() as endpoint:
        targets = tmp_path / "targets.toml"
        names = ("one", "two")
        tables = (
            f'[[target]]\nname = "{name}"\nurl = "{endpoint.url}"\nusername = "{USERNAME}"\n'
            + (f'control = "{endpoint.control}"\n' if name == "one" else "")
            for name in names
        )
        targets.write_text("\n".join(tables))
        report = tmp_path / "report"
        arguments = ("--targets", str(targets), "--redact", "--report-dir", str(report), *FEW)
        done = conformance("run", *arguments, **environment(temporary))
    assert done.returncode in (1, 3), done.stdout + done.stderr
    texts = contents(report) | shown(done)
    assert "can't learn what the store holds" in texts["overview.json"]
    assert_hidden(texts, credentials())
    assert_harmless({name: text for name, text in texts.items() if not name.endswith(".gz")})
    assert_hidden({"ps": b"\n".join(endpoint.command_lines).decode("utf-8", "replace")}, credentials())
    assert not list(temporary.iterdir())


IMPORTER = """
import os, sys, urllib.request
from pathlib import Path
url, result, known = sys.argv[1:]
password = os.environ["STORE_PASSWORD"]
with open(known, "a") as file:
    file.write(password + "\\n" + "\\n".join(sorted(os.environ)) + "\\n")
try:
    urllib.request.urlopen(url + "&action=export&password=" + password + "&echo=" + password, timeout=5)
except OSError as error:
    print(error, file=sys.stderr)
print(os.environ, "\\x1b]0;title\\x07\\x9b", file=sys.stderr)
sys.exit(1)
"""


def test_an_importer_that_prints_its_environment(tmp_path: Path, temporary: Path) -> None:
    """Its store's password and the secrets that it inherits are hidden, and it inherits none of the suite."""
    program, known, report = tmp_path / "importer.py", tmp_path / "known", tmp_path / "report"
    program.write_text(IMPORTER)
    command = f"{sys.executable} {program} {{url}} {{result}} {known}"
    done = conformance(
        *("importer", "--import-command", command, "--only", "IMP-1", "--only", "IMP-10", "-v"),
        *("--report-dir", str(report)),
        **environment(temporary),
        DEPLOY_TOKEN="deploy-1a2b3c4d",
    )
    assert done.returncode in (1, 2, 3), done.stdout + done.stderr
    lines = known.read_text().splitlines()
    assert not [line for line in lines if line.startswith("CONFORMANCE_") and line != "CONFORMANCE_IMPORTER_RUN"]
    passwords = {line for line in lines if not re.fullmatch("[A-Z0-9_]+|no_proxy|.*_proxy", line)}
    assert passwords
    texts = contents(report) | shown(done)
    forms = {f"{password}, {kind}": form for password in passwords for kind, form in forms_of(password).items()}
    assert_hidden(texts, forms | credentials() | {"inherited": "deploy-1a2b3c4d"})
    assert_harmless(texts)


def test_messages_about_wrong_use_hide_credentials() -> None:
    """A URL that cannot be used is shown without user name, password and credentials in its query."""
    done = conformance("run", "http://shop.example/", "--username", USERNAME, CONFORMANCE_PASSWORD="hush\udcff")
    assert (done.returncode, done.stdout) == (2, "")
    assert "CONFORMANCE_PASSWORD isn't UTF-8 text" in done.stderr
    for url in (
        "http://ann:hush/hush?x@shop.example/",
        "ftp://ann:hush@shop.example/?SS-Password=hush",
        "shop?password=hush",
        "http://shop.example:1a/?token=hush",
    ):
        done = conformance("run", url, "--username", USERNAME)
        assert done.returncode == 2
        assert "hush" not in done.stdout + done.stderr


def test_a_password_that_cannot_be_hidden_is_named() -> None:
    """The user learns before the run that replies may show it; the message does not say which word it is."""
    url = f"http://127.0.0.1:{free_port()}/?dispatch=shipstation"
    for password, warned in (("shipping", True), (PASSWORD, False)):
        options = ("--username", USERNAME, "--only", "CON-1", "--no-record", "-q", "--report-dir")
        with TemporaryDirectory() as folder:
            done = conformance("run", url, *options, folder, CONFORMANCE_PASSWORD=password)
        assert ("the password is too short or too common" in done.stderr) is warned
        assert password not in done.stderr
