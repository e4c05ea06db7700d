"""Mutants of the reference implementation: the same store with its code changed in one place.

A mutant that the suite doesn't find shows a hole in the suite, or a form that the contract allows.
"""
