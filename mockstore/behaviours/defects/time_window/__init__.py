"""Defects of the time window: which orders a poll gets."""
