"""Profiles: behaviours of versions of the real add-on, made by replacing steps of the reference."""

from __future__ import annotations

PROFILES = {
    "addon-1.0.12": "The ShipStation add-on 1.0.12 with all its defects.",
    "addon-1.0.10": "The ShipStation add-on 1.0.10: refuses every export, accepts notifications without credentials.",
}
"""The profiles other than the reference, with a sentence for each."""
