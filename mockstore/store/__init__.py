"""The orders of one shop: computed orders, and a ledger of everything that was changed since."""
