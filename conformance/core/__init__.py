"""The types that all parts share: requirement, verdict, finding, error, event. They neither send, read nor print."""
