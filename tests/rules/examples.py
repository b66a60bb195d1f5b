"""Facts, tickets and rules that the tests of this folder begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.types import Money, Person, TicketSnapshot, Transition
from rules import params, registry
from rules.compiled import CompiledRule
from rules.facts import Change, CustomerFacts, Facts, OpenCause, OrderFacts, ProductFacts

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANA = "ana@shop.test"

ORDER = OrderFacts(id="9", total=Decimal("120.50"), currency="USD", country="US", item_count=3)
CUSTOMER = CustomerFacts(
    email=ANA,
    emails=(ANA,),
    name="Ana",
    order_count=4,
    spent=Decimal("612.10"),
    predicted_value=Decimal(320),
    predicted=Money(Decimal(320), "USD"),
    predicted_at=NOW,
    tags=("VIP",),
    record_id="7001",
)
PRODUCT = ProductFacts(id="P-7", stock=12)


def ticket(**fields: Any) -> TicketSnapshot:
    """An open e-mail ticket of Ana's that waits since an hour ago."""
    given = {
        "id": "555",
        "source_at": NOW,
        "is_open": True,
        "channel": "email",
        "priority": "normal",
        "subject": "Where is my parcel?",
        "tags": ("Shipping",),
        "intents": ("shipping/status",),
        "customer": Person(id="8001", emails=(ANA,)),
        "created_at": NOW - timedelta(hours=1),
    }
    return TicketSnapshot(**{**given, **fields})


def change(transition: Transition = Transition.TICKET_OPENED, **fields: Any) -> Change:
    given = {"vendor": "gorgias", "kind": "ticket", "object_id": "555", "at": NOW}
    return Change(transition=transition, **{**given, **fields})


def facts(**fields: Any) -> Facts:
    given = {"change": change(), "now": NOW, "ticket": ticket(), "customer": CUSTOMER}
    return Facts(**{**given, **fields})


def rule(recipe: str, values: dict[str, Any] | None = None, **fields: Any) -> CompiledRule:
    """A live rule, since a year."""
    found = registry.recipe(recipe)
    cleaned = params.clean(found, values or {})
    given = {
        "rule_id": 1,
        "name": "A rule",
        "version": 1,
        "mode": "live",
        "live_at": NOW - timedelta(days=365),
        "hears": found.hears(cleaned),
    }
    return CompiledRule(recipe=found, params=cleaned, **{**given, **fields})


def cause(**fields: Any) -> OpenCause:
    """What the ledger holds after Ana's ticket was seen open an hour ago."""
    given = {
        "subject": ANA,
        "reference": "gorgias:ticket:555",
        "method": "hold_list",
        "source_at": NOW - timedelta(hours=1),
    }
    return OpenCause(**{**given, **fields})
