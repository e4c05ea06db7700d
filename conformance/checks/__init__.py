"""Checks: pure functions that compare what a store exported with the contract and with its own record.

There is one module for each feature file. The name of a check states its rule; the check yields one
:class:`~conformance.core.finding.Finding` for each place that breaks the rule, and its docstring
begins with the requirement. Functions that begin with ``is_`` or ``has_`` are predicates; scenarios
select orders with them. Nothing here sends a request, stores or prints anything.
"""
