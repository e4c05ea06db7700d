"""The Gherkin suite: feature files bound to steps. Steps fetch and hand over; judging is in ``judging``."""
