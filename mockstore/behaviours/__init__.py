"""Other behaviours than the reference: profiles of the real add-on, variants that conform, and defects that do not.

:mod:`patch` has the functions of which they are made.
"""
