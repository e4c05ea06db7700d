"""Occasions: what the suite does with an importer, one module a feature.

Each occasion returns the evidence of what happened, and judges nothing. Its function is named in
``suite/importer_when.py`` beside the sentence of the feature file.
"""
