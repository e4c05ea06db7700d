"""``report.json`` and its views. Every view is made from the report alone."""
