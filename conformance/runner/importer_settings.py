"""What a run on an importer is asked to do: frozen, and without secrets in any text form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from conformance.importer.command import Template
from conformance.importer.mapping import Mapping
from conformance.runner.settings import Selection
from conformance.truth.settings import Secret


@dataclass(frozen=True)
class ImporterSettings:
    """A whole run. ``shown`` is what the report calls the importer."""

    importing: Template | None
    shown: str
    versions: tuple[str, ...]
    shipping: Template | None = None
    password_variable: str = "STORE_PASSWORD"
    username: str = "conformance-importer"
    password: Secret = field(default_factory=Secret)
    mapping: Mapping | None = None
    level: Literal["must", "should"] = "must"
    selection: Selection = field(default_factory=Selection)
    limit_s: float = 30.0
    at_once: int = 1
    port: int = 0
    results: str = ""

    @property
    def attached(self) -> bool:
        """Whether the importer comes by itself."""
        return self.importing is None
