"""What the mock store and the suite cost, side by side with what people would use instead.

``make bench`` measures in one run, alternating, and writes the tables of docs/performance.md.
"""
