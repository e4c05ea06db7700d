"""Probes: the exchanges that one family of requirements makes of its own, and what is read in them."""
