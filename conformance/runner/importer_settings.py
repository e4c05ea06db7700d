"""The settings of a run on an importer: frozen, and without secrets in any text form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from conformance.importer.command import CommandTemplate
from conformance.importer.mapping import FieldMapping
from conformance.runner.settings import Selection
from conformance.truth.settings import Secret

CALL_LIMIT_S = 30.0
"""Seconds that a command may take, unless ``--limit`` says otherwise."""
POLL_LIMIT_S = 300.0
"""Seconds to wait for the next poll of a service, unless ``--limit`` says otherwise."""


@dataclass(frozen=True)
class ImporterSettings:
    """The settings of a run. ``shown`` is the importer's name in the report, ``limit_s`` the limit of a call.

    Without an import command the importer is a service, which polls a store at ``port`` by itself.
    """

    import_command: CommandTemplate | None
    shown: str
    versions: tuple[str, ...]
    ship_command: CommandTemplate | None = None
    password_variable: str = "STORE_PASSWORD"
    username: str = "conformance-importer"
    password: Secret = field(default_factory=Secret)
    mapping: FieldMapping | None = None
    mapping_file: str = ""
    level: Literal["must", "should"] = "must"
    selection: Selection = field(default_factory=Selection)
    limit_s: float = CALL_LIMIT_S
    jobs: int = 1
    port: int = 0
    results_url: str = ""

    @property
    def usual_limit_s(self) -> float:
        """The limit without ``--limit``."""
        return POLL_LIMIT_S if self.is_service else CALL_LIMIT_S

    @property
    def is_service(self) -> bool:
        """True if the importer polls by itself."""
        return self.import_command is None
