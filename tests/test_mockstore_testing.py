"""A mock store for other people's tests, and what tells that a store runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from mockstore.behaviours.registry import UnknownBehaviour
from mockstore.cli.console_link import console_link
from mockstore.testing import RunningStore, running_store
from tests.support.processes import ROOT
from tests.support.store_in_thread import basic

WINDOW = "&action=export&start_date=01/01/2000+00:00&end_date=12/31/2099+00:00&page=1"


def asked(store: RunningStore, path: str = "", **headers: str) -> tuple[int, str]:
    """Send a request with the add-on's credentials, and return status and body."""
    base = store.url.partition("/?")[0]
    url = base + path if path else store.url + WINDOW
    request = Request(url, headers={"Authorization": basic(store.username, store.password), **headers})
    try:
        with urlopen(request, timeout=20) as reply:
            return reply.status, reply.read().decode()
    except HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def redirected(url: str) -> str | None:
    """Return where a URL leads."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=20)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        return connection.getresponse().getheader("Location")
    finally:
        connection.close()


def test_a_store_for_tests_has_orders_and_tells_what_it_was_asked() -> None:
    """Two stores at once are two stores: each has its own orders and requests."""
    with running_store("4.3.4", orders=3, seed=2) as store, running_store(orders=0) as empty:
        status, body = asked(store)
        assert status == 200
        assert body.count("<Order>") == 3
        assert "<Order>" not in asked(empty)[1]
        (request,) = store.requests
        assert "action=export" in request.target
        assert store.password not in str(request.headers)
    with pytest.raises(URLError):
        asked(store)


def test_a_store_for_tests_can_be_wrong() -> None:
    """A defect by its name; a name that doesn't exist is an error before anything is started."""
    with running_store(orders=1, defects=("window-ignored",)) as store:
        assert asked(store)[0] == 200
    with pytest.raises(UnknownBehaviour), running_store(defects=("no-such",)):
        pass


def test_the_lines_of_the_documentation_work(tmp_path: Path) -> None:
    """The fixture of docs/mockstore.md works as it stands."""
    page = (ROOT / "docs" / "mockstore.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    test = tmp_path / "test_example.py"
    test.write_text(example, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:faker", "test_example.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "1 passed" in done.stdout, done.stdout


def test_health_and_a_page_for_people() -> None:
    """Programs see 200 at /health. Browsers see a page at /; an importer that loses its query sees 404."""
    with running_store(orders=0) as store:
        status, body = asked(store, "/health")
        assert (status, json.loads(body)) == (200, {"status": "ok", "version": "4.6.3"})
        status, body = asked(store, "/", Accept="text/html,*/*;q=0.8")
        assert status == 200
        assert "<h1>Mock CS-Cart 4.6.3</h1>" in body
        assert asked(store, "/", Accept="*/*")[0] == 404


def test_a_started_store_says_what_is_wrong_with_it_and_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The banner names defects, variants and faults; the file of --ready-file has the URL, and no password.

    Both have the link that opens the web console, so the file is for the user alone. The command prints another link.
    """
    ready = tmp_path / "ready.json"
    options = ("--port", "0", "--ready-file", str(ready), "--defect", "country-uk", "--variant", "chunked")
    command = [sys.executable, "-m", "mockstore", "serve", *options, "--fault", "cut"]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            text = "".join(iter(process.stdout.readline, "Ctrl-C ends it.\n"))
            facts = json.loads(ready.read_text(encoding="utf-8"))
            monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
            links = facts["console"], console_link(facts["url"])
            opened = [redirected(link) for link in links]
        finally:
            process.terminate()
    assert re.search(r"Defects +country-uk\n +Variants +chunked\n +Faults +cut\n", text)
    assert facts["url"] in text
    assert facts["pid"] == process.pid
    assert facts["console"] in text
    assert ready.stat().st_mode & 0o777 == 0o600
    assert opened == ["/console/", "/console/"]
    assert "ship-pass" not in str(facts)


def test_a_file_that_cannot_be_written_ends_the_store(tmp_path: Path) -> None:
    """One line says why, with the exit status of wrong use."""
    command = [sys.executable, "-m", "mockstore", "serve", "--port", "0", "--ready-file", str(tmp_path / "no" / "file")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "--ready-file" in done.stderr
    assert "Traceback" not in done.stderr
