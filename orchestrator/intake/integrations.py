"""Webhook registrations at the vendors: made, corrected and brought back; polling fills the gaps."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from connectors import connect, registry
from connectors.errors import NotYet, VendorError
from connectors.models import Connection
from connectors.types import WebhookState
from orchestrator.record import attention, health, runlog

EVERY = timedelta(hours=1)


def address(connection: Connection) -> str:
    """Where the vendor posts to."""
    root: str = settings.PUBLIC_URL
    return root.rstrip("/") + reverse("hook", args=[connection.token])


def due(now: datetime) -> list[int]:
    """Connections whose registrations were set up once and not looked at for an hour."""
    rows = Connection.objects.active().filter(webhooks_checked_at__lte=now - EVERY)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def ensure(connection: Connection, now: datetime) -> list[WebhookState]:
    """Register what is missing and revive what was switched off. Raises VendorError."""
    if not registry.vendor_class(connection.vendor).has_webhooks:
        return []
    states = connect.open(connection).ensure_webhooks(address(connection))
    _remember(connection, states, now)
    return states


def look_after(connection: Connection, now: datetime) -> int:
    """The hourly check; trouble is shown, never raised."""
    try:
        return len(ensure(connection, now))
    except VendorError as error:
        health.fails(connection, error, now)
        if not isinstance(error, NotYet):  # else the next tick looks again
            Connection.objects.filter(pk=connection.pk).update(webhooks_checked_at=now)
        return 0


def _remember(connection: Connection, states: list[WebhookState], now: datetime) -> None:
    connection.webhooks_checked_at = now
    connection.webhook_topics = sorted(each.topic for each in states if each.is_active)
    connection.next_poll_at = now if any(each.was_revived for each in states) else connection.next_poll_at
    connection.save(update_fields=["webhooks_checked_at", "webhook_topics", "next_poll_at"])
    dead = [each.topic for each in states if not each.is_active]
    changed = [each for each in states if each.was_created or each.was_revived]
    if changed:
        runlog.note(
            "webhooks_checked",
            store_id=connection.store_id,
            vendor=connection.vendor,
            vendor_label=connection.label,
            created=sum(each.was_created for each in states),
            revived=sum(each.was_revived for each in states),
            active=sum(each.is_active for each in states),
        )
    if dead:
        sentence = f"{connection}: webhooks are switched off ({', '.join(dead)}). Polling goes on."
        attention.call("webhook_dead", sentence, now=now, connection=connection, reference=connection.vendor)
    else:
        attention.clear("webhook_dead", now=now, store_id=connection.store_id, reference=connection.vendor)
