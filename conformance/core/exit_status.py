"""The exit statuses of every command; :mod:`conformance.core.errors` lists the errors that lead to them."""

CONFORMING = 0
"""Nothing deviates that would fail the run, and everything in scope was judged."""
DEVIATING = 1
"""A requirement deviates."""
FAILED = 2
"""Wrong use, or an error of the suite."""
INCOMPLETE = 3
"""A requirement in scope was not judged, or the command was interrupted."""
