"""Whether another client's connection leads to the same vendor account: then nobody is suppressed there."""

from __future__ import annotations

from datetime import datetime

from connectors import vault
from connectors.models import Connection
from connectors.roles import Vendor
from orchestrator.record import attention, health

BECAUSE = "another client uses the same account, and suppressing would silence their customers too"


def why_not(connection: Connection, vendor: Vendor, now: datetime) -> str:
    """A sentence when it is shared, which staff are told of as well; "" when it is not."""
    if not connection.account.get("account_id"):
        health.works(connection, now, vendor.account())
    if not _is_shared(connection):
        attention.clear(
            "hold_shared_account", now=now, store_id=connection.store_id, reference=connection.vendor
        )
        return ""
    attention.call(
        "hold_shared_account",
        f"{connection}: {BECAUSE}. Nobody new is suppressed. Use method “list”, or give each client an "
        "account of their own.",
        now=now,
        connection=connection,
        reference=connection.vendor,
    )
    return BECAUSE


def _is_shared(connection: Connection) -> bool:
    """By the account's id, and by the key where an account was never asked for its id."""
    account_id = connection.account.get("account_id")
    others = Connection.objects.filter(vendor=connection.vendor).exclude(pk=connection.pk)
    for other in others.only("store_id", "vendor", "account", "sealed"):
        known = other.account.get("account_id")
        if known == account_id if known else _has_same_key(connection, other):
            return True
    return False


def _has_same_key(connection: Connection, other: Connection) -> bool:
    try:
        return bool(connection.sealed) and connection.credentials() == other.credentials()
    except vault.Unreadable:
        return False
