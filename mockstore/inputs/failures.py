"""One line for an exception, instead of a traceback."""

from __future__ import annotations

import traceback
from pathlib import Path

from mockstore.inputs.text import visible

MAX_MESSAGE_CHARS = 300


def in_one_line(error: BaseException) -> str:
    """Return type, message and place of an exception as one line, without characters that a terminal obeys."""
    said = visible(str(error))
    if len(said) > MAX_MESSAGE_CHARS:
        said = f"{said[:MAX_MESSAGE_CHARS]}… ({len(said):,} characters)"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno}, {frames[-1].name})" if frames else ""
    return f"{type(error).__name__}{': ' if said else ''}{said}{place}"
