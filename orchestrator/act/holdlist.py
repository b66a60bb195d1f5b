"""The store's hold list at the marketing tool: found or made once, remembered by id, watched."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from connectors.errors import NeedsAttention, NotFound
from connectors.models import Connection
from connectors.roles import Marketing
from orchestrator.record import attention, runlog

RESOURCE = "hold_list"


def name_for(connection: Connection) -> str:
    return f"Orchestrator hold: {connection.store.slug}"


def ensure(connection: Connection, vendor: Marketing, now: datetime) -> str:
    """The list's id. Making a list cannot be repeated safely, so it is looked for first."""
    if list_id := connection.resources.get(RESOURCE):
        if connection.resources.get("hold_list_gone"):
            raise gone(connection)
        return str(list_id)
    name = name_for(connection)
    found = vendor.find_list(name)
    list_id = found or vendor.create_list(name)
    connection.next_sweep_at = None  # who does not respect the list is found out next
    connection.save(update_fields=["next_sweep_at"])
    remember(connection, hold_list=list_id, hold_list_name=name)
    runlog.note(
        "hold_list_ready",
        store_id=connection.store_id,
        vendor=connection.vendor,
        vendor_label=connection.label,
        name=name,
        how="found" if found else "made",
    )
    return list_id


def look_after(connection: Connection, vendor: Marketing, now: datetime) -> str | None:
    """The list's id, or None when somebody deleted it (which staff are told). A new name is fine."""
    list_id = connection.resources.get(RESOURCE)
    if not list_id:
        return None
    try:
        name = vendor.list_name(str(list_id))
    except NotFound:
        _report_gone(connection, now)
        return None
    if connection.resources.get("hold_list_gone") or name != connection.resources.get("hold_list_name"):
        remember(connection, hold_list_gone=False, hold_list_name=name)
    attention.clear("hold_list_missing", now=now, store_id=connection.store_id, reference=connection.vendor)
    return str(list_id)


def forget(connection: Connection) -> None:
    """Staff want a new list: the next hold finds or makes one by name."""
    resources = dict(connection.resources)
    for key in (RESOURCE, "hold_list_gone", "hold_list_name"):
        resources.pop(key, None)
    connection.resources = resources
    connection.save(update_fields=["resources"])


def _report_gone(connection: Connection, now: datetime) -> None:
    if not connection.resources.get("hold_list_gone"):
        runlog.note(
            "hold_list_missing",
            store_id=connection.store_id,
            vendor=connection.vendor,
            vendor_label=connection.label,
        )
    remember(connection, hold_list_gone=True)
    attention.call(
        "hold_list_missing",
        f"{connection}: the hold list was deleted, so nobody can be held. Set it up again on the "
        "connection's page, then leave it out of every flow and campaign.",
        now=now,
        connection=connection,
        reference=connection.vendor,
    )


def gone(connection: Connection) -> NeedsAttention:
    return NeedsAttention(
        f"The hold list at {connection.label} was deleted. Set it up again on the connection's page.",
        code="hold_list_missing",
    )


def remember(connection: Connection, **values: object) -> None:
    """Beside what others remembered since this row was read."""
    with transaction.atomic():
        newest = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        connection.resources = {**newest.resources, **values}
        connection.save(update_fields=["resources"])
