"""Defects of the shipment notification: what is recorded, and what becomes of the order."""
