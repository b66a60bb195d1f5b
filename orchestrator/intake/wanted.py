"""Which costly details the rules of a store need, so that readers fetch those and no others."""

from __future__ import annotations

from rules import publish


def details(store_id: int) -> frozenset[str]:
    """For example ``{"ticket.intents"}``."""
    return publish.compiled_for([store_id])[store_id].wants()
