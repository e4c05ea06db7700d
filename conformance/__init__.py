"""Judges integrations of ShipStation and CS-Cart: plays ShipStation against a store, or stores against an importer."""

__version__ = "0.1.0"
