"""One Hypothesis profile for all tests.

No example fails because it takes long. CI tries the same examples in every run, so that a submission fails by its
own mistakes only; elsewhere each run tries others.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("suite", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("suite")
