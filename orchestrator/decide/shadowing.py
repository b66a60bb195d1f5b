"""What time makes due for the rules in shadow: their steps, the ends of their holds, what they would send.

The functions are those of the rules that are live. On this side vendors are read and never written to.
"""

from __future__ import annotations

from datetime import datetime

from connectors import shadow
from connectors.models import Connection, Store
from orchestrator.act import outbox
from orchestrator.decide import campaigns, due, steps
from rules.models import Rule

TIMED = (
    (steps.stores_with_steps, steps.advance),
    (campaigns.stores_to_look, campaigns.look),
    (due.stores_to_release, due.release),
)


def stores_due(now: datetime) -> list[int]:
    """Clients for whom something is due on this side. Costs one query where no rule is in shadow."""
    if not Rule.objects.filter(mode=Rule.Mode.SHADOW).exists():
        return []
    with shadow.cast():
        sending = Connection.objects.filter(pk__in=outbox.connections_due(now)).values_list(
            "store", flat=True
        )
        return sorted({*sending, *(store for stores, _ in TIMED for store in stores(now))})


def go_on(store: Store, now: datetime) -> int:
    """Answers how much was due."""
    with shadow.cast():
        count = sum(do(store, now) for _, do in TIMED)
        owed = Connection.objects.filter(store=store, pk__in=outbox.connections_due(now))
        return count + sum(due.dispatch(each, now) for each in owed.select_related("store").order_by("pk"))
