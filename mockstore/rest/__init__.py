"""CS-Cart's REST API over a store: orders, shipments, statuses, and what is needed to create an order.

Differences between versions are read from the facts of the version. Entities of CS-Cart
that are missing here are answered 501. This package does not use the add-on's endpoint.
"""
