"""Profiles: behaviours of the real add-on's versions, by replacing steps of the reference."""

from __future__ import annotations

PROFILES = {
    "addon-1.0.12": "The ShipStation add-on 1.0.12 as it is, faults included.",
    "addon-1.0.10": "The ShipStation add-on 1.0.10: refuses every export, takes notifications from anyone.",
}
"""What there is beside the reference, and in a sentence what it is."""
