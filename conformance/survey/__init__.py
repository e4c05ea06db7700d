"""The evidence of one target that most requirements share: windows, pages, and test orders (specimens)."""
