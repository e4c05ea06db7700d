"""Probes: the evidence that a feature needs beyond single exported orders, and the functions that judge it.

A probe makes further exchanges, for example a notification, or compares exchanges of the survey.
"""
