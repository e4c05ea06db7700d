"""Carries out a run: opens targets, judges them in one or more processes, and sums up."""
