"""Checks: pure functions from the evidence of an occasion to findings. There is one module for each feature.

Each check is named in ``suite/importer_then.py`` beside the sentence of the feature file.
"""
