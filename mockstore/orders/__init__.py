"""Orders: their model, and how they are computed from a seed."""
