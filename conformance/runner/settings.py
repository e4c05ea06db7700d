"""The settings of a run: frozen and typed. No secret appears in their text form."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from conformance.core.model import Scope
from conformance.report.model import EMBEDDED, TRAFFIC
from conformance.truth.settings import Secret, TruthAccess


class EmbeddedTarget(msgspec.Struct, frozen=True, tag="embedded"):
    """A mock store of a version, started for the run, with the defects and variants of these names."""

    version: str
    defects: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    profile: str = "reference"
    orders: int = 40
    label: str = ""

    @property
    def name(self) -> str:
        """The name in results."""
        return self.label or self.version


class UrlTarget(msgspec.Struct, frozen=True, tag="url"):
    """An endpoint at a URL. Without ``truth`` it is only observed."""

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
        """The name in results."""
        return self.version


class RecordedTarget(msgspec.Struct, frozen=True, tag="recorded"):
    """A target whose exchanges were recorded; it is judged from the tape, without a network."""

    original: EmbeddedTarget | UrlTarget
    tape: str

    @property
    def name(self) -> str:
        """The name in results."""
        return self.original.name


class TrafficTarget(msgspec.Struct, frozen=True, tag="traffic"):
    """Recorded traffic of a real shop, in a folder or a HAR file; it is observed, without a network.

    If ``folder`` is a HAR file, ``name`` is the one that :func:`har_traffic` gives to an address of the add-on.
    """

    folder: str
    name: str


TargetSettings = EmbeddedTarget | UrlTarget | RecordedTarget | TrafficTarget


def place_of(target: TargetSettings) -> str:
    """Return where a target is, for a report: its URL, its folder, or ``embedded mock store`` with its options."""
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
    """The requirements to judge: all, or those of these ids and features; and of these all scenarios, or some."""

    only: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    """Parts of the names of the scenarios to judge; none for all scenarios."""

    def takes(self, requirement: str, feature: str) -> bool:
        """True if a requirement is selected."""
        if not self.only:
            return True
        wanted = {word.casefold() for word in self.only}
        names = {requirement.casefold(), requirement.partition("-")[0].casefold(), feature.casefold()}
        return bool(wanted & names)

    def takes_scenario(self, name: str) -> bool:
        """True if a scenario of a selected requirement is selected."""
        return not self.scenarios or any(part.casefold() in name.casefold() for part in self.scenarios)


class RunSettings(msgspec.Struct, frozen=True):
    """The settings of a whole run."""

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
    """Folder to record every exchange in; "" for no recording."""
    redact: bool = False
    """True if personal data is replaced in evidence and recordings."""
    explains_findings: bool = True
    """True if the report says what failing orders have in common. No verdict depends on it."""
    trace: bool = False
    """True if each exchange is sent to the watcher as an event."""
