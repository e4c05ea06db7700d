"""Plays the store against a program that plays ShipStation, and judges its requests and what it imports."""
