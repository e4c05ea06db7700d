"""The key of the user's consoles: a file that only the user can read.

With it a session outlives a restart of the store, and ``mockstore console`` can make links for a store that runs.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

KEY_BYTES = 32


def key_path() -> Path:
    """Return where the key is kept: in the folder for the state of programs, as XDG defines it."""
    state = os.environ.get("XDG_STATE_HOME", "")
    folder = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return folder / "mockstore" / "console.key"


def read_key() -> bytes | None:
    """Return the key; None if there is none that only this user can read."""
    try:
        with key_path().open("rb") as file:
            facts = os.fstat(file.fileno())
            key = file.read(KEY_BYTES + 1)
    except (OSError, RuntimeError):  # RuntimeError: this user has no home
        return None
    is_own = facts.st_uid == os.geteuid() and not stat.S_IMODE(facts.st_mode) & 0o077
    return key if is_own and len(key) == KEY_BYTES else None


def read_or_make_key() -> bytes:
    """Return the key, and make its file if there is none. If the file cannot be made, the key lasts for this run."""
    if (found := read_key()) is not None:
        return found
    key = secrets.token_bytes(KEY_BYTES)
    with suppress(OSError, RuntimeError):
        path = key_path()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
            os.link(part, path)  # another store that starts now may have made its key: that one is kept
        finally:
            part.unlink()
    return read_key() or key
