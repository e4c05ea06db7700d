"""The options that pytest gets from the suite. This module is imported by every pytest run, so it imports nothing."""

from __future__ import annotations

VALUES = {
    "url": "URL of the endpoint to judge [default: the embedded mock store in all versions]",
    "username": "user name of the add-on; the password comes from CONFORMANCE_PASSWORD",
    "store-version": "CS-Cart version",
    "control": "URL of the store's control protocol; the token comes from CONFORMANCE_CONTROL_TOKEN",
    "cscart-api": "URL of CS-Cart's REST API; the key comes from CONFORMANCE_CSCART_KEY",
    "cscart-user": "administrator of the shop to whom the API key belongs",
    "worksheet": "completed form of 'conformance worksheet'",
    "scope": "what must be judged for the run to be complete: observation, truth or full",
    "level": "lowest level whose deviations fail the run: must or should",
    "baseline": "file with known deviations, each with a reason",
    "report-dir": "folder to write the report to [default: no report is written]",
}
"""Option that takes a value, without ``--conformance-`` → its help text. Most are options of ``conformance run``."""
LISTS = {"only": "judge only this requirement or feature (repeatable)"}
"""The same for options that may be repeated."""
SWITCHES = {
    "allow-writes": "allow the suite to create orders, change them and delete them again",
    "allow-stale": "don't fail if known deviations no longer occur",
}
"""The same for options without a value."""


class WrongUse(Exception):
    """The cause of a ``pytest.UsageError`` of the suite: pytest ends with the suite's exit status for wrong use."""
