"""Fork an importer of tests/importers for each message on a socket, until the other side closes it.

    fork_server.py SOCKET

SOCKET is the number of an open Unix socket of type SEQPACKET. A message is a JSON object with ``words`` (the command
from the program's file on), ``environment``, and three files: standard output, standard error, and a pipe to which the
importer's process id and then its exit status are written as lines. This process loads nothing but the importers, so
that a fork costs a millisecond.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

for name in ("encodings.idna", "shutil"):  # what each importer would load by itself
    importlib.import_module(name)
sys.path.insert(0, str(Path(__file__).parents[1] / "importers"))
CORRECT, BROKEN, HABITS = (importlib.import_module(name) for name in ("correct", "broken", "habits"))
MAX_MESSAGE_BYTES = 200_000


def main(number: int) -> None:
    """Serve. A process of its own waits for each importer, so that none waits for another."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    with socket.socket(fileno=number) as calls:
        while True:
            message, files, _, _ = socket.recv_fds(calls, MAX_MESSAGE_BYTES, 3)
            if not message:
                return
            if os.fork() == 0:
                _start(json.loads(message), *files)
            for each in files:
                os.close(each)


def _start(call: Mapping[str, object], output: int, errors: int, told: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    words, environment = call["words"], call["environment"]
    assert isinstance(words, list)
    assert isinstance(environment, dict)
    importer = os.fork()
    if importer == 0:
        _become(words, environment, output, errors)
    os.close(output)
    os.close(errors)
    os.write(told, f"{importer}\n".encode())
    _, status = os.waitpid(importer, 0)
    os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(words: Sequence[str], environment: Mapping[str, str], output: int, errors: int) -> None:
    """Be the importer: run its main function, and end."""
    status = 1
    gc.disable()  # a collection would copy the pages of all objects
    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(errors, 2)
        os.closerange(3, 64)
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        program_file, *arguments = words
        sys.argv = [program_file, *arguments]
        match Path(program_file).name:
            case "broken.py":
                BROKEN.BROKEN[arguments.pop(0)].break_it()
            case "habits.py":
                for name in arguments.pop(0).split(","):
                    HABITS.HABITS[name][1]()
        status = CORRECT.main(arguments)
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status or 0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
