"""``conformance importer --dry-run``: one call of each command, shown with its files and requests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.importing import commands, conformance_importer


def test_a_right_importer_is_ready(tmp_path: Path) -> None:
    """The commands, their files, the requests and what the suite reads are printed; nothing is judged."""
    run = conformance_importer(tmp_path, *commands("correct.py"), "--dry-run")
    assert run.status == 0, run.printed
    assert run.printed.startswith("READY: Each command was called once")
    assert run.report == {}
    for part in (
        "--since 2",
        "STORE_PASSWORD has the password",
        "3 orders were read; the window has 3.",
        "Each reported field is as in the store.",
        "GET /?dispatch=shipstation&action=export&start_date=",
        '"Processed": "paid"',
        '"tracking_number": "794644790132"',
        "<TrackingNumber>794644790132</TrackingNumber>",
        "The store booked the shipment of order 1000.",
    ):
        assert part in run.printed, part


SCRIPTS = {
    "writes nothing": ("pass", "it wrote no result to {result}"),
    "sends nothing": ("open(RESULT, 'w').write('[]')", "sent no request"),
    "fails": ("sys.exit('no such shop')", "ended with status 1, although the store worked; its last output: no such"),
    "writes a list of numbers": ("open(RESULT, 'w').write('[7]')", "the result doesn't fit at orders[0]"),
    "names a field wrongly": (
        "open(RESULT, 'w').write('[{\"order_no\": \"1\"}]')",
        "the result has an unknown field 'order_no' at orders[0]. Did you mean order_id",
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_importer_that_does_not_fit_is_told_why(tmp_path: Path, name: str) -> None:
    """Exit status 2, the reason in the first line, and what the command was given."""
    body, reason = SCRIPTS[name]
    script = tmp_path / "importer.py"
    script.write_text(f"import sys\nRESULT = sys.argv[2]\n{body}\n", encoding="utf-8")
    run = conformance_importer(
        tmp_path, "--import-command", f"{sys.executable} {script} {{url}} {{result}}", "--dry-run"
    )
    assert run.status == 2, run.printed
    first = run.printed.splitlines()[0]
    assert first.startswith("NOT READY: --import-command: the import command")
    assert reason in first
    assert str(script) in run.printed


def test_orders_of_another_kind_are_shown_beside_the_store(tmp_path: Path) -> None:
    """A wrong value is no problem of a dry run: a person sees it."""
    script = tmp_path / "importer.py"
    script.write_text(
        "import sys, urllib.request, os, base64\n"
        "url, result = sys.argv[1:]\n"
        "key = base64.b64encode(b'conformance-importer:' + os.environb[b'STORE_PASSWORD']).decode()\n"
        "asked = urllib.request.Request(url + '&action=export&start_date=01/01/2020+00:00&end_date=01/01/2030+00:00',\n"
        "    headers={'Authorization': 'Basic ' + key})\n"
        "urllib.request.urlopen(asked).read()\n"
        'open(result, \'w\').write(\'[{"order_number": "1000", "currency": "XXX"}]\')\n',
        encoding="utf-8",
    )
    run = conformance_importer(
        tmp_path, "--import-command", f"{sys.executable} {script} {{url}} {{result}}", "--dry-run"
    )
    assert run.status == 0, run.printed
    assert "1 order was read; the window has 3." in run.printed
    assert "Order 1000: currency is XXX, in the store EUR." in run.printed
    assert "Notifications need a --ship-command." in run.printed


def test_a_service_can_not_be_called(tmp_path: Path) -> None:
    """--attach waits for requests."""
    run = conformance_importer(tmp_path, "--attach", "--dry-run", STORE_PASSWORD="x")
    assert run.status == 2
    assert "--dry-run calls a command" in run.printed


def test_one_scenario_is_judged_in_part(tmp_path: Path) -> None:
    """The requirement conforms in part, and the report says so."""
    words = [*commands("correct.py"), "--scenario", "Status 500"]
    run = conformance_importer(tmp_path, *words)
    assert run.status == 0, run.printed
    assert run.verdicts("conforms") == {"IMP-11", "IMP-13"}
    assert "--scenario picked 1 of its" in run.reasons
    assert "only scenarios with 'Status 500' in their name were judged" in " ".join(run.report["notices"])
