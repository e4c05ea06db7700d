"""Importing aiohttp without certificates: only where no connection with TLS is made, and with no effect on others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli.run import run
from conformance.core.errors import ConformanceError


def test_aiohttp_has_no_certificates_and_others_have_theirs() -> None:
    code = (
        "import ssl; before = ssl.create_default_context().cert_store_stats(); "
        "from conformance.client.aiohttp_import import import_without_certificates as load; load(); load(); "
        "from aiohttp import connector; "
        "assert connector._SSL_CONTEXT_VERIFIED.cert_store_stats()['x509'] == 0; "
        "assert ssl.create_default_context().cert_store_stats() == before"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_a_run_on_a_url_trusts_the_certificates_of_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[str] = []

    def judge_nothing(*arguments: object, **options: object) -> None:
        raise ConformanceError("not judged in this test")

    monkeypatch.setattr("conformance.client.aiohttp_import.import_without_certificates", lambda: calls.append("called"))
    monkeypatch.setattr("conformance.runner.run.run", judge_nothing)
    words = ("--report-dir", str(tmp_path), "--quiet", "--no-record")
    password = {"CONFORMANCE_PASSWORD": "some password"}
    url, embedded = ("https://shop.example/", "--username", "u"), ("--store-version", "4.3.4")
    for target, called in ((url, []), (embedded, ["called"])):
        done = CliRunner().invoke(run, [*target, *words], env=password)
        assert str(done.exception) == "not judged in this test", done.output
        assert calls == called
