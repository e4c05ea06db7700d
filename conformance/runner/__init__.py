"""Runs the suite: opens targets, judges them in one or more processes, and builds the report."""
