"""The store's record by hand, for shops that no program can operate: orders to place, and a form to fill in."""
