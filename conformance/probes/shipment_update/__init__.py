"""SHP: shipment notifications, and the shipments that the store records for them."""
