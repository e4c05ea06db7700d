"""Prints lines to a terminal, wrapped to its width and in characters that it can show. Shared by the terminal views."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.report.text_diff import Span
from conformance.report.wording import one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_ASCII = str.maketrans(
    {"…": "...", "·": "-", "–": "-", "→": "->", "␊": "\\n", "␍": "\\r", "␉": "\\t", "“": '"', "”": '"'}
)
MIN_WIDTH = 20
"""Fewest columns of a wrapped text, however deep its indentation."""


@dataclass(frozen=True, slots=True)
class OutputLine:
    """A line of output. A text that is too long continues on the next line, below its start."""

    text: str | tuple[Span, ...] = ""
    indent: int = 0
    label: str = ""
    style: str = ""
    wrap: bool = True


def _body(line: OutputLine) -> Text:
    from rich.text import Text

    if isinstance(line.text, str):
        return Text(one_line(line.text), style=line.style)
    body = Text(style=line.style)
    for differs, text in line.text:
        body.append(one_line(text), style="bold underline" if differs else None)
    return body


def _print_line(line: OutputLine, console: Console) -> None:
    from rich.text import Text

    prefix = " " * line.indent + (f"{one_line(line.label)}  " if line.label else "")
    body = _body(line)
    if not line.wrap:
        console.print(Text(prefix) + body, soft_wrap=True)
        return
    width = max(MIN_WIDTH, console.width - len(prefix))
    for number, part in enumerate(body.wrap(console, width) or [Text()]):
        part.rstrip()
        lead = Text(prefix if number == 0 else " " * len(prefix), style=line.style if line.label else "")
        console.print(lead + part, soft_wrap=True)


def print_lines(lines: Iterable[OutputLine | Table], console: Console) -> None:
    """Print lines and tables; characters that the terminal's encoding lacks are replaced."""

    def print_all() -> None:
        for line in lines:
            if isinstance(line, OutputLine):
                _print_line(line, console)
            else:
                console.print(line)

    if "utf" in console.encoding.lower():
        print_all()
        return
    with console.capture() as capture:
        print_all()
    plain = capture.get().translate(_ASCII).encode(console.encoding, "backslashreplace")
    console.file.write(plain.decode(console.encoding))
