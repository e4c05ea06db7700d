"""Checks: pure functions that compare what a store exported with the contract and with its own record.

There is one module for each feature file. A check is named after what must hold; it yields one
:class:`~conformance.core.finding.Finding` for each place where that doesn't hold, and its docstring
begins with the requirement. Functions that begin with ``is_`` or ``has_`` tell whether a scenario
looks at an order. Nothing here sends a request, stores or prints anything.
"""
