"""The command ``conformance``, also as ``python -m conformance``."""

from __future__ import annotations

import sys

from conformance.core.interrupts import ignore_signals, take_signals


def main() -> None:
    """Run the command line. From the first moment, a signal ends it like a later one: one line, exit status 3."""
    take_signals()
    try:
        from conformance.cli.main import main as command

        command(prog_name="conformance")
    except KeyboardInterrupt as stop:
        ignore_signals()
        sys.stderr.write(f"conformance: {stop}\n")
        sys.exit(3)


if __name__ == "__main__":
    main()
