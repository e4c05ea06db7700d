"""Other behaviours than the reference: profiles of the real add-on, variants that conform, and defects that do not.

:mod:`patch` has the functions that all of them are made with.
"""
