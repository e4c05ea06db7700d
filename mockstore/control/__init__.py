"""The control protocol: JSON calls with which a test suite reads and changes what a store holds."""
