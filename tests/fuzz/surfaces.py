"""All surfaces of both programs."""

from __future__ import annotations

from tests.fuzz.mock_surfaces import MOCK_SURFACES
from tests.fuzz.suite_surfaces import SUITE_SURFACES
from tests.fuzz.surface import Surface

SURFACES: tuple[Surface, ...] = (*MOCK_SURFACES, *SUITE_SURFACES)
