"""Profiles: how real versions of the add-on answer, faults included."""
