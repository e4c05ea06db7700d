"""``mockstore status``: what it tells about a running store, and about what is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from mockstore.cli.main import main
from mockstore.testing import running_store
from tests.support.processes import free_port


def said(*words: str, **variables: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["status", *words], env=variables)


def test_a_running_store_is_described() -> None:
    """More with the token, which comes from a variable: each process can read the command line."""
    with running_store("4.3.4", orders=3, seed=9) as store:
        store.fault("cut", times=2)
        store.add_order()
        public = json.loads(said(store.url, "--json").output)
        assert (public["health"], public["version"], public["seed"]) == ("ok", "4.3.4", "9")
        assert (public["control"], public["rest"], public["console"]) == (True, False, False)
        assert "orders" not in public
        for name, words in (("MOCKSTORE_CONTROL_TOKEN", ()), ("MINE", ("--token-env", "MINE"))):
            told = said(store.url, *words, **{name: store.control_token})
            assert told.exit_code == 0, told.output
            assert [line.split() for line in told.output.splitlines() if "faults" in line or "orders" in line] == [
                ["faults", "cut", "×2"],
                ["orders", "4"],
            ]
        refused = said(store.url, MOCKSTORE_CONTROL_TOKEN="wrong")
        assert (refused.exit_code, "refuses the token" in refused.output) == (2, True)
        assert "need the control token" in said(store.url).output
        assert not store.requests


@contextmanager
def other_server() -> Iterator[str]:
    """Run a web server that is no mock store."""
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_what_is_no_store_is_said_to_be_none(capfd: pytest.CaptureFixture[str]) -> None:
    """Another web server, nothing at all, a text that is no URL, and a variable that does not exist."""
    with other_server() as url:
        assert f"At {url} there is no mock store: it answers 501 (BaseHTTP" in said(url).output
    with running_store(orders=0, tls=True) as store:
        assert "is not trusted: give the store's CA file in SSL_CERT_FILE" in said(store.url).output
    nothing = said(f"http://127.0.0.1:{free_port()}")
    assert (nothing.exit_code, "No store answers at http://127.0.0.1:" in nothing.output) == (2, True)
    assert " is not a URL" in said("x").output
    assert "the environment has no such variable" in said("http://127.0.0.1:1", "--token-env", "NO_SUCH").output
