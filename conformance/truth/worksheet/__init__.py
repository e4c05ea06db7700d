"""A source of truth for shops that no program can operate: people place orders by hand, and fill in a form."""
