"""Exchanges kept in a report folder, and judged again without a network."""

FOLDER = "recording"
"""Where they lie in a report folder."""
