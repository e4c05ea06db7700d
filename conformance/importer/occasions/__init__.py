"""Occasions: the suite runs an importer in some situation. There is one module for each feature.

Each occasion returns the evidence of what happened, and judges nothing. Its function is named in
``suite/importer_when.py`` beside the sentence of the feature file.
"""
