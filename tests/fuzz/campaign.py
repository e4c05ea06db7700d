"""Give many inputs to a surface, and keep what fails: as a file for each fault, as small as it can be made."""

from __future__ import annotations

import re
import resource
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.fuzz.surface import Fault, Surface

MAX_CPU_S = 20
"""Most CPU seconds of one input; one that needs more is a fault. It is far above what any input needs."""
MAX_TRIALS = 150
"""Most trials to make a failing input smaller."""
MAX_GROWTH_MB = 150
"""Most growth of the memory between the first tenth of the inputs and the last."""

_FRAME = re.compile(r'File "[^"]*?((?:mockstore|conformance|tests/fuzz)/[^"]+)", line (\d+)')
_RAISED = re.compile(r"(?m)^([A-Za-z_][\w.]*)(?::|$)")


@dataclass(frozen=True)
class Found:
    """A fault: its kind (what happened, and where), the inputs that lead to it, and its whole text."""

    kind: str
    inputs: tuple[bytes, ...]
    text: str


@dataclass
class Tally:
    """What a number of inputs led to."""

    inputs: int = 0
    seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    found: list[Found] = field(default_factory=list)
    growth_mb: float = 0.0

    def add(self, other: Tally) -> None:
        """Add the inputs of another tally; of each kind of fault one example is kept."""
        self.inputs += other.inputs
        self.seconds += other.seconds
        self.outcomes += other.outcomes
        known = set(self.kinds)
        self.kinds += other.kinds
        self.found += [each for each in other.found if each.kind not in known]
        self.growth_mb = max(self.growth_mb, other.growth_mb)


def generated(surface: Surface, seed: int, number: int) -> bytes:
    """Return an input: the same for the same seed and number."""
    return surface.make(Random(f"{seed}/{surface.name}/{number}"))


def run(surface: Surface, seed: int, numbers: range) -> Tally:
    """Give the inputs of these numbers to the surface."""
    told = Tally()
    began = time.process_time()
    early = 0
    for start in range(0, len(numbers), surface.batch):
        some = [generated(surface, seed, number) for number in numbers[start : start + surface.batch]]
        told.inputs += len(some)
        _run_batch(surface, some, told)
        if start <= len(numbers) // 10:
            early = peak_kb()
    told.seconds = time.process_time() - began
    told.growth_mb = (peak_kb() - early) / 1024
    return told


def peak_kb() -> int:
    """Return the most memory that this process ever had, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _run_batch(surface: Surface, inputs: Sequence[bytes], told: Tally) -> None:
    """Give inputs to one start of the program. If it breaks at its end, the inputs that break it are searched."""
    try:
        with surface.open() as feed:
            for place, data in enumerate(inputs):
                try:
                    with limited():
                        told.outcomes[feed(data)] += 1
                except Exception as error:
                    _note(surface, told, error, inputs[: place + 1])
    except Exception as error:
        _note(surface, told, error, inputs)


def _note(surface: Surface, told: Tally, error: Exception, inputs: Sequence[bytes]) -> None:
    kind, text = kind_of(error), "".join(traceback.format_exception(error))
    told.outcomes["FAULT"] += 1
    told.kinds[kind] += 1
    if told.kinds[kind] == 1:
        told.found.append(Found(kind, smallest(surface, inputs, kind), text))


@contextmanager
def limited() -> Iterator[None]:
    """Raise :class:`Fault` inside the block if it takes too many CPU seconds."""

    def too_long(*_: object) -> None:
        raise Fault(f"still at work after {MAX_CPU_S} CPU seconds")

    before = signal.signal(signal.SIGVTALRM, too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, MAX_CPU_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def kind_of(error: BaseException) -> str:
    """Return what happened and where, without what differs from input to input."""
    text = "".join(traceback.format_exception(error))
    logged = str(error) if isinstance(error, Fault) else text
    frames = [frame for frame in _FRAME.findall(logged) if "tests/fuzz/" not in frame[0]]
    where = f" at {frames[-1][0]}:{frames[-1][1]}" if frames else ""
    if not isinstance(error, Fault):
        return type(error).__name__ + where
    said, *log = str(error).splitlines()
    raised = [name for name in _RAISED.findall("\n".join(log)) if name != "Traceback"]
    return said[:80] + (f": {raised[-1]}" if raised else "") + where


def fails_as(surface: Surface, inputs: Sequence[bytes], kind: str) -> bool:
    """True if a fresh start of the program has a fault of this kind with these inputs."""
    kinds = set()
    try:
        with surface.open() as feed:
            for data in inputs:
                try:
                    with limited():
                        feed(data)
                except Exception as error:
                    kinds.add(kind_of(error))
    except Exception as error:
        kinds.add(kind_of(error))
    return kind in kinds


def smallest(surface: Surface, inputs: Sequence[bytes], kind: str) -> tuple[bytes, ...]:
    """Return fewer and shorter inputs that lead to the same fault; the same ones if it does not occur again."""
    found = tuple(inputs)
    if fails_as(surface, found[-1:], kind):
        found = found[-1:]
    elif not fails_as(surface, found, kind):
        return found
    found = tuple(_reduced(found, lambda some: fails_as(surface, some, kind), 60))
    if len(found) > 1:
        return found
    shorter = _reduced(
        tuple(found[0][place : place + 1] for place in range(len(found[0]))),
        lambda some: fails_as(surface, (b"".join(some),), kind),
        MAX_TRIALS,
    )
    return (b"".join(shorter),)


def _reduced(parts: Sequence[bytes], fails: Callable[[Sequence[bytes]], bool], trials: int) -> Sequence[bytes]:
    """Return the parts without those that the fault does not need: halves first, then ever smaller pieces."""
    size = len(parts) // 2
    while size and trials:
        at = 0
        while at < len(parts) and trials:
            trials -= 1
            fewer = [*parts[:at], *parts[at + size :]]
            if fewer and fails(fewer):
                parts = fewer
            else:
                at += size
        size //= 2
    return parts


def keep(surface: Surface, found: Found, folder: Path, number: int) -> tuple[Path, str]:
    """Write the inputs of a fault and its text to files. Return the first file, and the command that replays it."""
    place = folder / f"{surface.name.replace(' ', '-')}-{number}"
    place.mkdir(parents=True, exist_ok=True)
    names = []
    for each, data in enumerate(found.inputs):
        names.append(place / f"{each:04}.input")
        names[-1].write_bytes(data)
    (place / "fault.txt").write_text(found.text, encoding="utf-8", errors="backslashreplace")
    files = str(names[0]) if len(names) == 1 else f"{place}/*.input"
    return place, f"python -m tests.fuzz replay '{surface.name}' {files}"
