"""A mock CS-Cart store with the ShipStation add-on, of any supported version."""
