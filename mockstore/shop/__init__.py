"""The settings of one shop: zone, currency, statuses, its clock, and the facts of its CS-Cart version."""
