"""Plays the store against a program that plays ShipStation, and judges what that asks for and imports."""
