"""The mock store over TLS: its certificate, the redirect from http, and the suite that trusts it."""

from __future__ import annotations

import json
import ssl
import sys
from http.client import HTTPConnection
from pathlib import Path
from subprocess import PIPE, Popen
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

from mockstore.cli.main import main
from mockstore.server import tls
from mockstore.testing import running_store
from tests.support.processes import ROOT, conformance
from tests.support.store_in_thread import basic

WINDOW = "&action=export&start_date=01/01/2000+00:00&end_date=12/31/2099+00:00&page=1"


def test_a_store_for_tests_speaks_tls() -> None:
    """Clients that trust its authority reach it, others don't."""
    with running_store(orders=1, tls=True) as store:
        request = Request(store.url + WINDOW, headers={"Authorization": basic(store.username, store.password)})
        with urlopen(request, timeout=20, context=store.tls_context) as reply:
            assert b"<Order>" in reply.read()
        assert store.url.startswith("https://127.0.0.1:")
        with pytest.raises(URLError, match="certificate verify failed"):
            urlopen(request, timeout=20)


def test_a_served_store_writes_its_authority_and_redirects_http(tmp_path: Path) -> None:
    """The suite judges it with that file. A redirected notification stays a POST."""
    options = ("--port", "0", "--tls", "--tls-ca", str(tmp_path / "ca.pem"), "--json", "--control", "--orders", "40")
    command = [sys.executable, "-m", "mockstore", "serve", *options]
    with Popen(command, cwd=ROOT, stdout=PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            facts = json.loads(process.stdout.readline())
            connection = HTTPConnection(urlsplit(facts["redirects"]).netloc, timeout=20)
            found = []
            for method in ("GET", "POST"):
                connection.request(method, "/?dispatch=shipstation&x=%ff")
                reply = connection.getresponse()
                reply.read()
                found.append((reply.status, reply.getheader("Location")))
            connection.close()
            base = facts["url"].partition("/?")[0]
            status = CliRunner().invoke(main, ["status", facts["redirects"]]).output
            report = tmp_path / "report"
            words = ("--username", facts["username"], "--ca-file", facts["ca_file"], "--quiet", "--only", "CON-1")
            done = conformance(
                "run", facts["url"], *words, "--report-dir", str(report), CONFORMANCE_PASSWORD=facts["password"]
            )
        finally:
            process.terminate()
    assert found == [(301, f"{base}/?dispatch=shipstation&x=%ff"), (308, f"{base}/?dispatch=shipstation&x=%ff")]
    assert f"redirects to {base}/health: ask there." in status
    assert facts["ca_file"] == str(tmp_path / "ca.pem")
    assert done.returncode == 0, done.stdout + done.stderr
    ssl.create_default_context(cafile=facts["ca_file"])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates need an extra."""
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(tls.TlsUnavailable, match=r"conformance\[tls\]"):
        tls.make_tls()
