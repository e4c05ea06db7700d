"""Plays ShipStation against a store's endpoint, and judges what it answers."""

__version__ = "0.1.0"
