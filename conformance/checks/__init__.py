"""Judging: pure functions from evidence to findings. Nothing here sends, stores or prints."""
