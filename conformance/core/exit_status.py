"""The exit statuses of every command; :mod:`conformance.core.errors` lists the errors that lead to them."""

CONFORMING = 0
"""Everything in scope was judged, and no deviation fails the run."""
DEVIATING = 1
"""A requirement deviates, and that fails the run."""
FAILED = 2
"""Wrong use, or an error of the suite."""
INCOMPLETE = 3
"""A requirement in scope was not judged, or the command was interrupted."""
