"""Measures the mock store and the suite beside the programs that people would use instead.

``make bench`` runs the compared programs in alternation, and writes the tables of docs/performance.md.
"""
