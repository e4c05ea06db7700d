"""Recordings: exchanges kept in a report folder, to be judged again without a network."""

FOLDER = "recording"
"""Their folder in a report folder."""
