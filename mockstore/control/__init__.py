"""The control protocol: how a suite learns and changes what a store holds, and the specimens made with it."""
