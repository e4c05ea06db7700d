"""What a run is asked to do: frozen, typed, and without secrets in any text form."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from conformance.core.model import Scope
from conformance.report.model import EMBEDDED, TRAFFIC
from conformance.truth.settings import Secret, TruthAccess


class EmbeddedTarget(msgspec.Struct, frozen=True, tag="embedded"):
    """A mock store of this version, started for the run; with defects or variants by name."""

    version: str
    defects: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    profile: str = "reference"
    orders: int = 40
    label: str = ""

    @property
    def name(self) -> str:
        """What results call it."""
        return self.label or self.version


class UrlTarget(msgspec.Struct, frozen=True, tag="url"):
    """An endpoint somewhere. Without ``truth`` it is observed only."""

    url: str
    username: str
    password: Secret
    version: str = "unknown"
    truth: TruthAccess | None = None
    allow_writes: bool = False
    allow_hostile: bool = False
    ca_file: str = ""

    @property
    def name(self) -> str:
        """What results call it."""
        return self.version


class RecordedTarget(msgspec.Struct, frozen=True, tag="recorded"):
    """A target as it was when its exchanges were recorded: judged from the tape, without a network."""

    original: EmbeddedTarget | UrlTarget
    tape: str

    @property
    def name(self) -> str:
        """What results call it."""
        return self.original.name


class TrafficTarget(msgspec.Struct, frozen=True, tag="traffic"):
    """A folder of traffic that somebody recorded of a real shop; observed without a network."""

    folder: str
    name: str


TargetSettings = EmbeddedTarget | UrlTarget | RecordedTarget | TrafficTarget


def place_of(target: TargetSettings) -> str:
    """Where a target is, for a report: its URL, or the embedded store with what makes it another."""
    match target:
        case EmbeddedTarget():
            options = [f"--profile {target.profile}"] if target.profile != "reference" else []
            options += [f"--defect {name}" for name in target.defects]
            options += [f"--variant {name}" for name in target.variants]
            return " ".join([EMBEDDED, *options])
        case UrlTarget():
            return target.url
        case RecordedTarget():
            return place_of(target.original)
        case TrafficTarget():
            return f"{TRAFFIC}{target.folder}"


class Selection(msgspec.Struct, frozen=True):
    """Which requirements are judged: all, or those of these features and ids."""

    only: tuple[str, ...] = ()

    def takes(self, requirement: str, feature: str) -> bool:
        """Whether a requirement is among them."""
        if not self.only:
            return True
        wanted = {word.casefold() for word in self.only}
        names = {requirement.casefold(), requirement.partition("-")[0].casefold(), feature.casefold()}
        return bool(wanted & names)


class RunSettings(msgspec.Struct, frozen=True):
    """A whole run."""

    targets: tuple[TargetSettings, ...]
    scope: Scope = "full"
    level: Literal["must", "should"] = "must"
    selection: Selection = Selection()
    seed: int = 1
    timeout_s: float = 30.0
    max_requests: int = 5000
    max_orders: int = 40
    rate: float = 0.0
    window_start: datetime | None = None
    window_end: datetime | None = None
    started_at: datetime | None = None
    jobs: int = 1
    record: str = ""
    """The folder that every exchange is recorded in; empty for nowhere."""
    redact: bool = False
    """Whether personal data is taken out of evidence and recordings."""
    trace: bool = False
    """Whether each exchange is said to who watches."""
