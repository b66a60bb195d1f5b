"""The inbox: a snapshot gets in once, whoever brought it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from connectors.models import Connection
from connectors.types import AnySnapshot
from orchestrator.models import InboxEvent, bulk

_encode = msgspec.json.Encoder().encode
_decode: Callable[[bytes], AnySnapshot] = msgspec.json.Decoder(AnySnapshot).decode

# What holds are decided from (somebody must not be written to meanwhile), and what that looks at.
URGENT = ("ticket", "return", "prediction")
Thing = tuple[str, str]  # kind and id


def new_trace() -> str:
    return uuid4().hex


def read_body(body: bytes) -> AnySnapshot:
    """A stored snapshot. Raises msgspec.ValidationError when it no longer fits."""
    return _decode(body)


def write_body(snapshot: AnySnapshot) -> bytes:
    return _encode(snapshot)


def key_of(vendor: str, snapshot: AnySnapshot, body: bytes, suffix: str = "") -> str:
    """vendor:kind:id:source_at:hash, the same for webhook and poll."""
    digest = hashlib.blake2b(body, digest_size=10).hexdigest()
    stamp = snapshot.source_at.astimezone(UTC).isoformat()
    return f"{vendor}:{snapshot.kind}:{snapshot.id}:{stamp}:{digest}{suffix}"


def accept(
    connection: Connection,
    snapshots: Iterable[AnySnapshot],
    *,
    origin: InboxEvent.Origin,
    now: datetime,
    traces: Mapping[Thing, str] | None = None,
    suffix: str = "",
) -> int:
    """Store what is new, in bulk; answers how many were.

    ``traces`` are those of the deliveries that spoke of these things; other events begin their own.
    ``suffix`` sets a repeated reading apart from the event it was asked for.
    """
    rows: dict[str, InboxEvent] = {}
    for snapshot in snapshots:
        trace = (traces or {}).get((snapshot.kind, snapshot.id)) or new_trace()
        row = _row(connection, snapshot, origin, now, trace, suffix)
        rows[row.key] = row
    if not rows:
        return 0
    known = set(
        InboxEvent.objects.filter(store_id=connection.store_id, key__in=list(rows)).values_list(
            "key", flat=True
        )
    )
    fresh = [row for key, row in rows.items() if key not in known]
    bulk.append(fresh, ignore_conflicts=True)
    return len(fresh)


def _row(
    connection: Connection,
    snapshot: AnySnapshot,
    origin: InboxEvent.Origin,
    now: datetime,
    trace: str,
    suffix: str,
) -> InboxEvent:
    body = write_body(snapshot)
    if origin == InboxEvent.Origin.POLL and snapshot.source_at < connection.created_at:
        origin = InboxEvent.Origin.IMPORT  # history from before we were there
    return InboxEvent(
        store_id=connection.store_id,
        connection=connection,
        key=key_of(connection.vendor, snapshot, body, suffix),
        kind=snapshot.kind,
        is_urgent=snapshot.kind in URGENT,
        object_id=snapshot.id,
        source_at=snapshot.source_at,
        origin=origin,
        body=body,
        trace=trace,
        received_at=now,
    )
