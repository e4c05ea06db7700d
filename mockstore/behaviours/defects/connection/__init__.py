"""Defects of the connection: credentials, actions, and the form of requests and replies."""
