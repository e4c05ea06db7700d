"""Checks: from the evidence of an occasion to findings, one module a feature. Pure.

Each check is named in ``suite/importer_then.py`` beside the sentence of the feature file.
"""
