"""The types that all parts share: requirement, verdict, finding, error, event. None of them does any I/O."""
