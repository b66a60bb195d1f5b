"""Tells staff of connections whose secrets have stood for so long that they should be replaced."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from connectors.models import Connection
from orchestrator.record import attention


def is_due(connection: Connection, now: datetime) -> bool:
    return now - connection.secrets_since >= timedelta(days=settings.ROTATE_CREDENTIALS_DAYS)


def look(connection: Connection, now: datetime) -> None:
    """Once an hour, and whenever the secrets change."""
    if is_due(connection, now):
        days = (now - connection.secrets_since).days
        sentence = (
            f"{connection}: its secrets are {days} days old. Make new ones at {connection.label} and enter "
            "them in the connection; nothing that was read or held is lost."
        )
        attention.call(
            "credentials_old", sentence, now=now, connection=connection, reference=connection.vendor
        )
    else:
        attention.clear("credentials_old", now=now, store_id=connection.store_id, reference=connection.vendor)
