"""The suite of features: binds the sentences of the feature files to functions.

The functions are in ``checks`` and ``probes``. They obtain evidence and judge it.
"""
