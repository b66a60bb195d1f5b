"""Asks every vendor what changed. The watermark moves only after its rows are committed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db.models import Q

from connectors import connect, registry, timekeeper
from connectors.errors import TryLater, VendorError
from connectors.limits import Use
from connectors.models import Connection, Cursor
from connectors.types import Page
from orchestrator.intake import inbox, reading, wanted
from orchestrator.models import Import, InboxEvent
from orchestrator.record import attention, health

log = logging.getLogger(__name__)

STREAM = "changes"
RETRY = timedelta(seconds=30)
PATIENCE = timedelta(minutes=10)  # with a history that does not begin
RETRY_AFTER_ATTENTION = timedelta(minutes=5)


def due(now: datetime, *, everything: bool = False) -> list[int]:
    """Connections whose turn it is; ``everything`` ignores the schedule, not what a vendor asked for."""
    rows = Connection.objects.active() if everything else Connection.objects.poll_due(now)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def begin(connection: Connection, watermark: str, now: datetime) -> None:
    """Poll from here on, unless it was polled before; the caller holds the transaction."""
    Cursor.objects.get_or_create(connection=connection, stream=STREAM)
    fresh = Cursor.objects.filter(connection=connection, stream=STREAM, watermark="")
    if fresh.update(watermark=watermark, moved_at=now):
        Connection.objects.filter(pk=connection.pk).update(next_poll_at=now)


def poll(connection: Connection, now: datetime) -> int:
    """Read this connection's changes to the end; answers how many events are new."""
    if not _lease(connection):
        return 0
    wait = RETRY
    try:
        wants = wanted.details(connection)
        wait = timedelta(seconds=_seconds_between(connection, wants))
        return _run(connection, wants, now)
    except VendorError as error:
        health.fails(connection, error, now)
        wait = _wait_after(error, wait)
        return 0
    finally:
        Connection.objects.filter(pk=connection.pk, poll_token=connection.poll_token).update(
            poll_token="", poll_until=None, next_poll_at=timekeeper.now() + wait
        )


def catch_up(connection: Connection, now: datetime) -> None:
    """Read the changes now, for somebody who depends on them. Raises VendorError."""
    if not _lease(connection):
        raise TryLater("Its changes are being read just now.", code="undecided", after=2)
    try:
        _run(connection, wanted.details(connection), now)
    finally:
        mine = Connection.objects.filter(pk=connection.pk, poll_token=connection.poll_token)
        mine.update(poll_token="", poll_until=None)


def read_until(connection: Connection) -> datetime | None:
    """When the changes were last read to their end, as far as the vendor's marks moved."""
    rows = Cursor.objects.filter(connection=connection, stream=STREAM)
    return rows.values_list("moved_at", flat=True).first()


def _run(connection: Connection, wants: frozenset[str], now: datetime) -> int:
    cursor, _ = Cursor.objects.get_or_create(connection=connection, stream=STREAM)
    vendor = connect.open(connection, wants, Use.READING)
    if not cursor.watermark and _history_comes_first(connection, now):
        health.works(connection, now, vendor.account())
        return 0
    count, account = 0, None
    watermark = cursor.watermark
    for page in vendor.poll(cursor.watermark):
        if page.unheard is not None:
            _tell_unheard(connection, page.unheard, now)
        if page.snapshots or page.references:
            if not _renew(connection):
                return count  # somebody else reads by now, from the same watermark
            count += _accept(connection, page, now)
        if page.references:
            found = reading.read(vendor, connection, page.references)
            count += inbox.accept(connection, found, origin=InboxEvent.Origin.POLL, now=now)
        account = page.account or account
        if page.watermark is not None:
            watermark = page.watermark
    if watermark != cursor.watermark:
        mine = Cursor.objects.filter(
            pk=cursor.pk, watermark=cursor.watermark
        )  # unless somebody else reads by now
        mine.update(watermark=watermark, moved_at=now)
    is_news = account is not None and account.account_id != connection.account.get("account_id")
    health.works(connection, now, account if is_news else None)
    return count


def _seconds_between(connection: Connection, wants: frozenset[str]) -> int:
    kind = registry.all_vendors().get(connection.vendor)
    return max(connection.poll_every, kind.seconds_apart(wants) if kind else 0)


def _tell_unheard(connection: Connection, unheard: Mapping[str, str], now: datetime) -> None:
    """What rules listen for and the vendor cannot tell is shown until it can."""
    references = {f"connection:{connection.pk}:{word}": each for word, each in unheard.items()}
    for reference, sentence in references.items():
        told = f"{connection}: {sentence}"
        attention.call("not_heard", told, now=now, connection=connection, reference=reference)
    attention.clear("not_heard", now=now, store_id=connection.store_id, keep=frozenset(references))


def _history_comes_first(connection: Connection, now: datetime) -> bool:
    """Polling begins where the reading of the history began; until then it only proves the key.

    A history that cannot be begun holds polling up for a while only.
    """
    rows = Import.objects.filter(connection=connection)
    is_late = rows.ended().exists() or rows.filter(asked_at__lt=now - PATIENCE).exists()
    return bool(registry.vendor_class(connection.vendor).imports) and not is_late


def _accept(connection: Connection, page: Page, now: datetime) -> int:
    return inbox.accept(connection, page.snapshots, origin=InboxEvent.Origin.POLL, now=now)


def _lease(connection: Connection) -> bool:
    """One poller at a time. Leases live on the real clock, whatever time the work is driven with."""
    connection.poll_token = uuid4().hex
    free = Q(poll_until=None) | Q(poll_until__lt=timekeeper.now())
    mine = Connection.objects.filter(free, pk=connection.pk)
    return bool(mine.update(poll_token=connection.poll_token, poll_until=_lease_end()))


def _renew(connection: Connection) -> bool:
    mine = Connection.objects.filter(pk=connection.pk, poll_token=connection.poll_token)
    return bool(mine.update(poll_until=_lease_end()))


def _lease_end() -> datetime:
    return timekeeper.now() + timedelta(seconds=settings.LEASE_SECONDS)


def _wait_after(error: VendorError, usual: timedelta) -> timedelta:
    if isinstance(error, TryLater):
        return max(timedelta(seconds=error.after), RETRY) if error.after else min(RETRY, usual)
    return RETRY_AFTER_ATTENTION
