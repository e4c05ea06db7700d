"""What is required, and the form of the messages: requirements, fields, units, countries, schemas."""
