"""Which costly details the rules of a store need, so that readers fetch those and no others."""

from __future__ import annotations

from connectors.models import Connection
from connectors.roles import Marketing
from connectors.roles.marketing import CARTS, VIEWS
from connectors.types import Transition
from orchestrator.intake import sources
from rules import publish
from rules.engine import Rulebook

OF_CARTS = (Transition.CART_CHANGED, Transition.CART_ABANDONED, Transition.CART_RECOVERED)


def of_rules(store_id: int) -> frozenset[str]:
    """For example ``{"ticket.intents"}``."""
    return publish.compiled_for([store_id])[store_id].wants()


def details(connection: Connection) -> frozenset[str]:
    """The same, with what only this tool is to tell."""
    book = publish.compiled_for([connection.store_id])[connection.store_id]
    heard = _heard(connection, book) if connection.role == Marketing.role else frozenset()
    return book.wants() | heard


def _heard(connection: Connection, book: Rulebook) -> frozenset[str]:
    """What a marketing tool tells while some rule listens; carts only where the storefront tells none."""
    found = {VIEWS} if book.hearing(Transition.PRODUCT_VIEWED) else set()
    if any(book.hearing(each) for each in OF_CARTS):
        others = Connection.objects.filter(store_id=connection.store_id, is_enabled=True)
        found |= {CARTS} if sources.of_carts(others) == connection.vendor else set()
    return frozenset(found)
