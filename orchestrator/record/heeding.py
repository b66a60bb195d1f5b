"""Somebody knows: alarms are acknowledged, or snoozed for a while. Both are safe to repeat."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import models, transaction
from django.db.models import QuerySet

from orchestrator.models import Attention
from orchestrator.models.attention import heeded, unheeded
from orchestrator.record.attention import NOT_HEEDED

MORNING = time(9)


class Snooze(models.TextChoices):
    HOUR = "hour", "for 1 hour"
    TOMORROW = "tomorrow", "until tomorrow, 09:00"
    WEEK = "week", "for 1 week"


def acknowledge(
    rows: QuerySet[Attention], *, by: str, now: datetime, snooze: Snooze | None = None
) -> list[int | None]:
    """Those of ``rows`` that nobody has heeded yet; answers with the client of each."""
    with transaction.atomic():
        found = list(rows.filter(unheeded(now)).select_related("store").select_for_update(of=("self",)))
        for row in found:
            row.acknowledged_at, row.acknowledged_by = now, by
            row.snoozed_until = (
                until(snooze, now, row.store.timezone if row.store else "") if snooze else None
            )
        Attention.objects.bulk_update(found, list(NOT_HEEDED), batch_size=500)
    return [row.store_id for row in found]


def bring_back(rows: QuerySet[Attention], *, now: datetime) -> list[int | None]:
    """Those of ``rows`` that were acknowledged or snoozed call for attention again."""
    with transaction.atomic():
        found = dict(rows.filter(heeded(now)).select_for_update(of=("self",)).values_list("pk", "store_id"))
        Attention.objects.filter(pk__in=found).update(**NOT_HEEDED)
    return list(found.values())


def until(snooze: Snooze, now: datetime, zone: str) -> datetime:
    """When it is over. Tomorrow morning is the client's own."""
    if snooze is Snooze.HOUR:
        return now + timedelta(hours=1)
    if snooze is Snooze.WEEK:
        return now + timedelta(weeks=1)
    try:
        local = now.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):  # unknown, or none
        local = now.astimezone(UTC)
    return datetime.combine(local.date() + timedelta(days=1), MORNING, local.tzinfo)
