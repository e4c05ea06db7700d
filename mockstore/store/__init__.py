"""The orders of one shop: computed ones, and a database of what was changed since."""
