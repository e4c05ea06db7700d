"""The command in a report leads to the same settings again, and works as it is pasted."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from conformance.cli import run_options
from conformance.cli.importer import importer
from conformance.cli.importer_options import ImporterOptions
from conformance.cli.run import run as run_command
from conformance.cli.run_options import RunOptions
from conformance.report import views
from conformance.report.wording import rerun_command
from conformance.runner.command_line import command_of_importer, command_of_run
from conformance.runner.importer_settings import ImporterSettings
from conformance.runner.run import run
from conformance.runner.settings import RecordedTarget, RunSettings, Selection, TrafficTarget, UrlTarget
from conformance.truth.settings import ControlAccess, CsCartAccess, Secret
from tests.support.processes import environment, free_port
from tests.support.store_in_thread import served

URL = "https://shop.example/?dispatch=shipstation"
BASE = (URL, "--username", "ship-user")
NOT_TOLD = {
    *("targets", "password_env", "password_file", "control_token_env", "control_token_file"),
    *(
        "cscart_key_env",
        "cscart_key_file",
        "only",
        "scenario",
        "failed",
        "baseline",
        "allow_stale",
        "jobs",
        "report_dir",
        "record",
    ),
    *("durations", "quiet", "verbose", "deadline", "har", "watch", "watch_dir", "watch_delay"),
}
"""Options that name secrets, choose requirements, or change no verdict."""
CASES: dict[str, tuple[str, ...]] = {
    "url": BASE,
    "username": BASE,
    "store_version": (*BASE, "--store-version", "4.3.4"),
    "control": (*BASE, "--control", "https://shop.example/control"),
    "allow_writes": (*BASE, "--control", "https://shop.example/control", "--allow-writes"),
    "worksheet": (*BASE, "--worksheet", "FORM"),
    "cscart_api": (*BASE, "--cscart-api", "https://shop.example/api", "--cscart-user", "a@b.example"),
    "cscart_user": (*BASE, "--cscart-api", "https://shop.example/api", "--cscart-user", "a b@c.example"),
    "shipped_status": (
        *(*BASE, "--cscart-api", "https://shop.example/api", "--cscart-user", "a@b.example"),
        *("--shipped-status", "Sent out", "--shipped-status", "Done"),
    ),
    "allow_hostile": (*BASE, "--allow-hostile"),
    "ca_file": (*BASE, "--ca-file", "CERTIFICATES"),
    "timeout": (*BASE, "--timeout", "2.5"),
    "window": (*BASE, "--window", "2026-11-01T00:00Z..2026-11-02T12:30:05+02:00"),
    "max_orders": (*BASE, "--max-orders", "7"),
    "max_requests": (*BASE, "--max-requests", "70"),
    "rate": (*BASE, "--rate", "3"),
    "scope": (*BASE, "--scope", "observation"),
    "level": (*BASE, "--level", "should"),
    "seed": ("--seed", "5"),
    "defect": ("--defect", "gift-empty", "--defect", "address2-dropped"),
    "variant": ("--variant", "everything-in-cdata"),
    "profile": ("--profile", "addon-1.0.12"),
    "redact": (*BASE, "--redact"),
}
"""Option → a command line with it."""


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the secrets that the commands need."""
    for name in ("PASSWORD", "CONTROL_TOKEN", "CSCART_KEY"):
        monkeypatch.setenv(f"CONFORMANCE_{name}", "s3cret-Pass")


def settings_of(*words: str) -> RunSettings:
    """Return the settings of a command line of ``conformance run``."""
    context = run_command.make_context("run", [*words])
    return msgspec.structs.replace(RunOptions.of(context.params).settings(), jobs=1)


def test_every_option_is_told_or_left_out_on_purpose() -> None:
    """A new option needs a case, or a place among those that are not told."""
    assert set(RunOptions.__struct_fields__) == set(CASES) | NOT_TOLD


@pytest.mark.parametrize("option", CASES)
def test_the_command_leads_to_the_same_settings(option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsing the command of a run gives the run's settings."""
    monkeypatch.setattr(run_options, "check_certificates", lambda file: None)
    form = tmp_path / "a form.toml"
    form.write_text('[shop]\ntimezone = "Europe/Berlin"\ncurrency = "EUR"\n[[order]]\nmarker = "CT-1"\nplaced = true\n')
    given = settings_of(*(str(form) if word == "FORM" else word for word in CASES[option]))
    command = command_of_run(given)
    assert command[:2] == ("conformance", "run")
    again = settings_of(*shlex.split(shlex.join(command))[2:])
    if isinstance(given.targets[0], UrlTarget):
        assert again == given
    else:  # the command leaves out the version, which the requirement's own command names
        assert {each for each in again.targets if each in given.targets} == set(given.targets)
        assert msgspec.structs.replace(again, targets=given.targets) == given


def test_a_recorded_run_has_the_command_of_the_original() -> None:
    """A replay makes the same report, command included. Recorded traffic is judged as a whole."""
    given = settings_of(*BASE, "--scope", "truth")
    replayed = msgspec.structs.replace(given, targets=(RecordedTarget(given.targets[0], "x.gz"),))  # type: ignore[arg-type]
    assert command_of_run(replayed) == command_of_run(given)
    assert command_of_run(RunSettings((TrafficTarget("a folder", "x"),))) == ("conformance", "recheck", "a folder")


def test_no_secret_is_in_the_command() -> None:
    """Credentials in URLs are masked; a redacted report doesn't name the administrator."""
    secret = Secret("s3cret-Pass")
    url = "https://shop.example/?SS-Password=s3cret-Pass"
    for truth in (ControlAccess(f"{url}&control", secret), CsCartAccess(url, "boss@shop.example", secret)):
        told = command_of_run(RunSettings((UrlTarget(url, "ship-user", secret, truth=truth),), redact=True))
        assert "s3cret" not in " ".join(told)
        assert "boss" not in " ".join(told)


IMPORTERS = {
    "command": ("--import-command", "pull --url {url} --out '{result} file'", "--limit", "9"),
    "both": (
        *("--import-command", "pull {url} {state}", "--ship-command", "push {url} {shipment}"),
        *("--level", "should", "--password-env", "PASSWORD_OF_STORE"),
    ),
    "mapping": ("--import-command", "pull {url}", "--mapping", "FILE"),
    "service": ("--attach", "--port", "PORT", "--username", "me", "--results-url", "https://shop.example/results"),
}


@pytest.mark.parametrize("name", IMPORTERS)
def test_the_command_of_an_importer_leads_to_the_same_settings(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for ``conformance importer``."""
    monkeypatch.setenv("STORE_PASSWORD", "s3cret-Pass")
    mapping = tmp_path / "my fields.toml"
    mapping.write_text('[fields]\norder_number = "no"\n')
    filled = {"FILE": str(mapping), "PORT": str(free_port())}

    def settings(*words: str) -> ImporterSettings:
        return ImporterOptions.of(importer.make_context("importer", [*words]).params).settings()

    given = settings(*(filled.get(word, word) for word in IMPORTERS[name]))
    assert settings(*shlex.split(shlex.join(command_of_importer(given)))[2:]) == given


def test_the_command_in_a_report_works_as_pasted(tmp_path: Path) -> None:
    """A shell runs the command of the report: it finds the same deviation in the same store."""
    with served("4.3.4", defects=("empty-window-404",), now=None, count=3) as store:
        shop = store.store.shop
        truth = ControlAccess(store.store.control_url, Secret(store.store.control_token))
        target = UrlTarget(store.store.url, shop.username, Secret(shop.password), truth=truth, allow_writes=True)
        first = run(RunSettings((target,), selection=Selection(("CON-1",))))
        assert first.summary.exit_status == 1
        program = tmp_path / "conformance"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m conformance "$@"\n')
        program.chmod(0o755)
        variables = environment(
            PATH=f"{tmp_path}:{os.environ['PATH']}",
            CONFORMANCE_PASSWORD=shop.password,
            CONFORMANCE_CONTROL_TOKEN=store.store.control_token,
        )
        pasted = subprocess.run(
            rerun_command(first, "CON-1"), shell=True, cwd=tmp_path, env=variables, capture_output=True, text=True
        )
    assert pasted.returncode == 1, pasted.stdout + pasted.stderr
    again = views.read(tmp_path / "conformance-report")
    assert [result.requirement for result in again.results if result.verdict == "deviates"] == ["CON-1"]
    assert again.command == first.command
