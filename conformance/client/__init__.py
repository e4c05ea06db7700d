"""Plays ShipStation: builds requests, sends them, keeps each exchange, and parses the replies."""
