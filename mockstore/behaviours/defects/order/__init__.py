"""Defects of the order itself: one module for each group of elements."""
