"""Recordings: exchanges kept in a report folder, to be judged again without a network."""

FOLDER = "recording"
"""The name of the folder with the recordings, inside a report folder."""
