"""The command ``conformance``, also as ``python -m conformance``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. An interrupt during the imports ends it like a later one: one line, exit status 3."""
    try:
        from conformance.cli.main import main as command

        command(prog_name="conformance")
    except KeyboardInterrupt:
        from conformance.core.interrupts import forget_interrupts

        forget_interrupts()
        sys.stderr.write("conformance: interrupted\n")
        sys.exit(3)


if __name__ == "__main__":
    main()
