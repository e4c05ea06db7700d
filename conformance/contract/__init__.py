"""The contract: requirements, and the form of the messages with their fields, units, countries and schemas."""
