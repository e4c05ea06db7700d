"""CS-Cart's REST API over a store: orders, shipments, statuses, and what is needed to create an order.

Differences between versions are read from the facts of the version. Entities that CS-Cart has and
that are not played here are answered 501. This package does not know the add-on.
"""
