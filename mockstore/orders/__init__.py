"""The model of an order, and how orders are made: computed from a seed, or specimens of hard cases."""
