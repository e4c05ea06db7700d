"""Defects of the shipment notification: the recorded values, and the order afterwards."""
