"""Plays ShipStation: builds requests, sends them, keeps each exchange, and reads what came back."""
