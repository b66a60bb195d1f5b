"""A run log as long as one likes, spread over its days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from connectors.models import Store
from orchestrator.models import RunLogEntry, bulk

DAYS = 444  # so that a tenth of them is over the 400 that are kept
STORES = 5
FAILED_OF = 15  # one line in so many: of a thousand as many as fill a page
CODES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("event_heard", "event", "ok", {"what": "Order 5001 was placed", "origin": "webhook"}),
    (
        "decided_yes",
        "decision",
        "ok",
        {"effect": "Send an event", "because": "large", "seen": {"total": 310}},
    ),
    ("decided_no", "decision", "skipped", {"count": "One rule", "told": "“VIP”: too small", "noes": []}),
    ("action_done", "action", "ok", {"what": "Send “Large order” to Klaviyo"}),
    ("action_failed", "action", "failed", {"what": "Tag ticket 5", "because": "there is no such ticket"}),
)


def fill(first: Store, count: int, now: datetime) -> None:
    """A fifth of it is this client's."""
    others = [
        Store.objects.create(slug=f"store-{each}", name=f"Store {each}", platform="shopify")
        for each in range(1, STORES)
    ]
    owners = [first, *others]
    rows = _lines(owners, count, now)
    while batch := list(islice(rows, 5_000)):
        bulk.append(batch)


def _lines(owners: list[Store], count: int, now: datetime) -> Iterator[RunLogEntry]:
    """Oldest first. Four in a row share a trace and a person."""
    step = timedelta(days=DAYS) / count
    for number in range(count):
        code, kind, outcome, details = CODES[4 if number % FAILED_OF == 0 else number % 4]
        yield RunLogEntry(
            at=now - (count - number) * step,
            store=owners[number // 4 % len(owners)],
            kind=kind,
            outcome=outcome,
            code=code,
            rule="Large orders" if kind == "decision" else "",
            rule_version=1 if kind == "decision" else None,
            vendor="klaviyo" if kind == "action" else "shopify",
            subject=f"buyer{number // 4}@shop.test",
            reference=f"shopify:order:{number // 4}",
            trace=f"{number // 4:032x}",
            details=details,
        )
