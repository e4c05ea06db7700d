"""SHP: shipment notifications, and what the store records of them."""
