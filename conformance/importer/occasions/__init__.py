"""Occasions: what is done with an importer, one module a feature. Each leaves evidence; none judges."""
