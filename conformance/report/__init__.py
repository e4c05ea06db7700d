"""``report.json`` and its views. Each view is made from the report alone."""
