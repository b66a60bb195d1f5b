"""Finds what still writes to people on the hold list: it ignores the list, or fixed its recipients first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.models import Connection
from connectors.roles import Marketing
from connectors.types import Sending
from orchestrator.act import holdlist
from orchestrator.models import VendorState
from orchestrator.record import attention


def compare(connection: Connection, vendor: Marketing, list_id: str, now: datetime) -> None:
    """Every live flow and every campaign that is not sent yet. Raises VendorError."""
    found = list(vendor.sendings(list_id))
    careless = [each for each in found if not each.excludes_list]
    frozen = [each for each in found if each.excludes_list and each.frozen_at]
    if connection.resources.get("recipients_at_send"):
        frozen = []
    late = {each: count for each in frozen if (count := _held_after(connection, each))}
    for each in careless:
        told, reference = _about(connection, each, _careless(each)), _reference(connection, each)
        attention.call("hold_not_respected", told, now=now, connection=connection, reference=reference)
    for each, count in late.items():
        told, reference = _about(connection, each, _late(each, count)), _reference(connection, each)
        attention.call("hold_too_late", told, now=now, connection=connection, reference=reference)
    for code, still in (("hold_not_respected", careless), ("hold_too_late", late)):
        keep = frozenset(_reference(connection, each) for each in still)
        attention.clear(code, now=now, store_id=connection.store_id, keep=keep)
    holdlist.remember(connection, unguarded=_told(careless), frozen=_told(frozen))


def _about(connection: Connection, sending: Sending, said: str) -> str:
    return f"{connection}: the {sending.kind} “{sending.name}” ({sending.status}) {said}"


def _reference(connection: Connection, sending: Sending) -> str:
    return f"{connection.vendor}:{sending.kind}:{sending.id}"


def _careless(sending: Sending) -> str:
    said = "does not leave out the hold list, so it writes to people who are held."
    return f"{said} It goes out already: only cancelling stops it." if sending.is_running else said


def _late(sending: Sending, count: int) -> str:
    people = "1 customer was" if count == 1 else f"{count} customers were"
    what = (
        "It goes out already: only cancelling stops it."
        if sending.is_running
        else "Revert it to a draft and schedule it again, or hold with method “global”."
    )
    return f"fixed its recipients before {people} held, so it may still write to them. {what}"


def _held_after(connection: Connection, sending: Sending) -> int:
    """How many came onto the list after the recipients were fixed."""
    held = VendorState.objects.filter(connection=connection, key="hold_list", wanted=True, seen=True)
    return held.filter(seen_at__gt=sending.frozen_at).count()


def _told(sendings: Sequence[Sending]) -> list[dict[str, Any]]:
    return [
        {
            "kind": each.kind,
            "id": each.id,
            "name": each.name,
            "status": each.status,
            "frozen_at": each.frozen_at.isoformat() if each.frozen_at else None,
        }
        for each in sendings
    ]
