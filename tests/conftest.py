"""One Hypothesis profile for all tests: no example is judged by the time that it takes."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
