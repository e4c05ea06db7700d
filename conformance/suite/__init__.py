"""The Gherkin suite: feature files bound to steps.

Steps fetch evidence and hand it over; ``checks`` and ``probes`` judge it.
"""
