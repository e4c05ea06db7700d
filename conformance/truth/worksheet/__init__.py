"""Truth by hand, for shops that no program can drive: orders to place, and a form that says what was placed."""
