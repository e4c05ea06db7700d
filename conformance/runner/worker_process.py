"""The program of a worker process: it reads batches from standard input, and prints events and results.

It ends early if its lifeline becomes readable: the process that started it asks it to end, or is gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from threading import Thread
from typing import IO

from conformance.core.interrupts import ignored, take_signals


def main(lifeline: int) -> None:
    """Judge batches until none follows, or until the lifeline ends."""
    take_signals()  # first of all: the imports below take most of a second
    Thread(target=_watch_over, args=(lifeline,), daemon=True).start()

    import gc
    from itertools import count

    import msgspec

    from conformance.core.events import Event
    from conformance.runner.results import encode_result
    from conformance.runner.session import run_session
    from conformance.runner.settings import RunSettings
    from conformance.runner.workers import LENGTH, RESULT

    out = sys.stdout.buffer

    def read_settings(source: IO[bytes]) -> RunSettings | None:
        head = source.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return None
        return msgspec.msgpack.decode(source.read(LENGTH.unpack(head)[0]), type=RunSettings)

    def watch(event: Event) -> None:
        with contextlib.suppress(OSError):  # nobody reads any more: the lifeline ends the run
            out.write(msgspec.json.encode(event) + b"\n")
            out.flush()

    with ignored():  # judging can be interrupted; a complete result is printed even after a stop
        for number in count():
            if (settings := read_settings(sys.stdin.buffer)) is None:
                break
            if number:
                gc.collect()  # stopped stores have reference cycles, and the collector hardly runs by itself
            result = encode_result(run_session(settings, watch))
            out.write(b"%s%d\n%s" % (RESULT, len(result), result))
            out.flush()


def _watch_over(lifeline: int) -> None:
    """Interrupt this process when its lifeline ends."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    main(int(sys.argv[1]))
