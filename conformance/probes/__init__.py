"""Probes: the evidence that a feature needs beyond single exported orders, and the functions that judge it.

A probe makes exchanges of its own, such as a changed order or a notification, or compares exchanges of the survey.
"""
