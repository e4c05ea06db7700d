"""A shop's settings, clock and CS-Cart version."""
