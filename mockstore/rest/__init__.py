"""CS-Cart's REST API over a store: orders, shipments, statuses, and what is needed to place an order.

What differs between versions is asked of the version's facts. Of the entities that a version has
beside those played here, each request is answered 501. Knows nothing of the add-on.
"""
