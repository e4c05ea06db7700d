"""The fields of an order, and which of them a source of truth can tell."""

from __future__ import annotations

from mockstore.shop.facts import StoreFacts


def cannot_tell(facts: StoreFacts, field: str) -> bool:
    """Whether the source can't say that field of an order, ``items.weight`` or by its last part ``weight``."""
    return field in facts.lacks or field.rpartition(".")[2] in facts.lacks
